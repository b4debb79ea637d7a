// SPDX-License-Identifier: MIT
// Whether an answer says that there is none. docs/scoring.md has the rules.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"
#include "tasks/squad.h"
#include "tasks/statement.h"

namespace paq {
namespace {

using Words = std::vector<std::string>;

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kMostWords = 30;

// All as squad_words() leaves them: lower case, without articles and apostrophes.

// Count as a whole answer only, for they can begin one: "None of the kings".
constexpr auto kWholeDenials =
    std::to_array<std::string_view>({"none", "na", "unknown", "not given", "not stated"});
// Count as the answer's first clause, the source behind them or not.
constexpr auto kDenials = std::to_array<std::string_view>({"unanswerable",
                                                           "no answer",
                                                           "not answerable",
                                                           "not specified",
                                                           "not mentioned",
                                                           "not provided",
                                                           "no information",
                                                           "cannot be determined",
                                                           "cannot be answered",
                                                           "i dont know",
                                                           "no answer is given",
                                                           "no answer possible",
                                                           "not enough information",
                                                           "insufficient information",
                                                           "answer not found",
                                                           "not found",
                                                           "not in it",
                                                           "nowhere",
                                                           "missing",
                                                           "not given",
                                                           "not stated",
                                                           "cannot be found"});
// What comes before the source or the denial.
constexpr auto kOpenings = std::to_array<std::string_view>(
    {"sorry", "im sorry", "unfortunately", "based on", "according to", "from", "in"});
constexpr auto kAdjectives =
    std::to_array<std::string_view>({"given", "provided", "above", "this", "that"});
constexpr auto kTexts = std::to_array<std::string_view>(
    {"passage", "text", "context", "paragraph", "article", "author"});
// They stand for the text or the question, but for much else too.
constexpr auto kPronouns =
    std::to_array<std::string_view>({"it", "this", "question", "answer", "information"});
constexpr auto kNegations =
    std::to_array<std::string_view>({"does not", "doesnt", "do not", "did not", "didnt", "is not",
                                     "isnt", "cannot", "can not", "never", "fails to"});
constexpr auto kAdverbs = std::to_array<std::string_view>(
    {"explicitly", "specifically", "directly", "actually", "clearly", "be", "been", "to"});
constexpr auto kSaying = std::to_array<std::string_view>(
    {"say", "state", "mention", "specify", "provide", "give", "contain", "answer", "indicate",
     "discuss", "address", "include", "tell", "explain", "reveal", "mentions", "says", "states",
     "specifies"});
constexpr auto kSaid = std::to_array<std::string_view>(
    {"answerable", "unanswerable", "stated", "mentioned", "specified", "provided", "given",
     "determined", "answered", "discussed", "indicated", "found"});
// Sentences that deny wherever they go on to.
constexpr auto kSentences = std::to_array<std::string_view>({"there is no information",
                                                             "there is no mention",
                                                             "there is no answer",
                                                             "there is no indication",
                                                             "there is no way to",
                                                             "there is not enough information",
                                                             "there is insufficient information",
                                                             "no information is",
                                                             "no mention of",
                                                             "i am unable to",
                                                             "im unable to",
                                                             "i cannot answer",
                                                             "i cant answer",
                                                             "i cannot determine",
                                                             "i cannot find",
                                                             "i cant find",
                                                             "i could not find",
                                                             "i couldnt find",
                                                             "it is not possible to",
                                                             "it is impossible to",
                                                             "is unanswerable",
                                                             "passage is silent",
                                                             "text is silent"});
// Behind a denial: whose it is.
constexpr auto kSourcesOf = std::to_array<std::string_view>(
    {"in", "by", "from", "based", "given", "since", "because", "as"});

bool has_word_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) && (text.size() == prefix.size() || text[prefix.size()] == ' ');
}

// Removes the first of `phrases` that the text begins with; false where it begins with none.
bool drop(std::string_view& text, const auto& phrases) {
  for (const std::string_view phrase : phrases) {
    if (!has_word_prefix(text, phrase)) continue;
    text.remove_prefix(std::min(phrase.size() + 1, text.size()));
    return true;
  }
  return false;
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// "Sorry", "based on the given passage"
std::string_view without_opening(std::string_view text) {
  while (true) {
    std::string_view rest = text;
    if (!drop(rest, kOpenings)) return text;
    const bool apology =
        text.starts_with("sorry") || text.starts_with("im") || text.starts_with("unfortunately");
    if (!apology) {
      while (drop(rest, kAdjectives)) {
      }
      if (!drop(rest, kTexts)) return text;
    }
    text = rest;
  }
}

// "the passage does not (explicitly) say", "this is not mentioned (in it)"
bool source_is_silent(std::string_view text) {
  const bool pronoun_first = drop(text, kPronouns) && !is_one_of(first_word(text), kTexts);
  bool pronoun = pronoun_first;
  while (drop(text, kAdjectives)) {
  }
  if (drop(text, kTexts)) {
    pronoun = false;
  } else if (!pronoun_first && !drop(text, kPronouns)) {
    return false;
  } else {
    pronoun = true;
    drop(text, kPronouns);  // "this question", "this information"
  }
  if (has_word_prefix(text, "is unanswerable") || has_word_prefix(text, "is silent")) return true;
  constexpr auto kNo = std::to_array<std::string_view>(
      {"provides no", "gives no", "contains no", "makes no", "says nothing", "has no"});
  if (!pronoun && drop(text, kNo)) return true;
  if (!drop(text, kNegations)) return false;
  drop(text, kAdverbs);
  const std::string_view verb = first_word(text);
  if (is_one_of(verb, kSaying)) return true;
  const std::string_view rest = text.substr(std::min(verb.size() + 1, text.size()));
  if (!pronoun && verb == "enough") return true;
  // "It is not given to women" may be an answer.
  return is_one_of(verb, kSaid) && (rest.empty() || is_one_of(first_word(rest), kSourcesOf));
}

bool denies(std::string_view text) {
  text = without_opening(text);
  if (has_word_prefix(text, "it is") &&
      is_one_of(first_word(text.substr(std::min<size_t>(6, text.size()))), kDenials)) {
    return true;
  }
  for (const std::string_view denial : kDenials) {
    if (!has_word_prefix(text, denial)) continue;
    const std::string_view rest = text.substr(std::min(denial.size() + 1, text.size()));
    if (rest.empty() || is_one_of(first_word(rest), kSourcesOf)) return true;
  }
  return std::any_of(kSentences.begin(), kSentences.end(),
                     [&](std::string_view opening) { return has_word_prefix(text, opening); }) ||
         source_is_silent(text);
}

std::string words_of(std::string_view text) {
  std::string joined;
  const Words words = squad_words(text);
  if (words.size() > kMostWords) return joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

// Up to what parts it from an explanation: "Unanswerable (not mentioned)", "Unanswerable - ...".
std::string_view first_clause(std::string_view text) {
  text = text.substr(0, std::max<size_t>(sentence_at(text, 0).size(), 1));
  for (const std::string_view mark : {" (", " - ", ", ", ": "}) {
    text = text.substr(0, text.find(mark, 1));
  }
  return text;
}

}  // namespace

bool denies_an_answer(std::string_view answer) {
  constexpr std::string_view kApostrophe = "\xE2\x80\x99";
  constexpr std::array kDashes = std::to_array<std::string_view>({"\xE2\x80\x93", "\xE2\x80\x94"});
  std::string plain(answer);
  for (size_t at = 0; (at = plain.find(kApostrophe, at)) != kNone;) plain.replace(at, 3, "'");
  for (const std::string_view dash : kDashes) {
    for (size_t at = 0; (at = plain.find(dash, at)) != kNone;) plain.replace(at, 3, " - ");
  }
  const std::string whole = words_of(plain);
  if (is_one_of(whole, kWholeDenials)) return true;
  // A long explanation may follow the clause that says it.
  return denies(whole) || denies(words_of(first_clause(plain))) ||
         denies(words_of(sentence_at(plain, 0)));
}

}  // namespace paq
