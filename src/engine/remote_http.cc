// SPDX-License-Identifier: MIT
#include "engine/remote_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"

namespace paq {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// libcurl's own global state, once and for good.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw Error(ErrorCode::kEngine, "libcurl can't be used on this machine");
}

HttpFailure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpFailure::kNone;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return HttpFailure::kUnreachable;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return HttpFailure::kBrokenOff;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFailure::kTimedOut;
    default:
      return HttpFailure::kOther;
  }
}

// One request. Its address is libcurl's handle on it.
struct Transfer {
  uint64_t id = 0;
  HttpRequest request;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  std::string bytes;  // Not yet reported.
  char said[CURL_ERROR_SIZE] = {};
  std::unique_ptr<CURL, EasyDeleter> easy;  // Last: uses all of the above.

  long status() const {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
};

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) {
    throw Error(ErrorCode::kEngine, std::string("libcurl: ") + curl_easy_strerror(code));
  }
}

size_t on_bytes(char* bytes, size_t, size_t size, void* transfer) {
  static_cast<Transfer*>(transfer)->bytes.append(bytes, size);
  return size;
}

void add_header(Transfer& transfer, const std::string& line) {
  curl_slist* longer = curl_slist_append(transfer.headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)transfer.headers.release();
  transfer.headers.reset(longer);
}

void prepare(Transfer& transfer) {
  CURL* easy = transfer.easy.get();
  const HttpRequest& request = transfer.request;
  set(easy, CURLOPT_URL, request.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(easy, CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
  if (!request.bearer_token.empty()) {
    add_header(transfer, "Authorization: Bearer " + request.bearer_token);
  }
  if (!request.body.empty()) {
    add_header(transfer, "Content-Type: application/json");
    add_header(transfer, "Expect:");  // Long prompts would wait a second for a "100 Continue".
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  set(easy, CURLOPT_USERAGENT, "paq");
  set(easy, CURLOPT_ACCEPT_ENCODING, "");  // All that libcurl can unpack.
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_seconds * 1000));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(request.silent_seconds)));
  // A machine that has vanished says nothing, as one does that is thinking.
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  set(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  set(easy, CURLOPT_ERRORBUFFER, transfer.said);
  set(easy, CURLOPT_WRITEFUNCTION, &on_bytes);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  set(easy, CURLOPT_PRIVATE, &transfer);
}

}  // namespace

struct HttpTransfers::Impl {
  std::unique_ptr<CURLM, MultiDeleter> multi;
  std::map<uint64_t, std::unique_ptr<Transfer>> transfers;
  uint64_t last_id = 0;

  ~Impl() {
    for (const auto& [id, transfer] : transfers) {
      curl_multi_remove_handle(multi.get(), transfer->easy.get());
    }
  }

  static void check(CURLMcode code) {
    if (code != CURLM_OK) {
      throw Error(ErrorCode::kEngine, std::string("libcurl: ") + curl_multi_strerror(code));
    }
  }

  void perform() {
    int running = 0;
    check(curl_multi_perform(multi.get(), &running));
  }

  // What is there without waiting.
  std::vector<HttpNews> news() {
    std::vector<HttpNews> found;
    for (const auto& [id, transfer] : transfers) {
      if (transfer->bytes.empty()) continue;
      found.push_back({.id = id, .bytes = std::exchange(transfer->bytes, {})});
      found.back().status = transfer->status();
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE) found.push_back(end_of(*message));
    }
    return found;
  }

  HttpNews end_of(const CURLMsg& message) {
    const CURLcode code = message.data.result;  // The message goes with the handle.
    char* address = nullptr;
    curl_easy_getinfo(message.easy_handle, CURLINFO_PRIVATE, &address);
    const Transfer& transfer = *reinterpret_cast<Transfer*>(address);
    HttpNews news{.id = transfer.id, .finished = true, .failure = failure_of(code)};
    news.status = transfer.status();
    if (code != CURLE_OK) {
      curl_off_t until_ready = 0;
      curl_easy_getinfo(message.easy_handle, CURLINFO_PRETRANSFER_TIME_T, &until_ready);
      if (news.failure == HttpFailure::kTimedOut && until_ready == 0) {
        news.failure = HttpFailure::kUnreachable;
      }
      news.reason = transfer.said[0] != '\0' ? transfer.said : curl_easy_strerror(code);
    }
    curl_off_t seconds = 0;
    curl_easy_getinfo(message.easy_handle, CURLINFO_RETRY_AFTER, &seconds);
    news.retry_after_seconds = static_cast<double>(seconds);
    forget(transfer.id);
    return news;
  }

  void forget(uint64_t id) {
    const auto found = transfers.find(id);
    if (found == transfers.end()) return;
    curl_multi_remove_handle(multi.get(), found->second->easy.get());
    transfers.erase(found);
  }
};

HttpTransfers::HttpTransfers() : impl_(std::make_unique<Impl>()) {
  start_curl();
  impl_->multi.reset(curl_multi_init());
  if (!impl_->multi) throw Error(ErrorCode::kOutOfMemory, "libcurl has no memory");
}

HttpTransfers::~HttpTransfers() = default;

uint64_t HttpTransfers::start(const HttpRequest& request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->id = ++impl_->last_id;
  transfer->request = request;
  transfer->easy.reset(curl_easy_init());
  if (!transfer->easy) throw Error(ErrorCode::kOutOfMemory, "libcurl has no memory");
  prepare(*transfer);
  Impl::check(curl_multi_add_handle(impl_->multi.get(), transfer->easy.get()));
  const uint64_t id = transfer->id;
  impl_->transfers.emplace(id, std::move(transfer));
  return id;
}

void HttpTransfers::stop(uint64_t id) { impl_->forget(id); }

std::vector<HttpNews> HttpTransfers::run(double wait_seconds) {
  impl_->perform();
  std::vector<HttpNews> news = impl_->news();
  if (!news.empty() || wait_seconds <= 0) return news;
  const int wait_ms = std::max(1, static_cast<int>(wait_seconds * 1000));
  Impl::check(curl_multi_poll(impl_->multi.get(), nullptr, 0, wait_ms, nullptr));
  impl_->perform();
  return impl_->news();
}

void HttpTransfers::wake() { curl_multi_wakeup(impl_->multi.get()); }

}  // namespace paq
