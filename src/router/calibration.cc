// SPDX-License-Identifier: MIT
#include "router/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/error.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"

namespace paq {
namespace {

constexpr const char* kTemperatureKey = "paq.router.temperature";
constexpr const char* kMethodKey = "paq.router.calibration.method";
constexpr const char* kSizesKey = "paq.router.calibration.map_sizes";
constexpr const char* kXKey = "paq.router.calibration.map_x";
constexpr const char* kYKey = "paq.router.calibration.map_y";

struct NamedMethod {
  CalibrationMethod method;
  std::string_view name;
};

constexpr std::array kMethods = {
    NamedMethod{CalibrationMethod::kNone, "none"},
    NamedMethod{CalibrationMethod::kTemperature, "temperature"},
    NamedMethod{CalibrationMethod::kIsotonic, "isotonic"},
};

const NamedMethod* find_method(std::string_view name) {
  for (const NamedMethod& entry : kMethods) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

[[noreturn]] void bad_file(const GgufReader& reader, const std::string& what) {
  throw Error(ErrorCode::kBadFile,
              reader.path().string() + ": " + what + "; train the router anew");
}

std::vector<double> softmax(std::span<const float> logits, double temperature) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> result;
  double sum = 0;
  for (const float logit : logits) {
    result.push_back(std::exp((logit - largest) / temperature));
    sum += result.back();
  }
  for (double& probability : result) probability /= sum;
  return result;
}

bool is_share(float value) { return value >= 0 && value <= 1; }

bool is_rising(const MonotoneMap& map) {
  return std::all_of(map.x.begin(), map.x.end(), is_share) &&
         std::all_of(map.y.begin(), map.y.end(), is_share) &&
         std::adjacent_find(map.x.begin(), map.x.end(), std::greater_equal<>()) == map.x.end() &&
         std::is_sorted(map.y.begin(), map.y.end());
}

std::vector<MonotoneMap> read_maps(const GgufReader& reader, size_t labels) {
  const auto sizes = reader.integers(kSizesKey);
  const auto x = reader.numbers(kXKey);
  const auto y = reader.numbers(kYKey);
  if (!sizes || !x || !y) {
    bad_file(reader, std::string("isotonic calibration without all of ") + kSizesKey + ", " +
                         kXKey + " and " + kYKey);
  }
  if (sizes->size() != labels - 1 || x->size() != y->size()) {
    bad_file(reader, "isotonic calibration has " + std::to_string(sizes->size()) + " maps over " +
                         std::to_string(x->size()) + " and " + std::to_string(y->size()) +
                         " numbers, expected " + std::to_string(labels - 1) +
                         " maps over equally many");
  }
  std::vector<MonotoneMap> maps;
  size_t from = 0;
  for (const int64_t size : *sizes) {
    if (size < 1 || static_cast<uint64_t>(size) > x->size() - from) {
      bad_file(reader, std::string(kSizesKey) + " has " + std::to_string(size) +
                           ", expected 1 to " + std::to_string(x->size() - from));
    }
    const auto begin = static_cast<ptrdiff_t>(from);
    const auto end = begin + static_cast<ptrdiff_t>(size);
    maps.push_back(
        {{x->begin() + begin, x->begin() + end}, {y->begin() + begin, y->begin() + end}});
    if (!is_rising(maps.back())) {
      bad_file(reader, "map " + std::to_string(maps.size()) +
                           " of its isotonic calibration does not rise within [0, 1]");
    }
    from += static_cast<size_t>(size);
  }
  if (from != x->size()) {
    bad_file(reader, std::string(kXKey) + " has " + std::to_string(x->size()) + " numbers, " +
                         kSizesKey + " speaks of " + std::to_string(from));
  }
  return maps;
}

}  // namespace

std::string_view calibration_method_name(CalibrationMethod method) {
  for (const NamedMethod& entry : kMethods) {
    if (entry.method == method) return entry.name;
  }
  return "?";
}

CalibrationMethod parse_calibration_method(std::string_view name) {
  if (const NamedMethod* entry = find_method(name)) return entry->method;
  throw Error(ErrorCode::kUsage, "unknown calibration \"" + std::string(name) +
                                     "\"; use none, temperature or isotonic");
}

double MonotoneMap::at(double value) const {
  const auto above = std::upper_bound(x.begin(), x.end(), value);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = static_cast<size_t>(above - x.begin());
  const double share = (value - x[i - 1]) / (double{x[i]} - x[i - 1]);
  return y[i - 1] + share * (double{y[i]} - y[i - 1]);
}

std::vector<float> RouterCalibration::probabilities(std::span<const float> logits) const {
  const std::vector<double> plain = softmax(logits, temperature);
  if (maps.empty()) return {plain.begin(), plain.end()};
  std::vector<float> result;
  double sum = 0;
  double below = 0;
  for (size_t k = 0; k < plain.size(); ++k) {
    sum += plain[k];
    const double mapped = k + 1 < plain.size() ? maps[k].at(sum) : 1;
    const double reached = std::max(below, mapped);
    result.push_back(static_cast<float>(reached - below));
    below = reached;
  }
  return result;
}

RouterCalibration read_calibration(const GgufReader& reader, size_t labels) {
  RouterCalibration calibration;
  calibration.temperature = reader.number(kTemperatureKey).value_or(1);
  if (!(calibration.temperature > 0) || !std::isfinite(calibration.temperature)) {
    bad_file(reader, std::string(kTemperatureKey) + " is " +
                         std::to_string(calibration.temperature) + ", expected a positive number");
  }
  const std::string name = reader.string(kMethodKey).value_or("temperature");
  const NamedMethod* method = find_method(name);
  if (method == nullptr) {
    throw Error(ErrorCode::kMismatch, reader.path().string() + ": " + kMethodKey + " is \"" + name +
                                          "\", which this program does not know; use a newer paq "
                                          "or train the router anew");
  }
  calibration.method = method->method;
  if (calibration.method == CalibrationMethod::kIsotonic) {
    calibration.maps = read_maps(reader, labels);
  }
  return calibration;
}

void write_calibration(GgufWriter& writer, const RouterCalibration& calibration) {
  writer.set_f64(kTemperatureKey, calibration.temperature);
  writer.set_string(kMethodKey, calibration_method_name(calibration.method));
  if (calibration.method != CalibrationMethod::kIsotonic) return;
  std::vector<int32_t> sizes;
  std::vector<float> x, y;
  for (const MonotoneMap& map : calibration.maps) {
    sizes.push_back(static_cast<int32_t>(map.x.size()));
    x.insert(x.end(), map.x.begin(), map.x.end());
    y.insert(y.end(), map.y.begin(), map.y.end());
  }
  writer.set_i32s(kSizesKey, sizes);
  writer.set_f32s(kXKey, x);
  writer.set_f32s(kYKey, y);
}

}  // namespace paq
