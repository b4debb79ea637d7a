// SPDX-License-Identifier: MIT
#include "cli/bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/error.h"

namespace paq {
namespace {

// Ordinary words, so that the text has about as many tokens a word as a prompt has.
std::string text_of(int words) {
  constexpr std::array kWords = {"the",   "river", "seven", "of",    "old", "stone",  "and",
                                 "Maria", "went",  "under", "light", "to",  "number", "green"};
  std::string text;
  for (int i = 0; i < words; ++i) {
    text += (i == 0 ? "" : " ") +
            std::string(kWords[static_cast<size_t>(i * 5 + i / 7) % kWords.size()]);
  }
  return text;
}

class Bench {
 public:
  Bench(Engine& engine, const BenchOptions& options) : engine_(engine), options_(options) {}

  BenchResult run() {
    const std::vector<BitWidth> widths = engine_.bit_widths();
    result_.answer_tokens = options_.answer_tokens;
    size_prompt(widths.front());
    for (const BitWidth bits : widths) ask({.bits = bits, .max_tokens = 2, .seed = 0});
    std::vector<std::vector<double>> prefill(widths.size()), decode(widths.size());
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < options_.rounds; ++round) {
      for (size_t k = 0; k < widths.size(); ++k) {
        const auto [first, token] = measure(widths[k], round);
        prefill[k].push_back(first);
        decode[k].push_back(token);
        report(round * static_cast<int>(widths.size()) + static_cast<int>(k) + 1,
               static_cast<int>(widths.size()) * options_.rounds, start);
      }
    }
    for (size_t k = 0; k < widths.size(); ++k) {
      result_.widths.push_back(summarise(widths[k], prefill[k], decode[k]));
    }
    return std::move(result_);
  }

 private:
  struct Ask {
    BitWidth bits;
    int max_tokens = 1;
    uint32_t seed = 0;
  };

  Completion ask(const Ask& ask) {
    if (options_.cancel != nullptr && *options_.cancel) {
      throw Error(ErrorCode::kCancelled, "interrupted while measuring");
    }
    Request request;
    request.bits = ask.bits;
    request.messages = {{"user", result_.prompt}};
    request.options.form = PromptForm::kRaw;
    request.options.max_tokens = ask.max_tokens;
    // Sampled, so that another seed gives another answer where one ends early.
    request.options.sampling = {.temperature = 1, .seed = ask.seed};
    std::vector<Request> requests;
    requests.push_back(std::move(request));
    return run_all(engine_, std::move(requests)).front();
  }

  // As many words as make the tokens that were asked for, or as near as two corrections come.
  void size_prompt(BitWidth bits) {
    int words = options_.prompt_tokens;
    for (int i = 0; i < 3; ++i) {
      result_.prompt = text_of(words);
      result_.prompt_tokens = ask({.bits = bits}).prompt_tokens;
      if (result_.prompt_tokens == options_.prompt_tokens || i == 2) return;
      words = std::max(1, static_cast<int>(static_cast<int64_t>(words) * options_.prompt_tokens /
                                           std::max(1, result_.prompt_tokens)));
    }
  }

  // Seconds to the first token, and of each further one.
  std::pair<double, double> measure(BitWidth bits, int round) {
    constexpr int kTries = 16;
    double first = 0, seconds = 0;
    size_t tokens = 0;
    for (int i = 0; i < kTries && tokens + 1 < static_cast<size_t>(options_.answer_tokens); ++i) {
      const Completion answer = ask({.bits = bits,
                                     .max_tokens = options_.answer_tokens,
                                     .seed = static_cast<uint32_t>(round * kTries + i)});
      if (i == 0) first = answer.seconds_to_first_token;
      seconds += answer.seconds - answer.seconds_to_first_token;
      tokens += answer.tokens.size() - 1;
    }
    if (tokens == 0) {
      throw Error(ErrorCode::kEngine, "the " + to_string(bits) +
                                          "-bit variant ends every answer with its first token; "
                                          "its decoding can't be timed");
    }
    return {first, seconds / static_cast<double>(tokens)};
  }

  WidthBench summarise(BitWidth bits, const std::vector<double>& prefill,
                       const std::vector<double>& decode) const {
    const double further = options_.answer_tokens - 1;
    std::vector<double> rounds;
    for (size_t i = 0; i < prefill.size(); ++i) rounds.push_back(prefill[i] + further * decode[i]);
    const auto [least, most] = std::minmax_element(rounds.begin(), rounds.end());
    return {.bits = bits,
            .prefill_tokens_per_second = result_.prompt_tokens / median(prefill),
            .decode_tokens_per_second = 1 / median(decode),
            .seconds = median(rounds),
            .seconds_least = *least,
            .seconds_most = *most};
  }

  void report(int done, int total, std::chrono::steady_clock::time_point start) const {
    if (!options_.progress) return;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    options_.progress({.stage = "measuring",
                       .done = done,
                       .total = total,
                       .unit = "answers",
                       .seconds = seconds.count(),
                       .detail = ""});
  }

  Engine& engine_;
  const BenchOptions& options_;
  BenchResult result_;
};

}  // namespace

BenchResult run_bench(Engine& engine, const BenchOptions& options) {
  return Bench(engine, options).run();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace paq
