// SPDX-License-Identifier: MIT
#include "core/error.h"

#include <cerrno>
#include <cstring>

namespace paq {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kBadFile:
      return "bad_file";
    case ErrorCode::kMismatch:
      return "mismatch";
    case ErrorCode::kTooLong:
      return "too_long";
    case ErrorCode::kNoSpace:
      return "no_space";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kOutOfMemory:
      return "out_of_memory";
    case ErrorCode::kEngine:
      return "engine";
    case ErrorCode::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

Error error_from_errno(const std::string& action) {
  const int number = errno;
  const std::string reason = std::strerror(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Error(ErrorCode::kNoSpace,
                   action + ": the disk is full; free some space and try again");
    case ENOENT:
      return Error(ErrorCode::kNotFound, action + ": " + reason);
    default:
      return Error(ErrorCode::kIo, action + ": " + reason);
  }
}

}  // namespace paq
