// SPDX-License-Identifier: MIT
// The measures behind the label modes kl, top1 and likelihood-ratio against llama.cpp's own
// perplexity tool on the miniature: the same tokens, the same positions, the whole way through
// paq's engine, divergence and store.
//
// The tool cuts a text into chunks and scores the second half of each. Here the first half of a
// chunk is a raw prompt and the second half the largest variant's response to it. The chunks' token
// ids are read from the file that the tool itself writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/embedded_engine.h"
#include "fixtures.h"
#include "label/answer.h"
#include "label/measure.h"
#include "ladder/ladder_files.h"
#include "llama.h"
#include "mini/tasks.h"
#include "store/store.h"

namespace paq::testing {
namespace {

namespace fs = std::filesystem;

constexpr BitWidth kTwo{2}, kFour{4}, kEight{8}, kSixteen{16};
constexpr size_t kChunk = 256;         // Tokens; half the miniature's context.
constexpr size_t kFirst = kChunk / 2;  // The first token that the tool predicts from.
constexpr size_t kScored = kChunk - 1 - kFirst;

fs::path tool() { return fs::path(PAQ_PEERS_DIR) / "llama-perplexity"; }

// The figures that the tool prints last.
struct ToolFigures {
  double divergence = 0;  // Mean KLD.
  double ratio = 0;       // Mean PPL(Q)/PPL(base).
  double same = 0;        // Same top p, as a share.
};

double figure(const std::string& log, const std::string& name) {
  const size_t at = log.rfind(name);
  if (at == std::string::npos) {
    ADD_FAILURE() << "llama-perplexity prints no \"" << name << "\":\n" << log;
    return 0;
  }
  const size_t colon = log.find(':', at);
  return std::atof(log.c_str() + colon + 1);
}

struct FreeModel {
  void operator()(llama_model* model) const { llama_model_free(model); }
};

// From all logits, in doubles.
struct Exact {
  double divergence = 0;
  double ratio = 0;       // PPL(Q)/PPL(base)
  double tool_ratio = 0;  // Likewise, of the reference as the tool keeps it.
};

double log_sum(const std::vector<float>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  return largest + std::log(sum);
}

// The definition, over all tokens.
double divergence_of(const std::vector<float>& p, const std::vector<float>& q) {
  const double p_sum = log_sum(p), q_sum = log_sum(q);
  double divergence = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    divergence += std::exp(p[i] - p_sum) * ((p[i] - p_sum) - (q[i] - q_sum));
  }
  return divergence;
}

double logprob_of(const std::vector<float>& logits, int32_t token) {
  return logits[static_cast<size_t>(token)] - log_sum(logits);
}

// As the tool's 16-bit file has the reference's: nothing is more than 16 below the likeliest token.
double tool_logprob_of(const std::vector<float>& logits, int32_t token) {
  const float least = *std::max_element(logits.begin(), logits.end()) - 16;
  return std::max(logits[static_cast<size_t>(token)], least) - log_sum(logits);
}

class LlamaPerplexity : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!fs::exists(tool())) return;
    folder_ = new TemporaryFolder;
    const fs::path assets = fs::path(PAQ_SOURCE_DIR) / "assets";
    BuildLadderOptions options;
    options.bits = {kTwo, kFour, kEight, kSixteen};
    options.types = {{kTwo, "IQ2_XXS"}, {kFour, "Q4_0"}};
    options.imatrix = assets / "miniature-imatrix.gguf";
    ladder_ = new Ladder(
        build_ladder(assets / "miniature-f16.gguf", folder_->path() / "ladder", options));
    write_text(*folder_ / "text.txt", text());
    run_tool(kSixteen, "");
    read_chunks();
  }
  static void TearDownTestSuite() {
    delete ladder_;
    delete folder_;
  }
  void SetUp() override {
    if (!fs::exists(tool())) {
      GTEST_SKIP() << "llama-perplexity is not built; configure with -DPAQ_BUILD_PEERS=ON and "
                      "build the target llama-perplexity";
    }
    ASSERT_GE(chunks_.size(), 30u) << "else this says little";
  }

  // Questions and answers of every task, as the miniature was trained on, without its chat
  // template.
  static std::string text() {
    std::string text;
    for (const std::string_view task : mini_task_names()) {
      for (const mini::Example& example :
           mini::generate_examples(task, MiniSplit::kTest, 50, /*seed=*/3)) {
        text += example.prompt.messages.back().content + " " + example.answer + "\n";
      }
    }
    return text;
  }

  // Returns what it prints.
  static std::string run_tool(BitWidth bits, const std::string& more) {
    const std::string model = ladder_->path_of(ladder_->variant(bits)).string();
    const std::string log = *folder_ / ("tool-" + to_string(bits) + ".log");
    const std::string command =
        "'" + tool().string() + "' -m '" + model + "' -f '" + (*folder_ / "text.txt") +
        "' --kl-divergence-base '" + (*folder_ / "base.kld") + "' -c " + std::to_string(kChunk) +
        " -b " + std::to_string(kChunk) + " -t 1 -fa off " + more + " >'" + log + "' 2>&1";
    const int status = std::system(command.c_str());
    const std::string said = read_text(log);
    EXPECT_EQ(status, 0) << command << "\n" << said;
    return said;
  }

  // The tool's logger is sometimes ended before it has written its last lines; then once more.
  static ToolFigures tool_figures(BitWidth bits) {
    std::string said;
    for (int attempt = 0; attempt < 5 && said.find("\nSame top p:") == std::string::npos;
         ++attempt) {
      said = run_tool(bits, "--kl-divergence");
    }
    return {.divergence = figure(said, "\nMean    KLD:"),
            .ratio = figure(said, "\nMean PPL(Q)/PPL(base) "),
            .same = figure(said, "\nSame top p:") / 100};
  }

  // "_logits_", context, vocabulary and chunks as 32-bit numbers, then the chunks' tokens.
  static void read_chunks() {
    const std::string file = read_text(*folder_ / "base.kld");
    int32_t context = 0, vocabulary = 0, chunks = 0;
    ASSERT_TRUE(file.starts_with("_logits_"));
    size_t at = 8;
    for (int32_t* number : {&context, &vocabulary, &chunks}) {
      std::memcpy(number, file.data() + at, sizeof *number);
      at += sizeof *number;
    }
    ASSERT_EQ(static_cast<size_t>(context), kChunk);
    for (int32_t c = 0; c < chunks; ++c) {
      std::vector<int32_t> tokens(kChunk);
      ASSERT_LE(at + kChunk * sizeof(int32_t), file.size());
      std::memcpy(tokens.data(), file.data() + at, kChunk * sizeof(int32_t));
      at += kChunk * sizeof(int32_t);
      chunks_.push_back(std::move(tokens));
    }
  }

  // The text of a chunk's first half, which gives the same tokens again.
  static std::string prompt_text(const llama_vocab* vocab, const std::vector<int32_t>& chunk) {
    constexpr auto kTokens = static_cast<int32_t>(kFirst + 1);
    std::string text(16 * kChunk, '\0');
    const int32_t length = llama_detokenize(vocab, chunk.data(), kTokens, text.data(),
                                            static_cast<int32_t>(text.size()), false, true);
    EXPECT_GT(length, 0);
    text.resize(static_cast<size_t>(std::max(length, 0)));
    std::vector<int32_t> again(kChunk);
    const int32_t count = llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()),
                                         again.data(), static_cast<int32_t>(kChunk), true, false);
    EXPECT_EQ(count, kTokens) << text;
    EXPECT_TRUE(std::equal(again.begin(), again.begin() + kTokens, chunk.begin())) << text;
    return text;
  }

  static std::vector<Prompt> prompts() {
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    const std::string file = ladder_->path_of(ladder_->variant(kSixteen)).string();
    const std::unique_ptr<llama_model, FreeModel> model(
        llama_model_load_from_file(file.c_str(), params));
    const llama_vocab* vocab = llama_model_get_vocab(model.get());
    EXPECT_FALSE(llama_vocab_get_add_bos(vocab)) << "the tool puts it in a chunk's first place";
    std::vector<Prompt> prompts;
    for (size_t c = 0; c < chunks_.size(); ++c) {
      Prompt prompt;
      prompt.task = "mini-gsm8k";
      prompt.split = "test";
      prompt.id = std::to_string(c);
      prompt.messages = {{"user", prompt_text(vocab, chunks_[c])}};
      prompts.push_back(std::move(prompt));
    }
    return prompts;
  }

  // Second half of a chunk.
  static std::vector<int32_t> response(size_t chunk) {
    return {chunks_[chunk].begin() + kFirst + 1, chunks_[chunk].end()};
  }

  static std::unique_ptr<Engine> engine(bool steady) {
    return open_embedded_engine(*ladder_, {.context_tokens = static_cast<int>(kChunk),
                                           .max_sequences = 4,
                                           .steady_attention = steady,
                                           .threads = 1});
  }

  // What paq labels measure leaves in the store, chunk after chunk.
  static std::vector<PromptOutcomes> measured(bool steady) {
    const TemporaryFolder own;
    Store store = Store::open(own / "s.db", Store::Mode::kWrite);
    const std::vector<Prompt> asked = prompts();
    store.add_prompts(asked);
    MeasureOptions options;
    options.asked.form = PromptForm::kRaw;
    const Variant& largest = ladder_->variant(kSixteen);
    for (size_t c = 0; c < asked.size(); ++c) {
      Outcome outcome;
      outcome.bits = kSixteen;
      outcome.token_ids = response(c);
      outcome.tokens = static_cast<int>(kScored);
      outcome.perplexity = 1;
      store.put_outcome(
          asked[c], {kSixteen, largest.sha256, answer_settings(asked[c], options.asked)}, outcome);
    }
    const MeasureSummary summary =
        measure_comparisons(*engine(steady), *ladder_, store, asked, options);
    EXPECT_EQ(summary.refused, 0) << summary.first_refused;
    EXPECT_EQ(summary.added, static_cast<int64_t>(3 * asked.size()));
    return store.outcomes({}, ladder_);
  }

  // The logits that every scored token of every chunk is predicted from.
  static std::vector<std::vector<float>> logits(Engine& engine, BitWidth bits) {
    const std::vector<Prompt> asked = prompts();
    std::vector<std::vector<float>> all(asked.size() * kScored);
    std::vector<ScoreRequest> requests;
    for (size_t c = 0; c < asked.size(); ++c) {
      ScoreRequest request;
      request.bits = bits;
      request.messages = asked[c].messages;
      request.form = PromptForm::kRaw;
      request.continuations = {{.tokens = response(c)}};
      request.on_logits = [&all, c](size_t, size_t position, std::span<const float> given) {
        all[c * kScored + position].assign(given.begin(), given.end());
      };
      requests.push_back(std::move(request));
    }
    for (const ScoredContinuations& scored : score_all(engine, requests)) {
      EXPECT_EQ(scored.prompt_tokens, static_cast<int>(kFirst + 1));
    }
    return all;
  }

  static Exact exact_of(const std::vector<std::vector<float>>& reference,
                        const std::vector<std::vector<float>>& rated) {
    Exact exact;
    for (size_t i = 0; i < rated.size(); ++i) {
      const int32_t token = chunks_[i / kScored][kFirst + 1 + i % kScored];
      const double logprob = logprob_of(rated[i], token);
      exact.divergence += divergence_of(reference[i], rated[i]);
      exact.ratio += logprob_of(reference[i], token) - logprob;
      exact.tool_ratio += tool_logprob_of(reference[i], token) - logprob;
    }
    const auto count = static_cast<double>(rated.size());
    return {exact.divergence / count, std::exp(exact.ratio / count),
            std::exp(exact.tool_ratio / count)};
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline Ladder* ladder_ = nullptr;
  static inline std::vector<std::vector<int32_t>> chunks_;
};

struct Mean {
  double divergence = 0, lumped = 0, ratio = 0, same = 0;
};

Mean mean_of(const std::vector<PromptOutcomes>& chunks, BitWidth bits) {
  Mean mean;
  for (const PromptOutcomes& chunk : chunks) {
    const Comparison& comparison = chunk.comparisons.at(bits);
    EXPECT_EQ(comparison.tokens, static_cast<int>(kScored));
    mean.divergence += comparison.divergence.value();
    mean.lumped += comparison.lumped.value();
    mean.ratio += comparison.reference_logprob - comparison.logprob;
    mean.same += comparison.agreement.value();
  }
  const auto count = static_cast<double>(chunks.size());
  return {mean.divergence / count, mean.lumped / count, std::exp(mean.ratio / count),
          mean.same / count};
}

// What the tool computes is reproduced from paq's logits, and what paq keeps is that but for what
// docs/labels.md says it leaves out.
TEST_F(LlamaPerplexity, MeasuresAreTheTools) {
  const std::map<BitWidth, ToolFigures> tool_says = {
      {kTwo, tool_figures(kTwo)}, {kFour, tool_figures(kFour)}, {kEight, tool_figures(kEight)}};
  for (const bool steady : {true, false}) {
    SCOPED_TRACE(steady ? "steady attention" : "fast attention");
    const std::vector<PromptOutcomes> chunks = measured(steady);
    ASSERT_EQ(chunks.size(), chunks_.size());
    const auto open = engine(steady);
    const auto reference = logits(*open, kSixteen);
    for (const auto& [bits, theirs] : tool_says) {
      SCOPED_TRACE(to_string(bits) + " bits");
      const Mean kept = mean_of(chunks, bits);
      const Exact exact = exact_of(reference, logits(*open, bits));
      std::printf(
          "%s-bit, %s: KLD %.6f kept %.6f tool %.6f; same kept %.5f tool %.5f; "
          "PPL(Q)/PPL(base) %.6f kept %.6f, clamped %.6f tool %.6f; lumped %.4f\n",
          to_string(bits).c_str(), steady ? "steady" : "fast", exact.divergence, kept.divergence,
          theirs.divergence, kept.same, theirs.same, exact.ratio, kept.ratio, exact.tool_ratio,
          theirs.ratio, kept.lumped);
      EXPECT_NEAR(exact.divergence, theirs.divergence, 0.005 * theirs.divergence + 1e-4);
      EXPECT_LE(kept.divergence, exact.divergence + 1e-4);
      EXPECT_GE(kept.divergence, 0.97 * exact.divergence - 1e-4);
      EXPECT_NEAR(kept.same, theirs.same, 0.005);
      EXPECT_NEAR(exact.tool_ratio / theirs.ratio, 1, 0.005);
      EXPECT_NEAR(kept.ratio / exact.ratio, 1, 0.005);
    }
  }
}

}  // namespace
}  // namespace paq::testing
