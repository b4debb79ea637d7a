// SPDX-License-Identifier: MIT
#include "stored_outcomes.h"

#include <gtest/gtest.h>

#include <sstream>

#include "fixtures.h"

namespace paq::testing {

Outcomes outcomes_of(const std::string& store) {
  const RunResult exported = run_paq({"outcomes", "export", "-", "--store", store});
  EXPECT_TRUE(succeeded(exported));
  Outcomes outcomes;
  std::istringstream lines(exported.out);
  for (std::string line; std::getline(lines, line);) {
    const auto prompt = nlohmann::json::parse(line);
    for (const auto& [bits, measured] : prompt.at("outcomes").items()) {
      nlohmann::json outcome = measured;
      for (const char* key : {"seconds", "seconds_to_first_token"}) outcome.erase(key);
      EXPECT_TRUE(outcomes.emplace(std::pair(prompt.at("id"), bits), outcome).second)
          << prompt.at("id") << " twice at " << bits;
    }
  }
  return outcomes;
}

}  // namespace paq::testing
