// A web service for the judge's tests that answers as scripted: late, broken or not at all.
#ifndef HIR_JUDGE_FAKE_JUDGE_H_
#define HIR_JUDGE_FAKE_JUDGE_H_

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
class FakeJudge {
 public:
  FakeJudge();
  ~FakeJudge();

  std::string url() const;  // As JudgeOptions wants it.
  // The next request gets these bytes and then the end of the connection. Without a script it is
  // answered YES.
  void Script(std::string bytes);
  // The next request gets nothing until the client gives up.
  void ScriptSilence();
  // The bodies of the requests, in order.
  std::vector<std::string> requests() const;

  // A whole HTTP answer.
  static std::string Http(int code, std::string_view body, std::string_view headers = "");
  // A chat completion with these words.
  static std::string Says(std::string_view content);

 private:
  void Serve();
  void Answer(int connection);

  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  std::deque<std::string> scripts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_JUDGE_FAKE_JUDGE_H_
