#include "hir/store/redis_replay_store.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"
#include "hir/domain/run_name.h"
#include "hir/store/reply_reader.h"

namespace hir {
namespace {

using Arguments = std::vector<std::string>;

constexpr size_t kLongestReason = 300;  // Bytes.

std::string RunKey(const std::string& run) { return absl::StrCat("hir:{", run, "}"); }

// Fixed width, so that members of one score sort as numbers.
std::string TaskName(uint64_t task) { return absl::StrFormat("%020d", task); }

std::string Milliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration));
}

std::string StepOf(const std::string& run, int64_t step) {
  return absl::StrCat("step ", step, " of run '", run, "'");
}

// Scripts and this file are one; an answer that doesn't fit is a broken invariant or another
// version's data.
absl::Status Misread(const char* what) {
  return absl::InternalError(
      absl::StrCat("Redis answered ", what, " in a form this version does not know"));
}

// `text` without the broken character that a cut left at its end.
std::string WholeCharacters(std::string text) {
  size_t end = text.size();
  const auto continues = [&](size_t i) { return (text[i] & 0xC0) == 0x80; };
  while (end > 0 && text.size() - end < 3 && continues(end - 1)) --end;
  if (end > 0 && (text[end - 1] & 0x80) != 0) {
    const auto first = static_cast<unsigned char>(text[end - 1]);
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (text.size() - (end - 1) < length) text.resize(end - 1);
  }
  return text;
}

StepState ReadStepState(ReplyReader& reader) {
  StepState state;
  state.frozen = reader.Bool();
  state.complete = reader.Bool();
  state.dropped = reader.Bool();
  state.tasks = reader.Uint();
  state.expected = reader.Uint();
  state.inserted = reader.Uint();
  state.abandoned = reader.Uint();
  state.first_insert = reader.Time();
  state.now = reader.Time();
  state.abandon_reason = WholeCharacters(reader.Text());
  return state;
}

WeightsId ReadWeights(ReplyReader& reader) {
  WeightsId weights;
  weights.incarnation = reader.Uint();
  weights.version = reader.Int();
  weights.digest = reader.Text();
  return weights;
}

absl::StatusOr<TaskLease> ReadLease(const RedisReply& list) {
  ReplyReader reader(list);
  TaskLease lease;
  lease.task = reader.Uint();
  lease.token = reader.Uint();
  const std::string have = reader.Text();
  for (size_t i = 0; i < have.size(); ++i) {
    if (have[i] == '0') lease.missing_samples.push_back(static_cast<uint32_t>(i));
  }
  lease.expires_at = reader.Time();
  lease.payload = reader.Text();
  if (!reader.ok()) return Misread("a lease");
  return lease;
}

std::vector<LostLease> ReadLost(ReplyReader& reader) {
  const std::vector<uint64_t> pairs = reader.Uints();
  std::vector<LostLease> lost;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    lost.push_back({pairs[i], static_cast<int64_t>(pairs[i + 1])});
  }
  return lost;
}

// `verdict` is the first word of a refused insert, `detail` what it came with.
absl::Status InsertRefusal(const std::string& run, const SampleRecord& sample,
                           const std::string& verdict, const std::string& detail) {
  const std::string name =
      absl::StrCat("sample ", sample.task, "/", sample.sample, " of run '", run, "'");
  if (verdict == "TASK") {
    return absl::InvalidArgumentError(absl::StrCat(name, " is of a task that was never put"));
  }
  if (verdict == "SAMPLE") {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is not wanted: its task asks for ", detail, " samples"));
  }
  if (verdict == "STEP") {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " names step ", sample.step, " but its task is for step ", detail));
  }
  return absl::InvalidArgumentError(absl::StrCat(name, " carries fencing token ", sample.token,
                                                 " but its task was leased under 1 to ", detail));
}

absl::Status Lost(const std::string& run) {
  return absl::DataLossError(
      absl::StrCat("run '", run,
                   "' has lost its first writes, what it was made with among them: the "
                   "head of Redis' append-only file is missing; give the whole file back"));
}

absl::Status Fenced(const WeightsId& weights, const std::string& current) {
  if (uint64_t newest = 0; absl::SimpleAtoi(current, &newest) && newest < weights.incarnation) {
    return absl::FailedPreconditionError(absl::StrCat(
        "incarnation ", weights.incarnation, " is higher than the run's newest (", current,
        "): the ledger has lost its last writes; give Redis its whole append-only file back"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("incarnation ", weights.incarnation, " is not the run's newest (", current,
                   "); another learner has taken over, so this one must stop"));
}

}  // namespace

RedisReplayStore::RedisReplayStore(RedisOptions options) : client_(std::move(options)) {}

absl::StatusOr<RedisReply> RedisReplayStore::Run(const RedisScript& script, const std::string& run,
                                                 absl::Span<const std::string> arguments) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  HIR_ASSIGN_OR_RETURN(RedisReply reply, client_.Run(script, RunKey(run), arguments));
  if (reply.elements.empty()) return Misread("a script");
  if (reply.elements[0].text == "NO_RUN") {
    return absl::NotFoundError(absl::StrCat("run '", run, "' does not exist"));
  }
  return reply;
}

absl::StatusOr<bool> RedisReplayStore::IsSet(const std::string& name, absl::string_view value) {
  const absl::StatusOr<RedisReply> reply = client_.Command(Arguments{"CONFIG", "GET", name});
  if (absl::IsUnavailable(reply.status())) return reply.status();
  if (!reply.ok() || reply->elements.size() != 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("can't tell whether Redis at ", client_.address(),
                     " keeps what it acknowledges, since it does not show its setting ", name,
                     "; see that it runs with --appendonly yes --appendfsync always"));
  }
  return reply->elements[1].text == value;
}

absl::Status RedisReplayStore::CheckDurable() {
  HIR_RETURN_IF_ERROR(client_.Command(Arguments{"PING"}).status());
  HIR_ASSIGN_OR_RETURN(const bool append_only, IsSet("appendonly", "yes"));
  if (!append_only) {
    return absl::FailedPreconditionError(
        absl::StrCat("Redis at ", client_.address(),
                     " runs without its append-only file, so a restart of it loses the run; start "
                     "it with --appendonly yes --appendfsync always"));
  }
  HIR_ASSIGN_OR_RETURN(const bool hasty, IsSet("appendfsync", "everysec"));
  if (hasty) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Redis at ", client_.address(),
        " runs with appendfsync everysec, so its end may lose two seconds of acknowledged "
        "responses while its disk is slow; start it with --appendfsync always"));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> RedisReplayStore::CreateRun(const std::string& run, const LedgerRun& record) {
  HIR_ASSIGN_OR_RETURN(
      const RedisReply reply,
      Run(scripts_.create_run, run,
          Arguments{record.config, record.tokenizer_digest, Milliseconds(record.lease_duration),
                    absl::StrCat(record.max_attempts), absl::StrCat(record.max_staleness),
                    absl::StrCat(record.tasks_per_step)}));
  ReplyReader reader(reply);
  const std::string verdict = reader.Text();
  if (verdict == "OK") return reader.Bool();
  if (verdict == "LOST") return Lost(run);
  return absl::FailedPreconditionError(absl::StrCat(
      "run '", run, "' exists with another ", verdict == "CONFIG" ? "configuration" : "tokenizer",
      "; choose another name or remove the run"));
}

absl::Status RedisReplayStore::ChangeConfig(const std::string& run, const std::string& before,
                                            const std::string& config) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.change_config, run, Arguments{before, config}));
  ReplyReader reader(reply);
  if (reader.Text() == "OK") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the configuration of run '", run, "' was changed by somebody else; try again"));
}

absl::StatusOr<RunState> RedisReplayStore::GetRun(const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.get_run, run, {}));
  ReplyReader reader(reply);
  if (reader.Text() == "LOST") return Lost(run);
  RunState state;
  state.record.config = reader.Text();
  state.record.tokenizer_digest = reader.Text();
  state.record.lease_duration = absl::Milliseconds(reader.Int());
  state.record.max_attempts = static_cast<int>(reader.Int());
  state.record.max_staleness = static_cast<int>(reader.Int());
  state.record.tasks_per_step = static_cast<int>(reader.Int());
  state.weights = ReadWeights(reader);
  state.checkpoint_version = reader.Int();
  state.first_version = reader.Int();
  state.dropped_step = reader.Int();
  if (!reader.ok()) return Misread("a run");
  return state;
}

absl::StatusOr<PutTasksResult> RedisReplayStore::PutTasks(const std::string& run,
                                                          absl::Span<const TaskRecord> tasks) {
  Arguments arguments;
  for (const TaskRecord& task : tasks) {
    arguments.insert(arguments.end(), {TaskName(task.task), absl::StrCat(task.step),
                                       absl::StrCat(task.responses), task.payload});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.put_tasks, run, arguments));
  ReplyReader reader(reply);
  const std::string verdict = reader.Text();
  if (verdict == "OK") {
    PutTasksResult result;
    result.added = static_cast<uint32_t>(reader.Uint());
    result.existing = static_cast<uint32_t>(reader.Uint());
    return result;
  }
  const uint64_t task = reader.Uint();
  return absl::FailedPreconditionError(absl::StrCat(
      "task ", task, " is for ", StepOf(run, reader.Int()),
      verdict == "FROZEN" ? ", which is frozen already" : ", which has all of its tasks already"));
}

absl::StatusOr<LeaseResult> RedisReplayStore::LeaseTasks(const std::string& run,
                                                         const LeaseRequest& request) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.lease, run,
                           Arguments{request.worker, request.worker_payload,
                                     absl::StrCat(request.serving.incarnation),
                                     absl::StrCat(request.serving.version), request.serving.digest,
                                     absl::StrCat(request.max_tasks), absl::StrCat(kMostWorkers)}));
  ReplyReader reader(reply);
  reader.Text();
  LeaseResult result;
  for (const RedisReply& element : reader.List().elements) {
    HIR_ASSIGN_OR_RETURN(TaskLease lease, ReadLease(element));
    result.leases.push_back(std::move(lease));
  }
  result.requeued = ReadLost(reader);
  result.abandoned = ReadLost(reader);
  result.lease_duration = absl::Milliseconds(reader.Int());
  result.learner = reader.Text();
  const RedisReply& fetch = reader.List();
  if (!fetch.elements.empty()) {
    ReplyReader weights(fetch);
    result.fetch_at_least = ReadWeights(weights);
  }
  if (!reader.ok()) return Misread("leases");
  return result;
}

absl::StatusOr<EndedLeases> RedisReplayStore::GiveUp(const std::string& run,
                                                     absl::Span<const GivenUpLease> leases) {
  Arguments arguments;
  for (const GivenUpLease& given_up : leases) {
    arguments.insert(arguments.end(),
                     {TaskName(given_up.lease.task), absl::StrCat(given_up.lease.token),
                      given_up.reason.substr(0, kLongestReason)});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.give_up, run, arguments));
  ReplyReader reader(reply);
  reader.Text();
  EndedLeases ended;
  ended.requeued = ReadLost(reader);
  ended.abandoned = ReadLost(reader);
  if (!reader.ok()) return Misread("leases that were given up");
  return ended;
}

absl::StatusOr<std::vector<uint64_t>> RedisReplayStore::RenewLeases(
    const std::string& run, absl::Span<const LeaseToken> leases) {
  Arguments arguments;
  for (const LeaseToken& lease : leases) {
    arguments.insert(arguments.end(), {TaskName(lease.task), absl::StrCat(lease.token)});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.renew, run, arguments));
  ReplyReader reader(reply);
  reader.Text();
  return reader.Uints();
}

absl::StatusOr<SampleContext> RedisReplayStore::GetSampleContext(
    const std::string& run, const SampleId& sample, absl::Span<const WeightsId> weights) {
  Arguments arguments = {TaskName(sample.task), absl::StrCat(sample.sample)};
  for (const WeightsId& key : weights) {
    arguments.insert(arguments.end(), {absl::StrCat(key.incarnation), absl::StrCat(key.version)});
  }
  HIR_ASSIGN_OR_RETURN(RedisReply reply, Run(scripts_.sample_context, run, arguments));
  ReplyReader reader(reply);
  reader.Text();
  SampleContext context;
  context.wanted = reader.Bool();
  context.task_payload = reader.Text();
  context.incarnation = reader.Uint();
  context.newest = ReadWeights(reader);
  ReplyReader digests(reader.List());
  for (size_t i = 0; i < weights.size(); ++i) context.digests.push_back(digests.Text());
  if (!reader.ok() || !digests.ok()) return Misread("a sample's context");
  return context;
}

absl::StatusOr<InsertOutcome> RedisReplayStore::Insert(const std::string& run,
                                                       const SampleRecord& sample) {
  HIR_ASSIGN_OR_RETURN(
      const RedisReply reply,
      Run(scripts_.insert, run,
          Arguments{TaskName(sample.task), absl::StrCat(sample.sample), absl::StrCat(sample.step),
                    absl::StrCat(sample.token), sample.payload}));
  ReplyReader reader(reply);
  const std::string verdict = reader.Text();
  if (verdict != "OK") return InsertRefusal(run, sample, verdict, reader.Text());
  InsertOutcome outcome;
  outcome.kind = static_cast<InsertOutcome::Kind>(reader.Int());
  outcome.late = reader.Bool();
  outcome.task_complete = reader.Bool();
  outcome.step_complete = reader.Bool();
  if (!reader.ok()) return Misread("an insert");
  return outcome;
}

absl::StatusOr<StepState> RedisReplayStore::GetStep(const std::string& run, int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.get_step, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  reader.Text();
  StepState state = ReadStepState(reader);
  if (!reader.ok()) return Misread("a step");
  return state;
}

absl::StatusOr<std::vector<StepTask>> RedisReplayStore::GetStepTasks(const std::string& run,
                                                                     int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.step_tasks, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  reader.Text();
  std::vector<StepTask> tasks;
  for (const RedisReply& element : reader.List().elements) {
    ReplyReader fields(element);
    StepTask task;
    task.task = fields.Uint();
    task.responses = static_cast<uint32_t>(fields.Uint());
    task.abandoned = fields.Text() == "abandoned";
    task.payload = fields.Text();
    if (!fields.ok()) return Misread("a task");
    tasks.push_back(std::move(task));
  }
  return tasks;
}

absl::StatusOr<std::vector<std::string>> RedisReplayStore::ReadSamples(
    const std::string& run, int64_t step, absl::Span<const SampleId> keys) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  if (keys.empty()) return std::vector<std::string>();
  Arguments words = {"HMGET", absl::StrCat(RunKey(run), ":samples:", step)};
  for (const SampleId& key : keys) {
    words.push_back(absl::StrCat(TaskName(key.task), "/", key.sample));
  }
  HIR_ASSIGN_OR_RETURN(RedisReply reply, client_.Command(words));
  if (reply.elements.size() != keys.size()) return Misread("samples");
  std::vector<std::string> payloads;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (reply.elements[i].kind == RedisReply::Kind::kNil) {
      return absl::NotFoundError(absl::StrCat("sample ", keys[i].task, "/", keys[i].sample, " of ",
                                              StepOf(run, step),
                                              " is not there; it never came or was deleted"));
    }
    payloads.push_back(std::move(reply.elements[i].text));
  }
  return payloads;
}

absl::StatusOr<bool> RedisReplayStore::Freeze(const std::string& run, int64_t step,
                                              const Manifest& manifest) {
  HIR_ASSIGN_OR_RETURN(
      const RedisReply reply,
      Run(scripts_.freeze, run, Arguments{absl::StrCat(step), manifest.bytes, manifest.digest}));
  ReplyReader reader(reply);
  if (reader.Text() == "OK") return reader.Bool();
  return absl::FailedPreconditionError(
      absl::StrCat(StepOf(run, step), " cannot be frozen yet: samples are missing"));
}

absl::StatusOr<std::map<int64_t, std::string>> RedisReplayStore::ListDigests(
    const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.list_digests, run, {}));
  ReplyReader reader(reply);
  reader.Text();
  const RedisReply& pairs = reader.List();
  ReplyReader fields(pairs);
  std::map<int64_t, std::string> digests;
  for (size_t i = 0; i + 1 < pairs.elements.size(); i += 2) {
    const int64_t step = fields.Int();
    digests[step] = fields.Text();
  }
  if (!reader.ok() || !fields.ok()) return Misread("digests");
  return digests;
}

absl::StatusOr<std::optional<Manifest>> RedisReplayStore::ReadManifest(const std::string& run,
                                                                       int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.read_manifest, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  reader.Text();
  Manifest manifest;
  manifest.bytes = reader.Text();
  manifest.digest = reader.Text();
  if (manifest.digest.empty()) return std::nullopt;
  return manifest;
}

absl::StatusOr<uint64_t> RedisReplayStore::TakeIncarnation(const std::string& run,
                                                           const std::string& learner,
                                                           uint64_t above) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.take_incarnation, run,
                                                   Arguments{learner, absl::StrCat(above)}));
  ReplyReader reader(reply);
  reader.Text();
  return reader.Uint();
}

absl::Status RedisReplayStore::AdvanceVersion(const std::string& run, const WeightsId& weights,
                                              const std::string& batch_digest) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.advance, run,
                           Arguments{absl::StrCat(weights.incarnation),
                                     absl::StrCat(weights.version), weights.digest, batch_digest}));
  ReplyReader reader(reply);
  const std::string verdict = reader.Text();
  if (verdict == "OK") return absl::OkStatus();
  if (verdict == "FENCED") return Fenced(weights, reader.Text());
  const std::string version = absl::StrCat("version ", weights.version, " of run '", run, "'");
  if (verdict == "BATCH") {
    return absl::FailedPreconditionError(
        absl::StrCat(version, " was not made from the frozen batch of its step (batch digest ",
                     batch_digest, "), which the ledger has lost or frozen anew"));
  }
  if (verdict == "GAP") {
    return absl::FailedPreconditionError(absl::StrCat(
        version, " can't follow version ", reader.Text(), ", the newest of incarnation ",
        weights.incarnation, ": the ledger has lost what came between; give Redis its whole ",
        "append-only file back"));
  }
  if (verdict == "CONFLICT") {
    return absl::FailedPreconditionError(absl::StrCat(
        version, " is known with another digest in incarnation ", weights.incarnation));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(version, " is older than version ", reader.Text(), " of the same incarnation"));
}

absl::Status RedisReplayStore::CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                                int64_t oldest_kept_version) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.commit, run,
                                                   Arguments{absl::StrCat(weights.incarnation),
                                                             absl::StrCat(weights.version),
                                                             absl::StrCat(oldest_kept_version)}));
  ReplyReader reader(reply);
  return reader.Text() == "OK" ? absl::OkStatus() : Fenced(weights, reader.Text());
}

absl::StatusOr<std::vector<WorkerRecord>> RedisReplayStore::ListWorkers(const std::string& run,
                                                                        absl::Duration max_age) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.list_workers, run,
                           Arguments{Milliseconds(max_age), absl::StrCat(kMostWorkers)}));
  ReplyReader reader(reply);
  reader.Text();
  std::vector<WorkerRecord> workers;
  for (const RedisReply& element : reader.List().elements) {
    ReplyReader fields(element);
    WorkerRecord worker;
    worker.address = fields.Text();
    worker.payload = fields.Text();
    worker.last_seen = fields.Time();
    if (!fields.ok()) return Misread("a worker");
    workers.push_back(std::move(worker));
  }
  return workers;
}

absl::StatusOr<RunProgress> RedisReplayStore::GetProgress(const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.progress, run, Arguments{Milliseconds(kWorkerAge)}));
  ReplyReader reader(reply);
  reader.Text();
  RunProgress progress;
  progress.weights = ReadWeights(reader);
  progress.newest_frozen_step = reader.Int();
  progress.collecting_step = reader.Int();
  progress.tasks = reader.Uint();
  progress.tasks_completed = reader.Uint();
  progress.tasks_leased = reader.Uint();
  progress.tasks_abandoned = reader.Uint();
  progress.samples = reader.Uint();
  progress.sample_bytes = reader.Uint();
  progress.workers = static_cast<uint32_t>(reader.Uint());
  ReplyReader collecting(reader.List());
  progress.collecting = ReadStepState(collecting);
  if (!reader.ok() || !collecting.ok()) return Misread("a run's progress");
  return progress;
}

absl::Status RedisReplayStore::DeleteRun(const std::string& run) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  // The run's own hash first: what is left then is nobody's.
  HIR_ASSIGN_OR_RETURN(const RedisReply head, client_.Command(Arguments{"UNLINK", RunKey(run)}));
  int64_t deleted = head.integer;
  std::string cursor = "0";
  do {
    HIR_ASSIGN_OR_RETURN(
        const RedisReply page,
        client_.Command(Arguments{"SCAN", cursor, "MATCH", RunKey(run) + ":*", "COUNT", "1000"}));
    if (page.elements.size() != 2) return Misread("SCAN");
    cursor = page.elements[0].text;
    Arguments unlink = {"UNLINK"};
    for (const RedisReply& key : page.elements[1].elements) unlink.push_back(key.text);
    if (unlink.size() == 1) continue;
    HIR_ASSIGN_OR_RETURN(const RedisReply reply, client_.Command(unlink));
    deleted += reply.integer;
  } while (cursor != "0");
  if (deleted > 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("run '", run, "' does not exist"));
}

}  // namespace hir
