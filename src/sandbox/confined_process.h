// SPDX-License-Identifier: MIT
// Starting a process with nothing but what it is given, and ending it. Internal to sandbox/.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/descriptors.h"
#include "sandbox/sandbox.h"

namespace paq {

struct ProcessSpec {
  std::vector<std::string> arguments;    ///< The first is the absolute path of the program.
  std::vector<std::string> environment;  ///< NAME=value; nothing else is set.
  /// Open descriptors of ours and the numbers they get: 0, 1, 2, ... without a gap. All others of
  /// this process are closed.
  std::vector<std::pair<int, int>> descriptors;
  CodeLimits limits;
  std::filesystem::path folder = {};  ///< To work in; empty: the caller's.
  bool as_nobody = false;             ///< Give up root first.
  /// A filter of FilterPlace::kProcess, put on the process itself where the kernel can.
  std::string filter = {};
};

/// User and group in place of root.
inline constexpr int kNobody = 65534;

/// A child in a session of its own. It dies with the thread that started it and with this object.
class ConfinedProcess {
 public:
  /// Throws Error(kIo). Where the program can't be run, the child's exit code is 127.
  explicit ConfinedProcess(const ProcessSpec& spec);
  ~ConfinedProcess();
  ConfinedProcess(const ConfinedProcess&) = delete;
  ConfinedProcess& operator=(const ConfinedProcess&) = delete;

  /// Readable for poll() once the process has ended.
  int descriptor() const { return handle_.get(); }

  /// Kills it and its process group and waits for its end; returns the exit code, 128 + signal
  /// where a signal ended it. May be called again.
  int end();

 private:
  pid_t pid_ = -1;
  Descriptor handle_;
  bool reaped_ = false;
  int exit_code_ = 0;
};

/// A handle on a process by its id; empty where there is none.
Descriptor open_process(pid_t pid);

/// Kills the process behind the handle, if it still is, and waits until it has ended or
/// `timeout_seconds` have passed.
void kill_and_wait(const Descriptor& process, double timeout_seconds);

}  // namespace paq
