// Decides constraints that no program can: asks a language model, over any web service that speaks
// OpenAI's chat completions.
#ifndef HIR_CHECKERS_REMOTE_JUDGE_JUDGE_H_
#define HIR_CHECKERS_REMOTE_JUDGE_JUDGE_H_

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/checkers/core/registry.h"
#include "hir/http/http_client.h"
#include "hir/rpc/retry.h"

namespace hir::remote {

struct JudgeOptions {
  std::string url;    // Of the interface, e.g. http://127.0.0.1:8000/v1; http or https.
  std::string model;  // As the service names it.
  std::string key;    // Sent as a bearer token; empty sends none. Never logged.
  // What the model is asked, with {criterion} and {response} where these go. See
  // DefaultJudgePrompt().
  std::string prompt;
  int votes = 1;                               // Answers asked for one question; in [1, 64].
  int agreeing = 1;                            // Answers that must agree; over half of `votes`.
  double temperature = 0.0;                    // In [0, 2].
  absl::Duration timeout = absl::Seconds(60);  // Of one request; > 0.
  RetryPolicy retry = {
      .initial = absl::Milliseconds(500),
      .max = absl::Seconds(20),
      .max_attempts = 4};          // Of one request; after 429, 5xx and broken connections.
  int concurrent = 16;             // Requests at once; >= 1.
  double requests_per_second = 0;  // 0: no limit.
  size_t cached = 100'000;         // Verdicts that are kept, the last used ones.
};

// The prompt that is used when none is given (data/judge_prompt.txt).
std::string_view DefaultJudgePrompt();

// INVALID_ARGUMENT: an option outside its range; the message names it as hir-verifier's flag.
absl::Status Validate(const JudgeOptions& options);

// Thread-safe.
class Judge {
 public:
  // REQUIRES: Validate(options).ok(). `clock` outlives the judge.
  Judge(const JudgeOptions& options, Clock& clock);

  // Whether `response` meets `criterion`: one question, asked `votes` times until enough answers
  // agree or no longer can. Undecidable: votes that do not agree, an answer that is neither yes nor
  // no, a service that fails after all attempts. The result has the votes: those asked for,
  // whatever came back, and those that said yes. A decided one is kept, and equal questions that
  // come while one is being asked share its answer. Blocks for as long as the model takes.
  CheckResult Decide(std::string_view criterion, std::string_view response);

 private:
  enum class Vote { kYes, kNo };

  // Waits while the question is being asked by another thread; then its result, if there is one.
  // Else the question counts as being asked.
  std::optional<CheckResult> Recall(const std::string& question);
  void Remember(const std::string& question, const CheckResult& result);
  CheckResult Ask(std::string_view criterion, std::string_view response);
  absl::StatusOr<Vote> AskOnce(const std::string& request);
  // Waits for its turn among `concurrent` requests and `requests_per_second`.
  void AwaitTurn();

  const JudgeOptions options_;
  Clock& clock_;
  HttpClient client_;
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time next_request_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::set<std::string> asking_ ABSL_GUARDED_BY(mutex_);
  // Most recently used first.
  std::list<std::pair<std::string, CheckResult>> recent_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::list<std::pair<std::string, CheckResult>>::iterator> known_
      ABSL_GUARDED_BY(mutex_);
};

// Gives `registry` the checkers of the kind "judge:criterion".
void EnableJudge(CheckerRegistry& registry, std::shared_ptr<Judge> judge);

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_JUDGE_JUDGE_H_
