// SPDX-License-Identifier: MIT
// The one exception type of paq.
//
// Faults are thrown as Error and caught in two places only: the command line's main (exit code)
// and the server's request boundary (HTTP status). Expected outcomes ("no such row", "nothing
// pending") are values, never an Error.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace paq {

enum class ErrorCode {
  kUsage,        ///< The caller asked for something that makes no sense (exit code 2).
  kNotFound,     ///< A file, variant or key that was named does not exist.
  kBadFile,      ///< A file is truncated, malformed or of another kind.
  kMismatch,     ///< Two things that must belong together do not (base model, bit widths, schema).
  kTooLong,      ///< A prompt exceeds the context.
  kNoSpace,      ///< The disk is full.
  kIo,           ///< Any other failure of the operating system on a file.
  kBusy,         ///< Somebody else holds the file or port.
  kOutOfMemory,  ///< A model or context could not be allocated.
  kEngine,       ///< llama.cpp or a remote engine failed.
  kCancelled,    ///< The user interrupted the work; everything finished is kept.
};

/// Stable lower-case name for machine-readable output, for example "bad_file".
std::string_view error_code_name(ErrorCode code);

/// A fault. `what()` is one line that says what was expected, what was found, where, and what to do
/// next.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

/// An Error made from the current `errno`: kNoSpace for ENOSPC and EDQUOT, kNotFound for ENOENT,
/// kIo otherwise. `action` is a phrase such as "cannot write /tmp/x.gguf".
Error error_from_errno(const std::string& action);

}  // namespace paq
