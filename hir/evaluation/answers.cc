#include "hir/evaluation/answers.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/status_macros.h"
#include "hir/client/cancel_on_stop.h"
#include "hir/client/chat_prompt.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

constexpr absl::Duration kGenerateTimeout = absl::Hours(12);  // Broken peers are seen by pings.
constexpr absl::Duration kPatience = absl::Minutes(2);
// Between looks at whether to stop.
constexpr absl::Duration kTick = absl::Milliseconds(100);

EvalOutcome OutcomeOf(const rollout::v1::GenerateResponse& response) {
  EvalOutcome outcome;
  outcome.text = response.text();
  outcome.reasoning_end = response.reasoning_end();
  outcome.truncated = response.finish_reason() == common::v1::FINISH_REASON_LENGTH;
  outcome.tokens = response.token_ids_size();
  if (response.versions_size() > 0) outcome.version = response.versions(0).weights().version();
  return outcome;
}

// The prompts: those that wait for a worker, and the answers of the others. Thread-safe.
class Prompts {
 public:
  Prompts(size_t count, size_t workers, const EvalProgress& progress)
      : share_((count + workers - 1) / workers),
        progress_(progress),
        answered_(count, false),
        outcomes_(count) {
    for (size_t i = 0; i < count; ++i) waiting_.push_back(i);
  }

  // Takes a worker's share of the prompts that wait. While none does but others are being answered,
  // waits for what becomes of them. Returns none once all are answered or `should_stop` returns
  // true.
  std::vector<size_t> Take(const std::function<bool()>& should_stop) {
    const auto settled = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !waiting_.empty() || done_ == answered_.size();
    };
    absl::MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout(absl::Condition(&settled), kTick)) {
      if (should_stop()) return {};
    }
    std::vector<size_t> taken;
    while (!waiting_.empty() && taken.size() < share_) {
      taken.push_back(waiting_.front());
      waiting_.pop_front();
    }
    return taken;
  }

  // Keeps the answer to a prompt, unless it has one; returns whether it was new.
  bool Answer(size_t prompt, EvalOutcome outcome) {
    absl::MutexLock lock(&mutex_);
    if (prompt >= answered_.size() || answered_[prompt]) return false;
    answered_[prompt] = true;
    outcomes_[prompt] = std::move(outcome);
    progress_(++done_, answered_.size());
    return true;
  }

  // Lets other workers have those of `taken` that were not answered; returns whether there are any.
  bool PutBack(const std::vector<size_t>& taken) {
    absl::MutexLock lock(&mutex_);
    const size_t before = waiting_.size();
    for (const size_t prompt : taken) {
      if (!answered_[prompt]) waiting_.push_back(prompt);
    }
    return waiting_.size() > before;
  }

  bool AllAnswered() const {
    absl::MutexLock lock(&mutex_);
    return done_ == answered_.size();
  }
  std::vector<EvalOutcome> TakeOutcomes() {
    absl::MutexLock lock(&mutex_);
    return std::move(outcomes_);
  }

 private:
  const size_t share_;
  const EvalProgress& progress_;
  mutable absl::Mutex mutex_;
  std::deque<size_t> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<bool> answered_ ABSL_GUARDED_BY(mutex_);
  size_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<EvalOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
};

// One worker's part, over as many calls as it takes. Not thread-safe.
class WorkerCalls {
 public:
  WorkerCalls(size_t worker, rollout::v1::Rollout::Stub& stub,
              const std::vector<InstructionRecord>& records, const EvalSettings& settings,
              const EvalHooks& hooks, Prompts& prompts)
      : worker_(worker),
        stub_(stub),
        records_(records),
        settings_(settings),
        hooks_(hooks),
        prompts_(prompts) {}

  // Returns once all prompts are answered, by whichever worker, or why this one was given up.
  absl::Status Run() {
    // The others may end the work while this worker is waited for.
    const std::function<bool()> over = [this] {
      return hooks_.should_stop() || prompts_.AllAnswered();
    };
    // Patience counts from the last answer, and a call may go on for longer than that.
    while (true) {
      const size_t answers = answers_;
      int calls = 0;
      absl::Status not_ready;
      const absl::Status status = Retry(
          hooks_.clock, {.max_elapsed = kPatience},
          [&] {
            ++calls;
            not_ready = hooks_.await_worker(worker_, over);
            return not_ready.ok() ? AnswerShares() : absl::OkStatus();
          },
          over);
      if (prompts_.AllAnswered()) return absl::OkStatus();
      HIR_RETURN_IF_ERROR(not_ready);
      if (hooks_.should_stop()) return absl::CancelledError("interrupted during an evaluation.");
      const bool in_vain = calls > 1 && answers_ == answers;
      if (in_vain || !IsRetryable(status)) return status;
    }
  }

 private:
  absl::Status AnswerShares() {
    while (true) {
      const std::vector<size_t> share = prompts_.Take(hooks_.should_stop);
      if (share.empty()) return absl::OkStatus();
      HIR_RETURN_IF_ERROR(Ask(share));
    }
  }

  // One call for `share`; keeps the answers that it gets.
  absl::Status Ask(const std::vector<size_t>& share) {
    grpc::ClientContext context;
    PrepareCall(context, kGenerateTimeout);
    const CancelOnStop cancel_on_stop(context, hooks_.should_stop);
    const auto reader = stub_.Generate(&context, Request(share));
    rollout::v1::GenerateResponse response;
    while (reader->Read(&response)) {
      if (!response.done() || !IsOfWantedVersion(response)) continue;
      answers_ += prompts_.Answer(response.key(), OutcomeOf(response));
    }
    const absl::Status status = FromGrpc(reader->Finish());
    if (!prompts_.PutBack(share)) return absl::OkStatus();
    if (!status.ok()) return status;
    return absl::UnavailableError(
        "the rollout worker left prompts unanswered, or answered with other weights.");
  }

  rollout::v1::GenerateRequest Request(const std::vector<size_t>& share) const {
    rollout::v1::GenerateRequest request;
    for (const size_t i : share) {
      rollout::v1::Prompt& prompt = *request.add_prompts();
      prompt = ChatPrompt(settings_.system_prompt, PromptText(records_[i]),
                          settings_.chat_template_kwargs);
      prompt.set_key(i);
    }
    common::v1::SamplingSettings& sampling = *request.mutable_sampling();
    sampling.set_temperature(settings_.temperature);
    sampling.set_top_p(1);
    sampling.set_max_response_tokens(settings_.max_response_tokens);
    sampling.set_seed(settings_.seed);
    return request;
  }

  // A worker that was started again serves its folder's weights until it has fetched newer ones.
  bool IsOfWantedVersion(const rollout::v1::GenerateResponse& response) const {
    if (!settings_.version) return true;
    return std::all_of(response.versions().begin(), response.versions().end(),
                       [this](const common::v1::VersionSpan& span) {
                         return span.weights().version() == *settings_.version;
                       });
  }

  const size_t worker_;
  rollout::v1::Rollout::Stub& stub_;
  const std::vector<InstructionRecord>& records_;
  const EvalSettings& settings_;
  const EvalHooks& hooks_;
  Prompts& prompts_;
  size_t answers_ = 0;  // That this worker gave.
};

}  // namespace

absl::StatusOr<std::vector<EvalOutcome>> AskWorkers(RolloutStubs workers,
                                                    const std::vector<InstructionRecord>& records,
                                                    const EvalSettings& settings,
                                                    const EvalHooks& hooks) {
  Prompts prompts(records.size(), workers.size(), hooks.progress);
  absl::Mutex mutex;
  absl::Status given_up;
  const auto ask = [&](size_t worker) {
    const absl::Status status =
        WorkerCalls(worker, *workers[worker], records, settings, hooks, prompts).Run();
    absl::MutexLock lock(&mutex);
    given_up.Update(status);
  };
  // The first is asked from here, so that a single worker needs no thread.
  std::vector<std::thread> threads;
  for (size_t i = 1; i < workers.size(); ++i) threads.emplace_back(ask, i);
  ask(0);
  for (std::thread& thread : threads) thread.join();
  if (prompts.AllAnswered()) return prompts.TakeOutcomes();
  return given_up;
}

}  // namespace hir
