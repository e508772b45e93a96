#include "hir/http/http_client.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace hir {
namespace {

constexpr size_t kMaxBody = size_t{1} << 20;

constexpr long kConnectTimeoutMs = 10'000;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

}  // namespace

HttpClient::HttpClient(std::string url, const std::string& key) : url_(std::move(url)) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialized;
  headers_ = {"Content-Type: application/json", "Expect:"};
  if (!key.empty()) headers_.push_back(absl::StrCat("Authorization: Bearer ", key));
}

HttpClient::~HttpClient() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

void* HttpClient::TakeHandle() {
  {
    absl::MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      void* handle = idle_.back();
      idle_.pop_back();
      return handle;
    }
  }
  return curl_easy_init();
}

void HttpClient::ReturnHandle(void* handle) {
  curl_easy_reset(handle);
  absl::MutexLock lock(&mutex_);
  idle_.push_back(handle);
}

// One request and its answer. Curl calls back into it while it runs.
class HttpClient::Transfer {
 public:
  std::string path;
  const std::string* json = nullptr;   // Null: a GET request.
  absl::Duration timeout;              // Of a whole answer; without `stream`.
  const HttpStream* stream = nullptr;  // Null: the answer is returned whole.
  HttpResponse response;

  void Set(void* handle) {
    handle_ = handle;
    last_piece_ = absl::Now();
    if (json != nullptr) {
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, json->c_str());
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json->size()));
    }
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBytes);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    if (stream == nullptr) {
      curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                       static_cast<long>(absl::ToInt64Milliseconds(timeout)));
      return;
    }
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
  }

  // Why the transfer ended as curl says.
  absl::Status Reason(CURLcode result) const {
    if (result == CURLE_OK) return absl::OkStatus();
    if (cancelled_) return absl::CancelledError("the caller ended the request");
    if (silent_) {
      return absl::UnavailableError(
          absl::StrCat("nothing arrived for ", absl::FormatDuration(stream->silence)));
    }
    if (result == CURLE_WRITE_ERROR) {
      return absl::ResourceExhaustedError("the answer has more than 1 MiB");
    }
    return absl::UnavailableError(curl_easy_strerror(result));
  }

 private:
  static size_t OnBytes(char* data, size_t size, size_t count, void* transfer) {
    return static_cast<Transfer*>(transfer)->Take({data, size * count}) ? size * count : 0;
  }
  static int OnProgress(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(transfer)->MayGoOn() ? 0 : 1;
  }

  // False ends the transfer.
  bool Take(std::string_view bytes) {
    long code = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &code);
    if (stream != nullptr && code == 200) {
      last_piece_ = absl::Now();
      cancelled_ = !stream->on_piece(bytes);
      return !cancelled_;
    }
    if (response.body.size() + bytes.size() > kMaxBody) return false;
    response.body.append(bytes);
    return true;
  }
  bool MayGoOn() {
    cancelled_ = cancelled_ || !stream->keep_going();
    silent_ = absl::Now() - last_piece_ > stream->silence;
    return !cancelled_ && !silent_;
  }

  void* handle_ = nullptr;
  absl::Time last_piece_;
  bool cancelled_ = false;  // By a callback of `stream`.
  bool silent_ = false;
};

absl::StatusOr<HttpResponse> HttpClient::Post(const std::string& json, absl::Duration timeout,
                                              const std::string& path) {
  Transfer transfer;
  transfer.path = path;
  transfer.json = &json;
  transfer.timeout = timeout;
  return Run(transfer);
}

absl::StatusOr<HttpResponse> HttpClient::Get(const std::string& path, absl::Duration timeout) {
  Transfer transfer;
  transfer.path = path;
  transfer.timeout = timeout;
  return Run(transfer);
}

absl::StatusOr<HttpResponse> HttpClient::PostStreaming(const std::string& json,
                                                       const HttpStream& stream,
                                                       const std::string& path) {
  Transfer transfer;
  transfer.path = path;
  transfer.json = &json;
  transfer.stream = &stream;
  return Run(transfer);
}

absl::StatusOr<HttpResponse> HttpClient::Run(Transfer& transfer) {
  void* handle = TakeHandle();
  if (handle == nullptr) return absl::UnavailableError("no memory for a connection");
  HeaderList headers(nullptr, &curl_slist_free_all);
  for (const std::string& header : headers_) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  const std::string url = absl::StrCat(url_, transfer.path);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  transfer.Set(handle);
  const CURLcode result = curl_easy_perform(handle);
  long code = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  ReturnHandle(handle);
  if (absl::Status reason = transfer.Reason(result); !reason.ok()) return reason;
  transfer.response.code = static_cast<int>(code);
  transfer.response.retry_after = absl::Seconds(retry_after);
  return std::move(transfer.response);
}

}  // namespace hir
