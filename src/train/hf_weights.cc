// SPDX-License-Identifier: MIT
#include "train/hf_weights.h"

#include <memory>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "ladder/safetensors.h"
#include "train/hf_json.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

// Files by the tensors that they should hold.
using Index = std::map<std::string, std::string>;

Index read_index(const fs::path& path) {
  const HfJson json = HfJson::parse(read_file(path), path.string());
  const HfJson map = json.object("weight_map");
  Index index;
  for (const auto& [tensor, file] : map.json().items()) {
    const std::string name = map.text(tensor.c_str(), "");
    // Files beside the index, and none elsewhere on the machine.
    if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos ||
        name.find('\0') != name.npos) {
      json.fail("weight_map: " + in_quotes(tensor) + " is in " + in_quotes(name) +
                ", expected the name of a file beside the index");
    }
    index[tensor] = name;
  }
  if (index.empty()) json.fail("weight_map names no tensor");
  return index;
}

void add_file(const fs::path& path, HfWeights& weights) {
  const auto reader = std::make_shared<const SafetensorsReader>(path);
  weights.files.push_back(path);
  for (const SafeTensor& tensor : reader->tensors()) {
    StoredTensor stored{tensor.shape, path.filename().string() + ": " + in_quotes(tensor.name),
                        [reader, &tensor] { return reader->values(tensor); }};
    if (!weights.tensors.emplace(tensor.name, std::move(stored)).second) {
      throw Error(ErrorCode::kBadFile, path.string() + ": tensor " + in_quotes(tensor.name) +
                                           " stands in another of the model's files as well; "
                                           "fetch them again");
    }
  }
}

}  // namespace

HfWeights open_hf_weights(const fs::path& folder) {
  HfWeights weights;
  if (fs::exists(folder / kSingle)) {
    add_file(folder / kSingle, weights);
    return weights;
  }
  if (!fs::exists(folder / kIndex)) {
    throw Error(ErrorCode::kNotFound, folder.string() + " has no " + kSingle + " and no " + kIndex +
                                          "; fetch the model's weights as safetensors");
  }
  const Index index = read_index(folder / kIndex);
  std::set<std::string> names;
  for (const auto& [tensor, file] : index) names.insert(file);
  for (const std::string& name : names) add_file(folder / name, weights);
  for (const auto& [tensor, file] : index) {
    const auto found = weights.tensors.find(tensor);
    if (found != weights.tensors.end() && found->second.where == file + ": " + in_quotes(tensor)) {
      continue;
    }
    throw Error(ErrorCode::kBadFile, (folder / file).string() + " has no tensor " +
                                         in_quotes(tensor) + ", which " + kIndex +
                                         " says it has; fetch both again");
  }
  return weights;
}

}  // namespace paq
