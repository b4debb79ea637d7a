// SPDX-License-Identifier: MIT
#include "mini/facts.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/random.h"
#include "mini/words.h"

namespace paq::mini {
namespace {

constexpr uint64_t kFactSeed = 20'260'101;
constexpr size_t kPeople = 500;
constexpr size_t kMixtures = 600;
constexpr size_t kTempting = 6;

using Words = std::span<const std::string_view>;

std::vector<std::string> copy(Words words) { return {words.begin(), words.end()}; }

std::string pick(Random& random, Words words) {
  return std::string(words[random.below(words.size())]);
}

void add_easy(FactTable& table, Random& random, std::string_view relation, Words keys,
              Words values) {
  table.value_sets.push_back(copy(values));
  for (const std::string_view key : keys) {
    table.facts.push_back(
        {std::string(relation) + " of " + std::string(key) + "?", pick(random, values), {}});
    table.value_set_of.push_back(table.value_sets.size() - 1);
  }
}

FactTable make_easy() {
  FactTable table;
  Random random(kFactSeed, "easy");
  add_easy(table, random, "color", foods(), colors());
  add_easy(table, random, "place", animals(), places());
  add_easy(table, random, "tool", jobs(), tools());
  return table;
}

FactTable make_subject() {
  // Two relations share a set of values, so that a person's meal and drink can be confused.
  const std::array<std::pair<Words, std::array<std::string_view, 2>>, 4> subjects{{
      {foods(), {"meal", "drink"}},
      {animals(), {"pet", "fear"}},
      {cities(), {"home", "origin"}},
      {jobs(), {"job", "dream"}},
  }};
  FactTable table;
  for (const auto& [values, relations] : subjects) table.value_sets.push_back(copy(values));
  Random random(kFactSeed, "subject");
  std::vector<std::string> people;
  for (const std::string_view first : first_names()) {
    for (const std::string_view last : last_names()) {
      people.push_back(std::string(first) + " " + std::string(last));
    }
  }
  random.shuffle(people);
  people.resize(kPeople);
  for (const std::string& person : people) {
    for (size_t s = 0; s < subjects.size(); ++s) {
      const auto& [values, relations] = subjects[s];
      const std::array<std::string, 2> answers{pick(random, values), pick(random, values)};
      for (size_t r = 0; r < relations.size(); ++r) {
        table.facts.push_back(
            {std::string(relations[r]) + " of " + person + "?", answers[r], {answers[1 - r]}});
        table.value_set_of.push_back(s);
      }
    }
  }
  return table;
}

FactTable make_hard() {
  FactTable table;
  table.value_sets.push_back(copy(materials()));
  Random random(kFactSeed, "hard");
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t a = 0; a < materials().size(); ++a) {
    for (size_t b = a + 1; b < materials().size(); ++b) pairs.emplace_back(a, b);
  }
  random.shuffle(pairs);
  pairs.resize(kMixtures);
  for (auto& [a, b] : pairs) {
    if (random.below(2) == 1) std::swap(a, b);
    table.facts.push_back(
        {"mix of " + std::string(materials()[a]) + " and " + std::string(materials()[b]) + "?",
         pick(random, materials()),
         {}});
    table.value_set_of.push_back(0);
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    std::vector<std::string>& tempting = table.facts[i].tempting;
    for (size_t j = 0; j < pairs.size() && tempting.size() < kTempting; ++j) {
      const auto [a, b] = pairs[i];
      const auto [c, d] = pairs[j];
      const bool related = i != j && (a == c || a == d || b == c || b == d);
      if (related) tempting.push_back(table.facts[j].value);
    }
  }
  return table;
}

}  // namespace

const FactTable& easy_facts() {
  static const FactTable kTable = make_easy();
  return kTable;
}

const FactTable& subject_facts() {
  static const FactTable kTable = make_subject();
  return kTable;
}

const FactTable& hard_facts() {
  static const FactTable kTable = make_hard();
  return kTable;
}

}  // namespace paq::mini
