// SPDX-License-Identifier: MIT
// CSV of any bytes is read or refused; what was read is the same after it was written again.
#include "tasks/csv.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "require.h"

namespace {

using paq::require;
using Cells = std::vector<std::string>;

std::vector<Cells> read(std::string_view bytes) {
  std::vector<Cells> records;
  int64_t line = 0;
  paq::for_each_csv_record("fuzz.csv", bytes, [&](const paq::CsvRecord& record) {
    records.push_back(record.cells);
    require(record.number == static_cast<int64_t>(records.size()));
    require(record.line > line && !record.cells.empty());
    line = record.line;
  });
  return records;
}

std::string write(const std::vector<Cells>& records) {
  std::string text;
  for (const Cells& cells : records) {
    for (size_t i = 0; i < cells.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char c : cells[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<Cells> records;
  try {
    records = read(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const paq::Error& error) {
    paq::require_bad_file(error);
    return 0;
  }
  require(read(write(records)) == records);
  return 0;
}
