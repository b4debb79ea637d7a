// SPDX-License-Identifier: MIT
#include "train/base_parameters.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/hash.h"
#include "train/hf_json.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "one number" : text;
}

bool is_part(const ParameterSpec& spec, const char* part) { return spec.name.starts_with(part); }

NamedTensor read_parameter(const ParameterSpec& spec, const StoredTensor& tensor,
                           const fs::path& path) {
  if (tensor.shape != spec.shape) {
    refuse_base(path, tensor.where + " is " + shape_text(tensor.shape) +
                          ", the configuration makes it " + shape_text(spec.shape));
  }
  NamedTensor parameter{spec, tensor.read()};
  if (!std::ranges::all_of(parameter.values, [](float x) { return std::isfinite(x); })) {
    refuse_base(path, tensor.where + " has values that are not finite; fetch it again");
  }
  return parameter;
}

std::string classifier_note(int64_t labels_there, int labels, bool is_taken) {
  const std::string theirs = "its classifier of " + std::to_string(labels_there) + " labels";
  if (is_taken) return theirs + " is kept and trained on";
  const std::string ours =
      "that of the router's " + std::to_string(labels) + " labels starts from random weights";
  return labels_there > 0 ? theirs + " is not used; " + ours : "it has no classifier; " + ours;
}

}  // namespace

void take_parameters(BaseTensors source, LoadedBase& base) {
  StoredTensors& tensors = source.tensors;
  const std::vector<ParameterSpec> specs = parameter_specs(base.model.config);
  const auto has_all = [&](const char* part) {
    return std::ranges::all_of(specs, [&](const ParameterSpec& spec) {
      return !is_part(spec, part) || tensors.contains(source.key_of(spec));
    });
  };
  const bool has_head = has_all("head.");
  const bool has_classifier =
      has_head && has_all("classifier.") && source.classifier_labels == base.model.config.labels;
  for (const ParameterSpec& spec : specs) {
    const std::string key = source.key_of(spec);
    const auto found = tensors.find(key);
    const bool is_wanted = is_part(spec, "classifier.") ? has_classifier
                           : is_part(spec, "head.")     ? has_head
                                                        : true;
    if (is_wanted && found == tensors.end()) {
      refuse_base(source.path, "there is no tensor " + in_quotes(key) + ", which a ModernBERT of " +
                                   std::to_string(base.model.config.layers) + " layers has");
    }
    if (is_wanted) {
      base.model.parameters.push_back(read_parameter(spec, found->second, source.path));
    }
    if (found != tensors.end()) tensors.erase(found);
  }
  if (!tensors.empty()) {
    refuse_base(source.path,
                "tensor " + in_quotes(tensors.begin()->first) +
                    " is none of a ModernBERT as llama.cpp computes it; paq cannot use "
                    "this model as a base");
  }
  if (!has_head) base.notes.push_back("it has no prediction head; that starts from random weights");
  base.notes.push_back(
      classifier_note(source.classifier_labels, base.model.config.labels, has_classifier));
}

std::string hash_base_files(const std::vector<fs::path>& files) {
  Sha256 hash;
  for (const fs::path& file : files) {
    hash.update_field(file.filename().string());
    hash.update_field(sha256_file(file));
  }
  return hash.finish();
}

void refuse_base(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadFile, path.string() + ": " + what);
}

}  // namespace paq
