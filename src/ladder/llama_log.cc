// SPDX-License-Identifier: MIT
#include "ladder/llama_log.h"

#include <llama.h>
#include <log.h>

#include <mutex>
#include <utility>

namespace paq {
namespace {

thread_local LlamaLogCapture* innermost = nullptr;

std::mutex sink_mutex;
std::function<void(std::string_view)>& sink() {
  static std::function<void(std::string_view)> instance;
  return instance;
}

// "llama_model_load: error loading model: ..." -> "error loading model: ...". Names of C functions
// say nothing to a user.
std::string without_function_name(std::string_view line) {
  const size_t colon = line.find(": ");
  if (colon != std::string_view::npos && colon > 0 &&
      line.substr(0, colon).find(' ') == std::string_view::npos) {
    line.remove_prefix(colon + 2);
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
  return std::string(line);
}

}  // namespace

struct LlamaLogRouter {
  static void callback(ggml_log_level level, const char* text, void* /*user_data*/) {
    if (LlamaLogCapture* capture = innermost) {
      append(*capture, level, text);
    } else if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR) {
      to_sink(without_function_name(text));
    }
  }

  // llama.cpp writes some lines in pieces. A piece of another level does not belong to the line:
  // an error may interrupt one.
  static void append(LlamaLogCapture& capture, ggml_log_level level, std::string_view text) {
    const bool continues = level == GGML_LOG_LEVEL_CONT || level == capture.level_;
    if (!capture.partial_.empty() && !continues) end_line(capture);
    while (!text.empty()) {
      if (capture.partial_.empty() && level != GGML_LOG_LEVEL_CONT) capture.level_ = level;
      const size_t end = text.find('\n');
      capture.partial_ += text.substr(0, end);
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
      end_line(capture);
    }
  }

  static void end_line(LlamaLogCapture& capture) {
    const std::string line = std::exchange(capture.partial_, {});
    if (line.empty()) return;
    const bool is_error = capture.level_ == GGML_LOG_LEVEL_ERROR;
    if (is_error) capture.errors_.push_back(without_function_name(line));
    if (is_error || capture.level_ == GGML_LOG_LEVEL_WARN) to_sink(without_function_name(line));
    if (capture.on_line_) capture.on_line_(line);
  }

  static void to_sink(std::string_view line) {
    while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    const std::lock_guard lock(sink_mutex);
    if (sink()) sink()(line);
  }
};

void silence_llama_log() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(&LlamaLogRouter::callback, nullptr);
    // llama-common has a logger of its own, with a thread that writes to the terminal.
    common_log_set_verbosity_thold(LOG_LEVEL_OUTPUT - 1);
  });
}

void set_llama_log_sink(std::function<void(std::string_view)> new_sink) {
  silence_llama_log();
  const std::lock_guard lock(sink_mutex);
  sink() = std::move(new_sink);
}

LlamaLogCapture::LlamaLogCapture(std::function<void(std::string_view)> on_line)
    : on_line_(std::move(on_line)), outer_(std::exchange(innermost, this)) {
  silence_llama_log();
}

LlamaLogCapture::~LlamaLogCapture() { innermost = outer_; }

std::string LlamaLogCapture::first_error() const { return errors_.empty() ? "" : errors_.front(); }

}  // namespace paq
