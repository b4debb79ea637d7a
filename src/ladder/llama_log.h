// SPDX-License-Identifier: MIT
// llama.cpp's messages, kept off the terminal and handed to whoever has to explain a failure.
//
// Includes nothing of llama.cpp, so that any folder that calls it can use this.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// Collects what llama.cpp logs on this thread while it lives. Captures nest: the innermost takes
/// the lines. The first one in a process also silences llama.cpp's default output to stderr.
class LlamaLogCapture {
 public:
  /// `on_line`, where given, sees every complete line of any level, on this thread. It may throw
  /// to end a llama.cpp call that turns exceptions into a failure (llama_model_quantize does).
  explicit LlamaLogCapture(std::function<void(std::string_view)> on_line = {});
  ~LlamaLogCapture();
  LlamaLogCapture(const LlamaLogCapture&) = delete;
  LlamaLogCapture& operator=(const LlamaLogCapture&) = delete;

  /// Errors so far, oldest first, without line ends or the name of the C function.
  const std::vector<std::string>& errors() const { return errors_; }

  /// The first error, which is nearest to the cause; empty where there was none.
  std::string first_error() const;

 private:
  friend struct LlamaLogRouter;
  std::function<void(std::string_view)> on_line_;
  std::vector<std::string> errors_;
  std::string partial_;
  int level_ = 0;  // of the partial line, a ggml_log_level
  LlamaLogCapture* outer_;
};

/// Routes llama.cpp's log away from the terminal. Called by everything that enters llama.cpp
/// without a capture; cheap after the first time. Thread-safe.
void silence_llama_log();

/// A process-wide observer of warnings and errors, line by line; empty to remove it. Thread-safe.
void set_llama_log_sink(std::function<void(std::string_view)> sink);

}  // namespace paq
