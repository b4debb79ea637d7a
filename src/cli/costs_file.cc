// SPDX-License-Identifier: MIT
#include "cli/costs_file.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/json.h"
#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

constexpr int kFormat = 1;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
  throw Error(ErrorCode::kBadFile,
              file.string() + " is no file of costs: " + reason +
                  R"(; expected {"format": 1, "unit": "seconds", "variants": )"
                  R"([{"bits": 4, "cost": 0.2}, ...]}, as paq bench writes it)");
}

double cost_of(const std::filesystem::path& file, const Json& variants, BitWidth width) {
  for (const Json& variant : variants) {
    if (variant.at("bits").get<int>() == width.bits) return variant.at("cost").get<double>();
  }
  std::vector<BitWidth> there;
  for (const Json& variant : variants) there.push_back({variant.at("bits").get<int>()});
  std::sort(there.begin(), there.end());
  throw Error(ErrorCode::kUsage, file.string() + " has no cost at " + to_string(width) +
                                     " bits, only at " + to_string(there) +
                                     "; measure the router's own ladder with paq bench");
}

}  // namespace

WidthCosts read_costs(const std::filesystem::path& file, std::span<const BitWidth> widths) {
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) refuse(file, "it is no JSON");
  WidthCosts costs;
  try {
    if (const int format = json.at("format"); format != kFormat) {
      throw Error(ErrorCode::kMismatch, file.string() + " has format " + std::to_string(format) +
                                            ", this paq reads format " + std::to_string(kFormat) +
                                            "; make it anew with paq bench");
    }
    costs.unit = json.at("unit");
    for (const BitWidth width : widths) {
      costs.values.push_back(cost_of(file, json.at("variants"), width));
    }
  } catch (const Json::exception& error) {
    const std::string text = error.what();  // "[json.exception...] what is wrong"
    refuse(file, text.substr(std::min(text.size(), text.find("] ") + 2)));
  }
  costs.source = file.filename().string();
  check_policy_data({.costs = costs}, widths);
  return costs;
}

}  // namespace paq
