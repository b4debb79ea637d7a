// SPDX-License-Identifier: MIT
#include "llama_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace paq::testing {
namespace {

std::filesystem::path executable() { return std::filesystem::path(PAQ_PEERS_DIR) / "llama-server"; }

sockaddr_in local(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(listener);
  return ntohs(address.sin_port);
}

bool listens(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  const bool connected =
      connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(connection);
  return connected;
}

}  // namespace

bool LlamaServer::built() { return std::filesystem::exists(executable()); }

LlamaServer::LlamaServer(const std::filesystem::path& model, std::vector<std::string> arguments)
    : port_(free_port()) {
  command_ = {executable().string(), "-m", model.string(), "--port", std::to_string(port_),
              "--threads",           "1",  "-fa",          "on",     "--no-webui",
              "--parallel",          "4"};
  command_.insert(command_.end(), arguments.begin(), arguments.end());
  start();
}

LlamaServer::~LlamaServer() { kill(); }

std::string LlamaServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void LlamaServer::start() {
  std::vector<char*> pointers;
  for (std::string& argument : command_) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("cannot fork");
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // Never outlives the test.
    const int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; ++i) dup2(null, i);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  for (int i = 0; i < 1200; ++i) {
    if (listens(port_)) return;
    if (waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = 0;
      throw std::runtime_error("llama-server has ended; run it by hand to see why");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("llama-server does not listen");
}

void LlamaServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

}  // namespace paq::testing
