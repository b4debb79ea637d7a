// SPDX-License-Identifier: MIT
#include "router/policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace paq {
namespace {

constexpr std::string_view kForms =
    "expected argmax, expected-cost:PRICE (as expected-cost:2.5), floor:ALPHA or "
    "floor:ALPHA:CONFIDENCE (as floor:0.05 or floor:0.05:0.95)";

// As many digits as it takes to read the same number again.
std::string number(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

[[noreturn]] void refuse(std::string_view text, const std::string& reason) {
  throw Error(ErrorCode::kUsage,
              "\"" + std::string(text) + "\" is no policy: " + reason + std::string(kForms));
}

double parse_number(std::string_view part, std::string_view whole) {
  double value = 0;
  const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (failure != std::errc() || end != part.data() + part.size() || !std::isfinite(value)) {
    refuse(whole, "\"" + std::string(part) + "\" is no number; ");
  }
  return value;
}

void check_share(double value, const char* what, std::string_view whole) {
  if (value > 0 && value < 1) return;
  throw Error(ErrorCode::kUsage, "the " + std::string(what) + " of " + std::string(whole) + " is " +
                                     number(value) +
                                     ", expected a share above 0 and below 1 (0.05 for 5 %)");
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t colon = text.find(':', begin);
    parts.push_back(text.substr(begin, colon - begin));
    if (colon == std::string_view::npos) return parts;
    begin = colon + 1;
  }
}

// The largest threshold at which a calibration prompt fails: the best chance that an inadequate
// width is given. Below all thresholds where every width is adequate.
float failure_score(const CalibrationTable& table, size_t prompt, size_t widths) {
  constexpr float kNever = -1;
  const auto label = static_cast<size_t>(table.labels[prompt]);
  return label == 0 ? kNever : table.adequate[prompt * widths + label - 1];
}

FloorThreshold find_threshold(const PolicySpec& spec, const PolicyData& data, size_t widths) {
  if (!data.calibration) {
    throw Error(ErrorCode::kUsage,
                "the policy " + to_string(spec) +
                    " needs calibration prompts and the router's file has none; make a file that "
                    "has them: paq calibrate --router FILE --store FILE --out FILE");
  }
  const CalibrationTable& table = *data.calibration;
  FloorThreshold result{.prompts = table.prompts()};
  const auto allowed = failures_allowed(result.prompts, spec.bound);
  if (!allowed) {
    throw Error(ErrorCode::kUsage,
                "the router's file has " + std::to_string(result.prompts) +
                    " calibration prompts, but " + to_string(spec) + " takes " +
                    std::to_string(prompts_needed(spec.bound)) +
                    " at least; calibrate with more prompts (paq calibrate), or ask for a larger "
                    "share or less confidence");
  }
  std::vector<float> scores;
  for (size_t i = 0; i < table.labels.size(); ++i) {
    scores.push_back(failure_score(table, i, widths));
  }
  result.allowed = *allowed;
  result.threshold = threshold_for(scores, *allowed);
  result.failures =
      std::count_if(scores.begin(), scores.end(), [&](float s) { return s > result.threshold; });
  return result;
}

void check_table(const CalibrationTable& table, size_t widths) {
  const auto fail = [](const std::string& text) {
    throw Error(ErrorCode::kUsage,
                "the calibration prompts " + text + "; calibrate the router anew");
  };
  if (table.labels.empty()) fail("are none");
  if (table.adequate.size() != table.labels.size() * widths) {
    fail("have " + std::to_string(table.adequate.size()) + " probabilities, expected " +
         std::to_string(table.labels.size()) + " prompts times " + std::to_string(widths) +
         " widths");
  }
  for (size_t i = 0; i < table.labels.size(); ++i) {
    if (table.labels[i] < 0 || static_cast<size_t>(table.labels[i]) >= widths) {
      fail("have the label " + std::to_string(table.labels[i]) + ", expected 0 to " +
           std::to_string(widths - 1));
    }
    const std::span<const float> row(&table.adequate[i * widths], widths);
    const bool in_range =
        std::all_of(row.begin(), row.end(), [](float p) { return p >= 0 && p <= 1; });
    if (!in_range || !std::is_sorted(row.begin(), row.end()) || row.back() != 1) {
      fail("have probabilities of being adequate that do not ascend from 0 to 1 (prompt " +
           std::to_string(i) + ")");
    }
  }
}

void check_costs(const WidthCosts& costs, std::span<const BitWidth> widths) {
  if (costs.values.size() != widths.size()) {
    throw Error(ErrorCode::kUsage, "there are " + std::to_string(costs.values.size()) +
                                       " costs for the widths " + to_string(widths) +
                                       "; measure them anew with paq bench");
  }
  for (size_t k = 0; k < widths.size(); ++k) {
    if (std::isfinite(costs.values[k]) && costs.values[k] >= 0) continue;
    throw Error(ErrorCode::kUsage, "the cost at " + to_string(widths[k]) + " bits is " +
                                       number(costs.values[k]) +
                                       ", expected 0 or more; measure it anew with paq bench");
  }
}

}  // namespace

PolicySpec parse_policy(std::string_view text) {
  const std::vector<std::string_view> parts = split(text);
  PolicySpec spec;
  if (parts[0] == "argmax") {
    if (parts.size() != 1) refuse(text, "argmax takes no number; ");
    return spec;
  }
  if (parts[0] == "expected-cost") {
    if (parts.size() != 2) refuse(text, "it needs the price of an inadequate answer; ");
    spec.kind = PolicyKind::kExpectedCost;
    spec.price = parse_number(parts[1], text);
    if (spec.price < 0) refuse(text, "the price is below 0; ");
    return spec;
  }
  if (parts[0] == "floor") {
    if (parts.size() < 2 || parts.size() > 3) {
      refuse(text, "it needs the share of prompts that may be answered inadequately; ");
    }
    spec.kind = PolicyKind::kFloor;
    spec.bound.alpha = parse_number(parts[1], text);
    if (parts.size() == 3) spec.bound.confidence = parse_number(parts[2], text);
    check_share(spec.bound.alpha, "share", text);
    check_share(spec.bound.confidence, "confidence", text);
    return spec;
  }
  refuse(text, "");
}

std::string to_string(const PolicySpec& spec) {
  switch (spec.kind) {
    case PolicyKind::kArgMax:
      return "argmax";
    case PolicyKind::kExpectedCost:
      return "expected-cost:" + number(spec.price);
    case PolicyKind::kFloor:
      break;
  }
  const std::string text = "floor:" + number(spec.bound.alpha);
  return spec.bound.confidence == RiskBound{}.confidence
             ? text
             : text + ":" + number(spec.bound.confidence);
}

void check_policy_data(const PolicyData& data, std::span<const BitWidth> widths) {
  if (data.calibration) check_table(*data.calibration, widths.size());
  if (data.costs) check_costs(*data.costs, widths);
}

std::vector<float> adequacy(std::span<const float> probabilities) {
  std::vector<float> result;
  double sum = 0;
  for (const float probability : probabilities) {
    sum += static_cast<double>(probability);
    result.push_back(static_cast<float>(std::clamp(sum, 0.0, 1.0)));
  }
  result.back() = 1;
  return result;
}

Policy Policy::make(const PolicySpec& spec, const PolicyData& data,
                    std::span<const BitWidth> widths) {
  check_policy_data(data, widths);
  Policy policy;
  policy.spec_ = spec;
  policy.widths_.assign(widths.begin(), widths.end());
  if (spec.kind == PolicyKind::kFloor) policy.floor_ = find_threshold(spec, data, widths.size());
  if (spec.kind == PolicyKind::kExpectedCost) {
    if (!data.costs) {
      throw Error(ErrorCode::kUsage,
                  "the policy " + to_string(spec) +
                      " needs the cost of every width and the router's file has none; measure them "
                      "with paq bench --ladder DIR --out costs.json and give --costs costs.json");
    }
    policy.costs_ = data.costs;
  }
  return policy;
}

BitWidth Policy::choose(std::span<const float> adequate) const {
  size_t choice = widths_.size() - 1;
  if (spec_.kind == PolicyKind::kFloor) {
    for (size_t k = 0; k < choice; ++k) {
      if (adequate[k] > floor_->threshold) return widths_[k];
    }
    return widths_[choice];
  }
  const auto likely = [&](size_t k) {
    return k == 0 ? adequate[0] : adequate[k] - adequate[k - 1];
  };
  const auto expected = [&](size_t k) {
    return costs_->values[k] + spec_.price * (1 - static_cast<double>(adequate[k]));
  };
  const bool arg_max = spec_.kind == PolicyKind::kArgMax;
  for (size_t k = choice; k-- > 0;) {
    const bool better = arg_max ? likely(k) >= likely(choice) : expected(k) <= expected(choice);
    if (better) choice = k;
  }
  return widths_[choice];
}

}  // namespace paq
