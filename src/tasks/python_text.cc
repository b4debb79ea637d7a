// SPDX-License-Identifier: MIT
#include "tasks/python_text.h"

#include <algorithm>
#include <array>

#include "core/utf8.h"
#include "tasks/ascii.h"

namespace paq {
namespace {

// A byte that is no UTF-8, as Python's "surrogateescape" has it.
constexpr char32_t kRawByte = 0xDC00;

// Capitals at every `step` from `first` to `last`; their small letters lie `shift` further on.
struct Capitals {
  char32_t first, last;
  int step, shift;
};

constexpr auto kCapitals = std::to_array<Capitals>({
    {'A', 'Z', 1, 32},          {0xC0, 0xD6, 1, 32},     {0xD8, 0xDE, 1, 32},
    {0x100, 0x12E, 2, 1},       {0x132, 0x136, 2, 1},    {0x139, 0x147, 2, 1},
    {0x14A, 0x176, 2, 1},       {0x178, 0x178, 1, -121}, {0x179, 0x17D, 2, 1},
    {0x18F, 0x18F, 1, 202},     {0x1A0, 0x1A4, 2, 1},    {0x1AF, 0x1AF, 1, 1},
    {0x1CD, 0x1DB, 2, 1},       {0x1DE, 0x1EE, 2, 1},    {0x1F8, 0x21E, 2, 1},
    {0x222, 0x232, 2, 1},       {0x386, 0x386, 1, 38},   {0x388, 0x38A, 1, 37},
    {0x38C, 0x38C, 1, 64},      {0x38E, 0x38F, 1, 63},   {0x391, 0x3A1, 1, 32},
    {0x3A3, 0x3AB, 1, 32},      {0x400, 0x40F, 1, 80},   {0x410, 0x42F, 1, 32},
    {0x460, 0x480, 2, 1},       {0x48A, 0x4BE, 2, 1},    {0x4C1, 0x4CD, 2, 1},
    {0x4D0, 0x52E, 2, 1},       {0x531, 0x556, 1, 48},   {0x1E00, 0x1E94, 2, 1},
    {0x1E9E, 0x1E9E, 1, -7615}, {0x1EA0, 0x1EFE, 2, 1},  {0x2160, 0x216F, 1, 16},
    {0xFF21, 0xFF3A, 1, 32},
});

struct Range {
  char32_t first, last;
};

// What \w leaves out, above ASCII.
constexpr auto kNoWord = std::to_array<Range>({
    {0x80, 0xA9},       {0xAB, 0xB1},       {0xB4, 0xB4},     {0xB6, 0xB8},
    {0xBB, 0xBB},       {0xBF, 0xBF},       {0xD7, 0xD7},     {0xF7, 0xF7},
    {0x2C2, 0x2C5},     {0x2D2, 0x2DF},     {0x300, 0x36F},   {0x37E, 0x37E},
    {0x384, 0x385},     {0x387, 0x387},     {0x482, 0x489},   {0x55A, 0x55F},
    {0x589, 0x58A},     {0x591, 0x5C7},     {0x5F3, 0x5F4},   {0x60C, 0x60F},
    {0x61B, 0x61F},     {0x64B, 0x65F},     {0x66A, 0x66D},   {0x964, 0x965},
    {0x2000, 0x206F},   {0x207A, 0x207E},   {0x208A, 0x208E}, {0x20A0, 0x20FF},
    {0x2116, 0x2118},   {0x2120, 0x2123},   {0x2190, 0x245F}, {0x249C, 0x24E9},
    {0x2500, 0x2775},   {0x2794, 0x2BFF},   {0x2E00, 0x2E2E}, {0x2E30, 0x2E7F},
    {0x3000, 0x3004},   {0x3008, 0x3020},   {0x302A, 0x3030}, {0x303D, 0x303F},
    {0x309B, 0x309C},   {0x30A0, 0x30A0},   {0x30FB, 0x30FB}, {kRawByte, kRawByte + 0xFF},
    {0xE000, 0xF8FF},   {0xFE00, 0xFE6B},   {0xFEFF, 0xFEFF}, {0xFF01, 0xFF0F},
    {0xFF1A, 0xFF20},   {0xFF3B, 0xFF40},   {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
    {0x1F000, 0x1F0FF}, {0x1F10D, 0x1FAFF},
});

bool is_article(std::u32string_view word) {
  return word == U"a" || word == U"an" || word == U"the";
}

}  // namespace

std::u32string decode_utf8(std::string_view bytes) {
  std::u32string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t good = std::min(find_invalid_utf8(bytes), bytes.size());
    for (size_t i = 0; i < good;) {
      const auto lead = static_cast<unsigned char>(bytes[i]);
      const int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      char32_t c = length == 1 ? lead : lead & (0x7F >> length);
      for (int k = 1; k < length; ++k) c = c << 6 | (bytes[i + static_cast<size_t>(k)] & 0x3F);
      text += c;
      i += static_cast<size_t>(length);
    }
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    text += kRawByte + static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
  }
  return text;
}

void append_utf8(char32_t c, std::string& bytes) {
  const auto put = [&](char32_t byte) { bytes += static_cast<char>(byte); };
  if (c >= kRawByte && c <= kRawByte + 0xFF) return put(c - kRawByte);
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

char32_t python_lower(char32_t c) {
  for (const Capitals& block : kCapitals) {
    if (c < block.first) break;
    if (c <= block.last && static_cast<int>(c - block.first) % block.step == 0) {
      return static_cast<char32_t>(static_cast<int>(c) + block.shift);
    }
  }
  return c;
}

bool is_python_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool is_python_word(char32_t c) {
  if (c < 0x80) return is_alnum(static_cast<char>(c)) || c == '_';
  return std::none_of(kNoWord.begin(), kNoWord.end(),
                      [c](const Range& range) { return range.first <= c && c <= range.last; });
}

std::u32string python_lower(std::u32string_view text) {
  std::u32string lower;
  for (const char32_t c : text) {
    if (c == 0x130) {  // The one capital whose small letter is two characters.
      lower += U"i\u0307";
    } else {
      lower += python_lower(c);
    }
  }
  return lower;
}

std::u32string without_punctuation(std::u32string_view text) {
  std::u32string kept(text);
  std::erase_if(kept, [](char32_t c) { return c < 0x80 && is_punct(static_cast<char>(c)); });
  return kept;
}

std::u32string without_articles(std::u32string_view text) {
  std::u32string kept;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && is_python_word(text[end])) ++end;
    const std::u32string_view word = text.substr(begin, end - begin);
    if (is_article(word)) {
      kept += U' ';
    } else {
      kept += word;
    }
    if (end < text.size()) kept += text[end];
    begin = end + 1;
  }
  return kept;
}

std::vector<std::string> python_split(std::u32string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char32_t c : text) {
    const bool space = is_python_space(c);
    if (!space && !inside) words.emplace_back();
    if (!space) append_utf8(c, words.back());
    inside = !space;
  }
  return words;
}

std::string python_join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace paq
