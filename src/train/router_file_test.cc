// SPDX-License-Identifier: MIT
// Router files as serving meets them: whole, cut, foreign, of another ladder; and odd prompts.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "core/testing/error_code.h"
#include "router/router.h"
#include "router/tokenizer.h"
#include "train/classifier.h"
#include "train/export.h"
#include "train/vocabulary.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

class RouterFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("paq_router_file_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    config_.vocab_size = static_cast<int>(vocabulary_.size());
    config_.labels = 3;
    config_.context_tokens = 256;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const RouterMetadata& metadata) {
    const fs::path path = folder_ / "router.gguf";
    const std::vector<NamedTensor> parameters = Classifier(config_, 1).parameters();
    export_router(path, {config_, parameters, vocabulary_, metadata}, MatrixType::kF32);
    return path;
  }

  static RouterMetadata metadata() {
    return {.bit_widths = {{3}, {4}, {6}},
            .tau = 1.21,
            .ladder_hash = "abc",
            .base_model = "Boat-1B",
            .training_data_hash = "def",
            .calibration = {.temperature = 1.5},
            .training = R"({"settings":{}})"};
  }

  // The error that loading `path` gives; its message must be one line.
  static Error load_error(const fs::path& path) {
    try {
      Router::load(path, {});
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      return error;
    }
    ADD_FAILURE() << path << " was loaded";
    return {ErrorCode::kEngine, ""};
  }

  fs::path folder_;
  const std::vector<std::string> texts_ = {"count the red boats", "add 12 and 30 to the moon",
                                           "write a function that counts boats"};
  BpeVocab vocabulary_ = train_router_vocabulary(texts_, 300);
  ModernBertConfig config_ = modernbert_config(RouterSize::kTiny);
};

TEST_F(RouterFile, KeepsWhatWasWritten) {
  const auto router = Router::load(write(metadata()), {});
  const RouterInfo& info = router->info();
  EXPECT_EQ(info.bit_widths, (std::vector<BitWidth>{{3}, {4}, {6}}));
  EXPECT_DOUBLE_EQ(info.tau, 1.21);
  EXPECT_EQ(info.label_mode, "response-perplexity");
  EXPECT_EQ(info.ladder_hash, "abc");
  EXPECT_EQ(info.base_model, "Boat-1B");
  EXPECT_EQ(info.training_data_hash, "def");
  EXPECT_DOUBLE_EQ(info.calibration.temperature, 1.5);
  EXPECT_EQ(info.context_tokens, 256);
  EXPECT_EQ(info.parameters, Classifier(config_, 1).parameter_count());
  EXPECT_EQ(info.training, R"({"settings":{}})");
}

TEST_F(RouterFile, TemperatureSoftensProbabilitiesOnly) {
  RouterMetadata hot = metadata();
  const Decision warm = Router::load(write(metadata()), {})->route("count the boats");
  hot.calibration.temperature = 100;
  const Decision flat = Router::load(write(hot), {})->route("count the boats");
  EXPECT_EQ(warm.logits, flat.logits);
  EXPECT_EQ(warm.bits, flat.bits);
  EXPECT_NEAR(std::accumulate(warm.probabilities.begin(), warm.probabilities.end(), 0.0), 1, 1e-6);
  for (const float p : flat.probabilities) EXPECT_NEAR(p, 1.0 / 3, 0.02);
}

TEST_F(RouterFile, HalfPrecisionMatricesDecideAlike) {
  const Decision full = Router::load(write(metadata()), {})->route("count the boats");
  const fs::path path = folder_ / "half.gguf";
  const std::vector<NamedTensor> parameters = Classifier(config_, 1).parameters();
  export_router(path, {config_, parameters, vocabulary_, metadata()}, MatrixType::kF16);
  EXPECT_LT(fs::file_size(path), fs::file_size(folder_ / "router.gguf") * 6 / 10);
  const Decision half = Router::load(path, {})->route("count the boats");
  for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(full.logits[k], half.logits[k], 0.01);
}

TEST_F(RouterFile, TakesAnyPrompt) {
  const auto router = Router::load(write(metadata()), {});
  std::string long_prompt;
  for (int i = 0; i < 5000; ++i) long_prompt += "boats ";
  const std::string odd[] = {"",
                             std::string("\xff\xfe\x80 broken \xc3", 12),
                             "beyond U+10FFFF: \xf5\x80\x80\x80 \xf4\x90\x80\x80",
                             std::string("a\0b", 3),
                             "[CLS] [SEP] <s> [MASK]",
                             std::string(20000, 'x'),
                             "\xf0\x9f\x98\x80 \xe4\xbd\xa0\xe5\xa5\xbd",
                             long_prompt};
  std::vector<std::string_view> views(std::begin(odd), std::end(odd));
  const std::vector<Decision> decisions = router->route(views);
  ASSERT_EQ(decisions.size(), std::size(odd));
  for (const Decision& decision : decisions) {
    EXPECT_NEAR(std::accumulate(decision.probabilities.begin(), decision.probabilities.end(), 0.0),
                1, 1e-5);
    EXPECT_EQ(decision.dropped_tokens, std::max(0, decision.prompt_tokens - 256));
  }
  EXPECT_EQ(decisions[0].prompt_tokens, 2);  // [CLS] and [SEP]
  EXPECT_GE(decisions.back().prompt_tokens, 5000);
  EXPECT_TRUE(router->route(std::span<const std::string_view>()).empty());
}

TEST_F(RouterFile, NamesOfSpecialTokensAreText) {
  const Tokenizer tokenizer = make_tokenizer(vocabulary_);
  const int32_t cls = vocabulary_.special_id("[CLS]");
  const int32_t sep = vocabulary_.special_id("[SEP]");
  const std::vector<int32_t> ids = tokenizer.encode("[SEP] add [CLS]");
  EXPECT_EQ(ids.front(), cls);
  EXPECT_EQ(ids.back(), sep);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), cls) + std::count(ids.begin(), ids.end(), sep), 2);
  EXPECT_EQ(tokenizer.vocab_size(), static_cast<int>(vocabulary_.size()));
}

TEST_F(RouterFile, TheTokenizersFileIsNobodyElsesLink) {
  // The name that a temporary of this process would foreseeably have.
  const fs::path foreseen = temporary_beside(fs::temp_directory_path() / "paq-vocabulary.gguf");
  write_file_atomically(folder_ / "precious", "kept");
  fs::create_symlink(folder_ / "precious", foreseen);
  make_tokenizer(vocabulary_);
  EXPECT_EQ(read_file(folder_ / "precious"), "kept");
  EXPECT_TRUE(fs::is_symlink(foreseen));
  fs::remove(foreseen);
}

TEST_F(RouterFile, LlamaCppTokenisesAsTheVocabularyWasLearnt) {
  const Tokenizer tokenizer = make_tokenizer(vocabulary_);
  for (const std::string& text : texts_) {
    std::vector<int32_t> wanted = vocabulary_.encode(text);
    wanted.insert(wanted.begin(), vocabulary_.special_id("[CLS]"));
    wanted.push_back(vocabulary_.special_id("[SEP]"));
    EXPECT_EQ(tokenizer.encode(text), wanted) << text;
  }
}

TEST_F(RouterFile, OtherBitWidthsAreAMismatchThatNamesBoth) {
  RouterInfo info;
  info.bit_widths = {{2}, {4}, {8}};
  const std::vector<BitWidth> same = {{2}, {4}, {8}}, other = {{2}, {4}, {8}, {16}};
  EXPECT_NO_THROW(check_router_fits(info, same));
  try {
    check_router_fits(info, other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_NE(std::string(error.what()).find("2,4,8 "), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("2,4,8,16"), std::string::npos) << error.what();
  }
}

TEST_F(RouterFile, AnotherLadderIsAMismatchThatNamesBoth) {
  RouterInfo info;
  info.bit_widths = {{2}, {4}};
  info.ladder_hash = "aaaabbbbccccddddeeee";
  info.base_model = "Boat-1B";
  LadderIdentity ladder{.hash = info.ladder_hash, .base_model = "x", .bit_widths = {{2}, {4}}};
  EXPECT_NO_THROW(check_router_fits(info, ladder));
  ladder = {.hash = "1111222233334444", .base_model = "Moon-1B", .bit_widths = {{2}, {4}}};
  std::string message;
  EXPECT_EQ(code_of([&] { check_router_fits(info, ladder); }, &message), ErrorCode::kMismatch);
  for (const char* part : {"Boat-1B (ladder aaaabbbbcccc)", "Moon-1B (ladder 111122223333)",
                           "--any-ladder", "train a router"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_NO_THROW(check_router_fits(info, ladder.bit_widths));
  // Nobody knows where these came from.
  ladder.hash.clear();
  EXPECT_NO_THROW(check_router_fits(info, ladder));
  ladder.hash = "1111222233334444";
  info.ladder_hash.clear();
  EXPECT_NO_THROW(check_router_fits(info, ladder));
  ladder.bit_widths.push_back({8});
  EXPECT_EQ(code_of([&] { check_router_fits(info, ladder); }), ErrorCode::kMismatch);
}

TEST_F(RouterFile, ACutFileIsRefusedWhereverItIsCut) {
  const std::string whole = read_file(write(metadata()));
  for (const double share : {0.0, 0.0001, 0.001, 0.01, 0.5, 0.999}) {
    const fs::path path = folder_ / "cut.gguf";
    std::ofstream(path, std::ios::binary)
        << whole.substr(0, static_cast<size_t>(share * static_cast<double>(whole.size())));
    EXPECT_EQ(load_error(path).code(), ErrorCode::kBadFile) << share;
  }
}

TEST_F(RouterFile, MalformedBitWidthsAreTheFilesFault) {
  RouterMetadata descending = metadata();
  descending.bit_widths = {{4}, {3}, {6}};
  const Error error = load_error(write(descending));
  EXPECT_EQ(error.code(), ErrorCode::kBadFile);
  EXPECT_NE(std::string(error.what()).find("router.gguf: paq.router.bit_widths"), std::string::npos)
      << error.what();
}

TEST_F(RouterFile, ForeignFilesAreRefused) {
  EXPECT_EQ(load_error(folder_ / "absent.gguf").code(), ErrorCode::kNotFound);
  std::ofstream(folder_ / "text.gguf") << "no model, just some text that is long enough";
  EXPECT_EQ(load_error(folder_ / "text.gguf").code(), ErrorCode::kBadFile);

  GgufWriter llama;
  llama.set_string("general.architecture", "llama");
  llama.write(folder_ / "llama.gguf");
  const Error error = load_error(folder_ / "llama.gguf");
  EXPECT_EQ(error.code(), ErrorCode::kBadFile);
  EXPECT_NE(std::string(error.what()).find("llama"), std::string::npos);

  GgufWriter encoder;
  encoder.set_string("general.architecture", "modern-bert");
  encoder.write(folder_ / "encoder.gguf");
  EXPECT_EQ(load_error(folder_ / "encoder.gguf").code(), ErrorCode::kBadFile);
}

TEST_F(RouterFile, PartsThatDoNotFitAreNotExported) {
  RouterMetadata two = metadata();
  two.bit_widths.pop_back();
  EXPECT_THROW(write(two), Error);
  EXPECT_FALSE(fs::exists(folder_ / "router.gguf"));
}

}  // namespace
}  // namespace paq
