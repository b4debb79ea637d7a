// SPDX-License-Identifier: MIT
// A base in a GGUF file, read with llama.cpp's own meaning of its keys
// (src/models/modern-bert.cpp).
#include <algorithm>
#include <memory>
#include <optional>

#include "core/error.h"
#include "ladder/gguf_reader.h"
#include "ladder/safetensors.h"
#include "router/normal_form.h"
#include "train/base_parameters.h"
#include "train/hf_json.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "modern-bert.";

class GgufBase {
 public:
  explicit GgufBase(const fs::path& path)
      : path_(path), reader_(std::make_shared<const GgufReader>(path)) {}

  LoadedBase load(int labels) const {
    const std::string architecture = reader_->string("general.architecture").value_or("(none)");
    if (architecture != "modern-bert") {
      refuse_base(path_,
                  "its architecture is " + in_quotes(architecture) + ", expected modern-bert");
    }
    const ModernBertConfig config = read_config();
    LoadedBase base{
        .model = {.name = reader_->string("general.name").value_or(path_.stem().string()),
                  .hash = hash_base_files({path_}),
                  .config = config,
                  .parameters = {},
                  .vocabulary = vocabulary(config.vocab_size)},
        .trained_gelu = Gelu::kTanh,
        .notes = {}};
    base.model.config.labels = labels;
    BaseTensors source{path_, stored_tensors(),
                       [](const ParameterSpec& spec) { return spec.gguf_name; }, 0};
    const auto classifier = source.tensors.find("cls.output.weight");
    if (classifier != source.tensors.end()) {
      source.classifier_labels = classifier->second.shape[0];
    }
    take_parameters(std::move(source), base);
    return base;
  }

 private:
  int size(const char* key, int64_t most) const {
    const std::string name = std::string(kPrefix) + key;
    const std::optional<int64_t> value = reader_->integer(name);
    if (!value || *value < 1 || *value > most) {
      refuse_base(path_, name + " is " + (value ? std::to_string(*value) : "missing") +
                             ", expected 1 to " + std::to_string(most));
    }
    return static_cast<int>(*value);
  }

  double number(const char* key, double least, double otherwise) const {
    const std::string name = std::string(kPrefix) + key;
    const double value = reader_->number(name).value_or(otherwise);
    if (!(value > least)) {
      refuse_base(path_, name + " is " + std::to_string(value) + ", expected more than " +
                             std::to_string(least));
    }
    return value;
  }

  ModernBertConfig read_config() const {
    ModernBertConfig config;
    config.context_tokens = size("context_length", 1 << 20);
    config.width = size("embedding_length", 1 << 16);
    config.layers = size("block_count", 512);
    config.ffn = size("feed_forward_length", 1 << 18);
    config.heads = size("attention.head_count", 1 << 12);
    config.norm_epsilon = number("attention.layer_norm_epsilon", 0, 0);
    config.global_rope_base = number("rope.freq_base", 1, 10000);  // llama.cpp's default
    config.local_rope_base = number("rope.freq_base_swa", 1, 10000);
    if (config.width % (2 * config.heads) != 0) {
      refuse_base(path_, "its width " + std::to_string(config.width) +
                             " must be a multiple of twice the " + std::to_string(config.heads) +
                             " heads");
    }
    read_window(config);
    check_settings(config);
    const GgufTensor* embeddings = reader_->tensor("token_embd.weight");
    if (!embeddings || embeddings->shape.size() != 2 || embeddings->shape[1] > (1 << 24)) {
      refuse_base(path_, "it has no usable tensor token_embd.weight");
    }
    config.vocab_size = static_cast<int>(embeddings->shape[1]);
    return config;
  }

  void read_window(ModernBertConfig& config) const {
    const std::string key = std::string(kPrefix) + "attention.sliding_window";
    const int64_t window = reader_->integer(key).value_or(0);
    config.global_every = 1;
    if (window == 0) return;  // all layers are global
    if (window < 2 || window > (1 << 24)) refuse_base(path_, key + " must be 2 or more");
    config.local_window = static_cast<int>(window / 2 * 2);
    const int64_t every = reader_->integer(key + "_pattern").value_or(3);
    if (every < 1 || every > (1 << 20)) refuse_base(path_, key + "_pattern must be 1 or more");
    config.global_every = static_cast<int>(every);
  }

  void check_settings(const ModernBertConfig& config) const {
    const auto expect = [&](const char* key, std::initializer_list<std::string_view> allowed) {
      const std::string name = std::string(kPrefix) + key;
      const std::optional<std::string> value = reader_->string(name);
      if (!value || std::ranges::find(allowed, *value) != allowed.end()) return;
      refuse_base(
          path_, name + " is " + in_quotes(*value) + ", expected " + std::string(*allowed.begin()));
    };
    // Both forms of the word mean the one form that llama.cpp computes.
    expect("hidden_activation", {"gelu", "geglu", "gelu_pytorch_tanh", "gelu_new"});
    expect("rope.scaling.type", {"none"});
    const auto expect_number = [&](const char* key, int64_t wanted) {
      const std::string name = std::string(kPrefix) + key;
      const int64_t value = reader_->integer(name).value_or(wanted);
      if (value == wanted) return;
      refuse_base(path_,
                  name + " is " + std::to_string(value) + ", expected " + std::to_string(wanted));
    };
    expect_number("rope.dimension_count", config.width / config.heads);
    expect_number("attention.head_count_kv", config.heads);
    expect_number("attention.causal", 0);
  }

  StoredTensors stored_tensors() const {
    StoredTensors tensors;
    for (const GgufTensor& tensor : reader_->tensors()) {
      if (!is_float_type(tensor.type)) {
        refuse_base(path_, "tensor " + in_quotes(tensor.name) + " is " + tensor.type +
                               ", expected F32, F16 or BF16; a base must not be quantised");
      }
      tensors[tensor.name] = {{tensor.shape.rbegin(), tensor.shape.rend()},
                              in_quotes(tensor.name),
                              [reader = reader_, &tensor] {
                                return float_values(reader->tensor_bytes(tensor), tensor.type);
                              }};
    }
    return tensors;
  }

  // llama.cpp's converter does not write down that a published ModernBERT's text is composed first;
  // a router of paq's says so where it holds.
  NormalForm normal_form() const {
    const bool is_router = reader_->integer("paq.router.version").has_value();
    const std::string pre = reader_->string("tokenizer.ggml.pre").value_or("");
    return !is_router && pre == "modern-bert" ? NormalForm::kNfc : read_normal_form(*reader_);
  }

  RouterVocabulary vocabulary(int vocab_size) const {
    const int64_t tokens = reader_->array_length("tokenizer.ggml.tokens").value_or(0);
    if (tokens != vocab_size) {
      refuse_base(path_, "it has " + std::to_string(tokens) + " tokens and embeddings of " +
                             std::to_string(vocab_size));
    }
    return {vocab_size, [path = fs::absolute(path_), form = normal_form(),
                         hash = reader_->tokenizer_hash()](GgufWriter& writer) {
              if (GgufReader(path).tokenizer_hash() != hash) {
                throw Error(ErrorCode::kIo, path.string() +
                                                " has changed since it was read; start "
                                                "the training again");
              }
              writer.copy_tokenizer(path);
              if (form == NormalForm::kNone) return;
              writer.set_string(kNormalFormKey, normal_form_name(form));
            }};
  }

  fs::path path_;
  std::shared_ptr<const GgufReader> reader_;
};

}  // namespace

LoadedBase load_gguf_base(const fs::path& path, int labels) { return GgufBase(path).load(labels); }

}  // namespace paq
