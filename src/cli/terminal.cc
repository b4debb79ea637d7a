// SPDX-License-Identifier: MIT
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

size_t terminal_columns() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string formatted(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

}  // namespace

std::string human_bytes(int64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  const char* unit = "";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return formatted(value < 9.95 ? "%.1f " : "%.0f ", value) + unit;
}

std::string human_duration(double seconds) {
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return std::to_string(whole) + " s";
  char buffer[64];
  if (whole < 3600) {
    std::snprintf(buffer, sizeof buffer, "%d:%02d", static_cast<int>(whole / 60),
                  static_cast<int>(whole % 60));
  } else {
    std::snprintf(buffer, sizeof buffer, "%lld:%02d:%02d", static_cast<long long>(whole / 3600),
                  static_cast<int>(whole / 60 % 60), static_cast<int>(whole % 60));
  }
  return buffer;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(int64_t number, std::string_view one) {
  return grouped(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

bool takes_standard_output(std::span<const NamedFile> outputs, bool json) {
  const NamedFile* first = nullptr;
  for (const NamedFile& output : outputs) {
    if (output.path != "-") continue;
    if (first != nullptr || json) {
      throw Error(ErrorCode::kUsage, output.option + " - is standard output, where " +
                                         (json ? "--json" : first->option + " -") +
                                         " goes as well; name a file for one of them");
    }
    first = &output;
  }
  return first != nullptr;
}

void write_output(const std::filesystem::path& path, std::string_view text) {
  if (path == "-") {
    std::cout << text;
  } else {
    write_file_atomically(path, text);
  }
}

std::string one_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    if (c != '\n' && c != '\r' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string progress_text(const Progress& progress) {
  const bool bytes = progress.unit == "bytes";
  const auto amount = [&](int64_t value) { return bytes ? human_bytes(value) : grouped(value); };
  std::string text = progress.stage + "  " + amount(progress.done);
  if (progress.total > 0) text += "/" + amount(progress.total);
  if (!bytes) text += " " + progress.unit;
  if (progress.total > 0)
    text += "  " + std::to_string(100 * progress.done / progress.total) + " %";
  if (const double rate = progress.rate(); rate > 0) {
    text += "  ";
    text += bytes ? human_bytes(static_cast<int64_t>(rate))
                  : formatted(rate < 10 ? "%.1f" : "%.0f", rate);
    text += "/s";
  }
  if (progress.seconds_left() >= 0)
    text += "  " + human_duration(progress.seconds_left()) + " left";
  if (!progress.detail.empty()) text += "  " + progress.detail;
  return text;
}

ProgressLine::ProgressLine() {
  const char* kind = std::getenv("TERM");
  const bool rewrites = kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
  terminal_ = rewrites && isatty(STDERR_FILENO) == 1;
}

void ProgressLine::show(const Progress& progress) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  const bool last = progress.total > 0 && progress.done == progress.total;
  if (shown_ && !last && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  const std::string text = one_line(progress_text(progress)).substr(0, terminal_columns() - 1);
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

void ProgressLine::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace paq
