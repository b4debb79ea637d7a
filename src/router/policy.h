// SPDX-License-Identifier: MIT
// From the router's probabilities to a bit width.
//
//   argmax         the likeliest label, as in the paper (section 3).
//   expected-cost  the width of the smallest cost + price * P(the width is inadequate).
//   floor          the smallest width that is adequate with a probability above a threshold; the
//                  threshold follows from calibration prompts, so that at most a stated share of
//                  prompts is answered inadequately.
//
// A width is adequate for a prompt where the prompt's label is that width or a smaller one; the
// largest always is. docs/router.md has the mathematics. Reading and writing the router's file is
// policy_file.h's business.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bit_width.h"
#include "router/risk_bound.h"

namespace paq {

enum class PolicyKind { kArgMax, kExpectedCost, kFloor };

/// What is asked for.
struct PolicySpec {
  PolicyKind kind = PolicyKind::kArgMax;
  double price = 0;      ///< Of kExpectedCost: of an inadequate answer, in the costs' unit; >= 0.
  RiskBound bound = {};  ///< Of kFloor.
};

/// "argmax", "expected-cost:PRICE", "floor:ALPHA" or "floor:ALPHA:CONFIDENCE". Throws Error(kUsage)
/// that says what is expected for anything else.
PolicySpec parse_policy(std::string_view text);

/// Back again; a confidence of 0.9 is left out.
std::string to_string(const PolicySpec& spec);

/// Prompts that the router was not trained on, as its policies see them. Letters: N prompts, K
/// widths.
struct CalibrationTable {
  std::vector<int> labels = {};      ///< [N], indexes into the router's widths.
  std::vector<float> adequate = {};  ///< [N][K], adequacy() of the served probabilities.
  std::string split = {};            ///< That the prompts are of.

  int64_t prompts() const { return static_cast<int64_t>(labels.size()); }
};

/// What a prompt costs at each width.
struct WidthCosts {
  std::vector<double> values;  ///< [K], >= 0.
  std::string unit;            ///< "seconds"
  std::string source;          ///< Where they come from, in a few words.
};

/// What a router's file has for policies.
struct PolicyData {
  std::optional<CalibrationTable> calibration = {};
  std::optional<WidthCosts> costs = {};
  PolicySpec preferred = {};  ///< Used where none is asked for.
};

/// Throws Error(kUsage) that says what is wrong where table or costs do not fit `widths`, a label
/// is none of theirs, or a number is out of its range.
void check_policy_data(const PolicyData& data, std::span<const BitWidth> widths);

/// [K] P(label <= k), the probability that width k is adequate; ascending, the last one 1.
std::vector<float> adequacy(std::span<const float> probabilities);

/// How the threshold of kFloor came about.
struct FloorThreshold {
  float threshold = 0;
  int64_t prompts = 0;   ///< Calibration prompts.
  int64_t allowed = 0;   ///< Of which so many may be answered inadequately.
  int64_t failures = 0;  ///< And so many are.
};

/// Immutable: safe to use from several threads.
class Policy {
 public:
  /// Throws Error(kUsage) where `data` lacks what the policy needs: calibration prompts, enough of
  /// them for the bound, costs. `data` fits `widths`, as check_policy_data() has it, and need not
  /// outlive the call.
  static Policy make(const PolicySpec& spec, const PolicyData& data,
                     std::span<const BitWidth> widths);

  /// The width for a prompt by the probabilities that each width is adequate for it, [K], as
  /// adequacy() has them. Of equals the smaller.
  BitWidth choose(std::span<const float> adequate) const;

  const PolicySpec& spec() const { return spec_; }
  std::string name() const { return to_string(spec_); }
  /// Of kFloor; else nullopt.
  const std::optional<FloorThreshold>& floor() const { return floor_; }
  /// Of kExpectedCost; else nullopt.
  const std::optional<WidthCosts>& costs() const { return costs_; }

 private:
  PolicySpec spec_;
  std::vector<BitWidth> widths_;
  std::optional<FloorThreshold> floor_;
  std::optional<WidthCosts> costs_;
};

}  // namespace paq
