// SPDX-License-Identifier: MIT
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace paq::testing {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = ends[0];
    write_end = ends[1];
  }
};

[[noreturn]] void become(const std::vector<std::string>& command, const RunOptions& options, int in,
                         int out, int err) {
  dup2(in, STDIN_FILENO);
  if (!options.output_file.empty()) out = open(options.output_file.c_str(), O_WRONLY);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (options.largest_file) {
    // Ignored, the signal turns into an error of write(), as a full disk would give.
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {static_cast<rlim_t>(*options.largest_file),
                          static_cast<rlim_t>(*options.largest_file)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> pointers;
  for (const std::string& argument : command) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

// Reads both pipes to their ends, sending signals when their time has come.
void collect(RunResult& result, int out, int err, pid_t child, const RunOptions& options) {
  const auto start = Clock::now();
  constexpr double kSecondsBetweenLooks = 0.02;  // Looking may cost the child's time.
  double next_look = 0;
  bool killed = false, interrupted = false;
  pollfd ends[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.err};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    poll(ends, 2, 2);
    for (int i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || (ends[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      char buffer[4096];
      const ssize_t n = read(ends[i].fd, buffer, sizeof buffer);
      if (n > 0) texts[i]->append(buffer, static_cast<size_t>(n));
      if (n == 0) {
        close(ends[i].fd);
        ends[i].fd = -1;
      }
    }
    const double now = seconds_since(start);
    if (options.kill_after_seconds && !killed && now >= *options.kill_after_seconds) {
      killed = kill(child, SIGKILL) == 0;
    }
    if (options.kill_when && !killed && now >= next_look) {
      killed = options.kill_when() && kill(child, SIGKILL) == 0;
      next_look = seconds_since(start) + kSecondsBetweenLooks;
    }
    if (options.interrupt_after_seconds && !interrupted &&
        now >= *options.interrupt_after_seconds) {
      interrupted = kill(child, SIGINT) == 0;
    }
  }
}

}  // namespace

RunResult run_paq(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::vector<std::string> command = {std::string(PAQ_BIN_DIR) + "/paq"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const TemporaryFolder folder;
  write_text(folder / "input", options.input);
  const int in = open((folder / "input").c_str(), O_RDONLY | O_CLOEXEC);
  const Pipe out, err;
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child == 0) become(command, options, in, out.write_end, err.write_end);
  close(in);
  close(out.write_end);
  close(err.write_end);
  if (child < 0) throw std::runtime_error("fork failed");
  RunResult result;
  collect(result, out.read_end, err.read_end, child, options);
  int status = 0;
  rusage used = {};
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  result.peak_bytes = int64_t{used.ru_maxrss} * 1024;
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.seconds = seconds_since(start);
  return result;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "paq_test_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace paq::testing
