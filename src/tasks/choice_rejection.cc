// SPDX-License-Identifier: MIT
// Letters that a response names without choosing them: rejected ("not A", "(A) is wrong"), judged
// in a list ("A. Incorrect"), left undecided ("B or C").
#include <optional>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"

namespace paq {
namespace {

constexpr auto kRejecting = std::to_array<std::string_view>(
    {"not", "isn't", "never", "eliminate", "eliminated", "exclude", "excluding", "reject", "than",
     "unlike", "without", "except", "neither", "nor", "out"});

// "A is ..." and "A ..."
constexpr auto kRejectedAfterVerb = std::to_array<std::string_view>(
    {"not", "wrong", "incorrect", "false", "eliminated", "excluded", "out", "ruled", "unlikely",
     "impossible", "never", "irrelevant", "tempting", "plausible"});
constexpr auto kRejectedAtOnce = std::to_array<std::string_view>(
    {"isn't", "cannot", "can't", "doesn't", "wasn't", "won't", "never"});

constexpr auto kYes = std::to_array<std::string_view>({"correct", "yes", "right", "true"});
constexpr auto kNo = std::to_array<std::string_view>({"incorrect", "no", "wrong", "false"});

// After "B and C" where only C is spoken of: "The answer is B and C is wrong".
constexpr auto kSingular = std::to_array<std::string_view>(
    {"is", "isn't", "was", "wasn't", "does", "doesn't", "has", "lacks", "cannot", "can't"});

bool is_rejected(std::string_view text, const ChoiceCandidate& candidate) {
  for (const std::string& word : words_before(text, candidate.begin, 3)) {
    if (is_one_of(word, kRejecting)) return true;
    if (!is_choice_filler(word)) break;
  }
  // Behind "D." or "D)" the option's own text begins.
  const bool own_text = (candidate.listed && !candidate.marked) || text[candidate.end - 1] == '.' ||
                        text[candidate.end - 1] == ':';
  if (own_text) {
    const auto words = words_after(text, candidate.end, 2);
    return words.size() == 2 && is_choice_verb(words[0]) && is_one_of(words[1], kNo);
  }
  bool verb = false;
  for (const std::string& word : words_after(text, candidate.end, 4)) {
    if (is_one_of(word, kRejectedAtOnce)) return verb || !candidate.marked || !candidate.line_start;
    if (verb && is_one_of(word, kRejectedAfterVerb)) return true;
    if (!is_choice_verb(word) && !is_choice_filler(word)) break;
    verb = verb || is_choice_verb(word);
  }
  return false;
}

enum class Join { kNone, kComma, kWord };

// What stands between neighbours: "B or C", "B, C", "option B and option C".
Join joined(std::string_view text, const ChoiceCandidate& a, const ChoiceCandidate& b) {
  constexpr size_t kLongest = 24;
  if (a.letter == b.letter || b.begin < a.end || b.begin - a.end > kLongest) return Join::kNone;
  const std::string_view between = text.substr(a.end, b.begin - a.end);
  if (between.find_first_not_of(", \tabcdefghijklmnopqrstuvwxyz&") != between.npos) {
    return Join::kNone;
  }
  Join join = between.find('&') != between.npos   ? Join::kWord
              : trimmed(between).starts_with(',') ? Join::kComma
                                                  : Join::kNone;
  for (const std::string& word : words_after(between, 0, 4)) {
    if (word == "option" || word == "choice") continue;
    if (word != "or" && word != "and") return Join::kNone;
    join = Join::kWord;
    if (word == "or") continue;
    const auto next = words_after(text, b.end, 1);
    if (!next.empty() && is_one_of(next.front(), kSingular)) return Join::kNone;
  }
  return join;
}

void reject_undecided(std::string_view text, std::vector<ChoiceCandidate>& candidates) {
  for (size_t i = 1; i < candidates.size(); ++i) {
    if (joined(text, candidates[i - 1], candidates[i]) != Join::kWord) continue;
    candidates[i - 1].rejected = candidates[i].rejected = true;
    // "A, B and C"
    for (size_t j = i - 1; j > 0; --j) {
      if (joined(text, candidates[j - 1], candidates[j]) != Join::kComma) break;
      candidates[j - 1].rejected = true;
    }
  }
}

// A list that judges each option with nothing but a word: "A. Incorrect", "B. Correct". A single
// such line may as well be an option's text.
void reject_by_verdict(std::string_view text, std::vector<ChoiceCandidate>& candidates) {
  std::vector<ChoiceCandidate*> no, yes;
  size_t judged = 0;
  for (ChoiceCandidate& candidate : candidates) {
    if (!candidate.listed || !candidate.line_start) continue;
    const auto words = words_after(text, candidate.end, 1);
    if (words.empty()) return;
    if (is_one_of(words.front(), kNo)) no.push_back(&candidate);
    if (is_one_of(words.front(), kYes)) yes.push_back(&candidate);
    ++judged;
  }
  if (judged < 3 || yes.size() != 1 || no.size() + 1 != judged) return;
  for (ChoiceCandidate* candidate : no) candidate->rejected = true;
  yes.front()->marked = true;
}

}  // namespace

void reject_choices(std::string_view text, std::vector<ChoiceCandidate>& candidates) {
  for (ChoiceCandidate& candidate : candidates) candidate.rejected = is_rejected(text, candidate);
  reject_undecided(text, candidates);
  reject_by_verdict(text, candidates);
}

}  // namespace paq
