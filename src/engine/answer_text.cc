// SPDX-License-Identifier: MIT
#include "engine/answer_text.h"

#include <algorithm>

#include "core/utf8.h"

namespace paq {
namespace {

// Appends `bytes` as valid UTF-8, up to a character that they leave unfinished. Returns how many
// bytes that was.
size_t append_valid(std::string_view bytes, std::string& valid) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto [length, unfinished] = utf8_sequence(rest);
    if (unfinished) break;
    if (length == 0) {
      valid += "\xEF\xBF\xBD";
    } else {
      valid += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<size_t>(length, 1));
  }
  return bytes.size() - rest.size();
}

}  // namespace

bool AnswerText::append(std::string_view bytes) {
  const size_t before = bytes_.size();
  bytes_ += bytes;
  size_t end = std::string::npos;
  for (const std::string& stop : stop_) {
    const size_t from = before >= stop.size() ? before - stop.size() + 1 : 0;
    end = std::min(end, bytes_.find(stop, from));
  }
  if (end == std::string::npos) return false;
  bytes_.resize(end);
  return true;
}

std::string AnswerText::text() const {
  std::string valid;
  append_valid(bytes_, valid);
  return valid;
}

std::string AnswerText::take_certain() {
  // The longest end of the bytes that is the beginning of a stop string.
  size_t held = 0;
  for (const std::string& stop : stop_) {
    for (size_t length = std::min(stop.size() - 1, bytes_.size()); length > held; --length) {
      if (bytes_.ends_with(std::string_view(stop).substr(0, length))) held = length;
    }
  }
  return take(std::max(taken_, bytes_.size() - held));
}

std::string AnswerText::take_rest() { return take(bytes_.size()); }

std::string AnswerText::take(size_t end) {
  std::string valid;
  taken_ += append_valid(std::string_view(bytes_).substr(taken_, end - taken_), valid);
  return valid;
}

}  // namespace paq
