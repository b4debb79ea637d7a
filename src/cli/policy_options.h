// SPDX-License-Identifier: MIT
// --policy and --costs, which every command that uses a router has.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "router/policy.h"
#include "router/router.h"

namespace CLI {
class App;
}

namespace paq {

struct PolicyArguments {
  std::vector<std::string> policies;  ///< As given; empty: the one that the router's file prefers.
  std::filesystem::path costs;        ///< Empty: those of the router's file.
};

/// Declares both. Where `many`, --policy may be given several times.
enum class PolicyCount { kOne, kMany };
void add_policy_options(CLI::App& command, PolicyArguments& arguments, PolicyCount count);

/// What `info` has for policies, with the costs of --costs in place of its own where that is given.
/// Throws what read_costs() throws.
PolicyData policy_data(const PolicyArguments& arguments, const RouterInfo& info);

/// The policy asked for, or that which the file prefers. Throws Error(kUsage) as parse_policy() and
/// Policy::make() do.
Policy make_policy(const PolicyArguments& arguments, const RouterInfo& info);

/// All that are asked for, each once; where none is, what the file prefers unless that is argmax.
std::vector<Policy> make_policies(const PolicyArguments& arguments, const RouterInfo& info);

}  // namespace paq
