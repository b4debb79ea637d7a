// SPDX-License-Identifier: MIT
#include "router/router.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "engine/llama_handles.h"
#include "ladder/gguf_reader.h"
#include "router/normal_form.h"
#include "router/policy_file.h"
#include "router/tokenizer.h"

namespace paq {
namespace {

// The layout of the paq.router.* keys that this code reads; docs/router.md lists them.
constexpr int64_t kFormatVersion = 2;
constexpr int kMaxSequences = 64;

template <typename T>
T require(std::optional<T> value, const std::filesystem::path& path, const std::string& key) {
  if (value) return std::move(*value);
  throw Error(ErrorCode::kBadFile,
              path.string() + " is no router: it has no key " + key + "; make one with paq train");
}

std::vector<BitWidth> read_bit_widths(const GgufReader& reader, const std::filesystem::path& path) {
  const std::string key = "paq.router.bit_widths";
  const std::string text = require(reader.string(key), path, key);
  try {
    return parse_bit_widths(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadFile,
                path.string() + ": " + key + ": " + error.what() + "; train the router anew");
  }
}

RouterInfo read_info(const GgufReader& reader, const std::filesystem::path& path) {
  const std::string architecture = reader.string("general.architecture").value_or("(none)");
  if (architecture != "modern-bert") {
    throw Error(ErrorCode::kBadFile, path.string() + " is no router: its architecture is " +
                                         architecture +
                                         ", expected modern-bert; make one with paq train");
  }
  const std::string prefix = "paq.router.";
  const int64_t version = require(reader.integer(prefix + "version"), path, prefix + "version");
  if (version > kFormatVersion) {
    throw Error(ErrorCode::kMismatch, path.string() + " is a router of format " +
                                          std::to_string(version) + ", this program reads up to " +
                                          std::to_string(kFormatVersion) +
                                          "; use a newer paq or train the router anew");
  }
  // llama.cpp aborts on a window that no layer uses, for it never makes that mask.
  if (reader.integer("modern-bert.attention.sliding_window").value_or(0) > 0 &&
      reader.integer("modern-bert.block_count").value_or(0) < 2) {
    throw Error(ErrorCode::kBadFile, path.string() +
                                         ": a sliding window needs two layers or more; "
                                         "train the router anew");
  }
  RouterInfo info;
  info.bit_widths = read_bit_widths(reader, path);
  info.tau = require(reader.number(prefix + "tau"), path, prefix + "tau");
  info.label_mode = require(reader.string(prefix + "label_mode"), path, prefix + "label_mode");
  info.ladder_hash = reader.string(prefix + "ladder_hash").value_or("");
  info.base_model = reader.string(prefix + "base_model").value_or("");
  info.training_data_hash = reader.string(prefix + "training_data_hash").value_or("");
  info.calibration = read_calibration(reader, info.bit_widths.size());
  info.training = reader.string(prefix + "training").value_or("{}");
  const std::string context_key = "modern-bert.context_length";
  info.context_tokens = static_cast<int>(require(reader.integer(context_key), path, context_key));
  info.parameters = reader.parameters();
  info.policies = read_policy_data(reader, info.bit_widths);

  std::vector<std::string> wanted;
  for (const BitWidth width : info.bit_widths) wanted.push_back(to_string(width));
  const auto labels = reader.strings("modern-bert.classifier.output_labels");
  if (labels != wanted) {
    throw Error(ErrorCode::kBadFile, path.string() +
                                         ": the labels of its classifier are not its bit widths " +
                                         to_string(std::span<const BitWidth>(info.bit_widths)) +
                                         "; train the router anew");
  }
  if (info.context_tokens < 2) {
    throw Error(ErrorCode::kBadFile, path.string() + ": " + context_key + " is " +
                                         std::to_string(info.context_tokens) +
                                         ", expected 2 or more; train the router anew");
  }
  return info;
}

std::string describe(const std::string& base_model, const std::string& hash) {
  return (base_model.empty() ? "another model" : base_model) + " (ladder " + hash.substr(0, 12) +
         ")";
}

}  // namespace

struct Router::Impl {
  RouterInfo info;
  NormalForm form = NormalForm::kNone;
  RouterOptions options;
  LlamaModelHandle model;
  ThreadpoolHandle pool;  // Outlives the context that it is attached to.
  LlamaContextHandle context;
  std::unique_ptr<LlamaBatch> batch;

  int batch_tokens() const { return std::max(options.batch_tokens, info.context_tokens); }

  void make_context() {
    llama_context_params params = llama_context_default_params();
    // An encoder takes its batch in one piece: n_ubatch must hold all of it.
    params.n_ctx = params.n_batch = params.n_ubatch = static_cast<uint32_t>(batch_tokens());
    params.n_seq_max = kMaxSequences;
    params.kv_unified = true;
    params.n_threads = params.n_threads_batch = thread_count(options.threads);
    params.embeddings = true;
    params.pooling_type = LLAMA_POOLING_TYPE_RANK;
    params.flash_attn_type = options.attention == RouterAttention::kFast
                                 ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                                 : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.no_perf = true;
    context = make_llama_context(model.get(), params);
    // Without a pool ggml starts and joins threads for every graph. These must not spin after one:
    // what follows a decision is the engine's prefill, on the same cores.
    pool = make_threadpool(options.threads, IdleThreads::kSleep);
    llama_attach_threadpool(context.get(), pool.get(), pool.get());
    batch = std::make_unique<LlamaBatch>(batch_tokens());
  }

  // Encodes prompts that fit in one batch and fills in their decisions.
  void encode(std::span<const std::vector<int32_t>> prompts, std::span<Decision> decisions) {
    batch->clear();
    for (size_t s = 0; s < prompts.size(); ++s) {
      for (size_t t = 0; t < prompts[s].size(); ++t) {
        batch->add({.token = prompts[s][t],
                    .position = static_cast<llama_pos>(t),
                    .sequence = static_cast<llama_seq_id>(s),
                    .output = true});
      }
    }
    decode(context.get(), *batch);
    for (size_t s = 0; s < prompts.size(); ++s) {
      const float* logits = llama_get_embeddings_seq(context.get(), static_cast<llama_seq_id>(s));
      if (!logits) throw Error(ErrorCode::kEngine, "llama.cpp gave no logits for a prompt");
      decide(std::span(logits, info.bit_widths.size()), decisions[s]);
    }
  }

  void decide(std::span<const float> logits, Decision& decision) const {
    decision.logits.assign(logits.begin(), logits.end());
    if (!std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); })) {
      throw Error(ErrorCode::kEngine, "the router's logits are not finite; train it anew");
    }
    decision.probabilities = info.calibration.probabilities(logits);
    decision.adequate = adequacy(decision.probabilities);
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    decision.bits = info.bit_widths[static_cast<size_t>(best)];
  }
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;

std::unique_ptr<Router> Router::load(const std::filesystem::path& path,
                                     const RouterOptions& options) {
  std::unique_ptr<Router> router(new Router);
  Impl& impl = *router->impl_;
  const GgufReader reader(path);
  impl.info = read_info(reader, path);
  impl.form = read_normal_form(reader);
  impl.options = options;
  impl.model = load_llama_model(path, {});
  if (llama_model_n_cls_out(impl.model.get()) != impl.info.bit_widths.size()) {
    throw Error(ErrorCode::kBadFile, path.string() + " has no classifier; make one with paq train");
  }
  impl.make_context();
  return router;
}

const RouterInfo& Router::info() const { return impl_->info; }

std::vector<Decision> Router::route(std::span<const std::string_view> prompts) {
  std::vector<Decision> decisions(prompts.size());
  std::vector<std::vector<int32_t>> ids;
  for (size_t i = 0; i < prompts.size(); ++i) {
    ids.push_back(encode_text(llama_model_get_vocab(impl_->model.get()), impl_->form, prompts[i]));
    decisions[i].prompt_tokens = static_cast<int>(ids[i].size());
    decisions[i].dropped_tokens = cut_to_context(ids[i], impl_->info.context_tokens);
  }
  const auto limit = static_cast<size_t>(std::max(impl_->options.batch_tokens, 1));
  for (size_t from = 0; from < prompts.size();) {
    size_t to = from + 1;
    size_t tokens = ids[from].size();
    while (to < prompts.size() && to - from < kMaxSequences && tokens + ids[to].size() <= limit) {
      tokens += ids[to++].size();
    }
    impl_->encode(std::span(ids).subspan(from, to - from),
                  std::span(decisions).subspan(from, to - from));
    from = to;
  }
  return decisions;
}

Decision Router::route(std::string_view prompt) {
  return std::move(route(std::span(&prompt, 1)).front());
}

BitWidth choose_width(const Policy& policy, const Decision& decision) {
  // The likeliest label by the logits, which no rounding has made equal.
  if (policy.spec().kind == PolicyKind::kArgMax) return decision.bits;
  return policy.choose(decision.adequate);
}

void check_router_fits(const RouterInfo& info, std::span<const BitWidth> widths) {
  if (std::equal(info.bit_widths.begin(), info.bit_widths.end(), widths.begin(), widths.end())) {
    return;
  }
  throw Error(ErrorCode::kMismatch,
              "the router was trained for bit widths " +
                  to_string(std::span<const BitWidth>(info.bit_widths)) + " and the ladder has " +
                  to_string(widths) +
                  "; train a router on outcomes of this ladder, or use the ladder it was made for");
}

void check_router_fits(const RouterInfo& info, const LadderIdentity& ladder) {
  check_router_fits(info, ladder.bit_widths);
  if (info.ladder_hash.empty() || ladder.hash.empty() || info.ladder_hash == ladder.hash) return;
  throw Error(ErrorCode::kMismatch,
              "the router was trained on outcomes of " +
                  describe(info.base_model, info.ladder_hash) + ", these are of " +
                  describe(ladder.base_model, ladder.hash) +
                  "; train a router on outcomes of this ladder, use the ladder it was made for, or "
                  "go on all the same with --any-ladder");
}

}  // namespace paq
