// Sends POST requests to one web service.
#ifndef HIR_HTTP_HTTP_CLIENT_H_
#define HIR_HTTP_HTTP_CLIENT_H_

#include <string>
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

// Keeps connections open between calls. Thread-safe.
class HttpClient {
 public:
  // `key`, unless empty, is sent as "Authorization: Bearer KEY".
  HttpClient(std::string url, const std::string& key);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends `json` and waits for the whole answer, at most `timeout`. Does not follow redirects, and
  // uses no proxy for the machine's own addresses. UNAVAILABLE: the service can't be reached, is
  // too slow or cuts the connection. RESOURCE_EXHAUSTED: an answer of more than 1 MiB.
  absl::StatusOr<HttpResponse> Post(const std::string& json, absl::Duration timeout);

 private:
  void* TakeHandle();
  void ReturnHandle(void* handle);

  const std::string url_;
  std::vector<std::string> headers_;
  absl::Mutex mutex_;
  std::vector<void*> idle_ ABSL_GUARDED_BY(mutex_);  // CURL handles, which keep their connections.
};

}  // namespace hir

#endif  // HIR_HTTP_HTTP_CLIENT_H_
