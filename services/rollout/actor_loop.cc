#include "services/rollout/actor_loop.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "hir/base/log.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/time.h"
#include "hir/rpc/retry.h"
#include "hir/tokenizer/awaited_mark.h"
#include "hir/trace/trace.h"
#include "services/rollout/convert.h"

namespace hir {
namespace {

using replay::v1::LeasedTask;
using replay::v1::LeaseTasksResponse;

void TraceGeneration(const common::v1::Response& response, absl::Time begun, absl::Time end) {
  const common::v1::SampleId& id = response.id();
  const uint64_t token = response.fencing_token();
  ReportSpan({.name = "generate",
              .context = SampleSpan(id.run(), id.task(), token, id.sample(), "generate"),
              .parent = LeaseSpan(id.run(), id.task(), token),
              .start = begun,
              .end = end,
              .attributes = {{"hir.sample", int64_t{id.sample()}},
                             {"hir.tokens", int64_t{response.token_ids_size()}},
                             {"hir.policy_version", response.versions(0).weights().version()},
                             {"hir.worker", response.worker()}}});
}

}  // namespace

ActorLoop::ActorLoop(ReplayClient& replay, Engine& engine, const Tokenizer& tokenizer,
                     RolloutMetrics& metrics, Clock& clock, const RunConfig& config,
                     ActorOptions options, WeightsFetcher fetch)
    : replay_(replay),
      engine_(engine),
      tokenizer_(tokenizer),
      metrics_(metrics),
      clock_(clock),
      config_(config),
      options_(std::move(options)),
      weights_(engine, metrics.weights, clock,
               {.run = options_.run,
                .fetch_timeout = options_.fetch_timeout,
                .fetch_after = options_.fetch_after},
               std::move(fetch)),
      leases_(options_.worker),
      lease_duration_(absl::Seconds(config.rollout.lease_seconds)) {}

ActorLoop::~ActorLoop() { Stop(); }

int64_t ActorLoop::unmade() const {
  absl::MutexLock lock(&mu_);
  return leases_.unmade();
}

bool ActorLoop::AwaitMade(absl::Duration timeout) const {
  const auto made = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return leases_.unmade() == 0; };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&made), timeout);
}

absl::StatusOr<absl::Duration> ActorLoop::LeaseAndSubmit() {
  if (!engine_.Status().ready) return AwaitFirstWeights();
  const uint32_t wanted = WantedTasks();
  // A full engine needs no call: a response that ends wakes this activity long before that wait is
  // over.
  if (wanted == 0) return options_.heartbeat;
  HIR_ASSIGN_OR_RETURN(LeaseTasksResponse response, AskForTasks(wanted));
  // This worker's responses would be too stale, so replay leases it nothing until it serves newer
  // weights.
  if (response.has_fetch_at_least()) {
    return weights_.CatchUp(FromProto(response.fetch_at_least()), response.learner());
  }
  weights_.OnCurrent();
  for (LeasedTask& task : *response.mutable_tasks()) Submit(std::move(task));
  // After a grant there may be more work.
  if (response.tasks_size() > 0) return absl::ZeroDuration();
  return response.has_retry_after() ? FromProto(response.retry_after()) : options_.idle_wait;
}

absl::StatusOr<absl::Duration> ActorLoop::AwaitFirstWeights() {
  // Shows this worker to the learner, which pushes to the workers that replay lists.
  HIR_ASSIGN_OR_RETURN(const LeaseTasksResponse response, AskForTasks(0));
  if (response.learner().empty()) return options_.idle_wait;
  HIR_ASSIGN_OR_RETURN(const absl::Duration wait,
                       weights_.CatchUp(WeightsId{}, response.learner()));
  // Whatever it still lacks will not be there at once.
  return engine_.Status().ready ? wait : std::max(wait, options_.idle_wait);
}

uint32_t ActorLoop::WantedTasks() const {
  const int64_t room = options_.max_running_sequences - unmade();
  const int64_t group = std::max(1, config_.rollout.responses_per_prompt);
  // Rounded up: a last task that fits only partly keeps the engine full, and the rest of it waits
  // there.
  return static_cast<uint32_t>(std::max<int64_t>(0, (room + group - 1) / group));
}

absl::StatusOr<LeaseTasksResponse> ActorLoop::AskForTasks(uint32_t max_tasks) {
  HIR_ASSIGN_OR_RETURN(LeaseTasksResponse response,
                       replay_.LeaseTasks(options_.worker, engine_.Status().serving, max_tasks));
  if (response.has_lease_duration()) {
    // Replay's duration counts, since replay ends leases by it, not the one in this worker's
    // settings.
    absl::MutexLock lock(&mu_);
    lease_duration_ = FromProto(response.lease_duration());
  }
  return response;
}

void ActorLoop::Submit(LeasedTask task) {
  const uint64_t number = task.task().task();
  const int64_t step = task.task().step();
  GenerationRequest request = RequestFor(task);
  {
    // Tracked before it is submitted: the engine may end a sample before it returns.
    absl::MutexLock lock(&mu_);
    request.samples = leases_.TrackLease(std::move(task), clock_.Now());
  }
  if (request.samples.empty()) return;
  const absl::StatusOr<uint64_t> id = engine_.Submit(std::move(request));
  if (id.ok()) {
    absl::MutexLock lock(&mu_);
    return leases_.OnSubmitted(number, *id);
  }
  // This worker can't generate the task, for example because its prompt is too long for the model.
  // If no worker can, the task's attempts run out and the step continues without it.
  {
    absl::MutexLock lock(&mu_);
    leases_.OnSubmitRefused(number, std::string(id.status().message()));
  }
  metrics_.CountError(absl::StatusCodeToString(id.status().code()));
  Log(Severity::kError, "a task can't be generated",
      {{"run", options_.run},
       {"step", step},
       {"task", number},
       {"error", std::string(id.status().message())}});
}

GenerationRequest ActorLoop::RequestFor(const LeasedTask& task) {
  const uint64_t number = task.task().task();
  GenerationRequest request;
  // The key determines a sample's random numbers, so every worker draws the same.
  request.key = number;
  request.prompt.assign(task.prompt_token_ids().begin(), task.prompt_token_ids().end());
  request.settings = SettingsOfRun();
  if (!config_.rollout.ignore_eos) request.stop_tokens = tokenizer_.stop_token_ids();
  request.on_done = [this, number, token = task.fencing_token()](
                        uint32_t sample, absl::StatusOr<FinishedResponse> finished) {
    OnDone(number, token, sample, std::move(finished));
  };
  return request;
}

GenerationSettings ActorLoop::SettingsOfRun() const {
  return {.temperature = config_.rollout.temperature,
          .top_p = config_.rollout.top_p,
          .top_k = config_.rollout.top_k,
          .max_response_tokens = config_.rollout.max_response_tokens,
          .seed = config_.seed};
}

void ActorLoop::OnDone(uint64_t task, uint64_t fencing_token, uint32_t sample,
                       absl::StatusOr<FinishedResponse> finished) {
  if (finished.ok()) {
    // Also where the engine computed the entropy: all responses of a run are scored alike.
    if (config_.hindsight.entropy_source == EntropySource::kSampled) UseSampledEntropy(*finished);
    OnGenerated(task, fencing_token, *finished);
  } else {
    OnGenerationFailed(task, fencing_token, sample, finished.status());
  }
}

void ActorLoop::OnGenerated(uint64_t task, uint64_t fencing_token,
                            const FinishedResponse& finished) {
  std::shared_ptr<const LeaseGrant> grant;
  {
    absl::MutexLock lock(&mu_);
    work_ = true;
    grant = leases_.OnGenerated(task, fencing_token, finished.sample);
  }
  if (grant == nullptr) return;
  // Made and passed on without the lock: the engine waits for this, and no other thread must.
  common::v1::Response response = MakeResponse(grant->task, finished);
  TraceGeneration(response, grant->granted, clock_.Now());
  CountResponse(finished, metrics_);
  sender_->Send(std::move(response));
}

void ActorLoop::OnGenerationFailed(uint64_t task, uint64_t fencing_token, uint32_t sample,
                                   const absl::Status& error) {
  // A sample that this worker cancelled, after losing a lease or at its own end, is not a failure.
  const bool fault = !absl::IsCancelled(error);
  std::shared_ptr<const LeaseGrant> grant;
  {
    absl::MutexLock lock(&mu_);
    work_ = true;
    grant = leases_.OnGenerationFailed(task, fencing_token, sample,
                                       fault ? std::string(error.message()) : "");
  }
  if (grant == nullptr || !fault) return;
  metrics_.CountError(absl::StatusCodeToString(error.code()));
  Log(Severity::kError, "a response failed",
      {{"run", options_.run},
       {"step", grant->task.task().step()},
       {"task", task},
       {"sample", sample},
       {"error", error.ToString()}});
}

common::v1::Response ActorLoop::MakeResponse(const LeasedTask& task,
                                             const FinishedResponse& finished) const {
  common::v1::Response response;
  response.set_schema_version(kResponseSchema);
  *response.mutable_id() = ToProto(options_.run, SampleId{finished.key, finished.sample});
  response.set_fencing_token(task.fencing_token());
  response.set_step(task.task().step());
  // Copied, since each response of the task travels with its own: the verifier, which has no ledger
  // to look it up in, decides by it, and replay compares it with the task that it leased.
  *response.mutable_instruction() = task.task().instruction();
  *response.mutable_prompt_token_ids() = task.prompt_token_ids();
  WriteResponse(finished, response);
  // Decoded here, where the tokenizer is: the verifier has none.
  response.set_text(tokenizer_.Decode(finished.tokens));
  *response.mutable_sampling() = ToProto(SettingsOfRun());
  response.set_worker(options_.worker);
  // If thinking is off, the template may end the reasoning in the prompt.
  const auto& prompt = task.prompt_token_ids();
  response.set_reasoning_end(AwaitedMark(tokenizer_,
                                         {prompt.data(), static_cast<size_t>(prompt.size())},
                                         config_.model.reasoning_end));
  return response;
}

void ActorLoop::OnAcknowledged(const common::v1::SampleId& id) {
  absl::MutexLock lock(&mu_);
  leases_.OnSettled(id.task(), id.sample(), /*refused=*/"");
}

void ActorLoop::OnRefused(const common::v1::SampleId& id, const std::string& why) {
  absl::MutexLock lock(&mu_);
  leases_.OnSettled(id.task(), id.sample(), why);
}

void ActorLoop::OnNewWeights() {
  absl::MutexLock lock(&mu_);
  work_ = true;
}

absl::StatusOr<absl::Duration> ActorLoop::RenewLeases() {
  // A request for no tasks is how replay learns that this worker lives and which weights it serves,
  // also while it leases nothing.
  HIR_RETURN_IF_ERROR(AskForTasks(0).status());
  metrics_.unacknowledged.Set(static_cast<double>(sender_->unacknowledged()));
  std::vector<LeaseTable::Renewal> asked;
  absl::Duration wait;
  {
    absl::MutexLock lock(&mu_);
    asked = leases_.Renewals();
    // A third, so that a lease outlives two calls that fail.
    wait = std::min(lease_duration_ / 3, options_.heartbeat);
  }
  if (asked.empty()) return wait;

  // Leases may come and end while replay is asked; the table compares its answer with `asked`.
  HIR_ASSIGN_OR_RETURN(const std::set<uint64_t> renewed, replay_.RenewLeases(asked));
  std::vector<uint64_t> to_cancel;
  {
    absl::MutexLock lock(&mu_);
    to_cancel = leases_.OnRenewed(asked, renewed);
    if (!to_cancel.empty()) work_ = true;
  }
  // Without the lock, which the engine's callbacks take.
  for (const uint64_t id : to_cancel) engine_.Cancel(id);
  return wait;
}

void ActorLoop::Repeat(const Activity& activity) {
  // Seeded by the worker's name, so that workers that lost replay together don't all return at
  // once.
  Backoff backoff(RetryPolicy{}, SeedOfName(absl::StrCat(options_.worker, activity.name)));
  while (true) {
    const absl::StatusOr<absl::Duration> wait = (this->*activity.once)();
    {
      absl::MutexLock lock(&mu_);
      // A failure because of Stop() is not logged.
      if (this->*activity.stop) return;
    }
    if (wait.ok()) {
      backoff.Reset();
    } else {
      metrics_.CountError(absl::StatusCodeToString(wait.status().code()));
      Log(Severity::kWarning, "a call failed and is tried again",
          {{"run", options_.run},
           {"activity", activity.name},
           {"error", wait.status().ToString()}});
    }
    absl::MutexLock lock(&mu_);
    // After a failure nothing shortens the wait: replay needs the pause.
    const bool wakes_for_work = activity.wakes_for_work && wait.ok();
    const auto awake = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return this->*activity.stop || (wakes_for_work && work_);
    };
    mu_.AwaitWithTimeout(absl::Condition(&awake), wait.ok() ? *wait : backoff.Next());
    if (this->*activity.stop) return;
    if (activity.wakes_for_work) work_ = false;
  }
}

void ActorLoop::Start() {
  {
    absl::MutexLock lock(&mu_);
    leasing_ = true;
  }
  lease_thread_ = std::thread([this] {
    Repeat({.name = "lease",
            .once = &ActorLoop::LeaseAndSubmit,
            .stop = &ActorLoop::stop_leasing_,
            .wakes_for_work = true});
    absl::MutexLock lock(&mu_);
    leasing_ = false;
  });
  renew_thread_ = std::thread([this] {
    Repeat({.name = "renew",
            .once = &ActorLoop::RenewLeases,
            .stop = &ActorLoop::stop_,
            .wakes_for_work = false});
  });
}

bool ActorLoop::StopLeasing(absl::Duration timeout) {
  const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !leasing_; };
  {
    absl::MutexLock lock(&mu_);
    stop_leasing_ = true;
  }
  weights_.Stop();
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&ended), timeout);
}

void ActorLoop::Stop() {
  // Renewing continues to the end, since draining responses must keep their leases.
  StopLeasing(absl::ZeroDuration());
  {
    absl::MutexLock lock(&mu_);
    stop_ = true;
  }
  if (lease_thread_.joinable()) lease_thread_.join();
  if (renew_thread_.joinable()) renew_thread_.join();
}

}  // namespace hir
