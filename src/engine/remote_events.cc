// SPDX-License-Identifier: MIT
#include "engine/remote_events.h"

#include <utility>

#include "core/error.h"

namespace paq {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::vector<std::string> EventReader::append(std::string_view bytes) {
  std::vector<std::string> events;
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + data_.size() + part.size() > kLongestEvent) {
      throw Error(ErrorCode::kEngine, "an event of the stream has more than " +
                                          std::to_string(kLongestEvent) + " bytes");
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(events);
  }
  return events;
}

void EventReader::take_line(std::vector<std::string>& events) {
  const std::string line = std::exchange(line_, {});
  std::string_view rest = line;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  if (rest.empty()) {
    if (std::exchange(has_data_, false)) {
      data_.pop_back();
      events.push_back(std::exchange(data_, {}));
    }
    return;
  }
  const size_t colon = rest.find(':');
  const std::string_view name = rest.substr(0, colon);
  if (name != "data" && name != "error") return;  // A comment, an id, a kind of event.
  std::string_view value = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  data_ += value;
  data_ += '\n';
  has_data_ = true;
}

}  // namespace paq
