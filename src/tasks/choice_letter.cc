// SPDX-License-Identifier: MIT
// Which option a response settles on by its letter. The rules, strongest first:
//   1. the last statement of an answer: "Answer: B", "the correct option is (B)", "B is correct",
//      "\boxed{B}", or its correction: "no wait, B";
//   2. the last choosing: "I pick B";
//   3. a letter with its mark that opens the response: "B. blue", "(B) because ...", "B";
//   4. the last "option B";
//   5. by its place (choice_place.cc).
// A letter that is rejected ("not A") or left undecided ("A or B") counts nowhere; letters of a
// list of options that the response merely repeats count only where rule 1 or 2 names them.
#include <algorithm>
#include <array>
#include <vector>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"
#include "tasks/extract.h"
#include "tasks/statement.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;
// Bytes; of a longer response the end counts. Keeps the time bounded.
constexpr size_t kLongestResponse = 32768;

constexpr auto kStating = std::to_array<std::string_view>({"answer", "ans"});
constexpr auto kPraise =
    std::to_array<std::string_view>({"correct", "right", "best", "better", "true", "final",
                                     "appropriate", "likely", "accurate", "one"});
// Between "is" and a praise.
constexpr auto kDegrees = std::to_array<std::string_view>({"the", "my", "most", "more", "only"});
constexpr auto kCorrecting =
    std::to_array<std::string_view>({"no", "wait", "actually", "correction", "rather"});
// Between a correction and the option: "wait, it is D".
constexpr auto kBetween = std::to_array<std::string_view>({"it", "it's", "that's", "no", "hmm"});
constexpr auto kNouns = std::to_array<std::string_view>({"option", "choice", "letter"});
constexpr auto kChoosing =
    std::to_array<std::string_view>({"choose", "chose", "select", "selected", "pick", "with"});

// A word of `text` with its place.
struct Word {
  size_t begin, end;
  std::string lower;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_alpha(text[i])) continue;
    const size_t begin = i;
    while (i < text.size() && (is_word_char(text[i]) || text[i] == '\'')) ++i;
    words.push_back({begin, i, to_lower(text.substr(begin, i - begin))});
  }
  return words;
}

// The option named in [begin, end): one that follows at once, else a marked one, else any.
const ChoiceCandidate* named_in(std::string_view text,
                                const std::vector<ChoiceCandidate>& candidates, size_t begin,
                                size_t end) {
  const ChoiceCandidate *marked = nullptr, *any = nullptr;
  const auto first = std::lower_bound(
      candidates.begin(), candidates.end(), begin,
      [](const ChoiceCandidate& candidate, size_t position) { return candidate.begin < position; });
  for (auto it = first; it != candidates.end() && it->begin < end; ++it) {
    const ChoiceCandidate& candidate = *it;
    if (candidate.rejected) continue;
    if (!candidate.upper && !candidate.listed && !candidate.closes_line) continue;
    bool at_once = true;
    for (const std::string& word : words_before(text, candidate.begin, 6)) {
      if (is_one_of(word, kStating) || is_one_of(word, kChoosing) || is_one_of(word, kNouns)) break;
      at_once = at_once && (is_choice_verb(word) || is_choice_filler(word));
    }
    if (any == nullptr && at_once) return &candidate;
    if (any == nullptr) any = &candidate;
    if (marked == nullptr && candidate.marked) marked = &candidate;
  }
  return marked != nullptr ? marked : any;
}

// "B is correct", "B is the best answer", "B would be right", but not "B would be right if".
bool is_praised(std::string_view text, const ChoiceCandidate& candidate) {
  bool verb = false;
  const std::vector<std::string> words = words_after(text, candidate.end, 16);
  for (size_t i = 0; i < std::min<size_t>(words.size(), 6); ++i) {
    if (verb && (is_one_of(words[i], kPraise) || is_one_of(words[i], kStating))) {
      return words.front() != "would" || std::find(words.begin(), words.end(), "if") == words.end();
    }
    verb = verb || is_choice_verb(words[i]);
    if (!is_choice_verb(words[i]) && !is_one_of(words[i], kDegrees)) return false;
  }
  return false;
}

// What the word that ends at `end` states, as a part of `text`.
std::string_view statement_of(std::string_view text, size_t begin, size_t end) {
  text = text.substr(0, end + kChoiceReach);
  const auto statement = stated_by(text, begin, end);
  return statement ? *statement : sentence_at(text, end);
}

// "No wait, D", "Actually, it is D.", "... no: C)": the option that a correction names at once.
const ChoiceCandidate* corrected_to(std::string_view text,
                                    const std::vector<ChoiceCandidate>& candidates,
                                    const Word& word) {
  constexpr std::string_view kPauses = ",:;.-!";
  const bool pause = word.end < text.size() && kPauses.find(text[word.end]) != kNone;
  if (word.lower == "no" && !pause) return nullptr;
  const auto next = std::lower_bound(
      candidates.begin(), candidates.end(), word.end,
      [](const ChoiceCandidate& candidate, size_t position) { return candidate.begin < position; });
  if (next == candidates.end() || next->rejected || next->begin > word.end + kChoiceReach) {
    return nullptr;
  }
  bool at_once = false;
  for (const std::string& before : words_before(text, next->begin, 6)) {
    at_once = is_one_of(before, kCorrecting);
    if (at_once ||
        !(is_choice_verb(before) || is_choice_filler(before) || is_one_of(before, kBetween))) {
      break;
    }
  }
  const auto after = words_after(text, next->end, 1);
  const bool weighed = !next->listed && !after.empty() && is_choice_verb(after.front());
  return at_once && !weighed ? &*next : nullptr;
}

std::optional<char> stated(std::string_view text, const std::vector<ChoiceCandidate>& candidates) {
  const ChoiceCandidate* last = nullptr;
  const auto keep_later = [&](const ChoiceCandidate* candidate) {
    if (candidate && (!last || candidate->begin >= last->begin)) last = candidate;
  };
  const std::vector<Word> words = words_of(text);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view next = i + 1 < words.size() ? words[i + 1].lower : std::string_view{};
    const bool of_the_list = next == "choices" || next == "options";
    const bool praised_noun = is_one_of(words[i].lower, kPraise) && is_one_of(next, kNouns);
    if (is_one_of(words[i].lower, kCorrecting)) {
      keep_later(corrected_to(text, candidates, words[i]));
    } else if ((is_one_of(words[i].lower, kStating) || praised_noun) && !of_the_list) {
      const Word& noun = praised_noun ? words[i + 1] : words[i];
      const std::string_view said = statement_of(text, noun.begin, noun.end);
      if (said.empty()) continue;
      const auto begin = static_cast<size_t>(said.data() - text.data());
      keep_later(named_in(text, candidates, begin, begin + said.size()));
    }
  }
  for (const ChoiceCandidate& candidate : candidates) {
    if (!candidate.rejected && is_praised(text, candidate)) keep_later(&candidate);
  }
  return last ? std::optional(last->letter) : std::nullopt;
}

// The last option behind a choosing verb: "I pick B", "select option (D)".
std::optional<char> chosen(std::string_view text, const std::vector<ChoiceCandidate>& candidates) {
  std::optional<char> last;
  for (const ChoiceCandidate& candidate : candidates) {
    if (candidate.rejected) continue;
    for (const std::string& word : words_before(text, candidate.begin, 3)) {
      if (is_one_of(word, kChoosing)) last = candidate.letter;
      if (!is_choice_verb(word) && !is_choice_filler(word)) break;
    }
  }
  return last;
}

// The last "option B", unless it ends a walk through the options: "Option A ... Option B ...
// Option C ...".
std::optional<char> named(std::string_view text, const std::vector<ChoiceCandidate>& candidates) {
  constexpr int kWalk = 3;
  std::optional<char> last;
  int run = 0;
  for (const ChoiceCandidate& candidate : candidates) {
    const auto words = words_before(text, candidate.begin, 1);
    if (words.empty() || !is_one_of(words.front(), kNouns)) continue;
    run = candidate.letter == static_cast<char>('A' + run) ? run + 1 : candidate.letter == 'A';
    if (!candidate.rejected) last = candidate.letter;
  }
  return run < kWalk ? last : std::nullopt;
}

}  // namespace

std::optional<char> choice_letter(std::string_view response, size_t options) {
  response = trimmed(own_answer(trimmed(response)));
  response = response.substr(response.size() - std::min(response.size(), kLongestResponse));
  const std::string text(trimmed(prepare_choice_text(response)));
  std::vector<ChoiceCandidate> candidates = choice_candidates(text);
  std::erase_if(candidates, [&](const ChoiceCandidate& candidate) {
    return candidate.letter >= static_cast<char>('A' + std::min<size_t>(options, 8));
  });
  if (const auto letter = stated(text, candidates)) return letter;
  if (const auto letter = chosen(text, candidates)) return letter;
  const auto unlisted = without_lists(candidates);
  if (const auto letter = opening_choice(text, unlisted)) return letter;
  if (const auto letter = named(text, candidates)) return letter;
  return placed_choice(text, unlisted);
}

}  // namespace paq
