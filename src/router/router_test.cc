// SPDX-License-Identifier: MIT
#include "router/router.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "router/tokenizer.h"

namespace paq {
namespace {

TEST(CutToContext, TakesFromTheMiddle) {
  std::vector<int32_t> ids = {1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(cut_to_context(ids, 7), 0);
  EXPECT_EQ(cut_to_context(ids, 5), 2);
  EXPECT_EQ(ids, (std::vector<int32_t>{1, 2, 3, 6, 7}));
  EXPECT_EQ(cut_to_context(ids, 2), 3);
  EXPECT_EQ(ids, (std::vector<int32_t>{1, 7}));
}

}  // namespace
}  // namespace paq
