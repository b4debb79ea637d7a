// SPDX-License-Identifier: MIT
// For tests: an HTTP server on this machine that says what a script tells it to, to many clients at
// a time, and can go away and come back.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace paq::testing {

class RemoteTestServer {
 public:
  /// One request, on a connection of its own, which ends when the script returns.
  class Call {
   public:
    std::string head;  ///< "POST /v1/completions HTTP/1.1\r\n...", without the empty line.
    std::string body;
    int before = 0;  ///< Calls of the same path that came before.

    std::string path() const;
    bool has(const std::string& part) const { return body.find(part) != std::string::npos; }

    void send(const std::string& bytes) const;
    /// A whole response.
    void reply(const std::string& body, const std::string& status = "200 OK",
               const std::string& headers = "") const;
    /// The head of a stream; events follow with send().
    void begin_stream() const;
    /// Returns when the server goes away.
    void hold() const;

   private:
    friend class RemoteTestServer;
    RemoteTestServer* server_ = nullptr;
    int connection_ = -1;
  };
  using Script = std::function<void(const Call&)>;

  explicit RemoteTestServer(Script script);
  ~RemoteTestServer();
  RemoteTestServer(const RemoteTestServer&) = delete;
  RemoteTestServer& operator=(const RemoteTestServer&) = delete;

  /// "http://127.0.0.1:PORT/v1"
  std::string url() const;

  /// Breaks all connections off; from now on they are refused. Blocks until every script has ended.
  void stop();
  /// On the same port.
  void start();

  /// All calls so far, of `path` where one is given.
  std::vector<Call> calls(const std::string& path = "") const;
  /// The largest number of calls that were under way together.
  int most_at_once() const;

 private:
  void accept_all(int listener);
  void serve(int connection);

  Script script_;
  int port_ = 0;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool running_ = false;
  int now_ = 0, most_ = 0;
  std::vector<Call> calls_;
  std::map<std::string, int> seen_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// An event of a stream.
std::string event(const std::string& data);

}  // namespace paq::testing
