#include "hir/driver/ring_check.h"

#include <algorithm>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/config/schema.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/verdict.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

constexpr absl::Duration kHealthTimeout = absl::Seconds(5);
constexpr absl::Duration kCallTimeout = absl::Seconds(10);
// A busy worker lets others have their turn, or swaps weights first.
constexpr absl::Duration kGenerateTimeout = absl::Seconds(60);

Finding Health(const std::string& name, const std::string& service, const std::string& address,
               const TlsFiles& tls) {
  const auto channel = MakeChannel(address, tls);
  const absl::Status status =
      channel.ok() ? CheckHealth(*channel, service, kHealthTimeout) : channel.status();
  if (status.ok()) return {Finding::kOk, name, absl::StrCat(address, " serves ", service), ""};
  return {Finding::kMissing, name, absl::StrCat(address, ": ", std::string(status.message())),
          absl::StrCat("look at the log of hir-", name)};
}

// One task, one response of one token: the smallest run there is.
RunConfig SmallestRun() {
  RunConfig config;
  config.name = absl::StrFormat("hir-check-%08x", std::random_device()());
  config.data.train = {{.file = "-"}};
  config.model.path = config.data.train[0].file;
  config.rollout.train_batch_size = 1;
  config.rollout.responses_per_prompt = 1;
  config.rollout.max_response_tokens = 1;
  config.hindsight.replay_per_prompt = 1;
  config.hindsight.entropy_source = EntropySource::kSampled;  // Every engine has it.
  config.objective.updates_per_step = 1;
  return config;
}

replay::v1::Task OnlyTask() {
  replay::v1::Task task;
  task.set_step(1);
  task.set_responses(1);
  common::v1::Instruction& instruction = *task.mutable_instruction();
  instruction.set_question("Say yes.");
  instruction.set_layout(common::v1::LAYOUT_SPACE);
  common::v1::Constraint& constraint = *instruction.add_constraints();
  constraint.set_kind("punctuation:no_comma");
  constraint.set_arguments_json("{}");
  constraint.set_text("Use no commas.");
  return task;
}

absl::StatusOr<replay::v1::LeasedTask> Lease(ReplayClient& client) {
  // Without an address this is not a worker that replay would list.
  HIR_ASSIGN_OR_RETURN(const replay::v1::LeaseTasksResponse response,
                       client.LeaseTasks(/*worker=*/"", {.run = client.run()}, /*max_tasks=*/1));
  if (response.tasks_size() == 1) return response.tasks(0);
  return absl::InternalError("replay leased no task");
}

common::v1::SamplingSettings SamplingOf(const RunConfig& run) {
  common::v1::SamplingSettings sampling;
  sampling.set_temperature(run.rollout.temperature);
  sampling.set_top_p(run.rollout.top_p);
  sampling.set_top_k(run.rollout.top_k);
  sampling.set_max_response_tokens(run.rollout.max_response_tokens);
  sampling.set_seed(run.seed);
  return sampling;
}

// What the ring's worker answers to the task's prompt.
absl::StatusOr<rollout::v1::GenerateResponse> Generate(rollout::v1::Rollout::Stub& stub,
                                                       const RunConfig& run,
                                                       const replay::v1::LeasedTask& task) {
  rollout::v1::GenerateRequest request;
  rollout::v1::Prompt& prompt = *request.add_prompts();
  *prompt.mutable_token_ids() = task.prompt_token_ids();
  prompt.set_responses(1);
  *request.mutable_sampling() = SamplingOf(run);
  grpc::ClientContext context;
  PrepareCall(context, kGenerateTimeout);
  const auto reader = stub.Generate(&context, request);
  rollout::v1::GenerateResponse response;
  const bool made = reader->Read(&response);
  HIR_RETURN_IF_ERROR(FromGrpc(reader->Finish()));
  if (made) return response;
  return absl::InternalError("the rollout worker made no response");
}

// The worker's answer as a response of the run, drawn with the model folder's weights.
common::v1::Response ResponseOf(const RunConfig& run, const replay::v1::LeasedTask& task,
                                const rollout::v1::GenerateResponse& answer) {
  common::v1::Response response;
  response.set_schema_version(kResponseSchema);
  response.mutable_id()->set_run(run.name);
  response.set_fencing_token(task.fencing_token());
  response.set_step(1);
  *response.mutable_instruction() = task.task().instruction();
  *response.mutable_prompt_token_ids() = task.prompt_token_ids();
  *response.mutable_token_ids() = answer.token_ids();
  *response.mutable_logprobs() = answer.logprobs();
  const auto& logprobs = answer.logprobs();
  response.set_entropy_mean_nats(
      SampledEntropy({logprobs.data(), static_cast<size_t>(logprobs.size())}));
  response.set_entropy_source(ToProto(EntropySource::kSampled));
  response.set_text(answer.text());
  response.set_finish_reason(answer.finish_reason());
  *response.mutable_sampling() = SamplingOf(run);
  response.add_versions()->mutable_weights()->set_run(run.name);
  response.set_worker("hir-doctor");
  return response;
}

absl::Status SendThroughVerifier(verifier::v1::Verifier::Stub& stub,
                                 const common::v1::Response& response) {
  grpc::ClientContext context;
  PrepareCall(context, kCallTimeout);
  const auto stream = stub.VerifyStream(&context);
  verifier::v1::VerifyStreamRequest request;
  *request.mutable_response() = response;
  stream->Write(request);
  stream->WritesDone();
  bool decided = false;
  bool stored = false;
  std::string refused;
  verifier::v1::VerifyStreamResponse answer;
  while (stream->Read(&answer)) {
    for (const auto& verdict : answer.verdicts().strict()) {
      decided |= FromProto(verdict.verdict()) != Verdict::kUndecidable;
    }
    stored |= answer.has_ack() && answer.ack().refused().empty();
    absl::StrAppend(&refused, answer.ack().refused());
  }
  HIR_RETURN_IF_ERROR(FromGrpc(stream->Finish()));
  if (stored && decided) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the verifier did not store the response: ",
                                          stored ? "it has no verdict" : refused));
}

absl::Status AwaitBatch(ReplayClient& client) {
  for (const absl::Time end = absl::Now() + kCallTimeout; absl::Now() < end;) {
    HIR_ASSIGN_OR_RETURN(const auto batch, client.PollBatch(/*step=*/1));
    if (batch.has_value()) return absl::OkStatus();
  }
  return absl::DeadlineExceededError(
      absl::StrCat("replay froze no batch within ", absl::FormatDuration(kCallTimeout)));
}

absl::Status GoRound(RingStubs& stubs, ReplayClient& client, const RunConfig& run) {
  HIR_RETURN_IF_ERROR(client.CreateRun(ToYaml(run)).status());
  HIR_RETURN_IF_ERROR(client.PutTasks({OnlyTask()}));
  HIR_ASSIGN_OR_RETURN(const replay::v1::LeasedTask task, Lease(client));
  HIR_ASSIGN_OR_RETURN(const rollout::v1::GenerateResponse answer,
                       Generate(*stubs.rollouts.front(), run, task));
  HIR_RETURN_IF_ERROR(SendThroughVerifier(*stubs.verifier, ResponseOf(run, task, answer)));
  return AwaitBatch(client);
}

Finding RoundTrip(const RingAddresses& addresses, const TlsFiles& tls) {
  auto stubs = ConnectRing(addresses, tls);
  if (!stubs.ok()) return {Finding::kMissing, "round", std::string(stubs.status().message()), ""};
  const RunConfig run = SmallestRun();
  ReplayClient client(*stubs->replay, run.name, [] { return false; },
                      {.patience = absl::ZeroDuration()});
  absl::Status status = GoRound(*stubs, client, run);
  const absl::Status deleted = client.DeleteRun();
  if (status.ok()) status = deleted;
  if (status.ok()) {
    return {Finding::kOk, "round", "a response went through verifier and replay into a batch", ""};
  }
  return {Finding::kMissing, "round", std::string(status.message()),
          "look at the logs of hir-rollout, hir-verifier and hir-replay"};
}

}  // namespace

std::vector<Finding> ExamineRing(const RingAddresses& addresses, const TlsFiles& tls) {
  std::vector<Finding> findings = {
      Health("replay", replay::v1::Replay::service_full_name(), addresses.replay, tls),
      Health("verifier", verifier::v1::Verifier::service_full_name(), addresses.verifier, tls),
  };
  for (const std::string& address : addresses.rollouts) {
    findings.push_back(Health("rollout", rollout::v1::Rollout::service_full_name(), address, tls));
  }
  findings.push_back(
      Health("learner", learner::v1::Learner::service_full_name(), addresses.learner, tls));
  const bool well = std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Finding::kOk;
  });
  if (well) findings.push_back(RoundTrip(addresses, tls));
  return findings;
}

}  // namespace hir
