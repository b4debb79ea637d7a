// SPDX-License-Identifier: MIT
#include "sandbox/confined_process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iterator>

#include "core/error.h"
#include "sandbox/seccomp_filter.h"

namespace paq {
namespace {

constexpr int kNotRun = 127;

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct Limit {
  int resource;
  rlim_t soft, hard;
};

std::vector<Limit> limits_of(const CodeLimits& limits) {
  const auto same = [](int resource, int64_t value) {
    return Limit{resource, static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  };
  const auto cpu = static_cast<rlim_t>(limits.cpu_seconds);
  return {{RLIMIT_CPU, cpu, cpu + 1},
          same(RLIMIT_AS, limits.memory_bytes),
          same(RLIMIT_FSIZE, limits.file_bytes),
          same(RLIMIT_NOFILE, std::min(limits.open_files, kProgramDescriptor)),
          same(RLIMIT_STACK, int64_t{8} << 20),
          same(RLIMIT_CORE, 0),
          same(RLIMIT_MEMLOCK, 0),
          same(RLIMIT_MSGQUEUE, 0)};
}

// What the child needs, prepared by the parent: between fork and exec nothing may allocate, since
// another thread may have held the allocator's lock.
struct Preparation {
  explicit Preparation(const ProcessSpec& process)
      : spec(process),
        arguments(pointers_to(process.arguments)),
        environment(pointers_to(process.environment)),
        limits(limits_of(process.limits)),
        moved(process.descriptors.size()) {}

  const ProcessSpec& spec;
  std::vector<char*> arguments, environment;
  std::vector<Limit> limits;
  std::vector<int> moved;
};

// Puts the descriptors at their numbers and closes all others.
bool arrange_descriptors(Preparation& prepared) {
  const auto& wanted = prepared.spec.descriptors;
  const int count = static_cast<int>(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {  // Out of the way of the numbers to be given.
    prepared.moved[i] = fcntl(wanted[i].first, F_DUPFD_CLOEXEC, count);
    if (prepared.moved[i] < 0) return false;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (dup2(prepared.moved[i], wanted[i].second) < 0) return false;
  }
  if (syscall(SYS_close_range, count, ~0U, 0) == 0) return true;
  rlimit open = {};  // Kernels before 5.9.
  getrlimit(RLIMIT_NOFILE, &open);
  const int end = static_cast<int>(std::min<rlim_t>(open.rlim_cur, 1 << 20));
  for (int fd = count; fd < end; ++fd) close(fd);
  return true;
}

// By system call: the library's functions would change all threads, of which a fork has one.
bool become_nobody() {
  return syscall(SYS_setgroups, 0, nullptr) == 0 &&
         syscall(SYS_setresgid, kNobody, kNobody, kNobody) == 0 &&
         syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0;
}

void install_filter(const sock_filter* code, size_t length) {
  sock_fprog program = {};
  program.len = static_cast<unsigned short>(length);
  program.filter = const_cast<sock_filter*>(code);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// Signals go to the process itself. A filter of its own, since only now is its id known.
void confine_signals() {
  constexpr unsigned kFirstArgument =
      offsetof(seccomp_data, args) + (std::endian::native == std::endian::big ? 4 : 0);
  const sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirstArgument),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(getpid()), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  install_filter(code, std::size(code));
}

// Returns where that fails.
void become_filtered(const Preparation& prepared) {
  const std::string& filter = prepared.spec.filter;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  confine_signals();
  install_filter(reinterpret_cast<const sock_filter*>(filter.data()),
                 filter.size() / sizeof(sock_filter));
  syscall(SYS_execveat, kProgramDescriptor, "", prepared.arguments.data(),
          prepared.environment.data(), AT_EMPTY_PATH);
}

[[noreturn]] void become(Preparation& prepared, pid_t parent) {
  setsid();  // The terminal's signals are not for it.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  bool ready = arrange_descriptors(prepared);
  const std::filesystem::path& folder = prepared.spec.folder;
  ready = ready && (folder.empty() || chdir(folder.c_str()) == 0);
  const bool filtered = !prepared.spec.filter.empty();
  const int program = filtered ? open(prepared.arguments[0], O_PATH | O_CLOEXEC) : -1;
  if (filtered) ready = ready && dup3(program, kProgramDescriptor, O_CLOEXEC) >= 0;
  if (prepared.spec.as_nobody) ready = ready && become_nobody();
  for (const Limit& limit : prepared.limits) {
    rlimit value = {limit.soft, limit.hard};
    rlimit present = {};
    getrlimit(static_cast<__rlimit_resource>(limit.resource), &present);
    value.rlim_max = std::min(value.rlim_max, present.rlim_max);  // Nobody may raise it.
    value.rlim_cur = std::min(value.rlim_cur, value.rlim_max);
    ready = ready && setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) == 0;
  }
  // After the change of user, which would clear it.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (!ready || getppid() != parent) _exit(kNotRun);
  if (filtered) become_filtered(prepared);
  execve(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
  _exit(kNotRun);
}

}  // namespace

ConfinedProcess::ConfinedProcess(const ProcessSpec& spec) {
  const std::string action = "cannot start " + spec.arguments.front();
  Preparation prepared(spec);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(prepared, parent);
  if (pid_ < 0) throw error_from_errno(action);
  handle_ = open_process(pid_);
  if (!handle_) {
    const Error error = error_from_errno(action + " (paq needs Linux 5.3 or newer for this)");
    end();
    throw error;
  }
}

ConfinedProcess::~ConfinedProcess() { end(); }

int ConfinedProcess::end() {
  if (reaped_) return exit_code_;
  // Not reaped yet, so the ids are still its own.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

Descriptor open_process(pid_t pid) {
  return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

void kill_and_wait(const Descriptor& process, double timeout_seconds) {
  if (!process) return;
  syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  pollfd ended = {process.get(), POLLIN, 0};
  while (poll(&ended, 1, static_cast<int>(timeout_seconds * 1000)) < 0 && errno == EINTR) {
  }
  // Where we are process 1 of a container, it has become our child.
  siginfo_t ignored = {};
  waitid(P_PIDFD, static_cast<id_t>(process.get()), &ignored, WEXITED | WNOHANG);
}

}  // namespace paq
