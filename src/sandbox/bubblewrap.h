// SPDX-License-Identifier: MIT
// What bubblewrap is asked for. Pure but for a look at the system's top-level folders. Internal to
// sandbox/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.h"

namespace paq {

/// Descriptors that bubblewrap itself uses and closes before the program begins.
inline constexpr int kFilterDescriptor = 5;
inline constexpr int kInfoDescriptor = 6;
inline constexpr int kBlockDescriptor = 7;

/// The whole command line. bubblewrap writes the process id of its namespace's init to
/// kInfoDescriptor and then waits for a byte on kBlockDescriptor.
std::vector<std::string> bubblewrap_arguments(const CodeRunnerOptions& options);

/// Python with the harness, without bubblewrap.
std::vector<std::string> python_arguments(const CodeRunnerOptions& options);

/// The environment of both, so that a program gives the same result everywhere: nothing of the
/// caller's but the folder to work in, no module from there, and Python's sets in a fixed order.
std::vector<std::string> python_environment(const std::string& folder);

/// The process id in what came from kInfoDescriptor, once that is complete.
std::optional<int> init_process_id(std::string_view info);

}  // namespace paq
