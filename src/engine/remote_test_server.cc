// SPDX-License-Identifier: MIT
#include "engine/remote_test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace paq::testing {
namespace {

// Where the connection ends first, what there is.
std::pair<std::string, std::string> read_request(int connection) {
  std::string bytes;
  size_t wanted = std::string::npos;
  for (;;) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end != std::string::npos && wanted == std::string::npos) {
      const size_t at = bytes.find("Content-Length: ");
      const size_t length = at < end ? std::strtoul(bytes.c_str() + at + 16, nullptr, 10) : 0;
      wanted = end + 4 + length;
    }
    if (end != std::string::npos && bytes.size() >= wanted) {
      return {bytes.substr(0, end), bytes.substr(end + 4)};
    }
    char buffer[4096];
    const ssize_t n = read(connection, buffer, sizeof buffer);
    if (n <= 0) return {};
    bytes.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace

std::string RemoteTestServer::Call::path() const {
  const size_t begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

void RemoteTestServer::Call::send(const std::string& bytes) const {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::send(connection_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

void RemoteTestServer::Call::reply(const std::string& body, const std::string& status,
                                   const std::string& headers) const {
  send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
       headers + "Connection: close\r\n\r\n" + body);
}

void RemoteTestServer::Call::begin_stream() const {
  send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
}

void RemoteTestServer::Call::hold() const {
  std::unique_lock lock(server_->mutex_);
  server_->ended_.wait(lock, [&] { return !server_->running_; });
}

RemoteTestServer::RemoteTestServer(Script script) : script_(std::move(script)) { start(); }

RemoteTestServer::~RemoteTestServer() { stop(); }

std::string RemoteTestServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/v1";
}

void RemoteTestServer::start() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port_));
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for the test's server");
  }
  port_ = ntohs(address.sin_port);
  running_ = true;
  acceptor_ = std::thread([this, listener = listener_] { accept_all(listener); });
}

void RemoteTestServer::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_ = false;
    for (const int connection : open_) shutdown(connection, SHUT_RDWR);
  }
  ended_.notify_all();
  shutdown(listener_, SHUT_RDWR);  // Wakes accept().
  acceptor_.join();
  close(listener_);
  threads.swap(threads_);
  for (std::thread& thread : threads) thread.join();
}

void RemoteTestServer::accept_all(int listener) {
  for (int connection; (connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    {
      const std::lock_guard lock(mutex_);
      if (!running_) {
        close(connection);
        continue;
      }
      open_.push_back(connection);
    }
    threads_.emplace_back([this, connection] { serve(connection); });
  }
}

void RemoteTestServer::serve(int connection) {
  auto [head, body] = read_request(connection);
  Call call;
  call.head = std::move(head);
  call.body = std::move(body);
  call.server_ = this;
  call.connection_ = connection;
  if (!call.head.empty()) {
    {
      const std::lock_guard lock(mutex_);
      call.before = seen_[call.path()]++;
      calls_.push_back(call);
      most_ = std::max(most_, ++now_);
    }
    script_(call);
  }
  const std::lock_guard lock(mutex_);
  if (!call.head.empty()) --now_;
  std::erase(open_, connection);
  close(connection);
}

std::vector<RemoteTestServer::Call> RemoteTestServer::calls(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  std::vector<Call> found;
  std::ranges::copy_if(calls_, std::back_inserter(found),
                       [&](const Call& call) { return path.empty() || call.path() == path; });
  return found;
}

int RemoteTestServer::most_at_once() const {
  const std::lock_guard lock(mutex_);
  return most_;
}

std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

}  // namespace paq::testing
