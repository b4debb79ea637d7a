// SPDX-License-Identifier: MIT
// A program does not outlive whoever runs it, even one that tries to.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/testing.h"

namespace paq {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// It lets go of its parent, and ignores what can be ignored.
constexpr char kClingingProgram[] = R"(
import ctypes, signal, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
for number in (1, 2, 13, 15): signal.signal(number, signal.SIG_IGN)
while True: time.sleep(1000)
)";

struct Process {
  int parent = 0;
  char state = '?';
};

std::map<int, Process> all_processes() {
  std::map<int, Process> processes;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    // "PID (NAME) STATE PARENT ...", and a name may hold anything.
    const size_t end = text.rfind(')');
    if (end == text.npos || end + 4 > text.size()) continue;
    processes[std::stoi(name)] = {std::atoi(text.c_str() + end + 4), text[end + 2]};
  }
  return processes;
}

std::vector<int> descendants_of(int ancestor) {
  const auto processes = all_processes();
  std::vector<int> found;
  for (const auto& [id, process] : processes) {
    int parent = process.parent;
    while (parent != ancestor && processes.contains(parent)) parent = processes.at(parent).parent;
    if (parent == ancestor) found.push_back(id);
  }
  return found;
}

bool is_python(int id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/cmdline");
  std::string first;
  return std::getline(file, first, '\0') && first == "/usr/bin/python3";
}

bool has_ended(int id) {
  const auto processes = all_processes();
  const auto process = processes.find(id);
  return process == processes.end() || process->second.state == 'Z';
}

bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 1200; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

// `make` gives the runner of a process that is killed while the program runs.
void expect_no_orphans(const std::function<std::unique_ptr<CodeRunner>()>& make) {
  // A killed runner leaves a working folder; here.
  const fs::path folder = fs::path(::testing::TempDir()) / "orphan_test";
  fs::create_directories(folder);
  const int runner = fork();
  if (runner == 0) {
    setenv("TMPDIR", folder.c_str(), 1);
    try {
      make()->run_python(kClingingProgram);
    } catch (...) {
    }
    _exit(0);
  }
  std::vector<int> programs;
  // Python as the program, seen twice a second apart: not the runner's own trial.
  const bool runs = comes_true([&] {
    programs = descendants_of(runner);
    if (std::none_of(programs.begin(), programs.end(), is_python)) return false;
    std::this_thread::sleep_for(1s);
    return descendants_of(runner) == programs;
  });
  kill(runner, SIGKILL);
  waitpid(runner, nullptr, 0);
  ASSERT_TRUE(runs);
  for (const int id : programs) {
    EXPECT_TRUE(comes_true([&] { return has_ended(id); })) << id;
  }
  fs::remove_all(folder);
}

CodeRunnerOptions patient() {
  CodeRunnerOptions options;
  options.limits.cpu_seconds = 60;
  options.limits.wall_seconds = 300;
  return options;
}

using Orphans = SandboxTest;

TEST_F(Orphans, AreNotLeftByTheSandbox) {
  expect_no_orphans([] { return make_sandboxed_runner(patient()); });
}

TEST(UnsafeOrphans, AreNotLeft) {
  expect_no_orphans([] { return make_unsafe_runner(patient()); });
}

}  // namespace
}  // namespace paq
