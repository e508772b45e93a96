// Sends requests to one web service.
#ifndef HIR_HTTP_HTTP_CLIENT_H_
#define HIR_HTTP_HTTP_CLIENT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace hir {

// A service's answer.
struct HttpResponse {
  int code = 0;
  std::string body;
  absl::Duration retry_after;  // From the header Retry-After, in seconds; 0 if there is none.
};

// How an answer is taken that arrives piece by piece.
struct HttpStream {
  // Takes the next bytes of an answer 200; returns whether to go on. Runs on the caller's thread.
  std::function<bool(std::string_view)> on_piece;
  // Asked about once per second while nothing arrives; returns whether to go on.
  std::function<bool()> keep_going;
  absl::Duration silence;  // The longest time in which nothing may arrive.
};

// Keeps connections open between calls. Thread-safe.
class HttpClient {
 public:
  // `key`, unless empty, is sent as "Authorization: Bearer KEY".
  HttpClient(std::string url, const std::string& key);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends `json` to the service's URL followed by `path` and waits for the whole answer, at most
  // `timeout`. Does not follow redirects, and uses no proxy for the machine's own addresses.
  // UNAVAILABLE: the service can't be reached, is too slow or cuts the connection.
  // RESOURCE_EXHAUSTED: an answer of more than 1 MiB.
  absl::StatusOr<HttpResponse> Post(const std::string& json, absl::Duration timeout,
                                    const std::string& path = "");
  // The same without a body, as a GET request.
  absl::StatusOr<HttpResponse> Get(const std::string& path, absl::Duration timeout);
  // Like Post(), but passes the body of an answer 200 to `stream` as it arrives; its length has no
  // limit. The response's own body is that of another answer. CANCELLED: a callback of `stream`
  // returned false; the connection is closed, which tells the service. UNAVAILABLE: also a service
  // that was silent for too long.
  absl::StatusOr<HttpResponse> PostStreaming(const std::string& json, const HttpStream& stream,
                                             const std::string& path = "");

 private:
  class Transfer;

  absl::StatusOr<HttpResponse> Run(Transfer& transfer);
  void* TakeHandle();
  void ReturnHandle(void* handle);

  const std::string url_;
  std::vector<std::string> headers_;
  absl::Mutex mutex_;
  std::vector<void*> idle_ ABSL_GUARDED_BY(mutex_);  // CURL handles, which keep their connections.
};

}  // namespace hir

#endif  // HIR_HTTP_HTTP_CLIENT_H_
