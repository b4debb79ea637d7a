// SPDX-License-Identifier: MIT
#include "router/policy_file.h"

#include <string>
#include <utility>

#include "core/error.h"

namespace paq {
namespace {

constexpr int64_t kVersion = 1;

constexpr const char* kVersionKey = "paq.router.policy.version";
constexpr const char* kPreferredKey = "paq.router.policy.preferred";
constexpr const char* kCostsKey = "paq.router.policy.costs";
constexpr const char* kCostsUnitKey = "paq.router.policy.costs_unit";
constexpr const char* kCostsSourceKey = "paq.router.policy.costs_source";
constexpr const char* kLabelsKey = "paq.router.calibration.labels";
constexpr const char* kAdequateKey = "paq.router.calibration.adequate";
constexpr const char* kSplitKey = "paq.router.calibration.split";

std::optional<CalibrationTable> read_table(const GgufReader& reader) {
  auto labels = reader.integers(kLabelsKey);
  auto adequate = reader.numbers(kAdequateKey);
  if (!labels && !adequate) return std::nullopt;
  CalibrationTable table;
  for (const int64_t label : labels.value_or(std::vector<int64_t>{})) {
    table.labels.push_back(static_cast<int>(label));
  }
  for (const double value : adequate.value_or(std::vector<double>{})) {
    table.adequate.push_back(static_cast<float>(value));
  }
  table.split = reader.string(kSplitKey).value_or("");
  return table;
}

std::optional<WidthCosts> read_costs(const GgufReader& reader) {
  auto values = reader.numbers(kCostsKey);
  if (!values) return std::nullopt;
  return WidthCosts{.values = std::move(*values),
                    .unit = reader.string(kCostsUnitKey).value_or(""),
                    .source = reader.string(kCostsSourceKey).value_or("")};
}

}  // namespace

PolicyData read_policy_data(const GgufReader& reader, std::span<const BitWidth> widths) {
  if (const int64_t version = reader.integer(kVersionKey).value_or(kVersion); version > kVersion) {
    throw Error(ErrorCode::kMismatch, reader.path().string() + " has policies of format " +
                                          std::to_string(version) + ", this program reads up to " +
                                          std::to_string(kVersion) + "; use a newer paq");
  }
  PolicyData data{.calibration = read_table(reader), .costs = read_costs(reader)};
  try {
    if (const auto text = reader.string(kPreferredKey)) data.preferred = parse_policy(*text);
    check_policy_data(data, widths);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUsage) throw;
    throw Error(ErrorCode::kBadFile, reader.path().string() + ": " + error.what());
  }
  return data;
}

void write_policy_data(GgufWriter& writer, const PolicyData& data) {
  writer.remove_keys("paq.router.policy.");
  for (const char* key : {kLabelsKey, kAdequateKey, kSplitKey}) writer.remove_keys(key);
  writer.set_u32(kVersionKey, static_cast<uint32_t>(kVersion));
  writer.set_string(kPreferredKey, to_string(data.preferred));
  if (data.costs) {
    writer.set_f64s(kCostsKey, data.costs->values);
    writer.set_string(kCostsUnitKey, data.costs->unit);
    writer.set_string(kCostsSourceKey, data.costs->source);
  }
  if (data.calibration) {
    writer.set_i32s(kLabelsKey, data.calibration->labels);
    writer.set_f32s(kAdequateKey, data.calibration->adequate);
    writer.set_string(kSplitKey, data.calibration->split);
  }
}

void rewrite_router(const std::filesystem::path& source, const std::filesystem::path& target,
                    const PolicyData& data) {
  GgufWriter writer;
  writer.copy_file(source);
  write_policy_data(writer, data);
  writer.write(target);
}

}  // namespace paq
