// SPDX-License-Identifier: MIT
#include "cli/estimate_text.h"

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>

#include "cli/terminal.h"

namespace paq {
namespace {

// Of the disk that the store is or will be on; nullopt where that can't be told.
std::optional<int64_t> free_bytes(const std::filesystem::path& store) {
  std::error_code failure;
  const auto folder = store.has_parent_path() ? store.parent_path() : std::filesystem::path(".");
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return std::nullopt;
  return static_cast<int64_t>(space.available);
}

}  // namespace

Json estimate_json(const LabelEstimate& estimate, const EstimateContext& context) {
  Json variants = Json::array();
  for (const VariantEstimate& variant : estimate.variants) {
    variants.push_back({{"bits", variant.bits.bits},
                        {"there", variant.there},
                        {"to_ask", variant.to_ask},
                        {"refused", variant.refused},
                        {"sampled", variant.sampled},
                        {"prompt_tokens_mean", variant.prompt_tokens},
                        {"tokens_mean", variant.tokens},
                        {"seconds", variant.seconds}});
  }
  const auto free = free_bytes(context.store);
  return {
      {"prompts", context.prompts},
      {"concurrency", context.concurrency},
      {"context_tokens", context.context},
      {"seconds", estimate.seconds},
      {"tokens", estimate.tokens},
      {"memory_bytes", context.memory_bytes > 0 ? Json(context.memory_bytes) : Json(nullptr)},
      {"memory_seen_bytes", context.memory_seen_bytes},
      {"memory_available_bytes",
       context.memory_available_bytes > 0 ? Json(context.memory_available_bytes) : Json(nullptr)},
      {"disk_bytes", estimate.disk_bytes},
      {"disk_free_bytes", free ? Json(*free) : Json(nullptr)},
      {"variants", std::move(variants)}};
}

void print_estimate(const LabelEstimate& estimate, const EstimateContext& context) {
  std::printf("%s prompts, %d at a time, up to %s tokens each%s\n\n",
              grouped(context.prompts).c_str(), context.concurrency,
              grouped(context.context).c_str(), context.lazy ? ", lazily" : "");
  std::printf("%6s %12s %12s %14s %14s %10s\n", "bits", "there", "to ask", "prompt tokens",
              "answer tokens", "time");
  for (const VariantEstimate& variant : estimate.variants) {
    std::printf("%6d %12s %12s %14.0f %14.0f %10s\n", variant.bits.bits,
                grouped(variant.there).c_str(), grouped(variant.to_ask).c_str(),
                variant.prompt_tokens, variant.tokens, human_duration(variant.seconds).c_str());
  }
  int64_t refused = 0;
  for (const VariantEstimate& variant : estimate.variants) refused += variant.refused;
  if (refused > 0) {
    std::printf(
        "\n%s more will be refused: too long for the context (--context), or by the model\n",
        grouped(refused).c_str());
  }
  std::printf("\ntime    %s\n", human_duration(estimate.seconds).c_str());
  if (context.memory_bytes > 0) {
    std::printf("memory  %s, of which the sample touched %s\n",
                human_bytes(context.memory_bytes).c_str(),
                human_bytes(context.memory_seen_bytes).c_str());
    if (context.memory_available_bytes > 0) {
      std::printf("        %s are available\n",
                  human_bytes(context.memory_available_bytes).c_str());
    }
  }
  std::printf("disk    %s more\n", human_bytes(estimate.disk_bytes).c_str());
  const auto free = free_bytes(context.store);
  if (free && *free < estimate.disk_bytes) {
    std::printf("        but only %s are free there\n", human_bytes(*free).c_str());
  }
  int64_t sampled = 0;
  for (const VariantEstimate& variant : estimate.variants) sampled += variant.sampled;
  std::printf(sampled > 0
                  ? "\nFrom a sample that was answered and not kept; nothing else was done.\n"
                  : "\nNothing was answered or stored.\n");
}

}  // namespace paq
