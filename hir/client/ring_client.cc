#include "hir/client/ring_client.h"

#include <algorithm>
#include <utility>

#include "hir/base/clock.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(60);
// A service that is restarted is back before this; what lasts longer needs a person.
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr size_t kMostTasksACall = 1024;

}  // namespace

absl::StatusOr<RingStubs> ConnectRing(const RingAddresses& addresses, const TlsFiles& tls) {
  RingStubs stubs;
  if (!addresses.replay.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.replay, tls));
    stubs.replay = replay::v1::Replay::NewStub(channel);
  }
  if (!addresses.verifier.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.verifier, tls));
    stubs.verifier = verifier::v1::Verifier::NewStub(channel);
  }
  if (!addresses.rollout.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.rollout, tls));
    stubs.rollout = rollout::v1::Rollout::NewStub(channel);
  }
  if (!addresses.learner.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.learner, tls));
    stubs.learner = learner::v1::Learner::NewStub(channel);
  }
  return stubs;
}

ReplayClient::ReplayClient(replay::v1::Replay::Stub& stub, std::string run,
                           std::function<bool()> should_stop)
    : stub_(stub), run_(std::move(run)), should_stop_(std::move(should_stop)) {}

absl::Status ReplayClient::Call(const std::function<absl::Status(grpc::ClientContext&)>& call) {
  RealClock clock;
  return Retry(
      clock, {.max_elapsed = kPatience},
      [&] {
        grpc::ClientContext context;
        PrepareCall(context, kCallTimeout);
        return call(context);
      },
      should_stop_);
}

absl::StatusOr<bool> ReplayClient::CreateRun(const std::string& config_yaml) {
  replay::v1::CreateRunRequest request;
  request.set_run(run_);
  request.set_config_yaml(config_yaml);
  replay::v1::CreateRunResponse response;
  HIR_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    return FromGrpc(stub_.CreateRun(&context, request, &response));
  }));
  return response.created();
}

absl::StatusOr<replay::v1::GetRunResponse> ReplayClient::GetRun() {
  replay::v1::GetRunRequest request;
  request.set_run(run_);
  replay::v1::GetRunResponse response;
  HIR_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    return FromGrpc(stub_.GetRun(&context, request, &response));
  }));
  return response;
}

absl::Status ReplayClient::PutTasks(absl::Span<const replay::v1::Task> tasks) {
  for (size_t begin = 0; begin < tasks.size(); begin += kMostTasksACall) {
    replay::v1::PutTasksRequest request;
    request.set_run(run_);
    for (const replay::v1::Task& task : tasks.subspan(begin, kMostTasksACall)) {
      *request.add_tasks() = task;
    }
    replay::v1::PutTasksResponse response;
    HIR_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
      return FromGrpc(stub_.PutTasks(&context, request, &response));
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<replay::v1::GetProgressResponse> ReplayClient::GetProgress() {
  replay::v1::GetProgressRequest request;
  request.set_run(run_);
  replay::v1::GetProgressResponse response;
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(1));
  HIR_RETURN_IF_ERROR(FromGrpc(stub_.GetProgress(&context, request, &response)));
  return response;
}

absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReplayClient::ReadStep(int64_t step) {
  std::vector<replay::v1::RolloutRecord> records;
  HIR_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    records.clear();
    replay::v1::ReadStepRequest request;
    request.set_run(run_);
    request.set_step(step);
    const auto reader = stub_.ReadStep(&context, request);
    replay::v1::RolloutRecord record;
    while (reader->Read(&record)) records.push_back(record);
    return FromGrpc(reader->Finish());
  }));
  return records;
}

absl::Status ReplayClient::DeleteRun() {
  replay::v1::DeleteRunRequest request;
  request.set_run(run_);
  replay::v1::DeleteRunResponse response;
  return Call([&](grpc::ClientContext& context) {
    return FromGrpc(stub_.DeleteRun(&context, request, &response));
  });
}

}  // namespace hir
