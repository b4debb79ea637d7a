// SPDX-License-Identifier: MIT
// Predictions of any bytes are read or refused; what was read has answers of one kind each.
#include "tasks/predictions.h"

#include <cstdint>
#include <string_view>

#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using paq::require;
  try {
    const paq::Predictions predictions = paq::parse_predictions(
        std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.json");
    require(!predictions.by_id.empty());
    for (const auto& [id, answers] : predictions.by_id) {
      require(!answers.empty());
      for (const paq::Prediction& answer : answers) {
        require(answer.texts.empty() || answer.logprobs.empty());
      }
    }
  } catch (const paq::Error& error) {
    paq::require_bad_file(error);
  }
  return 0;
}
