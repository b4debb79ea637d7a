// SPDX-License-Identifier: MIT
// Options that a response names by the place of their letter alone: at its beginning, marked, at
// its end. Letters of a list of options that it merely repeats have no place.
#include <algorithm>
#include <array>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr auto kReasons = std::to_array<std::string_view>({"because", "since", "as"});

size_t first_word(std::string_view text) {
  return static_cast<size_t>(std::find_if(text.begin(), text.end(), is_word_char) - text.begin());
}

}  // namespace

// Without the options that the response repeats: two lines or more that begin with different
// letters, or A, B, C and so on marked one after another.
std::vector<ChoiceCandidate> without_lists(std::vector<ChoiceCandidate> candidates) {
  std::erase_if(candidates, [](const ChoiceCandidate& candidate) { return candidate.rejected; });
  const auto is_item = [](const ChoiceCandidate& c) { return c.line_start && c.listed; };
  size_t items = 0, run = 0;
  char first_item = 0;
  bool different = false;
  std::vector<bool> drop(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (is_item(candidates[i])) {
      different = different || (items > 0 && candidates[i].letter != first_item);
      if (items++ == 0) first_item = candidates[i].letter;
    }
    const bool continues = candidates[i].letter == static_cast<char>('A' + run);
    run = !candidates[i].listed ? 0 : continues ? run + 1 : candidates[i].letter == 'A' ? 1 : 0;
    if (run >= 3) std::fill(drop.begin() + (i + 1 - run), drop.begin() + (i + 1), true);
  }
  std::vector<ChoiceCandidate> kept;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!drop[i] && !(different && is_item(candidates[i]))) kept.push_back(candidates[i]);
  }
  return kept;
}

std::optional<char> opening_choice(std::string_view text,
                                   const std::vector<ChoiceCandidate>& candidates) {
  if (candidates.empty() || candidates.front().begin > first_word(text)) return std::nullopt;
  const ChoiceCandidate& opening = candidates.front();
  return opening.listed || opening.closes_line ? std::optional(opening.letter) : std::nullopt;
}

std::optional<char> placed_choice(std::string_view text,
                                  const std::vector<ChoiceCandidate>& candidates) {
  const size_t first = first_word(text);
  const size_t last_line = text.rfind('\n');
  std::optional<char> opening, marked, closing;
  for (const ChoiceCandidate& candidate : candidates) {
    const bool opens = candidate.begin <= first;
    const auto next = words_after(text, candidate.end, 1);
    if (opens && (candidate.upper || candidate.listed || candidate.closes_line)) {
      // "A is too bright, ..., so it must be B." weighs A first.
      const bool weighed = !candidate.listed && !next.empty() && is_choice_verb(next.front());
      if (!weighed) return candidate.letter;
      opening = candidate.letter;
      continue;
    }
    if (candidate.marked) marked = candidate.letter;
    const bool reasoned = !next.empty() && is_one_of(next.front(), kReasons);
    const bool in_last_line = last_line == kNone || candidate.begin > last_line;
    if (candidate.upper && in_last_line && (candidate.closes_line || reasoned)) {
      closing = candidate.letter;
    }
  }
  if (marked) return marked;
  return closing ? closing : opening;
}

}  // namespace paq
