// SPDX-License-Identifier: MIT
#include "store/numbers.h"

#include <bit>

#include "core/half.h"

namespace paq {
namespace {

uint32_t byte_at(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

std::string encode_halves(std::span<const float> values) {
  std::string bytes;
  bytes.reserve(values.size() * 2);
  for (const float value : values) {
    const uint16_t half = half_of(value);
    bytes += static_cast<char>(half & 0xff);
    bytes += static_cast<char>(half >> 8);
  }
  return bytes;
}

std::vector<float> decode_halves(std::string_view bytes) {
  std::vector<float> values;
  values.reserve(bytes.size() / 2);
  for (size_t i = 0; i + 2 <= bytes.size(); i += 2) {
    values.push_back(
        float_of_half(static_cast<uint16_t>(byte_at(bytes, i) | byte_at(bytes, i + 1) << 8)));
  }
  return values;
}

std::vector<float> decode_floats(std::string_view bytes) {
  std::vector<float> values;
  values.reserve(bytes.size() / 4);
  for (size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    uint32_t word = 0;
    for (size_t k = 0; k < 4; ++k) word |= byte_at(bytes, i + k) << (8 * k);
    values.push_back(std::bit_cast<float>(word));
  }
  return values;
}

std::string encode_ids(std::span<const int32_t> ids) {
  std::string bytes;
  for (const int32_t id : ids) {
    auto rest = static_cast<uint32_t>(id);
    for (; rest >= 0x80; rest >>= 7) bytes += static_cast<char>(rest | 0x80);
    bytes += static_cast<char>(rest);
  }
  return bytes;
}

std::vector<int32_t> decode_ids(std::string_view bytes) {
  std::vector<int32_t> ids;
  uint32_t id = 0;
  int shift = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint32_t byte = byte_at(bytes, i);
    if (shift < 32) id |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    ids.push_back(static_cast<int32_t>(id));
    id = 0;
    shift = 0;
  }
  return ids;
}

}  // namespace paq
