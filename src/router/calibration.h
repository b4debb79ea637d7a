// SPDX-License-Identifier: MIT
// From a classifier's logits to probabilities that mean what they say on held-out prompts.
//
// Applying, reading and writing; fitting is train/'s business. Never changes the arg max that a
// router decides by: that is taken from the logits.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace paq {

class GgufReader;
class GgufWriter;

enum class CalibrationMethod {
  kNone,         ///< Softmax of the logits.
  kTemperature,  ///< Softmax of the logits over a temperature.
  kIsotonic,     ///< That, and every cumulative probability through a rising map of its own.
};

/// "none", "temperature" and "isotonic".
std::string_view calibration_method_name(CalibrationMethod method);
/// Throws Error(kUsage) that lists the names for any other.
CalibrationMethod parse_calibration_method(std::string_view name);

/// A rising function from [0, 1] to [0, 1]: straight between its points, level beyond them.
struct MonotoneMap {
  std::vector<float> x;  ///< Ascending, no two alike; one or more.
  std::vector<float> y;  ///< Never falling; as many.

  double at(double value) const;
};

struct RouterCalibration {
  CalibrationMethod method = CalibrationMethod::kTemperature;
  double temperature = 1;  ///< > 0; 1 for kNone.
  /// kIsotonic: maps[k] turns P(label <= k) into how often the label is <= k. One for every label
  /// but the last; otherwise empty.
  std::vector<MonotoneMap> maps = {};

  /// One probability per logit; their sum is 1, and their running sums are the cumulative
  /// probabilities, made to rise where two maps cross.
  std::vector<float> probabilities(std::span<const float> logits) const;
};

/// What a router's file says; one that says nothing of a method has a temperature. Throws
/// Error(kBadFile or kMismatch) that names the key for what contradicts itself, does not fit
/// `labels` labels or is a method unknown to this program.
RouterCalibration read_calibration(const GgufReader& reader, size_t labels);

/// Sets the keys that read_calibration() reads.
void write_calibration(GgufWriter& writer, const RouterCalibration& calibration);

}  // namespace paq
