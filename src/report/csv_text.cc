// SPDX-License-Identifier: MIT
#include "report/csv_text.h"

#include <cstdio>

namespace paq {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

}  // namespace

std::string csv_number(const std::optional<double>& value) {
  if (!value) return "";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.10g", *value);
  return buffer;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) text += ',';
    text += quoted(field);
  }
  return text + "\r\n";
}

}  // namespace paq
