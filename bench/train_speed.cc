// SPDX-License-Identifier: MIT
// How fast the router's training is, against what LibTorch's own matrix product reaches on the same
// threads. docs/measuring.md says how operations are counted.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/random.h"
#include "train/classifier.h"

namespace {

using namespace paq;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string size = "small", device = "cpu";
  int length = 128;
  int batch = 16;
  int vocabulary = 4096;
  int labels = 4;
  int rounds = 7;
  int steps = 2;
  int threads = 2;
  bool bf16 = false;
};

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Floating-point operations of one step on prompts of one length: 6 per weight of a matrix and
// token (2 forward, 4 backward), and 12 T D per token and layer for attention over T keys (scores
// and mixing, 2 T D each forward, twice that backward). The embedding is a look-up; head and
// classifier see one row per prompt.
double step_operations(const ModernBertConfig& config, int length, int batch) {
  double weights = 0;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    if (spec.name.starts_with("model.layers.") && spec.shape.size() == 2) {
      weights += static_cast<double>(spec.shape[0] * spec.shape[1]);
    }
  }
  double keys = 0;  // seen by a token, over the layers
  for (int l = 0; l < config.layers; ++l) {
    keys += config.is_global(l) ? length : std::min(length, config.local_window + 1);
  }
  const double tokens = static_cast<double>(length) * batch;
  return tokens * (6 * weights + 12 * keys * config.width);
}

int run(const Arguments& arguments) {
  set_torch_threads(arguments.threads);
  ModernBertConfig config = modernbert_config(parse_router_size(arguments.size));
  config.vocab_size = arguments.vocabulary;
  config.labels = arguments.labels;
  config.context_tokens = std::max(arguments.length, 16);
  config.dropout = 0.1;
  Classifier classifier(config, 1,
                        {.device = parse_device(arguments.device), .bf16 = arguments.bf16});

  Random random(1, "train speed");
  std::vector<TokenIds> prompts;
  std::vector<int> labels;
  for (int i = 0; i < arguments.batch; ++i) {
    TokenIds ids;
    for (int t = 0; t < arguments.length; ++t) {
      ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(config.vocab_size))));
    }
    prompts.push_back(std::move(ids));
    labels.push_back(static_cast<int>(random.below(static_cast<uint64_t>(config.labels))));
  }
  const std::vector<float> class_weights(static_cast<size_t>(config.labels), 1);

  constexpr int64_t kSide = 1024;
  const torch::Device device(classifier.device() == Device::kCuda ? torch::kCUDA : torch::kCPU);
  const torch::Tensor a = torch::randn({kSide, kSide}, device);
  const torch::Tensor b = torch::randn({kSide, kSide}, device);
  float sink = 0;
  // Reading a number of the last product waits for a device.
  const auto products = [&] {
    torch::Tensor c;
    for (int i = 0; i < 4; ++i) c = torch::mm(a, b);
    sink += c[0][0].item<float>();
  };
  const auto steps = [&] {
    for (int i = 0; i < arguments.steps; ++i) {
      sink += static_cast<float>(classifier.step(prompts, labels, 1e-4, class_weights));
    }
  };
  products();
  steps();
  std::vector<double> product_rates, step_rates, step_seconds;
  const double operations = step_operations(config, arguments.length, arguments.batch);
  for (int round = 0; round < arguments.rounds; ++round) {  // interleaved: a busy hour hits both
    product_rates.push_back(4 * 2.0 * kSide * kSide * kSide / seconds_of(products) / 1e9);
    const double seconds = seconds_of(steps) / arguments.steps;
    step_seconds.push_back(seconds);
    step_rates.push_back(operations / seconds / 1e9);
  }
  const double product = median(product_rates), step = median(step_rates);
  std::printf("%s\n",
              nlohmann::ordered_json({{"size", arguments.size},
                                      {"length", arguments.length},
                                      {"batch", arguments.batch},
                                      {"threads", arguments.threads},
                                      {"device", device_name(classifier.device())},
                                      {"bf16", arguments.bf16},
                                      {"torch", torch_version()},
                                      {"step_gflop", operations / 1e9},
                                      {"step_seconds", median(step_seconds)},
                                      {"step_gflop_per_second", step},
                                      {"matmul_gflop_per_second", product},
                                      {"ratio", step / product},
                                      {"tokens_per_second",
                                       arguments.batch * arguments.length / median(step_seconds)}})
                  .dump(2)
                  .c_str());
  return sink == sink ? 0 : 1;  // the work was done, and its numbers are numbers
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Training steps against matrix products on the same threads.", "paq-train-speed"};
  app.add_option("--size", arguments.size, "tiny, small or base")->capture_default_str();
  app.add_option("--length", arguments.length, "Tokens per prompt")->check(CLI::Range(2, 8192));
  app.add_option("--batch", arguments.batch, "Prompts per step")->check(CLI::Range(1, 4096));
  app.add_option("--threads", arguments.threads)->check(CLI::Range(1, 1024));
  app.add_option("--rounds", arguments.rounds)->check(CLI::Range(1, 1000));
  app.add_option("--steps", arguments.steps, "Per round")->check(CLI::Range(1, 1000));
  app.add_option("--device", arguments.device, "cpu, cuda or auto");
  app.add_flag("--bf16", arguments.bf16);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "paq-train-speed: %s\n", error.what());
    return 1;
  }
}
