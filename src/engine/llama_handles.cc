// SPDX-License-Identifier: MIT
#include "engine/llama_handles.h"

#include <common.h>
#include <ggml-backend.h>

// Not among llama.cpp's public headers, but what its own fitting of parameters to memory calls.
#include <../src/llama-ext.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <mutex>

#include "core/error.h"
#include "core/utf8.h"
#include "engine/processors.h"
#include "ladder/gguf_reader.h"
#include "ladder/llama_log.h"

namespace paq {
namespace {

// The line that says why, among those that only say that.
std::string reason(const LlamaLogCapture& log) {
  std::string best = log.first_error();
  for (const std::string& line : log.errors()) {
    constexpr std::string_view kPrefix = "error loading model: ";
    const size_t at = line.find(kPrefix);
    if (at != std::string::npos) best = line.substr(at + kPrefix.size());
  }
  std::replace(best.begin(), best.end(), '\n', ' ');
  return best.empty() ? "no reason given" : best;
}

bool speaks_of_memory(const std::string& text) {
  return text.find("alloc") != std::string::npos || text.find("memory") != std::string::npos;
}

}  // namespace

void start_llama() {
  silence_llama_log();
  static std::once_flag once;
  std::call_once(once, [] { llama_backend_init(); });
}

int thread_count(int threads) {
  return threads > 0 ? std::min(threads, GGML_MAX_N_THREADS) : usable_cores();
}

ThreadpoolHandle make_threadpool(int threads, IdleThreads idle) {
  start_llama();
  ggml_threadpool_params params = ggml_threadpool_params_default(thread_count(threads));
  if (idle == IdleThreads::kSleep) params.poll = 0;
  ThreadpoolHandle pool(ggml_threadpool_new(&params));
  if (!pool) {
    throw Error(ErrorCode::kOutOfMemory,
                "cannot start " + std::to_string(params.n_threads) + " compute threads; try fewer");
  }
  return pool;
}

LlamaModelHandle load_llama_model(const std::filesystem::path& path,
                                  const LoadModelOptions& options) {
  start_llama();
  { const GgufReader whole(path); }

  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = options.gpu_layers;
  params.vocab_only = options.vocabulary_only;
  params.no_alloc = options.measure_only;
  params.load_mode = options.memory_map ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
  params.progress_callback_user_data = const_cast<LoadModelOptions*>(&options);
  params.progress_callback = [](float progress, void* user_data) {
    const auto* load = static_cast<const LoadModelOptions*>(user_data);
    if (load->progress) load->progress(progress);
    return true;
  };

  const LlamaLogCapture log;
  LlamaModelHandle model(llama_model_load_from_file(path.c_str(), params));
  if (!model) {
    const std::string why = reason(log);
    if (speaks_of_memory(why)) {
      throw Error(ErrorCode::kOutOfMemory,
                  "not enough memory to load " + path.string() + " (" + why + ")");
    }
    throw Error(ErrorCode::kBadFile, "llama.cpp can't load " + path.string() + ": " + why);
  }
  return model;
}

bool repacks_weights(const std::filesystem::path& path, int gpu_layers) {
  const LlamaModelHandle model =
      load_llama_model(path, {.gpu_layers = gpu_layers, .memory_map = false, .measure_only = true});
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = 32;
  const LlamaContextHandle context = make_llama_context(model.get(), params);
  return std::ranges::any_of(llama_get_memory_breakdown(context.get()), [](const auto& entry) {
    const auto& [type, bytes] = entry;
    const ggml_backend_dev_t device = ggml_backend_buft_get_device(type);
    return bytes.model > 0 && !ggml_backend_buft_is_host(type) && device != nullptr &&
           ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU;
  });
}

LlamaContextHandle make_llama_context(llama_model* model, const llama_context_params& params) {
  const LlamaLogCapture log;
  LlamaContextHandle context(llama_init_from_model(model, params));
  if (!context) {
    throw Error(ErrorCode::kOutOfMemory, "cannot allocate a context of " +
                                             std::to_string(params.n_ctx) + " tokens (" +
                                             reason(log) + "); try a smaller context");
  }
  return context;
}

LlamaBatch::LlamaBatch(int capacity)
    : capacity_(capacity), batch_(llama_batch_init(capacity, /*embd=*/0, /*n_seq_max=*/1)) {}

LlamaBatch::~LlamaBatch() { llama_batch_free(batch_); }

int LlamaBatch::add(const Entry& entry) {
  assert(room() > 0);
  const int i = batch_.n_tokens++;
  batch_.token[i] = entry.token;
  batch_.pos[i] = entry.position;
  batch_.n_seq_id[i] = 1;
  batch_.seq_id[i][0] = entry.sequence;
  batch_.logits[i] = entry.output ? 1 : 0;
  return i;
}

void decode(llama_context* context, const LlamaBatch& batch) {
  const LlamaLogCapture log;
  const int status = llama_decode(context, batch.get());
  if (status == 0) return;
  const std::string why = status == 1 ? "no room in the KV cache" : reason(log);
  throw Error(speaks_of_memory(why) ? ErrorCode::kOutOfMemory : ErrorCode::kEngine,
              "llama.cpp failed to decode a batch of " + std::to_string(batch.size()) +
                  " tokens (status " + std::to_string(status) + ": " + why + ")");
}

std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view bytes,
                                  const TokenizeOptions& options) {
  // llama.cpp lets some code points pass that do not exist, and throws at them later.
  const std::string valid = find_invalid_utf8(bytes) == bytes.npos ? "" : valid_utf8(bytes);
  const std::string_view text = valid.empty() ? bytes : valid;
  if (text.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw Error(ErrorCode::kTooLong, "a prompt of " + std::to_string(text.size()) +
                                         " bytes is too long to be tokenised");
  }
  const int32_t length = static_cast<int32_t>(text.size());
  // A token is a byte or more, and a tokenizer may add a few of its own.
  std::vector<llama_token> tokens(text.size() + 8);
  const auto run = [&] {
    return llama_tokenize(vocab, text.data(), length, tokens.data(),
                          static_cast<int32_t>(tokens.size()), options.add_special,
                          options.parse_special);
  };
  int32_t n = 0;
  try {
    n = run();
    if (n < 0 && n != std::numeric_limits<int32_t>::min()) {
      tokens.resize(static_cast<size_t>(-n));
      n = run();
    }
  } catch (const std::exception& error) {  // a vocabulary that lacks tokens for some bytes
    throw Error(ErrorCode::kEngine, std::string("llama.cpp failed to tokenise: ") + error.what());
  }
  if (n < 0) throw Error(ErrorCode::kEngine, "llama.cpp failed to tokenise a prompt");
  tokens.resize(static_cast<size_t>(n));
  return tokens;
}

std::string token_text(const llama_vocab* vocab, llama_token token) {
  std::string text(32, '\0');
  const auto run = [&] {
    return llama_token_to_piece(vocab, token, text.data(), static_cast<int32_t>(text.size()),
                                /*lstrip=*/0, /*special=*/false);
  };
  int32_t n = run();
  if (n < 0) {
    text.resize(static_cast<size_t>(-n));
    n = run();
  }
  text.resize(static_cast<size_t>(std::max(n, 0)));
  return text;
}

}  // namespace paq
