// SPDX-License-Identifier: MIT
// The text of an answer as its tokens come in, and where a stop string ends it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace paq {

class AnswerText {
 public:
  explicit AnswerText(std::vector<std::string> stop) : stop_(std::move(stop)) {}

  /// Appends a token's bytes. True where a stop string is now complete, also when it began in
  /// earlier tokens; the text ends before the first one then, and nothing more may be appended.
  bool append(std::string_view bytes);

  /// The answer so far as valid UTF-8: bytes that are none become U+FFFD, a character that the
  /// last token left unfinished is dropped.
  std::string text() const;

 private:
  std::vector<std::string> stop_;
  std::string bytes_;
};

}  // namespace paq
