// SPDX-License-Identifier: MIT
// Which system calls a generated program may make. Internal to sandbox/.
#pragma once

#include <string>

namespace paq {

/// What a filter is put on.
enum class FilterPlace {
  kBubblewrap,  ///< By bubblewrap, on processes of its own and Python in a namespace.
  kProcess,     ///< On a process of this machine that is about to become Python.
};

/// Where a process under FilterPlace::kProcess has the program that it becomes, closed by that. No
/// descriptor can have this number again, since the limit on open files is lower: whatever the
/// program does, it becomes nothing else, and what binds it to its parent stays.
inline constexpr int kProgramDescriptor = 255;

/// The filter as an array of struct sock_filter, for bubblewrap's --seccomp or for prctl. What
/// Python needs to compute is allowed; what only an attack or a new process needs ends the program
/// with SIGSYS; everything else fails as if this kernel did not have it. Throws Error(kIo) where
/// libseccomp does not know this machine.
std::string seccomp_filter(FilterPlace place);

}  // namespace paq
