// SPDX-License-Identifier: MIT
#include "core/utf8.h"

namespace paq {

Utf8Sequence utf8_sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {.length = 1};
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;  // bounds of the second byte
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {};
  }
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {.unfinished = true};
    if (byte(i) < low || byte(i) > high) return {};
    low = 0x80;
    high = 0xBF;
  }
  return {.length = length};
}

size_t find_invalid_utf8(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t length = utf8_sequence(bytes.substr(at)).length;
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string valid_utf8(std::string_view bytes) {
  std::string valid;
  valid.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t good = find_invalid_utf8(bytes);
    valid += bytes.substr(0, good);
    if (good == bytes.npos) break;
    valid += "\xEF\xBF\xBD";
    bytes.remove_prefix(good + 1);
  }
  return valid;
}

}  // namespace paq
