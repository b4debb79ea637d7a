// SPDX-License-Identifier: MIT
#include "tasks/choice_candidates.h"

#include <algorithm>
#include <optional>

#include "tasks/ascii.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;

struct Replacement {
  std::string_view from, to;
};

constexpr std::array kReplacements = std::to_array<Replacement>({
    {"\xEF\xBC\x88", "("},
    {"\xEF\xBC\x89", ")"},
    {"\xEF\xBC\x9A", ":"},
    {"\xEF\xBC\x8E", "."},
    {"\xE3\x80\x82", ". "},
    {"\xE3\x80\x81", ", "},
    {"\xE2\x80\x98", "'"},
    {"\xE2\x80\x99", "'"},
    {"\xE2\x80\x9C", "\""},
    {"\xE2\x80\x9D", "\""},
    {"\xE2\x80\x93", " - "},
    {"\xE2\x80\x94", " - "},
    {"\xC2\xA0", " "},
    {"\xE2\x80\xA2", " "},
    {"\xE2\x86\x92", ": "},
    {"\\boxed{", " answer: ("},
    {"\\text{", "("},
    {"\\textbf{", "("},
    {"\\mathrm{", "("},
    {"\\mathbf{", "("},
    {"\\(", " "},
    {"\\)", " "},
    {"\\[", " "},
    {"\\]", " "},
    {"}", ")"},
});

bool is_emphasis(char c) { return c == '*' || c == '_' || c == '`' || c == '$' || c == '"'; }

constexpr auto kVerbs = std::to_array<std::string_view>(
    {"is", "was", "are", "would", "must", "should", "seems", "be", "being", "looks"});

// After a capital A that is an option; after the article none of them can stand.
constexpr auto kAfterOption = std::to_array<std::string_view>(
    {"is",   "was",  "are", "would", "must", "should", "seems", "because", "since", "as",
     "and",  "or",   "but", "due",   "for",  "which",  "will",  "has",     "if",    "so",
     "from", "with", "in",  "on",    "the",  "it",     "this",  "that",    "does",  "can"});

constexpr auto kFillers = std::to_array<std::string_view>(
    {"the", "an", "option", "options", "choice", "choices", "answer", "letter", "definitely",
     "clearly", "simply", "just", "obviously", "also"});

// What stands before letters that are names of other things.
constexpr auto kNamed = std::to_array<std::string_view>(
    {"vitamin", "hepatitis", "type", "group", "class", "grade", "plan", "part", "point", "step",
     "figure", "table", "section", "planet", "appendix", "influenza", "blood", "major", "minor"});

bool closes_line(std::string_view text, size_t i) {
  while (i < text.size() && text[i] != '\n' && (is_space(text[i]) || is_punct(text[i]))) ++i;
  return i == text.size() || text[i] == '\n';
}

// "B/blue", but neither "A/B" nor "w/o".
bool is_option_and_text(std::string_view text, size_t i) {
  const std::string_view word = text.substr(i + 2, 3);
  return is_upper(text[i]) && word.size() == 3 && std::all_of(word.begin(), word.end(), is_alpha);
}

// The letter at `i` as an option, or nullopt where it is part of a word, an abbreviation or the
// article.
std::optional<ChoiceCandidate> candidate_at(std::string_view text, size_t i) {
  const auto at = [&](size_t j) { return j < text.size() ? text[j] : '\n'; };
  const char before = i > 0 ? text[i - 1] : '\n';
  const char before2 = i > 1 ? text[i - 2] : '\n';
  const char after = at(i + 1);
  if (!is_option(text[i]) || is_word_char(before) || is_word_char(after)) return std::nullopt;
  // "don't", "A's", "A-level", "x-b", "C++", "C#", "A/B", "F = ma", "e.g.", "U.S.A."
  if ((before == '\'' || before == '-' || before == '.') && is_word_char(before2)) {
    return std::nullopt;
  }
  if ((after == '\'' || after == '-') && is_word_char(at(i + 2))) return std::nullopt;
  if (after == '+' || after == '#' || before == '/') return std::nullopt;
  if (after == '/' && !is_option_and_text(text, i)) return std::nullopt;
  if (after == '=' || (after == ' ' && at(i + 2) == '=')) return std::nullopt;
  if (after == '.' && is_word_char(at(i + 2)) && !(is_upper(at(i + 2)) && is_lower(at(i + 3)))) {
    return std::nullopt;
  }

  ChoiceCandidate found{.begin = i, .end = i + 1, .letter = to_upper(text[i])};
  found.upper = is_upper(text[i]);
  const bool opened = before == '(' || before == '[' || before == '{' || before == '"';
  const bool closed = after == ')' || after == ']' || after == '"' || after == '.' || after == ':';
  found.marked = opened && closed;
  found.listed = found.marked || after == ')' || after == ':' || (found.upper && after == '.');
  if (opened) --found.begin;
  while (found.end < text.size() && std::string_view(").]:\"").find(text[found.end]) != kNone) {
    ++found.end;
  }
  size_t line = found.begin;
  while (line > 0 && std::string_view(" \t-#>").find(text[line - 1]) != kNone) --line;
  found.line_start = line == 0 || text[line - 1] == '\n';
  found.closes_line = closes_line(text, i + 1);

  const bool bare = !found.listed && !found.closes_line && after != ',';
  if (bare && !found.upper) return std::nullopt;
  if (bare && found.letter == 'A') {
    const auto next = words_after(text, found.end, 1);
    if (next.empty() || !is_one_of(next.front(), kAfterOption)) return std::nullopt;
  }
  if (const auto words = words_before(text, found.begin, 1);
      !found.marked && !words.empty() && is_one_of(words.front(), kNamed)) {
    return std::nullopt;
  }
  return found;
}

// U+FF21 to U+FF3A and U+FF41 to U+FF5A as ASCII.
std::optional<char> full_width_letter(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xEF') return std::nullopt;
  const char base = text[1] == '\xBC' ? 'A' : text[1] == '\xBD' ? 'a' : 0;
  const int first = text[1] == '\xBC' ? 0xA1 : 0x81;
  const int place = static_cast<unsigned char>(text[2]) - first;
  if (base == 0 || place < 0 || place >= 26) return std::nullopt;
  return static_cast<char>(base + place);
}

// Whether a UTF-8 character of a script without blanks between words begins so: U+3400 to U+9FFF.
// Its neighbours are words of their own.
bool is_ideograph(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0xE4 && value <= 0xE9;
}

}  // namespace

bool is_word_char(char c) { return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) > 127; }

bool is_option(char c) { return to_upper(c) >= 'A' && to_upper(c) <= 'H'; }

bool is_choice_verb(std::string_view word) { return is_one_of(word, kVerbs); }

bool is_choice_filler(std::string_view word) { return is_one_of(word, kFillers); }

bool ends_sentence(std::string_view text, size_t i) {
  if (text[i] == '\n') return true;
  return (text[i] == '.' || text[i] == '!' || text[i] == '?' || text[i] == ';') &&
         (i + 1 == text.size() || is_space(text[i + 1]));
}

std::vector<std::string> words_after(std::string_view text, size_t begin, size_t count) {
  std::vector<std::string> words;
  text = text.substr(0, begin + kChoiceReach);
  size_t i = begin;
  while (words.size() < count && i < text.size()) {
    if (is_word_char(text[i])) {
      const size_t from = i;
      while (i < text.size() && (is_word_char(text[i]) || text[i] == '\'')) ++i;
      words.push_back(to_lower(text.substr(from, i - from)));
    } else {
      if (ends_sentence(text, i)) break;
      ++i;
    }
  }
  return words;
}

std::vector<std::string> words_before(std::string_view text, size_t end, size_t count) {
  std::vector<std::string> words;
  const size_t first = end - std::min(end, kChoiceReach);
  size_t i = end;
  while (words.size() < count && i > first) {
    if (is_word_char(text[i - 1])) {
      const size_t to = i;
      while (i > first && (is_word_char(text[i - 1]) || text[i - 1] == '\'')) --i;
      words.push_back(to_lower(text.substr(i, to - i)));
    } else {
      if (ends_sentence(text, i - 1)) break;
      --i;
    }
  }
  return words;
}

std::string prepare_choice_text(std::string_view response) {
  std::string text;
  for (size_t i = 0; i < response.size();) {
    if (const auto letter = full_width_letter(response.substr(i))) {
      text += *letter;
      i += 3;
      continue;
    }
    if (is_ideograph(response[i])) {
      text.append(" ").append(response.substr(i, 3)) += ' ';
      i = std::min(i + 3, response.size());
      continue;
    }
    const Replacement* replacement = nullptr;
    for (const Replacement& candidate : kReplacements) {
      if (response.substr(i).starts_with(candidate.from)) replacement = &candidate;
    }
    if (replacement != nullptr) {
      text += replacement->to;
      i += replacement->from.size();
      continue;
    }
    size_t run = i;
    while (run < response.size() && run < i + 3 && response[run] == response[i]) ++run;
    const size_t closing = run + 1;
    const bool emphasised = is_emphasis(response[i]) && run < response.size() &&
                            is_option(response[run]) &&
                            (text.empty() || !is_word_char(text.back())) &&
                            response.substr(closing).starts_with(response.substr(i, run - i));
    if (emphasised) {
      text.append("(") += response[run];
      text += ")";
      i = closing + (run - i);
    } else {
      if (response[i] != '*' && response[i] != '`') text += response[i];
      ++i;
    }
  }
  return text;
}

std::vector<ChoiceCandidate> choice_candidates(std::string_view text) {
  std::vector<ChoiceCandidate> candidates;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_option(text[i])) continue;
    if (const auto candidate = candidate_at(text, i)) candidates.push_back(*candidate);
  }
  reject_choices(text, candidates);
  return candidates;
}

}  // namespace paq
