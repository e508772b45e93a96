// A web service for tests that answers as told: late, malformed or not at all.
#ifndef HIR_TESTING_FAKE_WEB_SERVER_H_
#define HIR_TESTING_FAKE_WEB_SERVER_H_

#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hir {

// Listens on a free port of this machine, takes one connection at a time, and closes it after one
// answer. Thread-safe.
class FakeWebServer {
 public:
  // `otherwise` is sent to requests without a script.
  explicit FakeWebServer(std::string otherwise);
  ~FakeWebServer();

  std::string url() const;  // http://127.0.0.1:PORT
  // Answers the next request with these bytes and closes the connection.
  void Script(std::string bytes);
  // Does not answer the next request until the client gives up.
  void ScriptSilence();
  // The bodies of the requests, in order.
  std::vector<std::string> requests() const;

  // A whole HTTP answer.
  static std::string Http(int code, std::string_view body, std::string_view headers = "");

 private:
  void Serve();
  void Answer(int connection);

  const std::string otherwise_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  std::deque<std::string> scripts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_TESTING_FAKE_WEB_SERVER_H_
