// SPDX-License-Identifier: MIT
// A run's prompts spread over several machines.
#pragma once

#include <string_view>
#include <vector>

#include "core/prompt.h"

namespace paq {

struct Shard {
  int index = 1;  ///< 1 to count.
  int count = 1;

  bool operator==(const Shard&) const = default;
};

/// "2/4". Throws Error(kUsage).
Shard parse_shard(std::string_view text);

/// The prompts that fall to this machine, by their hash alone: the shards of one count have no
/// prompt in common and together all of them, whatever else is asked and in whichever order.
std::vector<Prompt> shard_of(std::vector<Prompt> prompts, const Shard& shard);

}  // namespace paq
