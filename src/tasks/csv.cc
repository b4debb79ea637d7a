// SPDX-License-Identifier: MIT
#include "tasks/csv.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"

namespace paq {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view file, std::string_view bytes) : file_(file), rest_(bytes) {}

  // False at the end of the file.
  bool next(CsvRecord& record) {
    while (skip_line_end()) {
    }
    if (rest_.empty()) return false;
    ++record.number;
    record.line = line_;
    record.cells.clear();
    do {
      record.cells.push_back(rest_.starts_with('"') ? quoted_cell(record) : plain_cell());
    } while (skip_comma());
    skip_line_end();
    return true;
  }

 private:
  bool skip_comma() {
    if (!rest_.starts_with(',')) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool skip_line_end() {
    const size_t length = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(length);
    line_ += length > 0;
    return length > 0;
  }

  std::string plain_cell() {
    const size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    size_t length = end;
    if (end < rest_.size() && rest_[end] == '\n' && length > 0 && rest_[length - 1] == '\r') {
      --length;
    }
    std::string cell(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return cell;
  }

  std::string quoted_cell(const CsvRecord& record) {
    std::string cell;
    do {
      rest_.remove_prefix(1);
      const size_t end = rest_.find('"');
      if (end == rest_.npos) {
        fail(record, "has a quoted cell that is never closed; expected another \"");
      }
      line_ += std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
      // The quote after the first pass is the second of a doubled one.
      cell += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (rest_.starts_with('"')) cell += '"';
    } while (rest_.starts_with('"'));
    if (!rest_.empty() && rest_[0] != ',' && rest_[0] != '\n' && !rest_.starts_with("\r\n")) {
      fail(record, "has text after a quoted cell; quotes inside one are doubled (\"\")");
    }
    return cell;
  }

  [[noreturn]] void fail(const CsvRecord& record, const std::string& what) const {
    throw Error(ErrorCode::kBadFile, csv_place(file_, record) + "cell " +
                                         std::to_string(record.cells.size() + 1) + " " + what);
  }

  std::string_view file_, rest_;
  int64_t line_ = 1;
};

}  // namespace

std::string csv_place(std::string_view file, const CsvRecord& record) {
  return std::string(file) + ": record " + std::to_string(record.number) + " (line " +
         std::to_string(record.line) + "): ";
}

void for_each_csv_record(std::string_view file, std::string_view bytes,
                         const std::function<void(const CsvRecord&)>& visit) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  CsvReader reader(file, bytes);
  CsvRecord record;
  while (reader.next(record)) {
    for (size_t i = 0; i < record.cells.size(); ++i) {
      if (find_invalid_utf8(record.cells[i]) == std::string::npos) continue;
      throw Error(ErrorCode::kBadFile, csv_place(file, record) + "cell " + std::to_string(i + 1) +
                                           " is not UTF-8; convert the file to UTF-8");
    }
    visit(record);
  }
}

}  // namespace paq
