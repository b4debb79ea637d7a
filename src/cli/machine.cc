// SPDX-License-Identifier: MIT
#include "cli/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "cli/terminal.h"

namespace paq {
namespace {

// Value of the first "key : value" line of a /proc file; empty where there is none.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

// Of /proc/self/status, which counts in kB.
int64_t status_bytes(const std::string& key) {
  const std::string value = proc_value("/proc/self/status", key);
  return value.empty() ? 0 : std::stoll(value) * 1024;
}

}  // namespace

std::string machine_description() {
  std::string text = std::to_string(std::thread::hardware_concurrency()) + " x ";
  const std::string model = proc_value("/proc/cpuinfo", "model name");
  utsname system = {};
  uname(&system);
  text += model.empty() ? system.machine : model;
  const int64_t pages = sysconf(_SC_PHYS_PAGES);
  if (pages > 0) text += ", " + human_bytes(pages * sysconf(_SC_PAGE_SIZE));
  return text + ", " + system.sysname + " " + system.release;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return buffer;
}

std::filesystem::path executable_directory() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

int64_t peak_memory() { return status_bytes("VmHWM"); }

int64_t held_memory() { return status_bytes("RssAnon") + status_bytes("RssShmem"); }

int64_t program_memory() {
  std::ifstream maps("/proc/self/smaps");
  int64_t kilobytes = 0;
  bool counts = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (!key.ends_with(':')) {  // "7f00-7f01 r--p 0 08:01 1234 /usr/lib/libc.so.6"
      const size_t path = line.find('/');
      counts = path != std::string::npos && !line.ends_with(".gguf");
    } else if (int64_t value = 0; counts && words >> value) {
      if (key == "Rss:") kilobytes += value;
      if (key == "Anonymous:") kilobytes -= value;
    }
  }
  return kilobytes * 1024;
}

}  // namespace paq
