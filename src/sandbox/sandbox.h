// SPDX-License-Identifier: MIT
// Runs generated Python locked up: bubblewrap's namespaces with no network and a read-only file
// system, a seccomp filter, and limits of time, memory, processes and output.
//
// It protects the machine from the program. It does not protect a score from a program that is
// written to deceive its own tests: both run in one interpreter, as in HumanEval's own harness.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/code_runner.h"

namespace paq {

struct CodeLimits {
  /// Seconds of processor time, so that a busy machine changes no score. HumanEval's own harness
  /// allows 3 seconds of wall clock.
  int cpu_seconds = 5;
  double wall_seconds = 30;                 ///< For programs that wait instead of computing.
  int64_t memory_bytes = int64_t{1} << 30;  ///< Address space.
  int64_t file_bytes = int64_t{16} << 20;   ///< In the sandbox, of all its files together.
  int64_t output_bytes = int64_t{1} << 20;  ///< Standard output and error together.
  int threads = 64;                         ///< New processes are never allowed.
  int open_files = 64;
};

struct CodeRunnerOptions {
  CodeLimits limits;
  std::filesystem::path python = "/usr/bin/python3";  ///< Under /usr: no other folder is visible.
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
};

/// A runner that locks programs up, after trying it once. Throws Error(kNotFound) where Python or
/// bubblewrap is missing, Error(kIo) where bubblewrap can't make its namespaces here; the message
/// says what to do.
///
/// Each run takes a few processes and a dozen descriptors for its duration. The calling thread must
/// outlive the run: its end is the program's.
std::unique_ptr<CodeRunner> make_sandboxed_runner(const CodeRunnerOptions& options);

/// A runner with the limits, an empty folder to work in and, where the kernel has it, the seccomp
/// filter alone: a program can read and write what the user can. For those who take that risk.
/// Throws like the other.
std::unique_ptr<CodeRunner> make_unsafe_runner(const CodeRunnerOptions& options);

}  // namespace paq
