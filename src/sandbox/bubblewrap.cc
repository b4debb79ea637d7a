// SPDX-License-Identifier: MIT
#include "sandbox/bubblewrap.h"

#include <charconv>
#include <filesystem>
#include <system_error>

#include "sandbox/harness.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

class ArgumentList {
 public:
  template <typename... Texts>
  ArgumentList& add(Texts&&... texts) {
    (arguments_.emplace_back(std::forward<Texts>(texts)), ...);
    return *this;
  }
  std::vector<std::string> take() { return std::move(arguments_); }

 private:
  std::vector<std::string> arguments_;
};

// The program's whole world: what Python is made of, two devices and a small folder of its own. No
// /proc, which containers often can't mount and Python does not need.
void add_file_system(ArgumentList& list, const CodeLimits& limits) {
  list.add("--ro-bind", "/usr", "/usr");
  for (const char* folder : {"/lib", "/lib64", "/lib32", "/bin"}) {
    std::error_code failure;
    if (fs::is_symlink(folder, failure)) {
      list.add("--symlink", fs::read_symlink(folder, failure).string(), folder);
    } else if (fs::is_directory(folder, failure)) {
      list.add("--ro-bind", folder, folder);
    }
  }
  list.add("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache");
  for (const char* device : {"/dev/null", "/dev/urandom"}) list.add("--dev-bind", device, device);
  list.add("--size", std::to_string(limits.file_bytes), "--tmpfs", "/tmp");
  list.add("--remount-ro", "/", "--chdir", "/tmp");
}

}  // namespace

std::vector<std::string> bubblewrap_arguments(const CodeRunnerOptions& options) {
  ArgumentList list;
  list.add(options.bubblewrap.string());
  list.add("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
           "--unshare-cgroup-try");
  list.add("--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop", "ALL");
  list.add("--new-session", "--die-with-parent");
  add_file_system(list, options.limits);
  list.add("--seccomp", std::to_string(kFilterDescriptor));
  list.add("--info-fd", std::to_string(kInfoDescriptor));
  list.add("--block-fd", std::to_string(kBlockDescriptor));
  list.add("--");
  for (std::string& argument : python_arguments(options)) list.add(std::move(argument));
  return list.take();
}

std::vector<std::string> python_arguments(const CodeRunnerOptions& options) {
  return {options.python.string(),
          "-s",
          "-B",
          "-c",
          std::string(harness_source()),
          std::to_string(options.limits.threads)};
}

// -I would do what PYTHONSAFEPATH does (and Python before 3.11 does not know), but leave no way to
// fix the order of sets.
std::vector<std::string> python_environment(const std::string& folder) {
  return {"PATH=/usr/bin:/bin", "HOME=" + folder,   "TMPDIR=" + folder, "LANG=C.UTF-8",
          "PYTHONHASHSEED=0",   "PYTHONSAFEPATH=1", "PYTHONUTF8=1"};
}

std::optional<int> init_process_id(std::string_view info) {
  constexpr std::string_view kKey = "\"child-pid\":";
  const size_t key = info.find(kKey);
  if (key == std::string_view::npos || info.find('}', key) == std::string_view::npos) {
    return std::nullopt;
  }
  const size_t digits = info.find_first_not_of(" \t\n", key + kKey.size());
  int pid = 0;
  const auto parsed = std::from_chars(info.data() + digits, info.data() + info.size(), pid);
  if (parsed.ec != std::errc() || pid <= 1) return std::nullopt;
  return pid;
}

}  // namespace paq
