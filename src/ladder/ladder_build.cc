// SPDX-License-Identifier: MIT
// Making a ladder: quantising one base file, or taking published files as they are.
#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/outputs.h"
#include "ladder/file_hash.h"
#include "ladder/gguf_reader.h"
#include "ladder/ladder_files.h"
#include "ladder/language_model.h"
#include "ladder/manifest.h"
#include "ladder/quantisation.h"
#include "ladder/quantise.h"

namespace paq {
namespace {

struct Plan {
  BitWidth bits;
  llama_ftype type;
  std::filesystem::path file;  // relative to the folder
};

void make_folder(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw Error(error == std::errc::no_space_on_device ? ErrorCode::kNoSpace : ErrorCode::kIo,
                "cannot make the folder " + directory.string() + ": " + error.message());
  }
}

// A folder that is made where there is none, and goes again where nothing came into it.
class NewFolder {
 public:
  explicit NewFolder(const std::filesystem::path& path)
      : path_(path), is_new_(!std::filesystem::exists(path)) {
    make_folder(path);
  }
  ~NewFolder() {
    std::error_code ignored;
    if (is_new_) std::filesystem::remove(path_, ignored);  // does nothing where it isn't empty
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

 private:
  std::filesystem::path path_;
  bool is_new_;
};

// Left behind by builds that were killed. The folder is locked: nobody is writing them.
void remove_stale_temporaries(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const size_t at = name.rfind(".tmp");
    if (at == std::string::npos || at + 4 == name.size()) continue;
    const bool numbered = std::all_of(name.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                                      name.end(), [](unsigned char c) { return std::isdigit(c); });
    const std::string_view target(name.data(), at);
    if (numbered && (target.ends_with(".gguf") || target == "ladder.yaml")) {
      std::error_code ignored;
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

// "Llama-3.2-1B-F16.gguf" -> "Llama-3.2-1B": a variant's own type takes the place of the base's.
std::string stem_without_type(const std::filesystem::path& base) {
  std::string stem = base.stem().string();
  for (const Quantisation& quantisation : quantisations()) {
    const size_t n = quantisation.name.size();
    if (stem.size() <= n + 1) continue;
    const size_t at = stem.size() - n;
    const bool separated = stem[at - 1] == '-' || stem[at - 1] == '.' || stem[at - 1] == '_';
    if (separated && quantisation_named(stem.substr(at)) == quantisation.type) {
      return stem.substr(0, at - 1);
    }
  }
  return stem;
}

// F32, F16 or BF16: what most of the base's bytes are stored in.
llama_ftype base_type(const GgufReader& base) {
  int64_t bytes_f32 = 0;
  int64_t bytes_f16 = 0;
  int64_t bytes_bf16 = 0;
  for (const GgufTensor& tensor : base.tensors()) {
    if (tensor.type == "f32") {
      bytes_f32 += tensor.bytes;
    } else if (tensor.type == "f16") {
      bytes_f16 += tensor.bytes;
    } else if (tensor.type == "bf16") {
      bytes_bf16 += tensor.bytes;
    } else {
      throw Error(ErrorCode::kMismatch, base.path().string() + " is already quantised (" +
                                            tensor.name + " is " + tensor.type +
                                            "); expected the F32, F16 or BF16 file of the model");
    }
  }
  if (bytes_f32 >= bytes_f16 && bytes_f32 >= bytes_bf16) return LLAMA_FTYPE_ALL_F32;
  return bytes_f16 >= bytes_bf16 ? LLAMA_FTYPE_MOSTLY_F16 : LLAMA_FTYPE_MOSTLY_BF16;
}

std::vector<Plan> plan_variants(const std::filesystem::path& base, llama_ftype base_is,
                                const BuildLadderOptions& options) {
  if (options.bits.size() < 2 || !std::ranges::is_sorted(options.bits, std::less_equal<>{})) {
    throw Error(ErrorCode::kUsage,
                "a ladder needs two or more ascending bit widths, got " + to_string(options.bits));
  }
  std::vector<Plan> plans;
  for (const BitWidth bits : options.bits) {
    const auto named = options.types.find(bits);
    std::optional<std::string> name =
        named == options.types.end() ? default_quantisation(bits) : std::optional(named->second);
    if (!name) {
      throw Error(ErrorCode::kUsage, "no quantisation is set for " + to_string(bits) +
                                         " bits; name one of " + quantisation_names());
    }
    std::optional<llama_ftype> type = quantisation_named(*name);
    if (!type) {
      throw Error(ErrorCode::kUsage, "unknown quantisation " + *name + " for " + to_string(bits) +
                                         " bits; known are " + quantisation_names());
    }
    if (named == options.types.end() && bits.bits == 16 && base_is == LLAMA_FTYPE_MOSTLY_BF16) {
      type = base_is;
    }
    const auto same = std::ranges::find(plans, *type, &Plan::type);
    if (same != plans.end()) {
      throw Error(ErrorCode::kUsage, to_string(same->bits) + " and " + to_string(bits) +
                                         " bits both have the quantisation " + *name);
    }
    plans.push_back(
        {bits, *type, stem_without_type(base) + "-" + quantisation_name(*type) + ".gguf"});
  }
  for (const auto& [bits, type] : options.types) {
    if (std::ranges::find(options.bits, bits) == options.bits.end()) {
      throw Error(ErrorCode::kUsage, "a quantisation (" + type + ") is named for " +
                                         to_string(bits) + " bits, which the ladder won't have");
    }
  }
  return plans;
}

// A second name for the file, so that a ladder costs no copy of it.
void link_file(const std::filesystem::path& file, const std::filesystem::path& link) {
  const std::filesystem::path target = std::filesystem::canonical(file);
  std::error_code error;
  if (std::filesystem::equivalent(target, link, error)) return;
  const TemporaryFile check(link, Links::kReplace);  // refuses what must not be replaced
  const std::filesystem::path& temporary = check.path();
  std::filesystem::create_hard_link(target, temporary, error);
  if (error) {
    error.clear();
    std::filesystem::create_symlink(target, temporary, error);
  }
  if (error) {
    throw Error(ErrorCode::kIo,
                "cannot link " + link.string() + " to " + target.string() + ": " + error.message());
  }
  std::filesystem::rename(temporary, link, error);
  if (error) {
    std::filesystem::remove(temporary);
    throw Error(ErrorCode::kIo, "cannot write " + link.string() + ": " + error.message());
  }
}

Variant describe(const std::filesystem::path& directory, const std::filesystem::path& file,
                 BitWidth bits) {
  const GgufReader reader(directory / file);
  return {.bits = bits,
          .file = file,
          .type = reader.file_type(),
          .bits_per_weight = reader.bits_per_weight(),
          .file_bytes = static_cast<int64_t>(std::filesystem::file_size(directory / file)),
          .sha256 = {},
          .tokenizer_hash = reader.tokenizer_hash()};
}

class Builder {
 public:
  Builder(const std::filesystem::path& base, const std::filesystem::path& directory,
          const BuildLadderOptions& options)
      : base_(base), directory_(directory), options_(options) {}

  Ladder build() {
    {
      const GgufReader reader(base_);
      base_shape_ = language_model_shape(reader);
      base_type_ = base_type(reader);
    }
    const std::vector<Plan> plans = plan_variants(base_, base_type_, options_);
    if (options_.imatrix) {
      imatrix_ = read_importance_matrix(*options_.imatrix);
      imatrix_sha256_ = file_sha256(*options_.imatrix, hashing());
    }
    check_plans(plans);
    const NewFolder folder(directory_);
    const FolderLock lock(directory_);
    remove_stale_temporaries(directory_);
    start_manifest();

    std::vector<Plan> missing;
    for (const Plan& plan : plans) {
      if (!keep(plan)) missing.push_back(plan);
    }
    check_space(missing);
    // From here on files change: whoever reads the folder meanwhile must see that.
    if (!missing.empty()) write_manifest(directory_, manifest_);
    for (const Plan& plan : missing) make(plan);
    check_base_unchanged();
    manifest_.complete = true;
    write_manifest(directory_, manifest_);
    return manifest_.ladder;
  }

 private:
  FileHashOptions hashing() const {
    return {.progress = options_.progress, .cancel = options_.cancel};
  }

  // A base file in the ladder's own folder may have the name of a variant.
  void check_plans(const std::vector<Plan>& plans) const {
    for (const Plan& plan : plans) {
      if (is_link(plan)) continue;
      check_apart(
          std::vector<NamedFile>{{"--out", directory_ / plan.file}},
          std::vector<NamedFile>{{"BASE", base_}, {"--imatrix", options_.imatrix.value_or("")}});
    }
  }

  // Variants made before and after the base was overwritten would be of two models.
  void check_base_unchanged() const {
    if (std::filesystem::last_write_time(base_) == base_time_) return;
    throw Error(ErrorCode::kMismatch, base_.string() +
                                          " was changed while the ladder was being "
                                          "built from it; build it again");
  }

  void start_manifest() {
    base_time_ = std::filesystem::last_write_time(base_);
    manifest_.base_sha256 = file_sha256(base_, hashing());
    previous_ = read_manifest(directory_);
    if (previous_ && previous_->base_sha256 != manifest_.base_sha256) {
      throw Error(ErrorCode::kMismatch, directory_.string() +
                                            " holds a ladder of another base file (" +
                                            previous_->ladder.base_model +
                                            "); choose another folder for " + base_.string());
    }
    manifest_.complete = false;
    manifest_.ladder.directory = directory_;
    manifest_.ladder.base_model = base_shape_.name;
    manifest_.ladder.architecture = base_shape_.architecture;
    manifest_.ladder.parameters = base_shape_.parameters;
  }

  bool is_link(const Plan& plan) const { return plan.type == base_type_; }

  // Takes over a variant of an earlier build, after reading all of it.
  bool keep(const Plan& plan) {
    if (!previous_) return false;
    const auto& variants = previous_->ladder.variants;
    const auto found = std::ranges::find(variants, plan.bits, &Variant::bits);
    if (found == variants.end() || found->file != plan.file ||
        previous_->imatrix_sha256[plan.bits] != imatrix_of(plan)) {
      return false;
    }
    std::error_code error;
    const std::filesystem::path path = directory_ / found->file;
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
    if (error || bytes != found->file_bytes) return false;
    if (file_sha256(path, hashing()) != found->sha256) return false;
    add(*found, plan);
    return true;
  }

  std::string imatrix_of(const Plan& plan) const { return is_link(plan) ? "" : imatrix_sha256_; }

  QuantiseOptions quantise_options(const Plan& plan) const {
    return {.type = plan.type,
            .imatrix = options_.imatrix ? &imatrix_ : nullptr,
            .threads = options_.threads,
            .stage = "quantising " + to_string(plan.bits) + "-bit (" +
                     quantisation_name(plan.type) + ")",
            .progress = options_.progress,
            .cancel = options_.cancel};
  }

  void check_space(const std::vector<Plan>& missing) const {
    int64_t needed = 0;
    for (const Plan& plan : missing) {
      if (!is_link(plan)) needed += quantised_bytes(base_, quantise_options(plan));
    }
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(directory_, error);
    if (error || needed <= static_cast<int64_t>(space.available)) return;
    throw Error(ErrorCode::kNoSpace, "the ladder needs " + std::to_string(needed >> 20) +
                                         " MiB in " + directory_.string() + ", but only " +
                                         std::to_string(space.available >> 20) +
                                         " MiB are free; free some space or choose another folder");
  }

  void make(const Plan& plan) {
    if (options_.cancel && *options_.cancel) {
      throw Error(ErrorCode::kCancelled, "interrupted; variants that are finished are kept");
    }
    const std::filesystem::path path = directory_ / plan.file;
    if (is_link(plan)) {
      link_file(base_, path);
    } else {
      quantise(base_, path, quantise_options(plan));
    }
    Variant variant = describe(directory_, plan.file, plan.bits);
    variant.type = quantisation_name(plan.type);
    variant.sha256 = is_link(plan) ? manifest_.base_sha256 : file_sha256(path, hashing());
    add(variant, plan);
    // From here on an interrupted build can take this variant over.
    write_manifest(directory_, manifest_);
  }

  void add(const Variant& variant, const Plan& plan) {
    std::vector<Variant>& variants = manifest_.ladder.variants;
    variants.push_back(variant);
    std::ranges::sort(variants, {}, &Variant::bits);
    const std::string imatrix = imatrix_of(plan);
    if (!imatrix.empty()) manifest_.imatrix_sha256[plan.bits] = imatrix;
  }

  const std::filesystem::path base_;
  const std::filesystem::path directory_;
  const BuildLadderOptions& options_;
  ModelShape base_shape_;
  llama_ftype base_type_ = LLAMA_FTYPE_ALL_F32;
  std::filesystem::file_time_type base_time_;
  ImportanceMatrix imatrix_;
  std::string imatrix_sha256_;
  std::optional<Manifest> previous_;
  Manifest manifest_;
};

// The file's own name, unless that is another file's in this folder.
std::filesystem::path name_in(const std::filesystem::path& directory,
                              const std::filesystem::path& file, BitWidth bits) {
  std::error_code error;
  std::filesystem::path name = file.filename();
  if (!std::filesystem::exists(directory / name, error) ||
      std::filesystem::equivalent(directory / name, file, error)) {
    return name;
  }
  return file.stem().string() + "-" + to_string(bits) + "bit.gguf";
}

}  // namespace

Ladder build_ladder(const std::filesystem::path& base, const std::filesystem::path& directory,
                    const BuildLadderOptions& options) {
  return Builder(base, directory, options).build();
}

Ladder add_variant(const std::filesystem::path& directory, BitWidth bits,
                   const std::filesystem::path& file) {
  const GgufReader reader(file);
  const ModelShape shape = language_model_shape(reader);
  const std::string sha256 = file_sha256(file, {});
  const NewFolder folder(directory);
  const FolderLock lock(directory);
  Manifest manifest = read_manifest(directory).value_or(Manifest{});
  Ladder& ladder = manifest.ladder;
  ladder.directory = directory;

  if (ladder.variants.empty()) {
    ladder.base_model = shape.name;
    ladder.architecture = shape.architecture;
    ladder.parameters = shape.parameters;
  } else {
    const GgufReader first(ladder.path_of(ladder.variants.front()));
    std::string difference = shape_difference(language_model_shape(first), shape);
    if (difference.empty() && weights_fingerprint(first) != weights_fingerprint(reader)) {
      difference = "its norm weights differ, so it is another model of the same shape";
    }
    if (!difference.empty()) {
      throw Error(ErrorCode::kMismatch, file.string() + " is no variant of " + ladder.base_model +
                                            ": " + difference +
                                            "; a ladder holds one model at several precisions");
    }
  }
  const auto taken = std::ranges::find(ladder.variants, bits, &Variant::bits);
  if (taken != ladder.variants.end()) {
    if (taken->sha256 == sha256) return ladder;
    throw Error(ErrorCode::kMismatch, directory.string() + " already has a " + to_string(bits) +
                                          "-bit variant, " + taken->file.string() +
                                          "; choose another width or another folder");
  }

  const std::filesystem::path name = name_in(directory, file, bits);
  link_file(file, directory / name);
  Variant variant = describe(directory, name, bits);
  variant.sha256 = sha256;
  ladder.variants.push_back(std::move(variant));
  std::ranges::sort(ladder.variants, {}, &Variant::bits);
  write_manifest(directory, manifest);
  return ladder;
}

}  // namespace paq
