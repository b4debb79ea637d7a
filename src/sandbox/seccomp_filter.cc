// SPDX-License-Identifier: MIT
#include "sandbox/seccomp_filter.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asm/ioctls.h>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <type_traits>

#include "core/error.h"
#include "sandbox/descriptors.h"

namespace paq {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, FilterDeleter>;

// Reading, computing, threads, and files of its own. No chmod or chown: where root runs paq, the
// devices that are visible belong to the program's own user.
constexpr const char* kAllowed[] = {
    // files
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "lseek", "open", "openat",
    "close", "close_range", "dup", "dup2", "dup3", "pipe", "pipe2", "stat", "fstat", "lstat",
    "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "chdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "truncate", "ftruncate", "fsync", "fdatasync", "flock", "umask",
    "fadvise64", "statfs", "fstatfs",
    // memory
    "mmap", "mprotect", "munmap", "mremap", "brk", "madvise", "membarrier",
    // threads and waiting
    "futex", "set_robust_list", "set_tid_address", "rseq", "gettid", "sched_yield",
    "sched_getaffinity", "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "eventfd2", "sendto", "recvfrom", "sendmsg", "recvmsg", "shutdown",
    "getsockopt", "setsockopt", "getsockname", "getpeername", "connect",
    // itself
    "exit", "exit_group", "wait4", "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "getgroups", "getresuid", "getresgid", "getpgrp", "getpgid", "getsid", "arch_prctl",
    "getrlimit", "setrlimit", "getrusage", "times", "getcpu", "sysinfo", "uname",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "pause", "alarm", "setitimer", "getitimer", "restart_syscall",
    // time and chance
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "getrandom"};

constexpr const char* kDeadly[] = {
    // other processes; clone is dealt with below
    "fork", "vfork", "kill", "tkill", "ptrace", "process_vm_readv", "process_vm_writev",
    "pidfd_getfd", "pidfd_send_signal", "kcmp",
    // the shape of the sandbox
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
    "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at",
    "open_by_handle_at", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
    "setgroups", "setfsuid", "setfsgid", "capset",
    // the kernel
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct", "quotactl", "iopl",
    "ioperm", "syslog", "sethostname", "setdomainname", "settimeofday", "clock_settime", "adjtimex",
    "clock_adjtime"};

// Adds a rule; a call that this architecture does not have needs none.
void add(scmp_filter_ctx filter, uint32_t action, const char* name,
         std::initializer_list<scmp_arg_cmp> when = {}) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number < 0) return;
  const int failure =
      seccomp_rule_add_array(filter, action, number, static_cast<unsigned>(when.size()),
                             when.size() == 0 ? nullptr : when.begin());
  if (failure != 0) {
    errno = -failure;
    throw error_from_errno("libseccomp refuses a rule for " + std::string(name));
  }
}

void add_rules(scmp_filter_ctx filter) {
  for (const char* name : kAllowed) add(filter, SCMP_ACT_ALLOW, name);
  for (const char* name : kDeadly) add(filter, SCMP_ACT_KILL_PROCESS, name);
  // A thread shares its process's memory and limits; anything else is a new process. clone3 keeps
  // its flags out of a filter's sight: it is missing, and libraries then use clone.
  const scmp_datum_t thread = CLONE_THREAD;
  add(filter, SCMP_ACT_ALLOW, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread)});
  add(filter, SCMP_ACT_KILL_PROCESS, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, thread, 0)});
  for (const char* name : {"socket", "socketpair"}) {
    add(filter, SCMP_ACT_ALLOW, name, {SCMP_A0(SCMP_CMP_EQ, AF_UNIX)});
    add(filter, SCMP_ACT_KILL_PROCESS, name, {SCMP_A0(SCMP_CMP_NE, AF_UNIX)});
  }
  for (const scmp_datum_t request : {TCGETS, TIOCGWINSZ, FIOCLEX, FIONCLEX, FIONBIO, FIONREAD}) {
    add(filter, SCMP_ACT_ALLOW, "ioctl", {SCMP_A1(SCMP_CMP_EQ, request)});
  }
  // None by which a file sends signals to its owner.
  for (const scmp_datum_t command :
       {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
        F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ}) {
    add(filter, SCMP_ACT_ALLOW, "fcntl", {SCMP_A1(SCMP_CMP_EQ, command)});
  }
  add(filter, SCMP_ACT_ALLOW, "prlimit64", {SCMP_A0(SCMP_CMP_EQ, 0)});  // Its own.
}

// Becoming Python, and signals.
void add_start_rules(scmp_filter_ctx filter, FilterPlace place) {
  if (place == FilterPlace::kProcess) {
    add(filter, SCMP_ACT_ALLOW, "execveat", {SCMP_A0(SCMP_CMP_EQ, kProgramDescriptor)});
    add(filter, SCMP_ACT_ALLOW, "tgkill");  // confine_signals() knows the process.
    return;
  }
  add(filter, SCMP_ACT_ALLOW, "execve");
  const scmp_datum_t program = 2;  // After the namespace's init.
  add(filter, SCMP_ACT_ALLOW, "tgkill", {SCMP_A0(SCMP_CMP_EQ, program)});
  add(filter, SCMP_ACT_KILL_PROCESS, "tgkill", {SCMP_A0(SCMP_CMP_NE, program)});
}

}  // namespace

std::string seccomp_filter(FilterPlace place) {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) throw Error(ErrorCode::kIo, "libseccomp cannot make a filter for this machine");
  add_rules(filter.get());
  add_start_rules(filter.get(), place);
  // Compiled as a tree: 200 rules in a row would cost every system call.
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  const Descriptor file = memory_file("seccomp", "");
  if (const int failure = seccomp_export_bpf(filter.get(), file.get()); failure != 0) {
    errno = -failure;
    throw error_from_errno("libseccomp cannot write its filter");
  }
  std::string bytes;
  lseek(file.get(), 0, SEEK_SET);
  for (size_t before = ~size_t{0}; before != bytes.size();) {
    before = bytes.size();
    read_some(file.get(), bytes);
  }
  return bytes;
}

}  // namespace paq
