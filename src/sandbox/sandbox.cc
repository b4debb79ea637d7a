// SPDX-License-Identifier: MIT
#include "sandbox/sandbox.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "sandbox/harness.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/supervisor.h"

namespace paq {
namespace {

class PythonRunner : public CodeRunner {
 public:
  PythonRunner(CodeRunnerOptions options, Confinement confinement)
      : options_(std::move(options)), confinement_(std::move(confinement)) {}

  CodeResult run_python(std::string_view program) override {
    const std::string nonce = make_nonce();
    return judge(supervise(program, nonce, options_, confinement_), nonce,
                 options_.limits.cpu_seconds);
  }

 private:
  const CodeRunnerOptions options_;
  const Confinement confinement_;
};

void require_program(const std::filesystem::path& program, const std::string& advice) {
  if (::access(program.c_str(), X_OK) == 0) return;
  throw Error(ErrorCode::kNotFound, "there is no " + program.string() +
                                        ", which runs the programs " + "that a model wrote; " +
                                        advice);
}

// Root's rights are given up where the machine allows it: the limit on threads does not bind root.
std::vector<bool> users_to_try() {
  if (::geteuid() == 0) return {true, false};
  return {false};
}

// The first way that runs a program, or the error of the last.
std::unique_ptr<CodeRunner> first_that_works(const CodeRunnerOptions& options, bool sandboxed) {
  const std::string filter =
      seccomp_filter(sandboxed ? FilterPlace::kBubblewrap : FilterPlace::kProcess);
  std::optional<Error> fault;
  for (const bool as_nobody : users_to_try()) {
    auto runner = std::make_unique<PythonRunner>(
        options, Confinement{.sandboxed = sandboxed, .as_nobody = as_nobody, .filter = filter});
    try {
      const CodeResult result = runner->run_python("import collections, math, re, typing\n");
      if (result.verdict == CodeVerdict::kPassed) return runner;
      fault = Error(ErrorCode::kIo, "an empty program fails: " + result.detail);
    } catch (const Error& error) {
      fault = error;
    }
  }
  throw Error(*fault);
}

}  // namespace

std::unique_ptr<CodeRunner> make_sandboxed_runner(const CodeRunnerOptions& options) {
  require_program(options.python, "install Python 3 (Debian: apt-get install python3)");
  require_program(options.bubblewrap,
                  "install bubblewrap (Debian: apt-get install bubblewrap), or run them without "
                  "it, at your own risk, with --unsafe-code");
  try {
    return first_that_works(options, true);
  } catch (const Error& error) {
    throw Error(ErrorCode::kIo,
                std::string("programs that a model wrote can't be locked up here: ") +
                    error.what() +
                    "; bubblewrap needs user namespaces (sysctl kernel.unprivileged_userns_clone "
                    "or user.max_user_namespaces, or the container's seccomp profile); allow them, "
                    "or run such programs unprotected, at your own risk, with --unsafe-code");
  }
}

std::unique_ptr<CodeRunner> make_unsafe_runner(const CodeRunnerOptions& options) {
  require_program(options.python, "install Python 3 (Debian: apt-get install python3)");
  return first_that_works(options, false);
}

}  // namespace paq
