// SPDX-License-Identifier: MIT
#include "sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>
#include <vector>

#include "core/testing/error_code.h"
#include "sandbox/testing.h"

namespace paq {
namespace {

using ::testing::HasSubstr;

using Sandbox = SandboxTest;

TEST_F(Sandbox, RunsAProgramToItsEnd) {
  const CodeResult passed = run("print(sum(range(10)))\nassert sum(range(10)) == 45\n");
  EXPECT_EQ(passed.verdict, CodeVerdict::kPassed);
  EXPECT_GT(passed.seconds, 0);
  EXPECT_EQ(run("").verdict, CodeVerdict::kPassed);
  const CodeResult failed = run("assert 1 == 2, 'no'\n");
  EXPECT_EQ(failed.verdict, CodeVerdict::kFailed);
  EXPECT_THAT(failed.detail, HasSubstr("AssertionError: no"));
}

TEST_F(Sandbox, MalformedProgramsFail) {
  const std::string programs[] = {std::string("def f(:\n"),    std::string("x = '''"),
                                  std::string("x = 1\0", 6),   std::string("x = '\xff\xfe'\n"),
                                  std::string("  return 1\n"), std::string("input()\n")};
  for (const std::string& program : programs) {
    EXPECT_EQ(run(program).verdict, CodeVerdict::kFailed) << program;
  }
}

// What solutions may well use.
TEST_F(Sandbox, ThreadsModulesAndFilesOfItsOwnWork) {
  const CodeResult result = run(R"(
import asyncio, collections, dataclasses, datetime, decimal, functools, hashlib, heapq, itertools
import json, math, random, re, statistics, string, tempfile, threading, typing, unicodedata
@dataclasses.dataclass
class Point:
    x: int = 1
assert Point() == Point()
done = []
thread = threading.Thread(target=done.append, args=(1,))
thread.start(); thread.join()
assert done == [1]
assert asyncio.run(asyncio.sleep(0.001, 3)) == 3
with tempfile.TemporaryFile() as file:
    file.write(b"text"); file.seek(0)
    assert file.read() == b"text"
open("/dev/null", "w").write("x")
random.seed(); random.random()
if __name__ == "__main__":
    raise Exception("the main guard is not run")
)");
  EXPECT_EQ(result.verdict, CodeVerdict::kPassed) << result.detail;
}

TEST_F(Sandbox, HashesOfTextAreTheSameInEveryRun) {
  const std::string program = "import sys\nprint({'a', 'b', 'c', 'd'}, file=sys.stderr)\n1/0\n";
  EXPECT_EQ(run(program).detail, run(program).detail);
}

TEST_F(Sandbox, NothingOfTheMachineIsThere) {
  const CodeResult result = run(R"(
import os, resource
def descriptors():
    for fd in range(64):
        try: os.fstat(fd); yield fd
        except OSError: pass
assert list(descriptors()) == [0, 1, 2, 3], list(descriptors())
assert sorted(os.environ) == [
    "HOME", "LANG", "PATH", "PWD", "PYTHONHASHSEED", "PYTHONSAFEPATH", "PYTHONUTF8", "TMPDIR"]
assert set(os.listdir("/")) <= {"usr", "lib", "lib32", "lib64", "bin", "etc", "dev", "tmp"}, os.listdir("/")
assert set(os.listdir("/dev")) == {"null", "urandom"}, os.listdir("/dev")
assert set(os.listdir("/etc")) <= {"ld.so.cache"}, os.listdir("/etc")
assert os.listdir("/tmp") == [] and os.getcwd() == "/tmp"
assert os.getuid() == os.getgid() == 65534
assert os.getpid() == 2 and os.getppid() == 1 and os.getsid(0) in (1, 2)
assert os.uname().nodename == "sandbox"
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert resource.getrlimit(resource.RLIMIT_CPU) == (2, 3)
assert resource.getrlimit(resource.RLIMIT_AS) == (512 << 20, 512 << 20)
assert resource.getrlimit(resource.RLIMIT_NPROC) == (64, 64)
)");
  EXPECT_EQ(result.verdict, CodeVerdict::kPassed) << result.detail;
}

TEST_F(Sandbox, RunsFromManyThreadsAtOnceAndLeavesNothingBehind) {
  const size_t before = open_descriptors();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 4; ++round) {
        const bool pass = (i + round) % 2 == 0;
        const CodeResult result = run(pass ? "x = 1\n" : "raise Exception\n");
        right += result.verdict == (pass ? CodeVerdict::kPassed : CodeVerdict::kFailed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 24);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(MakeSandboxedRunner, SaysWhatIsMissing) {
  CodeRunnerOptions options = impatient();
  options.bubblewrap = "/nowhere/bwrap";
  std::string message;
  EXPECT_EQ(code_of([&] { make_sandboxed_runner(options); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("/nowhere/bwrap"));
  EXPECT_THAT(message, HasSubstr("apt-get install bubblewrap"));
  EXPECT_THAT(message, HasSubstr("--unsafe-code"));
  options.python = "/nowhere/python3";
  EXPECT_EQ(code_of([&] { make_unsafe_runner(options); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("/nowhere/python3"));
}

// A bubblewrap that cannot make its namespaces writes a line and exits with 1.
TEST(MakeSandboxedRunner, PassesOnWhyBubblewrapDoesNotWork) {
  const std::filesystem::path folder(::testing::TempDir());
  const std::filesystem::path broken = folder / "broken_bwrap";
  std::ofstream(broken) << "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\n"
                           "exit 1\n";
  std::filesystem::permissions(broken, std::filesystem::perms(0755));
  CodeRunnerOptions options = impatient();
  options.bubblewrap = broken;
  std::string message;
  EXPECT_EQ(code_of([&] { make_sandboxed_runner(options); }, &message), ErrorCode::kIo);
  EXPECT_THAT(message, HasSubstr("No permissions to create new namespace"));
  EXPECT_THAT(message, HasSubstr("--unsafe-code"));
  EXPECT_EQ(make_unsafe_runner(options)->run_python("x = 1\n").verdict, CodeVerdict::kPassed);
}

}  // namespace
}  // namespace paq
