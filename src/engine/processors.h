// SPDX-License-Identifier: MIT
// How many threads can compute at once here. Internal to engine/ and router/.
#pragma once

namespace paq {

/// Physical cores, but no more than this process may use: its CPU affinity (taskset, cpusets) and
/// its control group's quota (containers) count, since llama.cpp's threads wait by spinning and
/// one thread too many costs more than it brings. At least 1.
int usable_cores();

}  // namespace paq
