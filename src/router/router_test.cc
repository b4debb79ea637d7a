// SPDX-License-Identifier: MIT
#include "router/router.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/error.h"
#include "core/random.h"
#include "core/utf8.h"
#include "ladder/testing/tiny_model.h"
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

TEST(Tokenizer, ReadsAnyBytesAsTheTextThatTheyStandFor) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) /
                                     ("paq_tokenizer_" + std::to_string(::getpid()) + ".gguf");
  testing::tiny_model({}).write(path);
  const Tokenizer tokenizer = Tokenizer::load(path);
  std::filesystem::remove(path);
  std::vector<std::string> texts = {"\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xED\xA0\x80",
                                    "\xF7\xBF\xBF\xBF", "\xC0\x80",         "ab\xFF"};
  Random random(3, "bytes");
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (int64_t n = random.between(1, 40); n > 0; --n) {
      text += static_cast<char>(random.between(0, 255));
    }
    texts.push_back(text);
  }
  for (const std::string& text : texts) {
    EXPECT_EQ(tokenizer.encode(text), tokenizer.encode(valid_utf8(text))) << text;
  }
}

}  // namespace
}  // namespace paq
