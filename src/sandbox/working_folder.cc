// SPDX-License-Identifier: MIT
#include "sandbox/working_folder.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "core/error.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

}  // namespace

WorkingFolder::WorkingFolder(int owner) {
  std::error_code failure;
  fs::path parent = fs::temp_directory_path(failure);
  if (failure) parent = "/tmp";
  std::string name = (parent / "paq_program_XXXXXX").string();
  const std::string action = "cannot make a folder for a program in " + parent.string();
  if (::mkdtemp(name.data()) == nullptr) throw error_from_errno(action);
  path_ = name;
  if (owner >= 0 && ::chown(path_.c_str(), owner, owner) != 0) {
    const Error error = error_from_errno(action);
    fs::remove(path_, failure);
    throw error;
  }
}

WorkingFolder::~WorkingFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace paq
