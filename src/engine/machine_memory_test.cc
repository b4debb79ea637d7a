// SPDX-License-Identifier: MIT
// Memory as kernels tell of it, without and with control groups.
#include "engine/machine_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kGib = int64_t{1} << 30;

class MachineMemoryTest : public ::testing::Test {
 protected:
  MachineMemoryTest() {
    write("proc/meminfo", "MemTotal:  25165824 kB\nMemFree: 7 kB\nMemAvailable:   20971520 kB\n");
  }
  ~MachineMemoryTest() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  fs::path root_ = fs::temp_directory_path() / ("paq_machine_memory_" + std::to_string(::getpid()));
};

TEST_F(MachineMemoryTest, WithoutGroupsIsTheMachines) {
  const MachineMemory memory = machine_memory(root_);
  EXPECT_EQ(memory.total, 24 * kGib);
  EXPECT_EQ(memory.available, 20 * kGib);
  write("proc/self/cgroup", "0::/user.slice\n");
  write("sys/fs/cgroup/user.slice/memory.max", "max\n");
  EXPECT_EQ(machine_memory(root_).available, 20 * kGib);
}

TEST_F(MachineMemoryTest, TheTightestOfItsGroupsLimitsIt) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/memory.max", std::to_string(8 * kGib));
  write("sys/fs/cgroup/a/memory.current", std::to_string(5 * kGib));
  write("sys/fs/cgroup/a/memory.stat",
        "anon 1\nfile 2\ninactive_file " + std::to_string(kGib) + "\n");
  EXPECT_EQ(machine_memory(root_).total, 8 * kGib);
  EXPECT_EQ(machine_memory(root_).available, 4 * kGib);
  write("sys/fs/cgroup/a/b/memory.max", std::to_string(2 * kGib));
  write("sys/fs/cgroup/a/b/memory.current", std::to_string(3 * kGib));
  EXPECT_EQ(machine_memory(root_).total, 2 * kGib);
  EXPECT_EQ(machine_memory(root_).available, 0);
}

TEST_F(MachineMemoryTest, InsideAContainerItsOwnGroupIsTheTop) {
  write("proc/self/cgroup", "0::/docker/of-the-host\n");
  write("sys/fs/cgroup/memory.max", std::to_string(4 * kGib));
  write("sys/fs/cgroup/memory.current", std::to_string(kGib));
  EXPECT_EQ(machine_memory(root_).available, 3 * kGib);
}

TEST_F(MachineMemoryTest, VersionOneHasOtherNames) {
  write("proc/self/cgroup", "9:cpuset:/x\n4:memory:/x\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", std::to_string(6 * kGib));
  write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", std::to_string(2 * kGib));
  write("sys/fs/cgroup/memory/x/memory.stat", "total_inactive_file 0\n");
  EXPECT_EQ(machine_memory(root_).total, 6 * kGib);
  EXPECT_EQ(machine_memory(root_).available, 4 * kGib);
}

TEST_F(MachineMemoryTest, NothingIsKnownWithoutAKernel) {
  EXPECT_EQ(machine_memory(root_ / "nowhere").available, 0);
  const MachineMemory here = machine_memory();
  EXPECT_GT(here.available, 0);
  EXPECT_GE(here.total, here.available);
}

}  // namespace
}  // namespace paq
