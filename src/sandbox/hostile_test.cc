// SPDX-License-Identifier: MIT
// Programs that mean harm, or behave as if they did: each is stopped within its limits, scored as
// not passed, and leaves no process, no open descriptor and no file.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "sandbox/testing.h"

namespace paq {
namespace {

struct Hostile {
  const char* name;
  const char* program;
  CodeVerdict verdict;
};

const Hostile kHostile[] = {
    {"fork bomb", "import os\nwhile True: os.fork()", CodeVerdict::kRefused},
    {"fork bomb that catches everything",
     "import os\nwhile True:\n try: os.fork()\n except BaseException: pass", CodeVerdict::kRefused},
    {"shell fork bomb", "import os\nos.system(':(){ :|:& };:')", CodeVerdict::kRefused},
    {"child left behind", "import subprocess\nsubprocess.Popen(['sleep', '1000'])",
     CodeVerdict::kRefused},
    {"thread bomb",
     "import threading, time\nthreading.stack_size(32768)\n"
     "while True: threading.Thread(target=time.sleep, args=(1000,)).start()",
     CodeVerdict::kFailed},
    {"endless loop", "while True: pass", CodeVerdict::kTimeout},
    {"endless loop that ignores signals",
     "import signal\nfor s in (1, 2, 14, 15, 24): signal.signal(s, signal.SIG_IGN)\n"
     "while True: pass",
     CodeVerdict::kTimeout},
    {"sleep", "import time\ntime.sleep(1000)", CodeVerdict::kTimeout},
    {"sleep without descriptors", "import os, time\nos.closerange(0, 64)\ntime.sleep(1000)",
     CodeVerdict::kTimeout},
    {"10 GiB at once", "x = bytearray(10 << 30)", CodeVerdict::kMemory},
    {"10 GiB bit by bit", "x = []\nwhile True: x.append(bytearray(1 << 20))", CodeVerdict::kMemory},
    {"10 GiB caught", "try: x = bytearray(10 << 30)\nexcept MemoryError: raise SystemExit(0)",
     CodeVerdict::kFailed},
    {"1 GiB of output", "import sys\nfor i in range(1024): sys.stdout.write('x' * (1 << 20))",
     CodeVerdict::kOutput},
    {"1 GiB of errors", "import sys\nfor i in range(1024): sys.stderr.write('x' * (1 << 20))",
     CodeVerdict::kOutput},
    {"1 GiB of reports", "import os\nwhile True: os.write(3, b'S' * 65536)", CodeVerdict::kOutput},
    {"network over IPv6", "import socket\nsocket.socket(socket.AF_INET6)", CodeVerdict::kRefused},
    {"raw packets", "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
     CodeVerdict::kRefused},
    {"kernel's sockets", "import socket\nsocket.socket(socket.AF_NETLINK)", CodeVerdict::kRefused},
    {"name look-up", "import socket\nsocket.getaddrinfo('example.com', 80)", CodeVerdict::kRefused},
    {"password file", "open('/etc/passwd').read()", CodeVerdict::kFailed},
    {"other processes", "open('/proc/1/environ').read()", CodeVerdict::kFailed},
    {"write to the system", "open('/usr/lib/paq_was_here', 'w')", CodeVerdict::kFailed},
    {"write to the root", "open('/paq_was_here', 'w')", CodeVerdict::kFailed},
    {"mode of a device", "import os\nos.chmod('/dev/null', 0o600)", CodeVerdict::kFailed},
    {"full disk", "import os\nfor i in range(1000): open(str(i), 'wb').write(bytes(1 << 20))",
     CodeVerdict::kFailed},
    {"kill the parent", "import os\nos.kill(os.getppid(), 9)", CodeVerdict::kRefused},
    {"kill everybody", "import os\nos.kill(-1, 9)", CodeVerdict::kRefused},
    {"terminal", "open('/dev/tty', 'w').write('x')", CodeVerdict::kFailed},
    {"another program", "import os\nos.execv('/usr/bin/true', ['true'])", CodeVerdict::kFailed},
    {"sys.exit before the end", "import sys\nsys.exit(0)\nassert False", CodeVerdict::kFailed},
    {"os._exit before the end", "import os\nos._exit(0)\nassert False", CodeVerdict::kFailed},
    {"exit from another thread",
     "import os, threading, time\nthreading.Thread(target=os._exit, args=(0,)).start()\n"
     "time.sleep(1000)",
     CodeVerdict::kFailed},
    {"forged report", "import os\nos.write(3, b'0' * 32 + b'\\n')\nos._exit(0)",
     CodeVerdict::kFailed},
    {"replaced exit", "import os\nos._exit = os.write = lambda *a: 0\nraise SystemExit(0)",
     CodeVerdict::kFailed},
    {"closed standard output", "import os\nos.close(1)\nos.close(2)\nos._exit(0)",
     CodeVerdict::kFailed},
    {"deep recursion", "def f(): f()\nf()", CodeVerdict::kFailed},
    {"recursion through the stack",
     "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n def __eq__(self, x): return A() == x\n"
     "A() == A()",
     CodeVerdict::kFailed},
    {"abort", "import os\nos.abort()", CodeVerdict::kFailed},
    {"deep nesting", "x = eval('(' * 100000 + ')' * 100000)", CodeVerdict::kFailed},
};

class HostilePrograms : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (IsSkipped()) return;
    patient_ = make_sandboxed_runner(patient());
    descriptors_ = open_descriptors();
  }

  void TearDown() override {
    EXPECT_EQ(open_descriptors(), descriptors_);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // No child is left.
    EXPECT_EQ(errno, ECHILD);
  }

  void expect(CodeVerdict verdict, std::string_view program, std::string_view name) {
    const auto began = std::chrono::steady_clock::now();
    // On a busy machine what is refused or grows may take longer than an impatient runner waits.
    const bool ends = verdict != CodeVerdict::kTimeout;
    const CodeResult result = ends ? patient_->run_python(program) : run(program);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(verdict_name(result.verdict), verdict_name(verdict)) << name << ": " << result.detail;
    EXPECT_FALSE(result.detail.empty()) << name;
    EXPECT_LE(result.seconds, (ends ? patient() : impatient()).limits.wall_seconds + 2) << name;
    EXPECT_LT(took.count(), 120) << name;
  }

  static CodeRunnerOptions patient() {
    CodeRunnerOptions options = impatient();
    options.limits.cpu_seconds = 20;
    options.limits.wall_seconds = 60;
    return options;
  }

  std::unique_ptr<CodeRunner> patient_;
  size_t descriptors_ = 0;
};

TEST_F(HostilePrograms, AreStoppedAndFail) {
  for (const Hostile& hostile : kHostile) expect(hostile.verdict, hostile.program, hostile.name);
  EXPECT_FALSE(std::filesystem::exists("/usr/lib/paq_was_here"));
  EXPECT_FALSE(std::filesystem::exists("/paq_was_here"));
}

TEST_F(HostilePrograms, SystemCallsOfAttacksAreRefused) {
  const std::pair<const char*, long> calls[] = {{"unshare", SYS_unshare},
                                                {"setns", SYS_setns},
                                                {"mount", SYS_mount},
                                                {"umount2", SYS_umount2},
                                                {"pivot_root", SYS_pivot_root},
                                                {"chroot", SYS_chroot},
                                                {"ptrace", SYS_ptrace},
                                                {"process_vm_readv", SYS_process_vm_readv},
                                                {"keyctl", SYS_keyctl},
                                                {"add_key", SYS_add_key},
                                                {"bpf", SYS_bpf},
                                                {"perf_event_open", SYS_perf_event_open},
                                                {"userfaultfd", SYS_userfaultfd},
                                                {"io_uring_setup", SYS_io_uring_setup},
                                                {"init_module", SYS_init_module},
                                                {"kexec_load", SYS_kexec_load},
                                                {"reboot", SYS_reboot},
                                                {"open_by_handle_at", SYS_open_by_handle_at},
                                                {"setuid", SYS_setuid}};
  for (const auto& [name, number] : calls) {
    expect(
        CodeVerdict::kRefused,
        "import ctypes\nctypes.CDLL(None).syscall(" + std::to_string(number) + ", 0, 0, 0, 0, 0)\n",
        name);
  }
}

// A new process under clone, which has the flag of a user namespace, and under clone3.
TEST_F(HostilePrograms, NamespacesCannotBeMade) {
  const std::string call = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n";
  expect(CodeVerdict::kRefused,
         call + "libc.syscall(" + std::to_string(SYS_clone) + ", 0x10000011, 0, 0, 0, 0)\n",
         "clone");
  const CodeResult clone3 = run(call + "assert libc.syscall(" + std::to_string(SYS_clone3) +
                                ", 0, 0) == -1 and ctypes.get_errno() == 38\n");
  EXPECT_EQ(clone3.verdict, CodeVerdict::kPassed) << clone3.detail;
}

// The namespace's init is the only other process in sight.
TEST_F(HostilePrograms, TheNamespacesInitIsLeftAlone) {
  const std::string call = "import ctypes, fcntl, resource\nlibc = ctypes.CDLL(None)\n";
  expect(CodeVerdict::kRefused,
         call + "libc.syscall(" + std::to_string(SYS_tgkill) + ", 1, 1, 9)\n", "tgkill");
  const CodeResult others = run(call + R"(
def refused(function, *arguments):
    try: function(*arguments)
    except OSError as fault: return fault.errno == 38
refused(resource.prlimit, 1, resource.RLIMIT_CPU) or exit("prlimit")
for command in (8, 10, 15): refused(fcntl.fcntl, 0, command, 1) or exit("fcntl")
libc.prctl(1, 0, 0, 0, 0) == -1 or exit("prctl")
)");
  EXPECT_EQ(verdict_name(others.verdict), "passed") << others.detail;
}

TEST_F(HostilePrograms, TheUsersFilesAreOutOfSight) {
  const std::filesystem::path secret =
      std::filesystem::absolute(::testing::TempDir()) / "sandbox_test_secret";
  std::ofstream(secret) << "secret";
  std::filesystem::permissions(secret, std::filesystem::perms(0644));
  expect(CodeVerdict::kFailed, "print(open('" + secret.string() + "').read())", "secret");
  // Where the test's folder is in /tmp, the program writes to a /tmp of its own.
  run("import os\nos.makedirs('" + secret.parent_path().string() + "', exist_ok=True)\nopen('" +
      secret.string() + "', 'w').write('gone')\n");
  std::string kept;
  std::ifstream(secret) >> kept;
  EXPECT_EQ(kept, "secret");
  std::filesystem::remove(secret);
  if (const char* home = std::getenv("HOME")) {
    const CodeResult result = run("import os\nos.listdir('" + std::string(home) + "')\n");
    EXPECT_EQ(result.verdict, CodeVerdict::kFailed);
    EXPECT_THAT(result.detail, ::testing::HasSubstr("FileNotFoundError"));
  }
}

TEST_F(HostilePrograms, NoConnectionArrives) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  expect(CodeVerdict::kRefused,
         "import socket\nsocket.create_connection(('127.0.0.1', " + port + "))", "connection");
  EXPECT_EQ(accept(listener, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
  close(listener);
}

TEST_F(HostilePrograms, EnormousProgramTexts) {
  std::string text = "x = '";
  text.append(size_t{300} << 20, 'x').append("'\n");
  expect(CodeVerdict::kMemory, text, "300 MiB of text");
  std::string lines;
  for (int i = 0; i < 20000; ++i) lines += "y = 1\n";
  EXPECT_EQ(run(lines).verdict, CodeVerdict::kPassed);
}

// A thread still asleep does not keep a program that has reached its end from passing.
TEST_F(HostilePrograms, SleepersAreNotWaitedFor) {
  const CodeResult result =
      run("import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n");
  EXPECT_EQ(result.verdict, CodeVerdict::kPassed) << result.detail;
  EXPECT_LT(result.seconds, impatient().limits.wall_seconds);
}

}  // namespace
}  // namespace paq
