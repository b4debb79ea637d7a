// SPDX-License-Identifier: MIT
// Runs the real executables as a user would, and looks at what they print and leave behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace paq::testing {

struct RunOptions {
  std::string input = {};                              ///< Standard input.
  std::optional<double> kill_after_seconds = {};       ///< SIGKILL, where it still runs then.
  std::function<bool()> kill_when = nullptr;           ///< SIGKILL once this holds; polled.
  std::optional<double> interrupt_after_seconds = {};  ///< SIGINT, likewise.
  std::optional<int64_t> largest_file = {};            ///< Bytes; a stand-in for a full disk.
  std::string output_file = {};                        ///< Standard output goes there instead.
};

struct RunResult {
  int exit_code = 0;  ///< 128 + signal where a signal ended it.
  std::string out, err;
  double seconds = 0;
  int64_t peak_bytes = 0;  ///< Largest resident memory; at least that of the test itself.
};

/// Runs `paq ARGUMENTS` and waits for it.
RunResult run_paq(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// A run of paq beside the test.
class BackgroundRun {
 public:
  explicit BackgroundRun(const std::vector<std::string>& arguments)
      : thread_([this, arguments] {
          result_ = run_paq(arguments);
          ended_ = true;
        }) {}
  ~BackgroundRun() { wait(); }
  BackgroundRun(const BackgroundRun&) = delete;
  BackgroundRun& operator=(const BackgroundRun&) = delete;

  bool ended() const { return ended_; }
  const RunResult& wait() {
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  RunResult result_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;  // Last: uses all of the above.
};

/// A folder of its own, deleted with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Names of all files and folders below `folder`, sorted.
std::vector<std::string> files_below(const std::filesystem::path& folder);

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace paq::testing
