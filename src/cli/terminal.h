// SPDX-License-Identifier: MIT
// Figures and progress for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/outputs.h"
#include "core/progress.h"

namespace paq {

/// "3.1 MB", powers of 1000 as disks and downloads are counted.
std::string human_bytes(int64_t bytes);

/// "8 s", "2:05", "1:02:03".
std::string human_duration(double seconds);

/// "1,234,567"
std::string grouped(int64_t number);

/// "1 prompt", "1,234 prompts"; `one` is the word for one of them.
std::string counted(int64_t number, std::string_view one);

/// One line, whatever the library it came from put in.
std::string one_line(std::string_view text);

/// One line that says where work is: "labelling 4-bit  312/900 prompts  35 %  41/s  0:14 left".
std::string progress_text(const Progress& progress);

/// Whether one of `outputs` is "-", standard output: nothing else may be printed there then. Throws
/// Error(kUsage) where two of them are, or where `json` is to go there as well.
bool takes_standard_output(std::span<const NamedFile> outputs, bool json);

/// Whole or not at all (write_file_atomically); "-" is standard output.
void write_output(const std::filesystem::path& path, std::string_view text);

/// Keeps one line on standard error up to date while that is a terminal which can rewrite a line;
/// silent otherwise.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Valid as long as this object.
  ProgressCallback callback() {
    return [this](const Progress& progress) { show(progress); };
  }
  void show(const Progress& progress);
  void clear();

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace paq
