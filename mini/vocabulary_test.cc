// SPDX-License-Identifier: MIT
#include "mini/vocabulary.h"

#include <gtest/gtest.h>

#include "mini/tasks.h"

namespace paq::mini {
namespace {

TEST(MiniVocabulary, WordsOfTheTasksAreSingleTokens) {
  const BpeVocab vocab = make_vocabulary();
  EXPECT_LE(vocab.size(), 1536u);
  for (const std::string_view task : mini_task_names()) {
    for (const Example& example : generate_examples(task, MiniSplit::kTest, 200, 8)) {
      for (const std::string& text :
           {" " + example.prompt.messages[0].content, " " + example.answer}) {
        EXPECT_EQ(vocab.encode(text).size(), bpe_split(text).size()) << text;
      }
    }
  }
}

TEST(MiniVocabulary, EncodingIsReversible) {
  const BpeVocab vocab = make_vocabulary();
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  for (const std::string& text : {bytes, std::string("Words it has never seen: 3.14!\n\n  x")}) {
    EXPECT_EQ(vocab.decode(vocab.encode(text)), text);
  }
}

TEST(MiniVocabulary, TurnsBeginAndEndWithControlTokens) {
  const BpeVocab vocab = make_vocabulary();
  const auto ids = vocab.encode_with_special(render_prompt("How many?"));
  ASSERT_GE(ids.size(), 3u);
  EXPECT_EQ(ids.front(), vocab.special_id("<|user|>"));
  EXPECT_EQ(ids[ids.size() - 2], vocab.special_id(kEndOfTurn));
  EXPECT_EQ(ids.back(), vocab.special_id("<|assistant|>"));
}

TEST(MiniVocabulary, IsTheSameEveryTime) {
  EXPECT_EQ(make_vocabulary().tokens(), make_vocabulary().tokens());
  EXPECT_EQ(make_vocabulary().merges(), make_vocabulary().merges());
}

}  // namespace
}  // namespace paq::mini
