// SPDX-License-Identifier: MIT
// For tests: llama-server as a process of its own, from the same pinned source as the engine.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace paq::testing {

class LlamaServer {
 public:
  /// Whether it has been built: -DPAQ_BUILD_PEERS=ON, then target llama-server.
  static bool built();

  /// Starts it on a free port and waits until it listens; the model may still be loading. One
  /// thread, with flash attention, as the embedded engine. Throws std::runtime_error.
  LlamaServer(const std::filesystem::path& model, std::vector<std::string> arguments = {});
  ~LlamaServer();
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;

  /// "http://127.0.0.1:PORT"
  std::string url() const;

  /// SIGKILL; returns when it is gone.
  void kill();
  /// After kill(), on the same port.
  void start();

 private:
  std::vector<std::string> command_;
  int port_ = 0;
  pid_t process_ = 0;
};

}  // namespace paq::testing
