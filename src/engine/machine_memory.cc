// SPDX-License-Identifier: MIT
#include "engine/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace paq {
namespace {

namespace fs = std::filesystem;

// The number in a file, or behind a key in it; nullopt for "max", and where there is none.
std::optional<int64_t> number_in(const fs::path& path, std::string_view key = {}) {
  std::ifstream file(path);
  std::string word;
  while (!key.empty() && file >> word && word != key) {
  }
  int64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

// What the versions of control groups call things.
struct GroupFiles {
  const char* folder;  // Below /sys/fs/cgroup.
  const char* limit;
  const char* usage;
  const char* idle_cache;  // Among memory.stat: cached files that would make way.
};

constexpr GroupFiles kVersion1 = {"memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                  "total_inactive_file"};
constexpr GroupFiles kVersion2 = {"", "memory.max", "memory.current", "inactive_file"};

void apply_limit(const fs::path& folder, const GroupFiles& files, MachineMemory& memory) {
  const auto limit = number_in(folder / files.limit);
  // Version 1 says a huge number for none.
  if (!limit || *limit >= memory.total) return;
  const int64_t used = number_in(folder / files.usage).value_or(0) -
                       number_in(folder / "memory.stat", files.idle_cache).value_or(0);
  memory.total = *limit;
  memory.available = std::clamp<int64_t>(*limit - used, 0, memory.available);
}

}  // namespace

MachineMemory machine_memory(const fs::path& root) {
  constexpr int64_t kKib = 1024;
  const fs::path meminfo = root / "proc/meminfo";
  MachineMemory memory;
  memory.total = number_in(meminfo, "MemTotal:").value_or(0) * kKib;
  memory.available = number_in(meminfo, "MemAvailable:").value_or(0) * kKib;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // "0::/path" of version 2, "4:memory:/path" of version 1.
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    if (!controllers.empty() && controllers != "memory") continue;
    const GroupFiles& files = controllers.empty() ? kVersion2 : kVersion1;
    const fs::path top = root / "sys/fs/cgroup" / files.folder;
    fs::path group = fs::path(line.substr(second + 1)).relative_path();
    // Seen from inside a container, a group's path may be that of the host, which is not there.
    apply_limit(top, files, memory);
    for (; !group.empty(); group = group.parent_path()) apply_limit(top / group, files, memory);
  }
  return memory;
}

}  // namespace paq
