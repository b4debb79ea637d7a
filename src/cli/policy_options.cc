// SPDX-License-Identifier: MIT
#include "cli/policy_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/costs_file.h"

namespace paq {

void add_policy_options(CLI::App& command, PolicyArguments& arguments, PolicyCount count) {
  CLI::Option* policy = command.add_option(
      "--policy", arguments.policies,
      count == PolicyCount::kMany
          ? "Also route by this policy: argmax, expected-cost:PRICE or floor:ALPHA[:CONFIDENCE]; "
            "may repeat (default: what the router's file prefers)"
          : "argmax, expected-cost:PRICE or floor:ALPHA[:CONFIDENCE] (default: what the router's "
            "file prefers)");
  if (count == PolicyCount::kMany) {
    policy->take_all()->allow_extra_args(false);
  } else {
    policy->expected(1);
  }
  command.add_option("--costs", arguments.costs,
                     "What a prompt costs at each width, for expected-cost: a file of paq bench "
                     "(default: what the router's file has)");
}

PolicyData policy_data(const PolicyArguments& arguments, const RouterInfo& info) {
  PolicyData data = info.policies;
  if (!arguments.costs.empty()) data.costs = read_costs(arguments.costs, info.bit_widths);
  return data;
}

Policy make_policy(const PolicyArguments& arguments, const RouterInfo& info) {
  const PolicyData data = policy_data(arguments, info);
  return Policy::make(
      arguments.policies.empty() ? data.preferred : parse_policy(arguments.policies.front()), data,
      info.bit_widths);
}

std::vector<Policy> make_policies(const PolicyArguments& arguments, const RouterInfo& info) {
  const PolicyData data = policy_data(arguments, info);
  std::vector<Policy> policies;
  const auto add = [&](const PolicySpec& spec) {
    Policy policy = Policy::make(spec, data, info.bit_widths);
    const bool is_there = std::any_of(policies.begin(), policies.end(), [&](const Policy& other) {
      return other.name() == policy.name();
    });
    if (!is_there) policies.push_back(std::move(policy));
  };
  for (const std::string& text : arguments.policies) add(parse_policy(text));
  if (arguments.policies.empty() && data.preferred.kind != PolicyKind::kArgMax) add(data.preferred);
  return policies;
}

}  // namespace paq
