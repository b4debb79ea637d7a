// SPDX-License-Identifier: MIT
// The facts that the miniature must know by heart for its multiple-choice tasks.
//
// Made up, fixed once and the same in every split: what differs between splits is how they are
// asked. Not knowledge about the world.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace paq::mini {

/// What can be asked about, and the one right answer among the values of its relation.
struct Fact {
  std::string question;               ///< "meal of Ann Hill?"
  std::string value;                  ///< "fig"
  std::vector<std::string> tempting;  ///< Wrong values that are easily confused with the right one.
};

/// The facts of one task, and per fact the set from which wrong options are drawn.
struct FactTable {
  std::vector<Fact> facts;
  std::vector<std::vector<std::string>> value_sets;
  std::vector<size_t> value_set_of;  ///< Per fact: index into value_sets.
};

/// 96 facts about single common words, such as the color of a food.
const FactTable& easy_facts();

/// 4,000 facts: eight relations of 500 people with a first and a last name.
const FactTable& subject_facts();

/// 600 facts: what two materials make. The tempting values are what either makes with others.
const FactTable& hard_facts();

}  // namespace paq::mini
