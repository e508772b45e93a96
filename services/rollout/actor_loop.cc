#include "services/rollout/actor_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/time.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"
#include "hir/tokenizer/awaited_mark.h"
#include "hir/trace/trace.h"
#include "services/rollout/convert.h"

namespace hir {
namespace {

using replay::v1::LeasedTask;
using replay::v1::LeaseTasksResponse;

constexpr absl::Duration kSwapTimeout = absl::Minutes(30);
constexpr absl::Duration kPushPoll = absl::Milliseconds(100);

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

ActorLoop::ActorLoop(replay::v1::Replay::StubInterface& replay, Engine& engine,
                     const Tokenizer& tokenizer, RolloutMetrics& metrics, Clock& clock,
                     const RunConfig& config, ActorOptions options, WeightsFetcher fetch)
    : replay_(replay),
      engine_(engine),
      tokenizer_(tokenizer),
      metrics_(metrics),
      clock_(clock),
      config_(config),
      options_(std::move(options)),
      fetch_(std::move(fetch)),
      lease_duration_(absl::Seconds(config.rollout.lease_seconds)) {}

ActorLoop::~ActorLoop() { Stop(); }

int64_t ActorLoop::unmade() const {
  absl::MutexLock lock(&mu_);
  return CountUnmade();
}

bool ActorLoop::AwaitMade(absl::Duration timeout) const {
  const auto made = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return CountUnmade() == 0; };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&made), timeout);
}

int64_t ActorLoop::CountUnmade() const {
  int64_t count = 0;
  for (const auto& [task, lease] : leases_) count += static_cast<int64_t>(lease.unmade.size());
  return count;
}

uint32_t ActorLoop::WantedTasks() const {
  const int64_t room = options_.max_running_sequences - unmade();
  const int64_t group = std::max(1, config_.rollout.responses_per_prompt);
  return static_cast<uint32_t>(std::max<int64_t>(0, (room + group - 1) / group));
}

absl::StatusOr<LeaseTasksResponse> ActorLoop::AskForTasks(uint32_t max_tasks) {
  grpc::ClientContext context;
  PrepareCall(context, options_.rpc_timeout);
  replay::v1::LeaseTasksRequest request;
  request.set_run(options_.run);
  request.set_worker(options_.worker);
  *request.mutable_serving() = ToProto(engine_.Status().serving);
  request.set_max_tasks(max_tasks);
  LeaseTasksResponse response;
  HIR_RETURN_IF_ERROR(FromGrpc(replay_.LeaseTasks(&context, request, &response)));
  if (response.has_lease_duration()) {
    absl::MutexLock lock(&mu_);
    lease_duration_ = FromProto(response.lease_duration());
  }
  return response;
}

absl::StatusOr<absl::Duration> ActorLoop::RunOnce() {
  const uint32_t wanted = WantedTasks();
  if (wanted == 0) return options_.heartbeat;
  HIR_ASSIGN_OR_RETURN(const LeaseTasksResponse response, AskForTasks(wanted));
  if (response.has_fetch_at_least()) return GetWeights(response);
  {
    absl::MutexLock lock(&mu_);
    fetch_asked_ = absl::InfiniteFuture();
  }
  for (const LeasedTask& task : response.tasks()) Begin(task);
  if (response.tasks_size() > 0) return absl::ZeroDuration();
  return response.has_retry_after() ? FromProto(response.retry_after()) : options_.idle_wait;
}

absl::StatusOr<absl::Duration> ActorLoop::GetWeights(const LeaseTasksResponse& response) {
  {
    absl::MutexLock lock(&mu_);
    fetch_asked_ = std::min(fetch_asked_, clock_.Now());
    if (clock_.Now() - fetch_asked_ < options_.fetch_after) return kPushPoll;
  }
  const absl::Time begin = clock_.Now();
  HIR_ASSIGN_OR_RETURN(ReceivedWeights received, Fetch(response.learner()));
  const WeightsId wanted = FromProto(response.fetch_at_least());
  if (IsOlder(received.version, wanted)) {
    return absl::UnavailableError(absl::StrCat("the learner at ", response.learner(),
                                               " gave weights version ", received.version.version,
                                               "; version ", wanted.version, " is needed"));
  }
  const size_t bytes = received.weights.bytes.size();
  const absl::StatusOr<WeightsId> serving = engine_.SwapWeights(
      std::move(received.version), std::move(received.weights), absl::Now() + kSwapTimeout);
  // A push that came first may have brought newer ones.
  if (absl::IsFailedPrecondition(serving.status()) && !IsOlder(engine_.Status().serving, wanted)) {
    return absl::ZeroDuration();
  }
  HIR_RETURN_IF_ERROR(serving.status());
  CountWeights(*serving, bytes, clock_.Now() - begin, metrics_.weights);
  Log(Severity::kInfo, "fetched weights", {{"run", options_.run}, {"version", serving->version}});
  return absl::ZeroDuration();
}

absl::StatusOr<ReceivedWeights> ActorLoop::Fetch(const std::string& learner) {
  grpc::ClientContext context;
  PrepareCall(context, options_.fetch_timeout);
  {
    absl::MutexLock lock(&mu_);
    if (stop_leasing_) return absl::CancelledError("the worker leases no more");
    fetch_call_ = &context;
  }
  absl::StatusOr<ReceivedWeights> received = fetch_(learner, context);
  absl::MutexLock lock(&mu_);
  fetch_call_ = nullptr;
  return received;
}

GenerationSettings ActorLoop::SettingsOf() const {
  return {.temperature = config_.rollout.temperature,
          .top_p = config_.rollout.top_p,
          .top_k = config_.rollout.top_k,
          .max_response_tokens = config_.rollout.max_response_tokens,
          .seed = config_.seed};
}

std::vector<uint32_t> ActorLoop::Enter(const LeasedTask& task) {
  std::vector<uint32_t> samples;
  absl::MutexLock lock(&mu_);
  Lease& lease = leases_[task.task().task()];
  lease.task = task;
  lease.begun = clock_.Now();
  lease.given_up.clear();
  for (const uint32_t sample : task.missing_samples()) {
    // Made under an earlier lease and still on its way: it needs no second making.
    if (lease.unacknowledged.contains(sample)) continue;
    if (lease.unmade.emplace(sample, task.fencing_token()).second) samples.push_back(sample);
  }
  return samples;
}

void ActorLoop::Begin(const LeasedTask& task) {
  const uint64_t number = task.task().task();
  const uint64_t fencing_token = task.fencing_token();
  GenerationRequest request;
  request.samples = Enter(task);
  if (request.samples.empty()) return;
  request.key = number;
  request.prompt.assign(task.prompt_token_ids().begin(), task.prompt_token_ids().end());
  request.settings = SettingsOf();
  if (!config_.rollout.ignore_eos) request.stop_tokens = tokenizer_.stop_token_ids();
  request.on_done = [this, number, fencing_token](uint32_t sample,
                                                  absl::StatusOr<FinishedResponse> response) {
    Made(number, fencing_token, sample, std::move(response));
  };
  const absl::StatusOr<uint64_t> id = engine_.Submit(std::move(request));
  absl::MutexLock lock(&mu_);
  const auto lease = leases_.find(number);
  if (lease == leases_.end()) return;
  if (id.ok()) {
    lease->second.engine_requests.insert(*id);
    return;
  }
  lease->second.unmade.clear();
  lease->second.given_up = std::string(id.status().message());
  EndIfDone(number);
  metrics_.CountError(absl::StatusCodeToString(id.status().code()));
  Log(Severity::kError, "a task can't be generated",
      {{"run", options_.run},
       {"step", task.task().step()},
       {"task", number},
       {"error", std::string(id.status().message())}});
}

void ActorLoop::Made(uint64_t task, uint64_t fencing_token, uint32_t sample,
                     absl::StatusOr<FinishedResponse> finished) {
  common::v1::Response response;
  absl::Time begun;
  {
    absl::MutexLock lock(&mu_);
    room_ = true;
    const auto lease = leases_.find(task);
    if (lease == leases_.end()) return;
    // What an earlier lease's request ends with, cancelled at its loss, is not this lease's sample.
    const auto unmade = lease->second.unmade.find(sample);
    if (unmade == lease->second.unmade.end() || unmade->second != fencing_token) return;
    lease->second.unmade.erase(unmade);
    if (!finished.ok()) {
      if (!absl::IsCancelled(finished.status())) {
        metrics_.CountError(absl::StatusCodeToString(finished.status().code()));
        Log(Severity::kError, "a response failed",
            {{"run", options_.run},
             {"step", lease->second.task.task().step()},
             {"task", task},
             {"sample", sample},
             {"error", finished.status().ToString()}});
        lease->second.given_up = std::string(finished.status().message());
      }
      EndIfDone(task);
      return;
    }
    lease->second.unacknowledged.insert(sample);
    response = MakeResponse(lease->second.task, *finished);
    begun = lease->second.begun;
  }
  TraceGeneration(response, begun, clock_.Now());
  CountResponse(*finished, metrics_);
  sender_->Send(std::move(response));
}

common::v1::Response ActorLoop::MakeResponse(const LeasedTask& task,
                                             const FinishedResponse& finished) const {
  common::v1::Response response;
  response.set_schema_version(kResponseSchema);
  *response.mutable_id() = ToProto(options_.run, SampleId{finished.key, finished.sample});
  response.set_fencing_token(task.fencing_token());
  response.set_step(task.task().step());
  *response.mutable_instruction() = task.task().instruction();
  *response.mutable_prompt_token_ids() = task.prompt_token_ids();
  WriteResponse(finished, response);
  response.set_text(tokenizer_.Decode(finished.tokens));
  *response.mutable_sampling() = ToProto(SettingsOf());
  response.set_worker(options_.worker);
  const auto& prompt = task.prompt_token_ids();
  response.set_reasoning_end(AwaitedMark(tokenizer_,
                                         {prompt.data(), static_cast<size_t>(prompt.size())},
                                         config_.model.reasoning_end));
  return response;
}

void ActorLoop::Acknowledged(const common::v1::SampleId& id) { Settle(id, ""); }

void ActorLoop::GivenUp(const common::v1::SampleId& id, const std::string& why) { Settle(id, why); }

void ActorLoop::Settle(const common::v1::SampleId& id, const std::string& given_up) {
  absl::MutexLock lock(&mu_);
  const auto lease = leases_.find(id.task());
  if (lease == leases_.end()) return;
  lease->second.unacknowledged.erase(id.sample());
  if (!given_up.empty()) lease->second.given_up = given_up;
  EndIfDone(id.task());
}

void ActorLoop::EndIfDone(uint64_t task) {
  const auto lease = leases_.find(task);
  if (lease == leases_.end() || !lease->second.done()) return;
  if (!lease->second.given_up.empty()) {
    auto& entry = given_up_.emplace_back();
    entry.set_task(task);
    entry.set_fencing_token(lease->second.task.fencing_token());
    entry.set_given_up(absl::StrCat(options_.worker, ": ", lease->second.given_up));
  }
  leases_.erase(lease);
}

absl::StatusOr<absl::Duration> ActorLoop::KeepOnce() {
  HIR_RETURN_IF_ERROR(AskForTasks(0).status());
  metrics_.unacknowledged.Set(static_cast<double>(sender_->unacknowledged()));
  replay::v1::RenewLeasesRequest request;
  request.set_run(options_.run);
  absl::Duration wait;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [task, lease] : leases_) {
      if (!lease.given_up.empty()) continue;
      auto* entry = request.add_leases();
      entry->set_task(task);
      entry->set_fencing_token(lease.task.fencing_token());
    }
    for (const auto& entry : given_up_) *request.add_leases() = entry;
    wait = std::min(lease_duration_ / 3, options_.heartbeat);
  }
  if (request.leases_size() == 0) return wait;
  grpc::ClientContext context;
  PrepareCall(context, options_.rpc_timeout);
  replay::v1::RenewLeasesResponse response;
  HIR_RETURN_IF_ERROR(FromGrpc(replay_.RenewLeases(&context, request, &response)));
  {
    absl::MutexLock lock(&mu_);
    const size_t told = std::count_if(request.leases().begin(), request.leases().end(),
                                      [](const auto& lease) { return !lease.given_up().empty(); });
    given_up_.erase(given_up_.begin(), given_up_.begin() + static_cast<std::ptrdiff_t>(told));
  }
  DropLost(request, {response.renewed_tasks().begin(), response.renewed_tasks().end()});
  return wait;
}

void ActorLoop::DropLost(const replay::v1::RenewLeasesRequest& asked,
                         const std::set<uint64_t>& renewed) {
  std::vector<uint64_t> cancelled;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& entry : asked.leases()) {
      const auto lease = leases_.find(entry.task());
      if (renewed.contains(entry.task()) || lease == leases_.end()) continue;
      if (lease->second.task.fencing_token() != entry.fencing_token()) continue;
      if (!lease->second.unmade.empty()) {
        const std::set<uint64_t>& requests = lease->second.engine_requests;
        cancelled.insert(cancelled.end(), requests.begin(), requests.end());
      }
      lease->second.engine_requests.clear();
      lease->second.unmade.clear();
      room_ = true;
      // What is made is the sender's: a late insert is still taken.
      EndIfDone(entry.task());
    }
  }
  for (const uint64_t request : cancelled) engine_.Cancel(request);
}

void ActorLoop::Loop(const char* activity, absl::StatusOr<absl::Duration> (ActorLoop::*once)(),
                     const bool ActorLoop::*stop) {
  Backoff backoff(RetryPolicy{}, SeedOfName(absl::StrCat(options_.worker, activity)));
  const bool leasing = once == &ActorLoop::RunOnce;
  while (true) {
    const absl::StatusOr<absl::Duration> wait = (this->*once)();
    {
      absl::MutexLock lock(&mu_);
      if (this->*stop) return;
    }
    if (wait.ok()) {
      backoff.Reset();
    } else {
      metrics_.CountError(absl::StatusCodeToString(wait.status().code()));
      Log(Severity::kWarning, "a call failed and is tried again",
          {{"run", options_.run}, {"activity", activity}, {"error", wait.status().ToString()}});
    }
    absl::MutexLock lock(&mu_);
    const bool backing_off = !wait.ok();
    const auto wake = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return this->*stop || (leasing && !backing_off && room_);
    };
    mu_.AwaitWithTimeout(absl::Condition(&wake), wait.ok() ? *wait : backoff.Next());
    if (this->*stop) return;
    if (leasing) room_ = false;
  }
}

void ActorLoop::Start() {
  {
    absl::MutexLock lock(&mu_);
    leasing_ = true;
  }
  lease_thread_ = std::thread([this] {
    Loop("lease", &ActorLoop::RunOnce, &ActorLoop::stop_leasing_);
    absl::MutexLock lock(&mu_);
    leasing_ = false;
  });
  keep_thread_ = std::thread([this] { Loop("renew", &ActorLoop::KeepOnce, &ActorLoop::stop_); });
}

bool ActorLoop::StopLeasing(absl::Duration timeout) {
  const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !leasing_; };
  absl::MutexLock lock(&mu_);
  stop_leasing_ = true;
  if (fetch_call_ != nullptr) fetch_call_->TryCancel();
  return mu_.AwaitWithTimeout(absl::Condition(&ended), timeout);
}

void ActorLoop::Stop() {
  StopLeasing(absl::ZeroDuration());
  {
    absl::MutexLock lock(&mu_);
    stop_ = true;
  }
  if (lease_thread_.joinable()) lease_thread_.join();
  if (keep_thread_.joinable()) keep_thread_.join();
}

}  // namespace hir
