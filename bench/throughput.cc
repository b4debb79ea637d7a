// SPDX-License-Identifier: MIT
// paq-throughput: tokens per second of the embedded engine, many requests at a time and one by one,
// against llama.cpp's own llama-batched-bench on the same file with the same batch, threads and
// lengths. Rounds are interleaved, since other work on the machine would favour one side. Generated
// tokens per second, the time for prompts included.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "engine/embedded_engine.h"
#include "engine/memory.h"

namespace {

using nlohmann::json;
using paq::BitWidth;

constexpr BitWidth kBits{4};

struct Arguments {
  std::string model;
  std::string peer;
  std::string json_file;
  int batch = 16;
  int requests = 16;  // in a round
  int prompt = 128;
  int generate = 128;
  int alone = 1;  // requests one by one
  int rounds = 3;
  int threads = 0;
};

struct Round {
  double steady = 0;    // attention that does not depend on the batch
  double fast = 0;      // as llama.cpp does it by itself
  double peer = 0;      // llama-batched-bench
  double one = 0;       // `steady`, one request at a time
  double peer_one = 0;  // llama-batched-bench likewise
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

paq::Ladder ladder_of(const std::string& model) {
  paq::Ladder ladder;
  paq::Variant variant;
  variant.bits = kBits;
  variant.file = std::filesystem::absolute(model);
  ladder.variants.push_back(variant);
  return ladder;
}

std::string random_text(paq::Random& random, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random.below(26));
  return text;
}

paq::Request request_of(const std::string& text, int tokens) {
  paq::Request request;
  request.bits = kBits;
  request.messages = {{"user", text}};
  request.options.form = paq::PromptForm::kRaw;
  request.options.max_tokens = tokens;
  return request;
}

class Bench {
 public:
  explicit Bench(const Arguments& arguments) : arguments_(arguments) {
    options_.context_tokens = arguments.prompt + arguments.generate + 8;
    options_.max_sequences = arguments.batch;
    options_.cache_tokens = options_.context_tokens * arguments.batch;
    options_.threads = arguments.threads;
    // The peer shares nothing either.
    options_.share_prefixes = false;
    steady_ = paq::open_embedded_engine(ladder_of(arguments.model), options_);
    paq::EmbeddedEngineOptions fast = options_;
    fast.steady_attention = false;
    fast_ = paq::open_embedded_engine(ladder_of(arguments.model), fast);
  }

  paq::Engine& steady() { return *steady_; }
  paq::Engine& fast() { return *fast_; }

  // Texts of about the wanted number of tokens; the peer gets what they turn out to have.
  void prepare() {
    size_t length = 4;
    while (prompt_tokens(random_text(random_, length)) < arguments_.prompt) {
      length += std::max<size_t>(1, length / 8);
    }
    while (length > 1 && prompt_tokens(random_text(random_, length)) > arguments_.prompt) --length;
    length_ = length;
  }

  double batched(paq::Engine& engine) {
    std::vector<paq::Request> requests;
    for (int i = 0; i < arguments_.requests; ++i) {
      requests.push_back(request_of(random_text(random_, length_), arguments_.generate));
    }
    const double start = now();
    const auto completions = paq::run_all(engine, requests);
    const double seconds = now() - start;
    double generated = 0;
    mean_prompt_ = 0;
    for (const paq::Completion& completion : completions) {
      generated += static_cast<double>(completion.tokens.size());
      mean_prompt_ += completion.prompt_tokens;
    }
    mean_prompt_ /= arguments_.requests;
    mean_answer_ = generated / arguments_.requests;
    return generated / seconds;
  }

  double one_by_one() {
    double generated = 0;
    const double start = now();
    for (int i = 0; i < arguments_.alone; ++i) {
      const auto completion =
          paq::run_all(*steady_, {request_of(random_text(random_, length_), arguments_.generate)});
      generated += static_cast<double>(completion.at(0).tokens.size());
    }
    return generated / (now() - start);
  }

  // With prompts and answers as long as paq's last ones on average; the median of three passes, the
  // first of which touches memory for the first time.
  double peer(int batch) const {
    const int prompt = static_cast<int>(mean_prompt_ + 0.5);
    const int answer = static_cast<int>(mean_answer_ + 0.5);
    const int cells = (prompt + answer) * batch;
    const std::string width = std::to_string(batch);
    const std::string command = arguments_.peer + " -m '" + arguments_.model + "' -c " +
                                std::to_string(cells) + " -npp " + std::to_string(prompt) +
                                " -ntg " + std::to_string(answer) + " -npl " + width + "," + width +
                                "," + width + " -t " + std::to_string(threads()) +
                                " --output-format jsonl 2>/dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw paq::Error(paq::ErrorCode::kIo, "cannot run " + command);
    std::vector<double> passes;
    for (char line[4096]; std::fgets(line, sizeof line, pipe) != nullptr;) {
      const std::string text = line;
      if (!text.starts_with("{\"n_kv_max\"")) continue;
      const json figures = json::parse(text);
      passes.push_back(figures.at("tg").get<double>() * figures.at("pl").get<double>() /
                       figures.at("t").get<double>());
    }
    const int status = ::pclose(pipe);
    if (status != 0 || passes.empty()) {
      throw paq::Error(paq::ErrorCode::kEngine, "no figures from " + command);
    }
    return median(passes);
  }

  int threads() const { return arguments_.threads; }
  double mean_prompt() const { return mean_prompt_; }
  double mean_answer() const { return mean_answer_; }
  paq::MemoryPrediction memory() const {
    return paq::predict_memory(ladder_of(arguments_.model), kBits, options_);
  }

 private:
  int prompt_tokens(const std::string& text) {
    return paq::run_all(*steady_, {request_of(text, 1)}).at(0).prompt_tokens;
  }

  Arguments arguments_;
  paq::EmbeddedEngineOptions options_;
  std::unique_ptr<paq::Engine> steady_;
  std::unique_ptr<paq::Engine> fast_;
  paq::Random random_{1};
  size_t length_ = 0;
  double mean_prompt_ = 0;
  double mean_answer_ = 0;
};

int64_t peak_resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

int run(const Arguments& arguments) {
  Bench bench(arguments);
  const paq::MemoryPrediction predicted = bench.memory();
  bench.prepare();
  std::vector<Round> rounds;
  std::printf("%6s %10s %10s %10s %10s %12s\n", "round", "steady", "fast", "peer", "alone",
              "peer, alone");
  bench.batched(bench.fast());  // loads it
  for (int i = 0; i < arguments.rounds; ++i) {
    Round round;
    round.steady = bench.batched(bench.steady());
    if (!arguments.peer.empty()) round.peer = bench.peer(arguments.batch);
    round.fast = bench.batched(bench.fast());
    if (arguments.alone > 0) {
      round.one = bench.one_by_one();
      if (!arguments.peer.empty()) round.peer_one = bench.peer(1);
    }
    std::printf("%6d %10.2f %10.2f %10.2f %10.2f %12.2f\n", i + 1, round.steady, round.fast,
                round.peer, round.one, round.peer_one);
    std::fflush(stdout);
    rounds.push_back(round);
  }
  const auto middle = [&](auto value) {
    std::vector<double> values;
    for (const Round& round : rounds) values.push_back(value(round));
    return median(values);
  };
  json result = {{"model", std::filesystem::path(arguments.model).filename().string()},
                 {"batch", arguments.batch},
                 {"prompt_tokens", bench.mean_prompt()},
                 {"generated_tokens", bench.mean_answer()},
                 {"threads", arguments.threads},
                 {"rounds", arguments.rounds},
                 {"steady_tokens_per_second", middle([](const Round& r) { return r.steady; })},
                 {"fast_tokens_per_second", middle([](const Round& r) { return r.fast; })},
                 {"predicted_bytes_of_one_engine", predicted.total()},
                 {"peak_resident_bytes_of_two", peak_resident_bytes()}};
  if (!arguments.peer.empty()) {
    result["peer_tokens_per_second"] = middle([](const Round& r) { return r.peer; });
    result["steady_to_peer"] = middle([](const Round& r) { return r.steady / r.peer; });
    result["fast_to_peer"] = middle([](const Round& r) { return r.fast / r.peer; });
  }
  if (arguments.alone > 0) {
    result["alone_tokens_per_second"] = middle([](const Round& r) { return r.one; });
    result["steady_to_alone"] = middle([](const Round& r) { return r.steady / r.one; });
    result["fast_to_alone"] = middle([](const Round& r) { return r.fast / r.one; });
    if (!arguments.peer.empty()) {
      result["peer_to_peer_alone"] = middle([](const Round& r) { return r.peer / r.peer_one; });
    }
  }
  std::printf("%s\n", result.dump(2).c_str());
  if (!arguments.json_file.empty()) std::ofstream(arguments.json_file) << result.dump(2) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Tokens per second at a batch width, against llama-batched-bench and one by one.");
  Arguments arguments;
  app.add_option("model", arguments.model, "A GGUF file")->required()->check(CLI::ExistingFile);
  app.add_option("--peer", arguments.peer, "llama-batched-bench; without it, only paq is measured");
  app.add_option("--batch", arguments.batch, "Requests at a time")->capture_default_str();
  app.add_option("--requests", arguments.requests,
                 "Requests in a round; a model that ends its answers early needs some times the "
                 "batch, so that others take their places")
      ->capture_default_str();
  app.add_option("--prompt", arguments.prompt, "Tokens of a prompt")->capture_default_str();
  app.add_option("--generate", arguments.generate, "Tokens of an answer")->capture_default_str();
  app.add_option("--alone", arguments.alone, "Requests one by one in a round")
      ->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "Of each")->capture_default_str();
  app.add_option("--threads", arguments.threads, "Of both sides")->required();
  app.add_option("--json", arguments.json_file, "A file for the figures");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
