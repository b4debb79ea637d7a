// SPDX-License-Identifier: MIT
// Where the lines of Python lie within texts in triple quotes. Internal to tasks/.
#pragma once

#include <string_view>

namespace paq {

/// Follows a program line by line. Knows comments, texts in single and triple quotes, escapes.
class PythonLines {
 public:
  /// Takes the next line.
  void add(std::string_view line);

  /// Whether the next line begins within a text in triple quotes.
  bool in_text() const { return !quotes_.empty(); }

 private:
  std::string_view quotes_;  ///< Those that end the text; empty outside.
};

}  // namespace paq
