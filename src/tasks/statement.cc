// SPDX-License-Identifier: MIT
#include "tasks/statement.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kMarks = "*_`#>\"~ \t";

// Between "answer" and what makes a statement of it.
constexpr auto kBetween = std::to_array<std::string_view>(
    {"to", "the", "this", "that", "your", "question", "problem", "here", "therefore", "thus",
     "then", "hence", "choice", "in", "short"});
constexpr auto kVerbs = std::to_array<std::string_view>(
    {"is", "are", "was", "were", "would", "should", "must", "be", "equals", "will", "becomes"});
// Before it, on a line that is a heading: "## Final answer".
constexpr auto kHeading =
    std::to_array<std::string_view>({"final", "the", "my", "short", "correct", "best"});

// Before "answer" where it is not the one that counts: "this answer", "a common answer".
constexpr auto kOther = std::to_array<std::string_view>(
    {"a", "an", "this", "that", "any", "another", "no", "wrong", "incorrect", "common", "longer",
     "first", "initial", "previous", "earlier", "original"});
constexpr auto kDefinite = std::to_array<std::string_view>({"the", "my", "your", "final"});
// Some words before it: "I thought the answer was".
constexpr auto kTentative = std::to_array<std::string_view>(
    {"thought", "assumed", "guessed", "tempting", "tempted", "hope"});
// After "the answer is" where it goes on to say something of it.
constexpr auto kRemarks = std::to_array<std::string_view>(
    {"based", "found", "supported", "derived", "taken", "explained", "contained", "located",
     "confirmed", "consistent", "helpful", "correct", "right", "clear", "obvious", "wrong",
     "incorrect", "nowhere", "missing"});
constexpr auto kPlaces =
    std::to_array<std::string_view>({"line", "sentence", "passage", "paragraph", "text", "context",
                                     "article", "dollars", "cents", "units", "percent"});

size_t line_end(std::string_view text, size_t i) {
  return std::min(text.find('\n', i), text.size());
}

// Of the text from `begin` on, the first line that has more than marks.
std::string_view first_line(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const size_t end = line_end(text, begin);
    const std::string_view line = text.substr(begin, end - begin);
    const size_t content = line.find_first_not_of("*_`#>\"~ \t\r:-=");
    const bool fence = trimmed(line).starts_with("```");
    if (content != kNone && !fence) return line;
    begin = end + 1;
  }
  return {};
}

// "St.", "U.S.", "J." and "no." go on; so does a point within a number.
bool is_abbreviation(std::string_view text, size_t point) {
  size_t begin = point;
  while (begin > 0 && (is_word_char(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  const std::string_view word = text.substr(begin, point - begin);
  if (word.empty() || is_digit(word.back())) return false;
  return word.find('.') != kNone || (word.size() <= 3 && is_upper(word.front())) ||
         to_lower(word) == "no";
}

// The lower-case word that begins at `i`.
std::string word_at(std::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && is_word_char(text[end])) ++end;
  return to_lower(text.substr(i, end - i));
}

size_t after_marks(std::string_view text, size_t i) {
  return std::min(text.find_first_not_of(kMarks, i), text.size());
}

// Behind ":", "=", "- " or their like at `i`; nullopt where none stands there.
std::optional<size_t> after_colon(std::string_view text, size_t i) {
  for (const std::string_view mark : {":", "=", "- ", "\xEF\xBC\x9A", "\xE2\x86\x92"}) {
    if (text.substr(i).starts_with(mark)) return i + mark.size();
  }
  return std::nullopt;
}

bool ends_line(std::string_view text, size_t i) {
  return i >= text.size() || text[i] == '\n' || text[i] == '\r';
}

// Whether the "answer" at `begin` is another than the one that is given: "a common answer".
bool is_other_answer(std::string_view text, size_t begin) {
  const std::vector<std::string> before = words_before(text, begin, 4);
  if (before.empty()) return false;
  const bool article = before.size() > 1 && (before[1] == "a" || before[1] == "an");
  if (is_one_of(before[0], kOther) || (article && !is_one_of(before[0], kDefinite))) return true;
  return std::any_of(before.begin(), before.end(),
                     [](const std::string& word) { return is_one_of(word, kTentative); });
}

// "based on ...", "in the first line": says something of the answer, not what it is.
bool is_remark(std::string_view statement) {
  const std::vector<std::string> words = words_after(statement, 0, 5);
  if (words.empty()) return false;
  if (is_one_of(words[0], kRemarks)) return true;
  return (words[0] == "in" || words[0] == "from") &&
         std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return is_one_of(word, kPlaces); });
}

// After "is" and further verbs from `i` on.
std::string_view after_verbs(std::string_view text, size_t i) {
  for (std::string word = word_at(text, i); is_one_of(word, kVerbs); word = word_at(text, i)) {
    i += word.size();
    while (i < text.size() && text[i] == ' ') ++i;
  }
  const size_t next = after_marks(text, i);
  if (ends_line(text, next)) return first_line(text, next);
  if (text[next] == ':') return first_line(text, next + 1);
  const std::string_view statement = sentence_at(text, i);
  if (!is_remark(statement) || statement.find('=') != kNone) return statement;
  // "The answer is clear: 18"
  const size_t colon = statement.find(':');
  return colon == kNone ? std::string_view() : statement.substr(colon + 1);
}

std::optional<std::string_view> boxed(std::string_view text, size_t begin) {
  int depth = 1;
  for (size_t i = begin; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0) return text.substr(begin, i - begin);
  }
  return text.substr(begin);
}

bool has_content(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return is_word_char(c); });
}

constexpr std::string_view kWord = "answer", kBoxed = "\\boxed{";

// What the "answer" at `begin` states; nothing where it is the end of another word.
std::optional<std::string_view> answer_at(std::string_view text, size_t begin) {
  if (begin > 0 && is_word_char(text[begin - 1])) return std::nullopt;
  return stated_by(text, begin, begin + kWord.size());
}

}  // namespace

std::string_view sentence_at(std::string_view text, size_t begin) {
  size_t i = begin;
  while (i < text.size() && is_space(text[i])) ++i;
  const size_t first = i;
  for (; i < text.size() && text[i] != '\n'; ++i) {
    if (!ends_sentence(text, i)) continue;
    if (text[i] != '.' || !is_abbreviation(text.substr(first), i - first)) break;
  }
  return text.substr(begin, i - begin);
}

std::optional<std::string_view> stated_by(std::string_view text, size_t begin, size_t end) {
  const char before = begin > 0 ? text[begin - 1] : '\n';
  if (before == '/') return std::string_view();  // "</answer>"
  if (before == '<' && text.substr(end).starts_with('>')) {
    return text.substr(end + 1, text.find("</", end) - std::min(end + 1, text.size()));
  }
  if (is_other_answer(text, begin)) return std::string_view();
  if (end < text.size() && to_lower(text[end]) == 's') ++end;
  size_t i = end;
  for (int words = 0; words < 8; ++words) {
    i = after_marks(text, i);
    if (ends_line(text, i)) break;
    if (const auto colon = after_colon(text, i)) return first_line(text, *colon);
    const std::string word = word_at(text, i);
    if (is_one_of(word, kVerbs)) return after_verbs(text, i);
    if (!is_one_of(word, kBetween)) return std::nullopt;
    i += word.size();
  }
  // A heading: nothing else on its line.
  if (!ends_line(text, i)) return std::nullopt;
  const std::string_view rest = text.substr(end, i - end);
  if (std::any_of(rest.begin(), rest.end(), is_alpha)) return std::nullopt;
  for (const std::string& word : words_before(text, begin, 4)) {
    if (!is_one_of(word, kHeading)) return std::nullopt;
  }
  return first_line(text, i);
}

std::optional<std::string_view> last_statement(std::string_view text) {
  const std::string lower = to_lower(text);
  size_t answer = lower.rfind(kWord), box = lower.rfind(kBoxed);
  const auto earlier = [&](std::string_view what, size_t from) {
    return from == 0 ? kNone : lower.rfind(what, from - 1);
  };
  while (answer != kNone || box != kNone) {
    std::optional<std::string_view> found;
    if (answer == kNone || (box != kNone && box > answer)) {
      found = boxed(text, box + kBoxed.size());
      box = earlier(kBoxed, box);
    } else {
      found = answer_at(text, answer);
      answer = earlier(kWord, answer);
    }
    if (found && has_content(*found)) return found;
  }
  return std::nullopt;
}

bool speaks_of_an_answer(std::string_view text) {
  const std::string lower = to_lower(text);
  for (size_t answer = lower.find(kWord); answer != kNone; answer = lower.find(kWord, answer + 1)) {
    const auto found = answer_at(text, answer);
    if (found && found->empty()) return true;
  }
  return false;
}

size_t first_statement(std::string_view text) {
  constexpr std::string_view kMark = "####";
  const std::string lower = to_lower(text);
  size_t first = lower.find(kBoxed);
  for (size_t mark = text.find(kMark); mark < first; mark = text.find(kMark, mark + 1)) {
    const size_t number = text.find_first_not_of(" \t$*", mark + kMark.size());
    if (number != kNone && is_digit(text[number])) first = mark;
  }
  for (size_t answer = lower.find(kWord); answer < first; answer = lower.find(kWord, answer + 1)) {
    const auto found = answer_at(text, answer);
    if (found && has_content(*found)) first = answer;
  }
  return first;
}

std::string_view bare_answer(std::string_view text) {
  constexpr std::string_view kQuotes = "*_`\"' \t\r\n$";
  const auto strip = [&] {
    while (!text.empty() && kQuotes.find(text.front()) != kNone) text.remove_prefix(1);
    while (!text.empty() && (kQuotes.find(text.back()) != kNone || text.back() == '.')) {
      text.remove_suffix(1);
    }
  };
  for (const std::string_view mark : {"- ", "\xE2\x80\xA2", "#", ">", ":"}) {
    strip();
    while (text.starts_with(mark)) text = trimmed(text.substr(mark.size()));
  }
  strip();
  for (const std::string_view command : {"\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{"}) {
    // All of it, not "\text{a} + \text{b}".
    if (!text.starts_with(command) || text.find('}') != text.size() - 1) continue;
    text = text.substr(command.size(), text.size() - command.size() - 1);
    strip();
  }
  return text;
}

std::string_view short_answer(std::string_view response) {
  const std::string_view text = own_answer(response);
  const auto statement = last_statement(text);
  return bare_answer(statement ? *statement : first_line(text, 0));
}

}  // namespace paq
