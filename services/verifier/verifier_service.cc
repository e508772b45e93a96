#include "services/verifier/verifier_service.h"

#include <algorithm>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "hir/base/reasoning_end.h"
#include "hir/checkers/core/score.h"
#include "hir/domain/wire/verdict.h"
#include "hir/rpc/status.h"
#include "hir/text/reasoning.h"
#include "services/verifier/parallel_for.h"
#include "services/verifier/translation.h"

namespace hir {
namespace {

using verifier::v1::CheckerInfo;
using verifier::v1::ListCheckersRequest;
using verifier::v1::ListCheckersResponse;
using verifier::v1::VerifyItem;
using verifier::v1::VerifyRequest;
using verifier::v1::VerifyResponse;

constexpr int kMaxItems = 4096;
constexpr size_t kMaxResponseBytes = size_t{16} << 20;

// Counts a call as in flight.
class InFlight {
 public:
  explicit InFlight(VerifierMetrics& metrics) : metrics_(metrics) {
    metrics_.inflight_requests.Increment();
  }
  ~InFlight() { metrics_.inflight_requests.Decrement(); }

 private:
  VerifierMetrics& metrics_;
};

bool AnyWaits(const std::vector<Checkers>& items) {
  for (const Checkers& checkers : items) {
    for (const auto& checker : checkers) {
      if (checker->waits()) return true;
    }
  }
  return false;
}

int ThreadsFor(const VerifierConfig& config) {
  if (config.verify_threads > 0) return config.verify_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// The checkers of every item, or the first error with the item's place.
absl::StatusOr<std::vector<Checkers>> MakeAllCheckers(const CheckerRegistry& registry,
                                                      const VerifyRequest& request) {
  if (request.items_size() > kMaxItems) {
    return absl::ResourceExhaustedError(absl::StrCat("The request has ", request.items_size(),
                                                     " items; at most 4096 are allowed."));
  }
  std::vector<Checkers> checkers;
  for (const VerifyItem& item : request.items()) {
    const std::string place = absl::StrCat("Item ", checkers.size(), ": ");
    if (item.response().size() > kMaxResponseBytes) {
      return absl::InvalidArgumentError(absl::StrCat(place, "the response has ",
                                                     item.response().size(),
                                                     " bytes; at most 16 MiB are allowed."));
    }
    if (const absl::Status mark = CheckReasoningEnd(item.reasoning_end()); !mark.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(place, mark.message(), "."));
    }
    auto made = MakeCheckers(registry, item.constraints());
    if (!made.ok()) {
      return absl::Status(made.status().code(), absl::StrCat(place, made.status().message()));
    }
    checkers.push_back(*std::move(made));
  }
  return checkers;
}

}  // namespace

VerifierService::VerifierService(const VerifierConfig& config, const CheckerRegistry& registry,
                                 std::unique_ptr<replay::v1::Replay::StubInterface> replay,
                                 Clock& clock, prometheus::Registry& metrics,
                                 const RetryPolicy& retry)
    : config_(config),
      registry_(registry),
      replay_(std::move(replay)),
      clock_(clock),
      metrics_(metrics),
      retry_(retry),
      open_streams_("streams", config.streams.streams),
      unfinished_("bytes of unfinished responses", config.streams.bytes),
      unanswered_("bytes of unanswered responses", config.streams.bytes),
      waiting_(config.waiting_checks) {}

grpc::Status VerifierService::Verify(grpc::ServerContext* context, const VerifyRequest* request,
                                     VerifyResponse* response) {
  const InFlight in_flight(metrics_);
  const absl::Time start = clock_.Now();
  const auto checkers = MakeAllCheckers(registry_, *request);
  if (!checkers.ok()) return ToGrpc(checkers.status());
  for (int i = 0; i < request->items_size(); ++i) response->add_results();
  const auto cancelled = [context] { return context->IsCancelled(); };
  const auto decide = [&](int i) {
    if (cancelled()) return;
    const VerifyItem& item = request->items(i);
    const Scores scores =
        Score((*checkers)[i], AnswerOf(item.response(), item.reasoning_end()), cancelled);
    if (cancelled()) return;
    AppendVerdicts(scores.strict, *response->mutable_results(i)->mutable_strict());
    AppendVerdicts(scores.loose, *response->mutable_results(i)->mutable_loose());
    CountVerdicts(item.constraints(), scores.strict, metrics_);
  };
  const absl::Status decided =
      AnyWaits(*checkers) ? DecideInPool(context->peer(), request->items_size(), decide)
                          : ParallelFor(request->items_size(), ThreadsFor(config_), decide);
  if (cancelled()) return grpc::Status::CANCELLED;
  if (!decided.ok()) return ToGrpc(decided);
  response->set_verifier_build(registry_.build());
  metrics_.ObserveRequest("verify", absl::ToDoubleSeconds(clock_.Now() - start));
  return grpc::Status::OK;
}

grpc::Status VerifierService::VerifyStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<verifier::v1::VerifyStreamResponse, verifier::v1::VerifyStreamRequest>*
        stream) {
  if (replay_ == nullptr) {
    return ToGrpc(absl::FailedPreconditionError(
        "This verifier was started without --replay, so it can't take a stream."));
  }
  Quota::Share open(open_streams_, context->peer());
  if (const absl::Status status = open.Take(1); !status.ok()) return ToGrpc(status);
  const InFlight in_flight(metrics_);
  const StreamDependencies dependencies = {.registry = registry_,
                                           .replay = *replay_,
                                           .clock = clock_,
                                           .metrics = metrics_,
                                           .retry = retry_,
                                           .max_pending = config_.max_pending_responses,
                                           .waiting = waiting_,
                                           .limits = config_.streams,
                                           .unfinished = unfinished_,
                                           .unanswered = unanswered_};
  VerifyStreamCall call(dependencies, *context, *stream);
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return ToGrpc(absl::UnavailableError("The verifier is stopping."));
    streams_.insert(&call);
  }
  const absl::Status status = call.Run();
  absl::MutexLock lock(&mutex_);
  streams_.erase(&call);
  return ToGrpc(status);
}

absl::Status VerifierService::DecideInPool(const std::string& owner, int count,
                                           const std::function<void(int)>& decide) {
  absl::BlockingCounter left(count);
  absl::Mutex mutex;
  absl::Status status;
  for (int i = 0; i < count; ++i) {
    waiting_.Submit(owner, [&, i] {
      try {
        decide(i);
      } catch (const std::exception& error) {
        absl::MutexLock lock(&mutex);
        status.Update(absl::InternalError(absl::StrCat("Item ", i, ": ", error.what())));
      }
      left.DecrementCount();
    });
  }
  left.Wait();
  return status;
}

void VerifierService::EndStreams() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  for (VerifyStreamCall* stream : streams_) stream->EndWhenAnswered();
}

grpc::Status VerifierService::ListCheckers(grpc::ServerContext*, const ListCheckersRequest*,
                                           ListCheckersResponse* response) {
  for (const CheckerListing& checker : registry_.List()) {
    CheckerInfo& info = *response->add_checkers();
    info.set_kind(checker.kind);
    info.set_disabled_reason(checker.disabled_reason);
    for (const ArgumentSpec& spec : checker.arguments) info.add_arguments(spec.name);
  }
  response->set_verifier_build(registry_.build());
  return grpc::Status::OK;
}

}  // namespace hir
