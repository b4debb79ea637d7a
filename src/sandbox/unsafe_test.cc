// SPDX-License-Identifier: MIT
// What still holds where programs run outside of bubblewrap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sandbox/testing.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLibc =
    "import ctypes, os, resource, fcntl\nlibc = ctypes.CDLL(None, use_errno=True)\n";

class UnsafeRunner : public ::testing::Test {
 protected:
  CodeResult run(const std::string& program) { return runner_->run_python(program); }
  void expect(CodeVerdict verdict, const std::string& program) {
    const CodeResult result = run(program);
    EXPECT_EQ(verdict_name(result.verdict), verdict_name(verdict))
        << program << ": " << result.detail;
  }

  std::unique_ptr<CodeRunner> runner_ = make_unsafe_runner(impatient());
};

TEST_F(UnsafeRunner, HoldsTheLimits) {
  expect(CodeVerdict::kPassed, "assert 1 + 1 == 2\n");
  expect(CodeVerdict::kFailed, "assert 1 + 1 == 3\n");
  expect(CodeVerdict::kFailed, "import sys\nsys.exit(0)\n");
  expect(CodeVerdict::kTimeout, "while True: pass\n");
  expect(CodeVerdict::kMemory, "x = bytearray(10 << 30)\n");
  expect(CodeVerdict::kOutput, "while True: print('x' * 1000)\n");
  expect(CodeVerdict::kRefused, "import os\nwhile True: os.fork()\n");
}

// Neither what it is bound to paq by nor another program, from whichever thread.
TEST_F(UnsafeRunner, AProgramStaysWhatItIs) {
  const std::string libc(kLibc);
  expect(CodeVerdict::kPassed,
         libc + "assert libc.prctl(1, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 38\n");
  expect(CodeVerdict::kFailed, "import os\nos.execv('/usr/bin/true', ['true'])\n");
  expect(CodeVerdict::kPassed, libc + R"(
import threading
python = os.open("/usr/bin/python3", os.O_RDONLY)
try: os.dup2(python, 255)
except OSError: pass
else: raise Exception("255 can be had")
def run():
    for fd in (python, 255):
        assert libc.syscall()" + std::to_string(SYS_execveat) +
                                   R"(, fd, b"", 0, 0, 0x1000) == -1
    done.append(1)
done = []
thread = threading.Thread(target=run)
thread.start(); thread.join()
assert done == [1]
)");
}

TEST_F(UnsafeRunner, SignalsGoToTheProgramAlone) {
  const std::string libc(kLibc);
  const std::string tgkill = "libc.syscall(" + std::to_string(SYS_tgkill);
  const std::string self = std::to_string(getpid());
  expect(CodeVerdict::kRefused, libc + tgkill + ", " + self + ", " + self + ", 0)\n");
  expect(CodeVerdict::kRefused, libc + tgkill + ", 1, 1, 9)\n");
  expect(CodeVerdict::kPassed,
         "import signal\nsignal.signal(signal.SIGUSR1, lambda *a: None)\n"
         "signal.raise_signal(signal.SIGUSR1)\n");
  expect(CodeVerdict::kFailed, "import os\nos.abort()\n");
  expect(CodeVerdict::kPassed, libc +
                                   "for command in (8, 10, 15):\n"
                                   "  try: fcntl.fcntl(0, command, 0)\n"
                                   "  except OSError as fault: assert fault.errno == 38\n"
                                   "  else: raise Exception(command)\n");
  expect(CodeVerdict::kPassed, libc + "try: resource.prlimit(" + self +
                                   ", resource.RLIMIT_CPU)\n"
                                   "except OSError as fault: assert fault.errno == 38\n"
                                   "else: raise Exception\n");
}

TEST_F(UnsafeRunner, WorksInAnEmptyFolderThatGoes) {
  // `resource` is what the harness itself needs.
  const fs::path here = fs::current_path(), folder = fs::path(::testing::TempDir()) / "unsafe_test";
  fs::create_directories(folder);
  for (const char* module : {"resource.py", "math.py"}) {
    std::ofstream(folder / module) << "raise SystemExit(0)\n";
  }
  fs::current_path(folder);
  const CodeResult result = run(R"(
import math, os, resource, sys, tempfile
assert math.sqrt(4) == 2
assert "" not in sys.path and os.getcwd() not in sys.path, sys.path
assert os.listdir(".") == [], os.listdir(".")
assert tempfile.gettempdir() == os.getcwd() == os.environ["HOME"]
os.makedirs("a/b")
open("a/b/c", "w").write("x")
print(os.getcwd(), file=sys.stderr)
assert False
)");
  fs::current_path(here);
  fs::remove_all(folder);
  EXPECT_EQ(verdict_name(result.verdict), "failed");
  ASSERT_TRUE(result.detail.starts_with("/")) << result.detail;
  const fs::path worked_in = result.detail.substr(0, result.detail.find('\n'));
  EXPECT_NE(worked_in, here);
  EXPECT_FALSE(fs::exists(worked_in)) << worked_in;
}

}  // namespace
}  // namespace paq
