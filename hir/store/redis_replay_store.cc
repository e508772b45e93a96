#include "hir/store/redis_replay_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"
#include "hir/domain/run_name.h"
#include "hir/store/refusals.h"
#include "hir/store/reply_records.h"

namespace hir {
namespace {

using Arguments = std::vector<std::string>;

std::string RunKey(const std::string& run) { return absl::StrCat("hir:{", run, "}"); }

// Fixed width, so that members with equal scores sort as numbers.
std::string TaskName(uint64_t task) { return absl::StrFormat("%020d", task); }

std::string Milliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration));
}

// For scripts that refuse nothing: any word but OK is unknown to this version.
absl::Status NoRefusal(absl::string_view word, ReplyReader&) {
  return UnexpectedReply(absl::StrCat("the word '", word, "'"));
}

// The error for a refusal of insert.lua.
absl::Status InsertRefusal(const std::string& run, const SampleRecord& sample,
                           absl::string_view word, ReplyReader& detail) {
  if (word == "TASK") return UnknownTaskError(run, sample);
  if (word == "STEP") return OtherStepError(run, sample, detail.Int());
  if (word == "SAMPLE") return NoSuchSampleError(run, sample, detail.Uint());
  return UnknownTokenError(run, sample, detail.Uint());
}

// The error for a refusal of advance_version.lua.
absl::Status AdvanceRefusal(const std::string& run, const WeightsId& weights,
                            const std::string& batch_digest, absl::string_view word,
                            ReplyReader& detail) {
  if (word == "FENCED") return FencedOutError(weights, detail.Uint());
  if (word == "BATCH") return OtherBatchError(run, weights, batch_digest);
  if (word == "CONFLICT") return OtherDigestError(run, weights);
  if (word == "GAP") return VersionGapError(run, weights, detail.Int());
  return OlderVersionError(run, weights, detail.Int());
}

}  // namespace

RedisReplayStore::RedisReplayStore(RedisOptions options) : client_(std::move(options)) {}

absl::StatusOr<RedisReply> RedisReplayStore::Run(const RedisScript& script, const std::string& run,
                                                 std::vector<std::string> arguments) {
  return Run(script, run, std::move(arguments), NoRefusal);
}

absl::StatusOr<RedisReply> RedisReplayStore::Run(const RedisScript& script, const std::string& run,
                                                 std::vector<std::string> arguments,
                                                 Refusal refusal) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  HIR_ASSIGN_OR_RETURN(RedisReply reply, client_.Run(script, RunKey(run), std::move(arguments)));
  if (reply.elements.empty()) return UnexpectedReply("a script");
  const std::string word = std::move(reply.elements.front().text);
  reply.elements.erase(reply.elements.begin());
  if (word == "OK") return reply;
  ReplyReader detail(reply);
  if (word == "NO_RUN") return NoSuchRunError(run);
  if (word == "LOST") return LostRunError(run);
  if (word == "FORMAT") {
    const std::string found = detail.Text();
    return OtherFormatError(run, found, detail.Text());
  }
  return refusal(word, detail);
}

absl::StatusOr<bool> RedisReplayStore::IsSet(const std::string& name, absl::string_view value) {
  const absl::StatusOr<RedisReply> reply = client_.Command(Arguments{"CONFIG", "GET", name});
  if (absl::IsUnavailable(reply.status())) return reply.status();
  if (!reply.ok() || reply->elements.size() != 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("can't tell whether Redis at ", client_.address(),
                     " keeps what it acknowledges, since it does not show its setting ", name,
                     "; make sure that it runs with --appendonly yes --appendfsync always"));
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
        " runs with appendfsync everysec, so a crash may lose two seconds of acknowledged "
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
                    absl::StrCat(record.tasks_per_step),
                    absl::StrCat(record.replacements_per_step)},
          [&run](absl::string_view word, ReplyReader&) {
            return OtherRunError(run, word == "CONFIG" ? "configuration" : "tokenizer");
          }));
  return ReplyReader(reply).Bool();
}

absl::Status RedisReplayStore::ChangeConfig(const std::string& run, const std::string& before,
                                            const std::string& config) {
  return Run(scripts_.change_config, run, Arguments{before, config},
             [&run](absl::string_view, ReplyReader&) { return ConfigChangedError(run); })
      .status();
}

absl::StatusOr<RunState> RedisReplayStore::GetRun(const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.get_run, run, {}));
  ReplyReader reader(reply);
  RunState state;
  state.record.config = reader.Text();
  state.record.tokenizer_digest = reader.Text();
  state.record.lease_duration = absl::Milliseconds(reader.Int());
  state.record.max_attempts = static_cast<int>(reader.Int());
  state.record.max_staleness = static_cast<int>(reader.Int());
  state.record.tasks_per_step = static_cast<int>(reader.Int());
  state.record.replacements_per_step = static_cast<int>(reader.Int());
  state.weights = ReadWeights(reader);
  state.checkpoint_version = reader.Int();
  state.first_version = reader.Int();
  state.dropped_step = reader.Int();
  if (!reader.ok()) return UnexpectedReply("a run");
  return state;
}

absl::StatusOr<PutTasksResult> RedisReplayStore::PutTasks(const std::string& run,
                                                          absl::Span<const TaskRecord> tasks) {
  Arguments arguments;
  for (const TaskRecord& task : tasks) {
    arguments.insert(arguments.end(),
                     {TaskName(task.task), absl::StrCat(task.step), absl::StrCat(task.responses),
                      task.payload, task.replacement ? "1" : "0"});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.put_tasks, run, std::move(arguments),
                           [&run](absl::string_view word, ReplyReader& detail) {
                             const uint64_t task = detail.Uint();
                             const int64_t step = detail.Int();
                             return word == "FROZEN" ? FrozenStepError(run, task, step)
                                                     : FullStepError(run, task, step);
                           }));
  ReplyReader reader(reply);
  PutTasksResult result;
  result.added = static_cast<uint32_t>(reader.Uint());
  result.existing = static_cast<uint32_t>(reader.Uint());
  if (!reader.ok()) return UnexpectedReply("tasks that were put");
  return result;
}

absl::StatusOr<LeaseResult> RedisReplayStore::LeaseTasks(const std::string& run,
                                                         const LeaseRequest& request) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.lease_tasks, run,
                           Arguments{request.worker, request.worker_payload,
                                     absl::StrCat(request.serving.incarnation),
                                     absl::StrCat(request.serving.version), request.serving.digest,
                                     absl::StrCat(request.max_tasks), absl::StrCat(kMostWorkers),
                                     Milliseconds(kWorkerAge)}));
  ReplyReader reader(reply);
  LeaseResult result;
  for (const RedisReply& element : reader.List().elements) {
    HIR_ASSIGN_OR_RETURN(TaskLease lease, ReadTaskLease(element));
    result.leases.push_back(std::move(lease));
  }
  result.requeued = ReadLostLeases(reader);
  result.abandoned = ReadLostLeases(reader);
  result.lease_duration = absl::Milliseconds(reader.Int());
  result.learner = reader.Text();
  const RedisReply& fetch = reader.List();
  if (!fetch.elements.empty()) {
    ReplyReader weights(fetch);
    result.fetch_at_least = ReadWeights(weights);
  }
  if (!reader.ok()) return UnexpectedReply("leases");
  return result;
}

absl::StatusOr<EndedLeases> RedisReplayStore::GiveUp(const std::string& run,
                                                     absl::Span<const GivenUpLease> leases) {
  Arguments arguments;
  for (const GivenUpLease& given_up : leases) {
    arguments.insert(arguments.end(),
                     {TaskName(given_up.lease.task), absl::StrCat(given_up.lease.token),
                      given_up.reason.substr(0, kLongestReasonBytes)});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.give_up, run, std::move(arguments)));
  ReplyReader reader(reply);
  EndedLeases ended;
  ended.requeued = ReadLostLeases(reader);
  ended.abandoned = ReadLostLeases(reader);
  if (!reader.ok()) return UnexpectedReply("leases that were given up");
  return ended;
}

absl::StatusOr<std::vector<uint64_t>> RedisReplayStore::RenewLeases(
    const std::string& run, absl::Span<const LeaseToken> leases) {
  Arguments arguments;
  for (const LeaseToken& lease : leases) {
    arguments.insert(arguments.end(), {TaskName(lease.task), absl::StrCat(lease.token)});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.renew_leases, run, std::move(arguments)));
  ReplyReader reader(reply);
  std::vector<uint64_t> renewed = reader.Uints();
  if (!reader.ok()) return UnexpectedReply("leases that were renewed");
  return renewed;
}

absl::StatusOr<SampleContext> RedisReplayStore::GetSampleContext(
    const std::string& run, const SampleId& sample, absl::Span<const WeightsId> weights) {
  Arguments arguments = {TaskName(sample.task), absl::StrCat(sample.sample)};
  for (const WeightsId& key : weights) {
    arguments.insert(arguments.end(), {absl::StrCat(key.incarnation), absl::StrCat(key.version)});
  }
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.get_sample_context, run, std::move(arguments)));
  ReplyReader reader(reply);
  SampleContext context;
  context.wanted = reader.Bool();
  context.task_payload = reader.Text();
  context.incarnation = reader.Uint();
  context.newest = ReadWeights(reader);
  ReplyReader digests(reader.List());
  for (size_t i = 0; i < weights.size(); ++i) context.digests.push_back(digests.Text());
  if (!reader.ok() || !digests.ok()) return UnexpectedReply("a sample's context");
  return context;
}

absl::StatusOr<InsertOutcome> RedisReplayStore::Insert(const std::string& run,
                                                       SampleRecord sample) {
  Arguments arguments = {TaskName(sample.task), absl::StrCat(sample.sample),
                         absl::StrCat(sample.step), absl::StrCat(sample.token)};
  // Not in the braces, which copy.
  arguments.push_back(std::move(sample.payload));
  // In full, since the script compares texts.
  arguments.push_back(sample.reward.has_value() ? absl::StrFormat("%.17g", *sample.reward) : "");
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.insert, run, std::move(arguments),
                           [&](absl::string_view word, ReplyReader& detail) {
                             return InsertRefusal(run, sample, word, detail);
                           }));
  ReplyReader reader(reply);
  InsertOutcome outcome;
  outcome.kind = static_cast<InsertOutcome::Kind>(reader.Int());
  outcome.task_complete = reader.Bool();
  outcome.step_complete = reader.Bool();
  if (!reader.ok()) return UnexpectedReply("an insert");
  return outcome;
}

absl::StatusOr<StepState> RedisReplayStore::GetStep(const std::string& run, int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.get_step, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  StepState state = ReadStepState(reader);
  if (!reader.ok()) return UnexpectedReply("a step");
  return state;
}

absl::StatusOr<std::vector<StepTask>> RedisReplayStore::GetStepTasks(const std::string& run,
                                                                     int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.get_step_tasks, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  std::vector<StepTask> tasks;
  for (const RedisReply& element : reader.List().elements) {
    HIR_ASSIGN_OR_RETURN(StepTask task, ReadStepTask(element));
    tasks.push_back(std::move(task));
  }
  if (!reader.ok()) return UnexpectedReply("the tasks of a step");
  return tasks;
}

absl::StatusOr<std::vector<std::string>> RedisReplayStore::ReadSamples(
    const std::string& run, int64_t step, absl::Span<const SampleId> keys) {
  Arguments arguments = {absl::StrCat(step)};
  for (const SampleId& key : keys) {
    arguments.push_back(absl::StrCat(TaskName(key.task), "/", key.sample));
  }
  HIR_ASSIGN_OR_RETURN(RedisReply reply, Run(scripts_.read_samples, run, std::move(arguments)));
  if (reply.elements.size() != 1 || reply.elements[0].elements.size() != keys.size()) {
    return UnexpectedReply("samples");
  }
  std::vector<std::string> payloads;
  for (size_t i = 0; i < keys.size(); ++i) {
    RedisReply& sample = reply.elements[0].elements[i];
    if (sample.kind == RedisReply::Kind::kNil) return MissingSampleError(run, step, keys[i]);
    payloads.push_back(std::move(sample.text));
  }
  return payloads;
}

absl::StatusOr<bool> RedisReplayStore::Freeze(const std::string& run, int64_t step,
                                              const Manifest& manifest) {
  HIR_ASSIGN_OR_RETURN(
      const RedisReply reply,
      Run(scripts_.freeze, run, Arguments{absl::StrCat(step), manifest.bytes, manifest.digest},
          [&](absl::string_view, ReplyReader&) { return IncompleteStepError(run, step); }));
  return ReplyReader(reply).Bool();
}

absl::StatusOr<std::map<int64_t, std::string>> RedisReplayStore::ListDigests(
    const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.list_digests, run, {}));
  ReplyReader reader(reply);
  const RedisReply& pairs = reader.List();
  ReplyReader fields(pairs);
  std::map<int64_t, std::string> digests;
  for (size_t i = 0; i + 1 < pairs.elements.size(); i += 2) {
    const int64_t step = fields.Int();
    digests[step] = fields.Text();
  }
  if (!reader.ok() || !fields.ok()) return UnexpectedReply("digests");
  return digests;
}

absl::StatusOr<std::optional<Manifest>> RedisReplayStore::ReadManifest(const std::string& run,
                                                                       int64_t step) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.read_manifest, run, Arguments{absl::StrCat(step)}));
  ReplyReader reader(reply);
  const bool frozen = reader.Bool();
  Manifest manifest;
  manifest.bytes = reader.Text();
  manifest.digest = reader.Text();
  if (!reader.ok()) return UnexpectedReply("a manifest");
  if (!frozen) return std::nullopt;
  return manifest;
}

absl::StatusOr<uint64_t> RedisReplayStore::TakeIncarnation(const std::string& run,
                                                           const std::string& learner,
                                                           uint64_t above) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply, Run(scripts_.take_incarnation, run,
                                                   Arguments{learner, absl::StrCat(above)}));
  return ReplyReader(reply).Uint();
}

absl::Status RedisReplayStore::AdvanceVersion(const std::string& run, const WeightsId& weights,
                                              const std::string& batch_digest) {
  return Run(scripts_.advance_version, run,
             Arguments{absl::StrCat(weights.incarnation), absl::StrCat(weights.version),
                       weights.digest, batch_digest},
             [&](absl::string_view word, ReplyReader& detail) {
               return AdvanceRefusal(run, weights, batch_digest, word, detail);
             })
      .status();
}

absl::Status RedisReplayStore::CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                                int64_t oldest_kept_version) {
  return Run(scripts_.commit_checkpoint, run,
             Arguments{absl::StrCat(weights.incarnation), absl::StrCat(weights.version),
                       absl::StrCat(oldest_kept_version)},
             [&weights](absl::string_view, ReplyReader& detail) {
               return FencedOutError(weights, detail.Uint());
             })
      .status();
}

absl::StatusOr<std::vector<WorkerRecord>> RedisReplayStore::ListWorkers(const std::string& run,
                                                                        absl::Duration max_age) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.list_workers, run,
                           Arguments{Milliseconds(max_age), absl::StrCat(kMostWorkers)}));
  ReplyReader reader(reply);
  std::vector<WorkerRecord> workers;
  for (const RedisReply& element : reader.List().elements) {
    HIR_ASSIGN_OR_RETURN(WorkerRecord worker, ReadWorker(element));
    workers.push_back(std::move(worker));
  }
  if (!reader.ok()) return UnexpectedReply("workers");
  return workers;
}

absl::StatusOr<RunProgress> RedisReplayStore::GetProgress(const std::string& run) {
  HIR_ASSIGN_OR_RETURN(const RedisReply reply,
                       Run(scripts_.get_progress, run, Arguments{Milliseconds(kWorkerAge)}));
  ReplyReader reader(reply);
  RunProgress progress;
  progress.weights = ReadWeights(reader);
  progress.newest_frozen_step = reader.Int();
  progress.collecting_step = reader.Int();
  progress.tasks = reader.Uint();
  progress.tasks_held = reader.Uint();
  progress.tasks_completed = reader.Uint();
  progress.tasks_leased = reader.Uint();
  progress.tasks_abandoned = reader.Uint();
  progress.samples = reader.Uint();
  progress.sample_bytes = reader.Uint();
  progress.workers = static_cast<uint32_t>(reader.Uint());
  ReplyReader collecting(reader.List());
  progress.collecting = ReadStepState(collecting);
  if (!reader.ok() || !collecting.ok()) return UnexpectedReply("a run's progress");
  return progress;
}

absl::Status RedisReplayStore::DeleteRun(const std::string& run) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  // The run's own hash goes first: without it the remaining keys belong to no run.
  HIR_ASSIGN_OR_RETURN(const RedisReply head, client_.Command(Arguments{"UNLINK", RunKey(run)}));
  int64_t deleted = head.integer;
  std::string cursor = "0";
  do {
    HIR_ASSIGN_OR_RETURN(
        const RedisReply page,
        client_.Command(Arguments{"SCAN", cursor, "MATCH", RunKey(run) + ":*", "COUNT", "1000"}));
    if (page.elements.size() != 2) return UnexpectedReply("SCAN");
    cursor = page.elements[0].text;
    Arguments unlink = {"UNLINK"};
    for (const RedisReply& key : page.elements[1].elements) unlink.push_back(key.text);
    if (unlink.size() == 1) continue;
    HIR_ASSIGN_OR_RETURN(const RedisReply reply, client_.Command(unlink));
    deleted += reply.integer;
  } while (cursor != "0");
  if (deleted > 0) return absl::OkStatus();
  return NoSuchRunError(run);
}

}  // namespace hir
