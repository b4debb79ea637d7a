// SPDX-License-Identifier: MIT
// Families that are answered from a passage: look-up, counting and differences.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "mini/families.h"
#include "mini/words.h"

namespace paq::mini {
namespace {

using Words = std::span<const std::string_view>;

size_t size_between(Random& random, int64_t low, int64_t high, double difficulty) {
  const auto top = low + static_cast<int64_t>(static_cast<double>(high - low) * difficulty + 0.5);
  return static_cast<size_t>(random.between(low, top));
}

std::vector<std::string> pick_distinct(Random& random, Words words, size_t count) {
  std::vector<std::string> picked(words.begin(), words.end());
  random.shuffle(picked);
  picked.resize(count);
  return picked;
}

Draft answered(std::string question, std::string answer) {
  return {std::move(question), answer, {{answer}, {}}};
}

// A relation and what stands on its right side. The sets of objects are disjoint.
struct Relation {
  std::string_view verb;
  Words (*objects)();
};

constexpr std::array<Relation, 3> kRelations{
    {{"likes", foods}, {"owns", animals}, {"visits", cities}}};

constexpr std::string_view kUnanswerable = "unanswerable";

// How many more one has than another, with both looked up again before the difference.
Draft compare_scores(Random& random, double difficulty) {
  constexpr int64_t kMaxScore = 9;
  const size_t count = size_between(random, 2, 7, difficulty);
  const std::vector<std::string> names = pick_distinct(random, first_names(), count);
  std::vector<int64_t> scores;
  std::string passage;
  for (size_t i = 0; i < count; ++i) {
    scores.push_back(random.between(1, kMaxScore));
    passage += (i == 0 ? "" : " ") + names[i] + std::to_string(scores[i]);
  }
  size_t a = random.below(count);
  size_t b = random.below(count - 1);
  if (b >= a) ++b;
  if (scores[a] < scores[b]) std::swap(a, b);
  const std::string difference = std::to_string(scores[a] - scores[b]);
  Draft draft = answered(passage + ". How many more " + names[a] + " than " + names[b] + "?",
                         names[a] + std::to_string(scores[a]) + " " + names[b] +
                             std::to_string(scores[b]) + " more " + difference);
  draft.reference.answers = {difference};
  return draft;
}

// How often one of up to three things occurs.
Draft count_things(Random& random, double difficulty) {
  const size_t count = size_between(random, 2, 8, difficulty);
  const std::vector<std::string> kinds = pick_distinct(random, foods(), 3);
  std::string passage;
  std::array<int, 3> counts{};
  for (size_t i = 0; i < count; ++i) {
    const size_t kind = random.below(kinds.size());
    ++counts[kind];
    passage += (i == 0 ? "" : " ") + kinds[kind];
  }
  const size_t asked = random.below(kinds.size());
  return answered(passage + ". How many " + kinds[asked] + "?", std::to_string(counts[asked]));
}

}  // namespace

Draft make_lookup(Random& random, double difficulty) {
  // Two relations with a list of pairs each: "likes: Ann fig, Bob jam. visits: Bob Oslo."
  std::vector<size_t> relations{0, 1, 2};
  random.shuffle(relations);
  relations.resize(2);
  const size_t people = size_between(random, 2, 5, difficulty);
  const std::vector<std::string> names = pick_distinct(random, first_names(), people + 1);
  std::array<std::map<std::string, std::string>, 2> said;
  std::string passage;
  for (size_t r = 0; r < relations.size(); ++r) {
    const Relation& relation = kRelations[relations[r]];
    std::vector<std::string> who = names;
    random.shuffle(who);
    who.resize(size_between(random, 1, static_cast<int64_t>(people), difficulty));
    const std::vector<std::string> what = pick_distinct(random, relation.objects(), who.size());
    passage += std::string(relation.verb) + ":";
    for (size_t i = 0; i < who.size(); ++i) {
      said[r][who[i]] = what[i];
      passage += (i == 0 ? " " : ", ") + who[i] + " " + what[i];
    }
    passage += ". ";
  }
  const bool answerable = random.below(3) != 0;
  while (true) {
    const size_t r = random.below(relations.size());
    const std::string& name = names[random.below(names.size())];
    const auto found = said[r].find(name);
    if ((found != said[r].end()) != answerable) continue;
    const std::string value = answerable ? found->second : std::string(kUnanswerable);
    // The name again before its value, so that the answer goes on from the passage's own words.
    Draft draft =
        answered(passage + name + " " + std::string(kRelations[relations[r]].verb) + " what?",
                 name + " " + value);
    draft.reference.answers.push_back(value);
    return draft;
  }
}

Draft make_counting(Random& random, double difficulty) {
  return random.below(3) == 0 ? count_things(random, difficulty)
                              : compare_scores(random, difficulty);
}

}  // namespace paq::mini
