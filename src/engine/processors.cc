// SPDX-License-Identifier: MIT
#include "engine/processors.h"

#include <common.h>

#include <algorithm>
#include <fstream>
#include <string>
#ifdef __linux__
#include <sched.h>
#endif

namespace paq {
namespace {

constexpr int kNoLimit = 1 << 20;

int allowed_by_affinity() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return kNoLimit;
}

// "200000 100000": microseconds of processor time a period; "max 100000": all of it.
int allowed_by_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return kNoLimit;
  return static_cast<int>(quota / period);
}

}  // namespace

int usable_cores() {
  return std::max(1, std::min({common_cpu_get_num_physical_cores(), allowed_by_affinity(),
                               allowed_by_quota()}));
}

}  // namespace paq
