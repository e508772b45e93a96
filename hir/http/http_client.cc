#include "hir/http/http_client.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

constexpr size_t kMaxBody = size_t{1} << 20;

size_t AppendBody(char* data, size_t size, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kMaxBody) return 0;  // Ends the transfer.
  text.append(data, size * count);
  return size * count;
}

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

absl::StatusOr<HttpResponse> HttpClient::Post(const std::string& json, absl::Duration timeout) {
  void* handle = TakeHandle();
  if (handle == nullptr) return absl::UnavailableError("no memory for a connection");
  HeaderList headers(nullptr, &curl_slist_free_all);
  for (const std::string& header : headers_) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  HttpResponse response;
  curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, json.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(timeout)));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  const CURLcode result = curl_easy_perform(handle);
  long code = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  ReturnHandle(handle);
  if (result == CURLE_WRITE_ERROR) {
    return absl::ResourceExhaustedError("the answer has more than 1 MiB");
  }
  if (result != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(result));
  response.code = static_cast<int>(code);
  response.retry_after = absl::Seconds(retry_after);
  return response;
}

}  // namespace hir
