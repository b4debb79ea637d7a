// SPDX-License-Identifier: MIT
// Families of multiple choice over facts that must be known: easy, many subjects, hard.
//
// The letter stands right behind its option and the answer repeats both ("fig(B)"), so that
// answering is recalling the value and then copying the token that followed it.
#include <algorithm>
#include <array>
#include <vector>

#include "mini/facts.h"
#include "mini/families.h"

namespace paq::mini {
namespace {

constexpr size_t kOptions = 4;
constexpr std::array<char, kOptions> kLetters{'A', 'B', 'C', 'D'};

// `tempted` of the wrong options come from the fact's tempting values, as far as there are some.
Draft ask(const FactTable& table, Random& random, size_t tempted) {
  const size_t which = random.below(table.facts.size());
  const Fact& fact = table.facts[which];
  std::vector<std::string> options{fact.value};
  const auto add = [&](const std::string& option) {
    if (std::find(options.begin(), options.end(), option) == options.end()) {
      options.push_back(option);
    }
  };
  std::vector<std::string> tempting = fact.tempting;
  random.shuffle(tempting);
  for (const std::string& option : tempting) {
    if (options.size() < 1 + tempted) add(option);
  }
  const std::vector<std::string>& values = table.value_sets[table.value_set_of[which]];
  while (options.size() < kOptions) add(values[random.below(values.size())]);
  random.shuffle(options);

  Draft draft;
  for (size_t i = 0; i < kOptions; ++i) {
    const std::string choice = options[i] + "(" + kLetters[i] + ")";
    draft.question += choice + (i + 1 < kOptions ? " " : ". ");
    if (options[i] == fact.value) {
      draft.answer = choice;
      draft.reference.answers = {std::string(1, kLetters[i])};
    }
  }
  draft.question += fact.question;
  return draft;
}

}  // namespace

Draft make_easy_choice(Random& random, double) { return ask(easy_facts(), random, 0); }
Draft make_subject_choice(Random& random, double) { return ask(subject_facts(), random, 1); }
Draft make_hard_choice(Random& random, double) { return ask(hard_facts(), random, 2); }

}  // namespace paq::mini
