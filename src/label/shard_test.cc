// SPDX-License-Identifier: MIT
#include "label/shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

TEST(Shards, AreDisjointCompleteAndAboutEqual) {
  const auto prompts = fake_prompts(3000);
  for (const int count : {1, 2, 3, 7}) {
    std::set<std::string> seen;
    for (int index = 1; index <= count; ++index) {
      const auto shard = shard_of(prompts, {index, count});
      for (const Prompt& prompt : shard) EXPECT_TRUE(seen.insert(prompt.id).second) << prompt.id;
      EXPECT_NEAR(static_cast<double>(shard.size()), 3000.0 / count, 120);
    }
    EXPECT_EQ(seen.size(), prompts.size());
  }
}

TEST(Shards, DependOnThePromptAlone) {
  auto prompts = fake_prompts(200);
  const auto shard = shard_of(prompts, {2, 3});
  std::reverse(prompts.begin(), prompts.end());
  prompts.resize(150);
  auto other = shard_of(prompts, {2, 3});
  std::reverse(other.begin(), other.end());
  EXPECT_TRUE(
      std::equal(other.begin(), other.end(), shard.end() - static_cast<long>(other.size())));
  // What a machine has labelled stays its own in the releases to come.
  EXPECT_EQ(shard_of(fake_prompts(9), {1, 2}).size(), 3u);
  EXPECT_EQ(shard.front().id, "p1");
}

TEST(Shards, AreNamedByIndexAndCount) {
  EXPECT_EQ(parse_shard("1/1"), (Shard{1, 1}));
  EXPECT_EQ(parse_shard("12/40"), (Shard{12, 40}));
  for (const char* text :
       {"", "1", "0/2", "3/2", "a/2", "1/", "/2", "1/2/3", "-1/2", "1/0", "+1/2"}) {
    std::string message;
    EXPECT_EQ(code_of([&] { parse_shard(text); }, &message), ErrorCode::kUsage) << text;
    EXPECT_NE(message.find("2/4"), std::string::npos);
  }
}

}  // namespace
}  // namespace paq
