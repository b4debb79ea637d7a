// SPDX-License-Identifier: MIT
// How one question of each family is made; tasks.h is the door to them.
//
// `difficulty` in [0, 1] scales the longest passage or chain; sizes are uniform below that.
#pragma once

#include <string>

#include "core/prompt.h"
#include "core/random.h"

namespace paq::mini {

/// A question before it has an identity.
struct Draft {
  std::string question;
  std::string answer;
  Reference reference;
};

Draft make_lookup(Random& random, double difficulty);
Draft make_counting(Random& random, double difficulty);
Draft make_arithmetic(Random& random, double difficulty);
Draft make_program(Random& random, double difficulty);
Draft make_easy_choice(Random& random, double difficulty);
Draft make_subject_choice(Random& random, double difficulty);
Draft make_hard_choice(Random& random, double difficulty);

}  // namespace paq::mini
