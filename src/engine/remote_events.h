// SPDX-License-Identifier: MIT
// The data of server-sent events (text/event-stream), which remote engines stream their answers in.
// Knows nothing of what the data says. Internal to engine/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

class EventReader {
 public:
  /// An event longer than this is none.
  static constexpr size_t kLongestEvent = size_t{16} << 20;

  /// Takes the next bytes of the stream, cut anywhere, and returns the data of the events that are
  /// complete now. Lines may end in LF, CR LF or CR; an event's lines of data are joined by LF.
  /// Lines named "error" count as data too, for some servers report a fault in one. Throws
  /// Error(kEngine) for an event that is too long; nothing may be appended after that.
  std::vector<std::string> append(std::string_view bytes);

 private:
  void take_line(std::vector<std::string>& events);

  std::string line_;  // So far.
  std::string data_;  // Of the event so far, every line ended by LF.
  bool has_data_ = false;
  bool after_cr_ = false;  // The last line ended in CR, so that an LF now belongs to it.
};

}  // namespace paq
