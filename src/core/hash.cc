// SPDX-License-Identifier: MIT
#include "core/hash.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "core/error.h"

namespace paq {
namespace {

struct DigestDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void require(bool ok) {
  if (!ok) throw Error(ErrorCode::kOutOfMemory, "SHA-256 is not available in this OpenSSL");
}

}  // namespace

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, DigestDeleter> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  require(impl_->context && EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

void Sha256::update_field(std::string_view bytes) {
  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(uint64_t{bytes.size()} >> (8 * i));
  update(std::string_view(length, sizeof length));
  update(bytes);
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(impl_->context.get(), digest, &size) == 1);
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rb"));
  if (!file) throw error_from_errno("cannot open " + path.string());
  Sha256 hash;
  std::string buffer(1 << 20, '\0');
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    hash.update(std::string_view(buffer).substr(0, n));
  }
  if (std::ferror(file.get())) throw error_from_errno("cannot read " + path.string());
  return hash.finish();
}

}  // namespace paq
