// SPDX-License-Identifier: MIT
#include "tasks/python_lines.h"

namespace paq {

void PythonLines::add(std::string_view line) {
  char single = 0;  // The quote of a text that ends on this line.
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (in_text()) {
      if (!line.substr(i).starts_with(quotes_)) continue;
      i += quotes_.size() - 1;
      quotes_ = {};
    } else if (single != 0) {
      if (line[i] == single) single = 0;
    } else if (line[i] == '#') {
      return;
    } else if (line[i] == '"' || line[i] == '\'') {
      const std::string_view triple = line[i] == '"' ? "\"\"\"" : "'''";
      if (line.substr(i).starts_with(triple)) {
        quotes_ = triple;
        i += 2;
      } else {
        single = line[i];
      }
    }
  }
}

}  // namespace paq
