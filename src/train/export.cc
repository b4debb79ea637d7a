// SPDX-License-Identifier: MIT
#include "train/export.h"

#include <algorithm>

#include "core/error.h"
#include "ladder/gguf_writer.h"

namespace paq {
namespace {

// llama.cpp's enumerators, which stand in files and never change.
constexpr uint32_t kPoolingRank = 4;
constexpr uint32_t kFileTypeF32 = 0;
constexpr uint32_t kFileTypeF16 = 1;
constexpr uint32_t kRouterFormat = 2;

void check_parts(const RouterParts& parts) {
  const auto labels = static_cast<size_t>(parts.config.labels);
  if (parts.metadata.bit_widths.size() != labels ||
      parts.vocabulary.size() != parts.config.vocab_size ||
      parts.parameters.size() != parameter_specs(parts.config).size()) {
    throw Error(ErrorCode::kUsage,
                "a classifier of " + std::to_string(labels) + " labels and " +
                    std::to_string(parts.config.vocab_size) + " tokens cannot be exported with " +
                    std::to_string(parts.metadata.bit_widths.size()) + " bit widths and " +
                    std::to_string(parts.vocabulary.size()) + " vocabulary entries");
  }
}

void write_shape(GgufWriter& writer, const ModernBertConfig& config) {
  const std::string prefix = "modern-bert.";
  const auto u32 = [&](const char* key, int value) {
    writer.set_u32(prefix + key, static_cast<uint32_t>(value));
  };
  u32("vocab_size", config.vocab_size);
  u32("context_length", config.context_tokens);
  u32("embedding_length", config.width);
  u32("block_count", config.layers);
  u32("feed_forward_length", config.ffn);
  u32("attention.head_count", config.heads);
  // Without a local layer the key must be absent: llama.cpp would miss a mask and abort.
  if (config.layers > 1 && config.global_every > 1) {
    u32("attention.sliding_window", config.local_window);
    u32("attention.sliding_window_pattern", config.global_every);
  }
  writer.set_bool(prefix + "attention.causal", false);
  writer.set_f32(prefix + "attention.layer_norm_epsilon", static_cast<float>(config.norm_epsilon));
  writer.set_f32(prefix + "rope.freq_base", static_cast<float>(config.global_rope_base));
  writer.set_f32(prefix + "rope.freq_base_swa", static_cast<float>(config.local_rope_base));
  writer.set_string(prefix + "rope.scaling.type", "none");
  writer.set_u32(prefix + "pooling_type", kPoolingRank);
}

void write_metadata(GgufWriter& writer, const RouterMetadata& metadata) {
  std::vector<std::string> labels;
  for (const BitWidth width : metadata.bit_widths) labels.push_back(to_string(width));
  writer.set_strings("modern-bert.classifier.output_labels", labels);
  const std::string prefix = "paq.router.";
  writer.set_u32(prefix + "version", kRouterFormat);
  writer.set_string(prefix + "bit_widths",
                    to_string(std::span<const BitWidth>(metadata.bit_widths)));
  writer.set_f64(prefix + "tau", metadata.tau);
  writer.set_string(prefix + "label_mode", metadata.label_mode);
  writer.set_string(prefix + "ladder_hash", metadata.ladder_hash);
  writer.set_string(prefix + "base_model", metadata.base_model);
  writer.set_string(prefix + "training_data_hash", metadata.training_data_hash);
  writer.set_string(prefix + "training", metadata.training);
  write_calibration(writer, metadata.calibration);
  if (metadata.held_out_labels.empty()) return;
  writer.set_string(prefix + "calibration.split", "policy");
  writer.set_i32s(prefix + "calibration.labels", metadata.held_out_labels);
  writer.set_f32s(prefix + "calibration.adequate", metadata.held_out_adequate);
}

}  // namespace

void export_router(const std::filesystem::path& path, const RouterParts& parts,
                   MatrixType matrices) {
  check_parts(parts);
  GgufWriter writer;
  writer.set_string("general.architecture", "modern-bert");
  writer.set_string("general.type", "model");
  writer.set_string("general.name", "paq router");
  writer.set_u32("general.file_type", matrices == MatrixType::kF16 ? kFileTypeF16 : kFileTypeF32);
  write_shape(writer, parts.config);
  parts.vocabulary.write(writer);
  write_metadata(writer, parts.metadata);
  for (const NamedTensor& tensor : parts.parameters) {
    std::vector<int64_t> shape = tensor.spec.shape;  // PyTorch names the row's length last
    std::reverse(shape.begin(), shape.end());
    const bool half = matrices == MatrixType::kF16 && shape.size() > 1;
    writer.add_tensor(tensor.spec.gguf_name, shape, tensor.values,
                      half ? TensorType::kF16 : TensorType::kF32);
  }
  writer.write(path);
}

}  // namespace paq
