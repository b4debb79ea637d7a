// SPDX-License-Identifier: MIT
#include "label/lazy_sample.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "core/random.h"

namespace paq {

bool is_drawn(const Prompt& prompt, const LazyWalk& walk) {
  return Random(walk.seed, "lazy/" + prompt_hash(prompt)).uniform() < walk.full_share;
}

std::vector<LazyWalk> lazy_walks(const Store& store) {
  std::vector<LazyWalk> walks;
  for (const std::string& config : store.run_configs("label")) {
    const auto json = nlohmann::json::parse(config, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("seed")) continue;
    const auto tau = json.find("lazy"), share = json.find("lazy_sample");
    if (tau == json.end() || share == json.end()) continue;
    if (!tau->is_number() || !share->is_number() || !json["seed"].is_number_unsigned()) continue;
    walks.push_back({.tau = *tau, .full_share = *share, .seed = json["seed"]});
  }
  return walks;
}

FairPrompts without_walked(std::vector<PromptOutcomes> prompts, std::span<const BitWidth> widths,
                           std::span<const LazyWalk> walks) {
  FairPrompts fair;
  if (walks.empty()) {
    fair.prompts = std::move(prompts);
    return fair;
  }
  const auto answered = [&](const PromptOutcomes& prompt) {
    return std::ranges::count_if(widths,
                                 [&](BitWidth bits) { return prompt.outcomes.contains(bits); });
  };
  using Part = std::pair<std::string, std::string>;  // task and split
  std::set<Part> walked;
  for (const PromptOutcomes& prompt : prompts) {
    const auto count = answered(prompt);
    if (count > 0 && count < std::ssize(widths)) {
      walked.emplace(prompt.prompt.task, prompt.prompt.split);
    }
  }
  for (PromptOutcomes& prompt : prompts) {
    const bool keep =
        !walked.contains({prompt.prompt.task, prompt.prompt.split}) ||
        std::ranges::any_of(walks, [&](const auto& w) { return is_drawn(prompt.prompt, w); });
    if (keep) {
      fair.prompts.push_back(std::move(prompt));
    } else {
      fair.walked += answered(prompt) > 0;
    }
  }
  return fair;
}

}  // namespace paq
