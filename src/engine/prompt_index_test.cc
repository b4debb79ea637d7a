// SPDX-License-Identifier: MIT
#include "engine/prompt_index.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/random.h"

namespace paq {
namespace {

TEST(PromptIndex, FindsTheLongestSharedBeginningOfAll) {
  Random random(11);
  const auto prompt = [&] {
    std::vector<int32_t> tokens(random.below(9));
    for (int32_t& token : tokens) token = static_cast<int32_t>(random.below(3));
    return tokens;
  };
  struct Held {
    std::vector<int32_t> tokens;
    PromptIndex::Entry entry;
  };
  PromptIndex index;
  std::vector<std::optional<Held>> held(20);
  int shared_some = 0;
  for (int round = 0; round < 3000; ++round) {
    std::optional<Held>& one = held[random.below(held.size())];
    if (one) {
      index.erase(one->entry);
      one.reset();
    } else {
      one.emplace(Held{prompt(), {}});
      one->entry = index.insert(one->tokens);
    }
    const std::vector<int32_t> asked = prompt();
    size_t longest = 0;
    for (const auto& other : held) {
      if (other) longest = std::max(longest, shared_beginning(asked, other->tokens));
    }
    ASSERT_EQ(index.longest_shared(asked), longest);
    shared_some += longest > 2 ? 1 : 0;
  }
  EXPECT_GT(shared_some, 300);
}

}  // namespace
}  // namespace paq
