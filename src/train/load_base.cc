// SPDX-License-Identifier: MIT
#include "train/load_base.h"

#include <algorithm>

#include "core/error.h"
#include "core/files.h"
#include "train/base_parameters.h"
#include "train/hf_config.h"
#include "train/hf_tokenizer.h"
#include "train/hf_vocabulary.h"
#include "train/hf_weights.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEncoderPrefix = "model.";

std::string read_part(const fs::path& path) {
  if (!fs::exists(path)) {
    throw Error(ErrorCode::kNotFound,
                path.parent_path().string() + " has no " + path.filename().string() +
                    "; a base is a folder as Hugging Face publishes it, with config.json, "
                    "tokenizer.json and model.safetensors, or a modern-bert GGUF file");
  }
  return read_file(path);
}

// Labels of a classifier that reads whole texts and pools as a router does; 0 where there is none.
int64_t text_classifier_labels(const HfConfig& config, const StoredTensors& tensors,
                               const fs::path& folder) {
  const auto weight = tensors.find("classifier.weight");
  if (weight == tensors.end() || weight->second.shape.empty()) return 0;
  if (config.architecture != "ModernBertForSequenceClassification") return 0;
  if (!config.mean_pooling) {
    refuse_base(folder / "config.json",
                "classifier_pooling is cls, and llama.cpp's modern-bert pools a classifier by the "
                "mean over the tokens; use the checkpoint that it was fine-tuned from");
  }
  return weight->second.shape[0];
}

BaseTensors base_tensors(const HfConfig& config, StoredTensors tensors, const fs::path& folder) {
  // What predicts masked words; a router predicts none.
  std::erase_if(tensors, [](const auto& entry) {
    return entry.first == "decoder.weight" || entry.first == "decoder.bias" ||
           entry.first.ends_with("rotary_emb.inv_freq");
  });
  BaseTensors source;
  source.path = folder;
  source.classifier_labels = text_classifier_labels(config, tensors, folder);
  // A checkpoint of the bare encoder leaves the prefix out.
  const bool is_bare = std::ranges::none_of(
      tensors, [](const auto& entry) { return entry.first.starts_with(kEncoderPrefix); });
  source.key_of = [is_bare](const ParameterSpec& spec) {
    const bool drop = is_bare && spec.name.starts_with(kEncoderPrefix);
    return drop ? spec.name.substr(kEncoderPrefix.size()) : spec.name;
  };
  source.tensors = std::move(tensors);
  return source;
}

// The folder's own name, however it is written: "models/ModernBERT-base/".
std::string folder_name(const fs::path& folder) {
  const fs::path path = fs::weakly_canonical(folder);
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

LoadedBase load_folder(const fs::path& folder, int labels) {
  const fs::path config_file = folder / "config.json";
  const fs::path tokenizer_file = folder / "tokenizer.json";
  const HfConfig config = parse_hf_config(read_part(config_file), config_file.string());
  HfTokenizer tokenizer = parse_hf_tokenizer(read_part(tokenizer_file), tokenizer_file.string());
  RouterVocabulary vocabulary =
      hf_vocabulary(std::move(tokenizer), config.config.vocab_size, tokenizer_file.string());
  HfWeights weights = open_hf_weights(folder);
  std::vector<fs::path> files = {config_file, tokenizer_file};
  files.insert(files.end(), weights.files.begin(), weights.files.end());

  LoadedBase base{.model = {.name = config.name.empty() ? folder_name(folder) : config.name,
                            .hash = hash_base_files(files),
                            .config = config.config,
                            .parameters = {},
                            .vocabulary = std::move(vocabulary)},
                  .trained_gelu = config.config.gelu,
                  .notes = {}};
  base.model.config.labels = labels;
  base.model.config.gelu = Gelu::kTanh;
  take_parameters(base_tensors(config, std::move(weights.tensors), folder), base);
  if (!config.mean_pooling) {
    base.notes.push_back("classifier_pooling is cls; a router pools by the mean over the tokens");
  }
  if (base.trained_gelu == Gelu::kErf) {
    base.notes.push_back(
        "it was trained with the error function's GELU; the router is trained and run with the "
        "tanh form, which is llama.cpp's");
  }
  return base;
}

}  // namespace

LoadedBase load_base_model(const fs::path& path, int labels) {
  return fs::is_directory(path) ? load_folder(path, labels) : load_gguf_base(path, labels);
}

}  // namespace paq
