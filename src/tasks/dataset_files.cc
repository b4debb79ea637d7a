// SPDX-License-Identifier: MIT
#include "tasks/dataset_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "tasks/ascii.h"
#include "tasks/file_kind.h"
#include "tasks/gzip.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

std::string reads(const TaskSpec& task) {
  return std::string(task.name) + " reads " +
         (task.file.empty() ? "one JSON object a line" : "files such as " + std::string(task.file));
}

// Both parts of ARC have the same layout; only the name tells them apart.
void check_arc_part(const TaskSpec& task, const fs::path& path) {
  const std::string name = to_lower(path.filename().string());
  const char* other = task.name == "arc-easy" ? "challenge" : "easy";
  if (name.find("arc") == name.npos || name.find(other) == name.npos) return;
  const std::string right = std::string("arc-") + other;
  throw Error(ErrorCode::kBadFile, path.string() + ": by its name this is a file of " + right +
                                       ", not of " + std::string(task.name) + "; use --task " +
                                       right + "=" + path.string());
}

bool is_csv(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".csv") || name.ends_with(".csv.gz");
}

std::vector<fs::path> csv_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  fs::recursive_directory_iterator entry(folder, failure), end;
  for (; !failure && entry != end; entry.increment(failure)) {
    if (entry.depth() >= 1) entry.disable_recursion_pending();
    if (is_csv(entry->path())) files.push_back(entry->path());
  }
  if (failure) {
    throw Error(ErrorCode::kIo, "cannot read the folder " + folder.string() + ": " +
                                    failure.message() + "; check its permissions");
  }
  if (files.empty()) {
    throw Error(ErrorCode::kBadFile,
                folder.string() +
                    ": there is no CSV file in this folder; expected MMLU's, such as "
                    "abstract_algebra_test.csv, or its folders dev, val and test");
  }
  std::sort(files.begin(), files.end());
  return files;
}

// `name` with its word for a split replaced by "train", in the same case; empty where it has none.
std::string train_name(const std::string& name) {
  const std::string lower = to_lower(name);
  for (const std::string_view word : {"validation", "valid", "dev", "val", "test"}) {
    const size_t at = lower.rfind(word);
    if (at == lower.npos) continue;
    std::string train = is_upper(name[at]) ? "Train" : "train";
    return name.substr(0, at) + train + name.substr(at + word.size());
  }
  return "";
}

std::vector<fs::path> exemplar_candidates(const TaskSpec& task, const fs::path& path) {
  if (task.format != FileFormat::kMmlu) {
    const std::string name = train_name(path.filename().string());
    return name.empty() ? std::vector<fs::path>{} : std::vector{path.parent_path() / name};
  }
  std::error_code failure;
  if (!fs::is_directory(path, failure)) {
    const std::string name = mmlu_subject(path.string()) + "_dev.csv";
    return {path.parent_path() / ".." / "dev" / name, path.parent_path() / name};
  }
  return {path / "dev", path / ".." / "dev"};
}

}  // namespace

void reject_foreign_file(const TaskSpec& task, std::string_view bytes, std::string_view name) {
  const auto kind = guess_file_kind(bytes);
  if (!kind || (!kind->task.empty() && task_spec(kind->task).format == task.format)) return;
  throw Error(
      ErrorCode::kBadFile,
      std::string(name) + ": this is " + kind->what + ", but " + reads(task) + "; " +
          (kind->task.empty() ? kind->hint : "use --task " + kind->task + "=" + std::string(name)));
}

Dataset parse_dataset(const TaskSpec& task, std::string_view bytes, std::string_view name,
                      const std::string& split) {
  const fs::path path(name);
  if (task.format == FileFormat::kArc) check_arc_part(task, path);
  Dataset dataset;
  try {
    dataset.items = read_benchmark(task, bytes, name);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kBadFile) reject_foreign_file(task, bytes, name);
    throw;
  }
  if (dataset.items.empty()) {
    throw Error(ErrorCode::kBadFile,
                std::string(name) + ": there is no question in it; " + reads(task));
  }
  dataset.split = split.empty() ? split_from_name(task, path) : split;
  if (dataset.split.empty()) {
    const std::string argument = std::string(task.name) + "@test=" + path.filename().string();
    throw Error(ErrorCode::kUsage,
                std::string(name) +
                    ": its name does not say which split it is (train, dev, val, "
                    "validation or test); say it: --task " +
                    argument);
  }
  return dataset;
}

std::vector<Dataset> read_datasets(const TaskSpec& task, const fs::path& path,
                                   const std::string& split) {
  std::error_code failure;
  std::vector<fs::path> files = {path};
  if (task.format == FileFormat::kMmlu && fs::is_directory(path, failure)) files = csv_files(path);
  std::vector<Dataset> datasets;
  for (const fs::path& file : files) {
    datasets.push_back(parse_dataset(task, read_dataset_file(file), file.string(), split));
  }
  return datasets;
}

fs::path exemplars_beside(const TaskSpec& task, const fs::path& path) {
  const auto candidates = exemplar_candidates(task, path);
  std::error_code failure;
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate, failure)) return candidate;
  }
  const std::string name(task.name), how = "--exemplars " + name + "=FILE";
  if (candidates.empty()) {
    throw Error(ErrorCode::kUsage, "--shots needs exemplars for " + name + ", and beside " +
                                       path.filename().string() +
                                       " none are looked for; name their file: " + how);
  }
  throw Error(ErrorCode::kUsage, "--shots takes exemplars for " + name + " from " +
                                     candidates.front().lexically_normal().string() +
                                     ", which is not there; name another: " + how);
}

}  // namespace paq
