// SPDX-License-Identifier: MIT
#include "sandbox/harness.h"

#include <sys/random.h>

#include <csignal>
#include <cstdio>

#include "core/error.h"

namespace paq {
namespace {

// The nonce leaves only after the last line: sys.exit(0), os._exit(0) or a closed standard output
// halfway do not look like success. Being no __main__, the program does not run its main guard, as
// in HumanEval's own harness. Ends by _exit, so that threads left behind are not waited for. No
// module comes from the working folder, whatever the release of Python (see python_environment).
constexpr std::string_view kHarness = R"(
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import os, resource, types

def run(write=os.write, leave=os._exit, show=sys.__excepthook__):
    threads = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
    program = types.ModuleType("program")
    sys.modules["program"] = program
    sys.argv = ["program"]
    write(3, b"S")
    try:
        with open(4, "rb") as file:
            nonce = file.readline()
            source = file.read()
        exec(compile(source, "program", "exec"), program.__dict__)
        write(3, nonce)
        leave(0)
    except BaseException as fault:
        try:
            if isinstance(fault, MemoryError):
                write(3, b"M")
            show(type(fault), fault, fault.__traceback__)
        finally:
            leave(1)

run()
)";

constexpr std::string_view kOutOfMemory = "SM";

std::string detail_of(const CodeEnding& ending, std::string_view otherwise) {
  constexpr size_t kLongest = 2000;
  if (ending.errors.empty()) return std::string(otherwise);
  if (ending.errors.size() <= kLongest) return ending.errors;
  return ending.errors.substr(ending.errors.size() - kLongest);
}

}  // namespace

std::string_view harness_source() { return kHarness; }

std::string make_nonce() {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
    throw error_from_errno("cannot draw random bytes");
  }
  std::string nonce;
  for (const unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    nonce += digits;
  }
  return nonce;
}

std::string harness_input(std::string_view nonce, std::string_view program) {
  std::string input;
  input.reserve(nonce.size() + 1 + program.size());
  return input.append(nonce).append("\n").append(program);
}

CodeResult judge(const CodeEnding& ending, std::string_view nonce, int cpu_seconds) {
  const auto result = [&](CodeVerdict verdict, std::string_view otherwise) {
    return CodeResult{verdict, detail_of(ending, otherwise), ending.seconds};
  };
  if (ending.stopped == CodeEnding::Stopped::kOutput) {
    return result(CodeVerdict::kOutput, "wrote more than it may");
  }
  const bool used_up =  // The soft limit sends SIGXCPU, the hard one kills.
      ending.exit_code == 128 + SIGXCPU ||
      (ending.exit_code == 128 + SIGKILL && ending.seconds >= cpu_seconds);
  if (ending.stopped == CodeEnding::Stopped::kTime || used_up) {
    return result(CodeVerdict::kTimeout, "ran longer than it may");
  }
  if (ending.exit_code == 128 + SIGSYS) {
    return result(CodeVerdict::kRefused, "made a system call that is forbidden");
  }
  if (ending.report == kOutOfMemory) return result(CodeVerdict::kMemory, "out of memory");
  const std::string finished = kReportStarted + std::string(nonce) + "\n";
  if (ending.exit_code == 0 && ending.report == finished) return result(CodeVerdict::kPassed, "");
  return result(CodeVerdict::kFailed,
                "ended before its last line with exit code " + std::to_string(ending.exit_code));
}

}  // namespace paq
