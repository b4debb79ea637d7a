// SPDX-License-Identifier: MIT
#include "label/shard.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "core/error.h"

namespace paq {
namespace {

// The first 64 of the hash's 256 bits.
uint64_t number_of(const Prompt& prompt) {
  const std::string hash = prompt_hash(prompt);
  uint64_t number = 0;
  std::from_chars(hash.data(), hash.data() + 16, number, 16);
  return number;
}

int parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash != text.npos) {
    const Shard shard{parse_number(text.substr(0, slash)), parse_number(text.substr(slash + 1))};
    if (shard.index >= 1 && shard.index <= shard.count) return shard;
  }
  throw Error(ErrorCode::kUsage,
              "a shard is I/N with I from 1 to N, such as 2/4 for the second of "
              "four machines; found \"" +
                  std::string(text) + "\"");
}

std::vector<Prompt> shard_of(std::vector<Prompt> prompts, const Shard& shard) {
  if (shard.count == 1) return prompts;
  const auto count = static_cast<uint64_t>(shard.count);
  std::erase_if(prompts, [&](const Prompt& prompt) {
    return number_of(prompt) % count != static_cast<uint64_t>(shard.index - 1);
  });
  return prompts;
}

}  // namespace paq
