// SPDX-License-Identifier: MIT
// The shipped miniature in llama.cpp: the same token ids and the same rendered chat as in training.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "chat.h"
#include "llama.h"
#include "mini/tasks.h"
#include "mini/vocabulary.h"

namespace paq::mini {
namespace {

struct FreeModel {
  void operator()(llama_model* model) const { llama_model_free(model); }
};

class MiniTokenizer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    const auto file = std::filesystem::path(PAQ_SOURCE_DIR) / "assets" / "miniature-f16.gguf";
    model_.reset(llama_model_load_from_file(file.c_str(), params));
    vocab_ = std::make_unique<BpeVocab>(make_vocabulary());
  }

  static void TearDownTestSuite() {
    model_.reset();
    vocab_.reset();
  }

  void SetUp() override { ASSERT_NE(model_, nullptr) << "assets/miniature-f16.gguf can't be read"; }

  static std::vector<int32_t> llama_ids(const std::string& text) {
    std::vector<llama_token> ids(text.size() + 8);
    const int count = llama_tokenize(
        llama_model_get_vocab(model_.get()), text.data(), static_cast<int32_t>(text.size()),
        ids.data(), static_cast<int32_t>(ids.size()), /*add_special=*/true, /*parse_special=*/true);
    ids.resize(static_cast<size_t>(std::max(count, 0)));
    return ids;
  }

  static inline std::unique_ptr<llama_model, FreeModel> model_;
  static inline std::unique_ptr<BpeVocab> vocab_;
};

TEST_F(MiniTokenizer, HasTheVocabularyOfTheTrainer) {
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  ASSERT_EQ(static_cast<size_t>(llama_vocab_n_tokens(vocab)), vocab_->size());
  for (size_t id = 0; id < vocab_->size(); ++id) {
    EXPECT_EQ(llama_vocab_get_text(vocab, static_cast<llama_token>(id)), vocab_->tokens()[id]);
  }
  EXPECT_EQ(llama_vocab_eos(vocab), vocab_->special_id(kEndOfTurn));
  EXPECT_TRUE(llama_vocab_is_eog(vocab, vocab_->special_id(kEndOfTurn)));
}

TEST_F(MiniTokenizer, GivesTheTrainersIdsForThousandsOfTurns) {
  for (const std::string_view task : mini_task_names()) {
    for (const Example& example : generate_examples(task, MiniSplit::kTest, 500, 11)) {
      const std::string text = render_prompt(example.prompt.messages[0].content) + " " +
                               example.answer + std::string(kEndOfTurn);
      ASSERT_EQ(llama_ids(text), vocab_->encode_with_special(text)) << text;
    }
  }
}

TEST_F(MiniTokenizer, GivesTheTrainersIdsForAnyAsciiText) {
  Random random(12);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (int64_t length = random.between(1, 40); length > 0; --length) {
      // Blanks, line ends and quotes more often than by chance: there the splitter has its rules.
      constexpr std::string_view kTricky = "  \n\n\r\t''sStTreEvmldL";
      text.push_back(random.below(2) == 0 ? kTricky[random.below(kTricky.size())]
                                          : static_cast<char>(random.between(' ', '~')));
    }
    ASSERT_EQ(llama_ids(text), vocab_->encode_with_special(text)) << text;
  }
}

TEST_F(MiniTokenizer, ChatTemplateRendersAsInTraining) {
  const auto templates = common_chat_templates_init(model_.get(), "");
  common_chat_templates_inputs inputs;
  common_chat_msg question;
  question.role = "user";
  question.content = "How many fig?";
  inputs.messages = {question};
  EXPECT_EQ(common_chat_templates_apply(templates.get(), inputs).prompt,
            render_prompt(question.content));

  common_chat_msg answer;
  answer.role = "assistant";
  answer.content = "7";
  inputs.messages = {question, answer, question};
  EXPECT_EQ(common_chat_templates_apply(templates.get(), inputs).prompt,
            render_turn("user", question.content) + render_turn("assistant", answer.content) +
                render_prompt(question.content));
}

}  // namespace
}  // namespace paq::mini
