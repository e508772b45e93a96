#include "hir/store/model/model_replay_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/run_name.h"
#include "hir/store/refusals.h"
#include "hir/store/whole_characters.h"

namespace hir {

std::vector<const ModelReplayStore::Task*> ModelReplayStore::RunData::TasksOf(int64_t step) const {
  std::vector<const Task*> found;
  for (const auto& [number, task] : tasks) {
    if (task.record.step == step) found.push_back(&task);
  }
  return found;
}

bool ModelReplayStore::RunData::IsFrozen(int64_t step) const {
  const auto found = steps.find(step);
  return found != steps.end() && found->second.manifest.has_value();
}

// The newest version with another digest, or a version of a learner that has been replaced. Version
// 0, the model folder, belongs to every incarnation.
bool ModelReplayStore::RunData::HasReplaced(const WeightsId& serving) const {
  if (serving.version == weights.version && !serving.digest.empty() && !weights.digest.empty()) {
    return serving.digest != weights.digest;
  }
  return serving.version > 0 && serving.incarnation < weights.incarnation;
}

size_t ModelReplayStore::RunData::ShareOf(const std::string& worker, size_t ready,
                                          absl::Time now) const {
  size_t alive = 0;
  for (const auto& [address, record] : workers) alive += record.last_seen >= now - kWorkerAge;
  if (worker.empty() || alive < 2) return ready;
  size_t leased = 0;
  size_t mine = 0;
  for (const auto& [number, task] : tasks) {
    if (task.state != TaskState::kLeased) continue;
    ++leased;
    mine += task.worker == worker;
  }
  const size_t share = (leased + ready + alive - 1) / alive;
  return share > mine ? share - mine : 0;
}

int64_t ModelReplayStore::RunData::CollectingStep() const {
  int64_t step = 1;
  while (IsFrozen(step)) ++step;
  return step;
}

void ModelReplayStore::RunData::Release(int64_t step) {
  int all = 0, promising = 0;
  std::vector<Task*> held;  // By number.
  for (auto& [number, task] : tasks) {
    if (task.record.step != step) continue;
    ++all;
    if (task.state == TaskState::kHeld) held.push_back(&task);
    const bool may_yet = task.state == TaskState::kPending || task.state == TaskState::kLeased;
    promising += may_yet || (task.state == TaskState::kComplete && task.rewards.size() > 1);
  }
  if (all < record.tasks_per_step + record.replacements_per_step) return;
  for (size_t i = 0; i < held.size() && promising < record.tasks_per_step; ++i, ++promising) {
    held[i]->state = TaskState::kPending;
  }
}

StepState ModelReplayStore::RunData::StateOf(int64_t step, absl::Time now) const {
  StepState state;
  bool open = false;
  for (const Task* task : TasksOf(step)) {
    ++state.tasks;
    if (task->state == TaskState::kHeld) continue;
    if (task->state == TaskState::kAbandoned) {
      ++state.abandoned;
      continue;
    }
    state.expected += task->record.responses;
    state.inserted += task->samples.size();
    open |= task->state != TaskState::kComplete;
  }
  const int wanted = record.tasks_per_step + record.replacements_per_step;
  state.complete = state.tasks >= static_cast<uint64_t>(wanted) && !open;
  state.frozen = IsFrozen(step);
  state.dropped = step <= dropped_step;
  if (const auto found = steps.find(step); found != steps.end()) {
    state.first_insert = found->second.first_insert;
    state.abandon_reason = found->second.abandon_reason;
  }
  state.now = now;
  return state;
}

void ModelReplayStore::RunData::EndLease(Task& task, const std::string& reason,
                                         EndedLeases& ended) {
  const LostLease lost = {task.record.task, task.record.step};
  if (++task.lost_leases < record.max_attempts) {
    task.state = TaskState::kPending;
    ended.requeued.push_back(lost);
    return;
  }
  task.state = TaskState::kAbandoned;
  steps[task.record.step].abandon_reason = reason;
  ended.abandoned.push_back(lost);
  Release(task.record.step);
}

EndedLeases ModelReplayStore::RunData::EndExpiredLeases(absl::Time now) {
  std::vector<Task*> expired;
  for (auto& [number, task] : tasks) {
    if (task.state == TaskState::kLeased && task.expires <= now) expired.push_back(&task);
  }
  // The step keeps the reason of the lease that ended last.
  std::stable_sort(expired.begin(), expired.end(),
                   [](const Task* a, const Task* b) { return a->expires < b->expires; });
  EndedLeases ended;
  for (Task* task : expired) {
    EndLease(*task, absl::StrCat("no response came before its lease ran out at ", task->worker),
             ended);
  }
  return ended;
}

ModelReplayStore::Task* ModelReplayStore::RunData::FindLease(const LeaseToken& token) {
  const auto found = tasks.find(token.task);
  if (found == tasks.end()) return nullptr;
  Task& task = found->second;
  return task.state == TaskState::kLeased && task.token == token.token ? &task : nullptr;
}

absl::StatusOr<ModelReplayStore::RunData*> ModelReplayStore::Find(const std::string& run) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  const auto found = runs_.find(run);
  if (found == runs_.end()) return NoSuchRunError(run);
  return &found->second;
}

absl::StatusOr<bool> ModelReplayStore::CreateRun(const std::string& run, const LedgerRun& record) {
  absl::MutexLock lock(&mutex_);
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  const auto [entry, made] = runs_.try_emplace(run);
  if (made) entry->second.record = record;
  const LedgerRun& stored = entry->second.record;
  if (stored.config != record.config) return OtherRunError(run, "configuration");
  if (stored.tokenizer_digest != record.tokenizer_digest) return OtherRunError(run, "tokenizer");
  return made;
}

absl::Status ModelReplayStore::ChangeConfig(const std::string& run, const std::string& before,
                                            const std::string& config) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  if (data->record.config != before) return ConfigChangedError(run);
  data->record.config = config;
  return absl::OkStatus();
}

absl::StatusOr<RunState> ModelReplayStore::GetRun(const std::string& run) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  return RunState{.record = data->record,
                  .weights = data->weights,
                  .checkpoint_version = data->checkpoint.version,
                  .first_version = data->first_version.value_or(0),
                  .dropped_step = data->dropped_step};
}

absl::StatusOr<PutTasksResult> ModelReplayStore::PutTasks(const std::string& run,
                                                          absl::Span<const TaskRecord> tasks) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  RunData after = *data;  // All tasks or none.
  PutTasksResult result;
  for (const TaskRecord& task : tasks) {
    if (after.tasks.contains(task.task)) {
      ++result.existing;
      continue;
    }
    if (after.IsFrozen(task.step)) return FrozenStepError(run, task.task, task.step);
    int alike = 0;
    for (const Task* other : after.TasksOf(task.step)) {
      alike += other->record.replacement == task.replacement;
    }
    const LedgerRun& record = after.record;
    if (alike >= (task.replacement ? record.replacements_per_step : record.tasks_per_step)) {
      return FullStepError(run, task.task, task.step);
    }
    Task& added = after.tasks[task.task];
    added.record = task;
    if (task.replacement) added.state = TaskState::kHeld;
    ++result.added;
  }
  for (const TaskRecord& task : tasks) after.Release(task.step);
  *data = std::move(after);
  return result;
}

absl::StatusOr<LeaseResult> ModelReplayStore::LeaseTasks(const std::string& run,
                                                         const LeaseRequest& request) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  const absl::Time now = clock_.Now();
  if (!request.worker.empty()) {
    data->workers[request.worker] = {request.worker, request.worker_payload, now};
  }
  while (data->workers.size() > size_t{kMostWorkers}) {
    data->workers.erase(std::min_element(
        data->workers.begin(), data->workers.end(),
        [](const auto& a, const auto& b) { return a.second.last_seen < b.second.last_seen; }));
  }
  LeaseResult result{data->EndExpiredLeases(now)};
  result.lease_duration = data->record.lease_duration;
  result.learner = data->learner;

  const bool replaced = data->HasReplaced(request.serving);
  std::vector<Task*> ready;
  for (auto& [number, task] : data->tasks) {
    const bool admitted =
        task.record.step <= request.serving.version + data->record.max_staleness + 1;
    if (task.state == TaskState::kPending && admitted && !replaced) ready.push_back(&task);
  }
  std::stable_sort(ready.begin(), ready.end(),
                   [](const Task* a, const Task* b) { return a->record.step < b->record.step; });
  ready.resize(std::min({ready.size(), static_cast<size_t>(request.max_tasks),
                         data->ShareOf(request.worker, ready.size(), now)}));
  for (Task* task : ready) {
    task->state = TaskState::kLeased;
    task->worker = request.worker.empty() ? "a worker without an address"
                                          : WholeCharacters(request.worker.substr(0, 200));
    task->expires = now + data->record.lease_duration;
    TaskLease lease{.task = task->record.task,
                    .token = ++task->token,
                    .missing_samples = {},
                    .expires_at = task->expires,
                    .payload = task->record.payload};
    for (uint32_t sample = 0; sample < task->record.responses; ++sample) {
      if (!task->samples.contains(sample)) lease.missing_samples.push_back(sample);
    }
    result.leases.push_back(std::move(lease));
  }

  const bool behind = request.serving.incarnation <= data->weights.incarnation &&
                      request.serving.version < data->weights.version;
  if (result.leases.empty() && (replaced || behind)) result.fetch_at_least = data->weights;
  return result;
}

absl::StatusOr<EndedLeases> ModelReplayStore::GiveUp(const std::string& run,
                                                     absl::Span<const GivenUpLease> leases) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  EndedLeases ended;
  for (const GivenUpLease& given_up : leases) {
    Task* const task = data->FindLease(given_up.lease);
    if (task == nullptr) continue;
    data->EndLease(*task, WholeCharacters(given_up.reason.substr(0, kLongestReasonBytes)), ended);
  }
  return ended;
}

absl::StatusOr<std::vector<uint64_t>> ModelReplayStore::RenewLeases(
    const std::string& run, absl::Span<const LeaseToken> leases) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  std::vector<uint64_t> renewed;
  for (const LeaseToken& lease : leases) {
    Task* const task = data->FindLease(lease);
    if (task == nullptr) continue;
    task->expires = clock_.Now() + data->record.lease_duration;
    renewed.push_back(lease.task);
  }
  return renewed;
}

absl::StatusOr<SampleContext> ModelReplayStore::GetSampleContext(
    const std::string& run, const SampleId& sample, absl::Span<const WeightsId> weights) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  SampleContext context;
  context.incarnation = data->incarnation;
  context.newest = data->weights;
  for (const WeightsId& key : weights) {
    const auto digest = data->digests.find({key.incarnation, key.version});
    context.digests.push_back(digest == data->digests.end() ? "" : digest->second);
  }
  const auto found = data->tasks.find(sample.task);
  if (found == data->tasks.end()) return context;
  const Task& task = found->second;
  context.task_payload = task.record.payload;
  context.wanted = sample.sample < task.record.responses && !task.samples.contains(sample.sample) &&
                   task.state != TaskState::kAbandoned && !data->IsFrozen(task.record.step);
  return context;
}

absl::StatusOr<InsertOutcome> ModelReplayStore::Insert(const std::string& run,
                                                       SampleRecord sample) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  const auto found = data->tasks.find(sample.task);
  if (found == data->tasks.end()) return UnknownTaskError(run, sample);
  Task& task = found->second;
  if (task.record.step != sample.step) return OtherStepError(run, sample, task.record.step);
  if (sample.sample >= task.record.responses) {
    return NoSuchSampleError(run, sample, task.record.responses);
  }
  if (sample.token < 1 || sample.token > task.token) {
    return UnknownTokenError(run, sample, task.token);
  }
  if (task.samples.contains(sample.sample)) {
    return InsertOutcome{.kind = InsertOutcome::Kind::kDuplicate};
  }
  if (task.state == TaskState::kAbandoned || data->IsFrozen(sample.step)) {
    return InsertOutcome{.kind = InsertOutcome::Kind::kUnwanted};
  }
  task.samples[sample.sample] = std::move(sample.payload);
  Step& step = data->steps[sample.step];
  if (step.first_insert == absl::InfinitePast()) step.first_insert = clock_.Now();
  InsertOutcome outcome;
  if (sample.reward.has_value()) task.rewards.insert(*sample.reward);
  outcome.task_complete = task.samples.size() == task.record.responses;
  if (outcome.task_complete) {
    task.state = TaskState::kComplete;
    data->Release(sample.step);
  }
  outcome.step_complete = data->StateOf(sample.step, clock_.Now()).complete;
  return outcome;
}

absl::StatusOr<StepState> ModelReplayStore::GetStep(const std::string& run, int64_t step) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  return data->StateOf(step, clock_.Now());
}

absl::StatusOr<std::vector<StepTask>> ModelReplayStore::GetStepTasks(const std::string& run,
                                                                     int64_t step) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  std::vector<StepTask> tasks;
  for (const Task* task : data->TasksOf(step)) {
    if (task->state == TaskState::kHeld) continue;
    tasks.push_back({.task = task->record.task,
                     .responses = task->record.responses,
                     .abandoned = task->state == TaskState::kAbandoned,
                     .payload = task->record.payload});
  }
  return tasks;
}

absl::StatusOr<std::vector<std::string>> ModelReplayStore::ReadSamples(
    const std::string& run, int64_t step, absl::Span<const SampleId> keys) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  std::vector<std::string> payloads;
  for (const SampleId& key : keys) {
    const auto found = data->tasks.find(key.task);
    if (found == data->tasks.end()) return MissingSampleError(run, step, key);
    const Task& task = found->second;
    const auto sample = task.samples.find(key.sample);
    const bool there = sample != task.samples.end() && sample->second.has_value();
    if (!there || task.record.step != step) return MissingSampleError(run, step, key);
    payloads.push_back(*sample->second);
  }
  return payloads;
}

absl::StatusOr<bool> ModelReplayStore::Freeze(const std::string& run, int64_t step,
                                              const Manifest& manifest) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  if (data->IsFrozen(step)) return false;
  if (!data->StateOf(step, clock_.Now()).complete) return IncompleteStepError(run, step);
  data->steps[step].manifest = manifest;
  return true;
}

absl::StatusOr<std::map<int64_t, std::string>> ModelReplayStore::ListDigests(
    const std::string& run) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  std::map<int64_t, std::string> digests;
  for (const auto& [number, step] : data->steps) {
    if (step.manifest.has_value()) digests[number] = step.manifest->digest;
  }
  return digests;
}

absl::StatusOr<std::optional<Manifest>> ModelReplayStore::ReadManifest(const std::string& run,
                                                                       int64_t step) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  if (!data->IsFrozen(step)) return std::nullopt;
  return data->steps[step].manifest;
}

absl::StatusOr<uint64_t> ModelReplayStore::TakeIncarnation(const std::string& run,
                                                           const std::string& learner,
                                                           uint64_t above) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  data->learner = learner;
  data->incarnation = std::max(data->incarnation, above) + 1;
  return data->incarnation;
}

absl::Status ModelReplayStore::AdvanceVersion(const std::string& run, const WeightsId& weights,
                                              const std::string& batch_digest) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  if (weights.incarnation != data->incarnation) return FencedOutError(weights, data->incarnation);
  if (!batch_digest.empty() && (!data->IsFrozen(weights.version) ||
                                data->steps[weights.version].manifest->digest != batch_digest)) {
    return OtherBatchError(run, weights, batch_digest);
  }
  const auto known = data->digests.find({weights.incarnation, weights.version});
  if (known != data->digests.end()) {
    if (known->second == weights.digest) return absl::OkStatus();
    return OtherDigestError(run, weights);
  }
  // The first version of an incarnation is free: a learner resumes from its checkpoint.
  if (weights.incarnation == data->weights.incarnation) {
    const int64_t newest = data->weights.version;
    if (weights.version < newest) return OlderVersionError(run, weights, newest);
    if (weights.version > newest + 1) return VersionGapError(run, weights, newest);
  }
  if (!data->first_version.has_value()) data->first_version = weights.version;
  data->digests[{weights.incarnation, weights.version}] = weights.digest;
  data->weights = weights;
  return absl::OkStatus();
}

absl::Status ModelReplayStore::CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                                int64_t oldest_kept_version) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  if (weights.incarnation != data->incarnation) return FencedOutError(weights, data->incarnation);
  // A ledger that follows a lost one has no steps up to its first version.
  int64_t step = std::max(data->dropped_step, data->first_version.value_or(0)) + 1;
  for (; step <= oldest_kept_version && data->IsFrozen(step); ++step) {
    for (auto& [number, task] : data->tasks) {
      if (task.record.step != step) continue;
      task.record.payload.clear();
      for (auto& [sample, payload] : task.samples) payload.reset();
    }
    data->dropped_step = step;
  }
  if (data->checkpoint.incarnation < weights.incarnation ||
      data->checkpoint.version < weights.version) {
    data->checkpoint = weights;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WorkerRecord>> ModelReplayStore::ListWorkers(const std::string& run,
                                                                        absl::Duration max_age) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  std::vector<WorkerRecord> workers;
  for (const auto& [address, worker] : data->workers) {
    if (worker.last_seen >= clock_.Now() - max_age) workers.push_back(worker);
  }
  std::sort(workers.begin(), workers.end(), [](const WorkerRecord& a, const WorkerRecord& b) {
    return std::tie(a.last_seen, a.address) > std::tie(b.last_seen, b.address);
  });
  return workers;
}

absl::StatusOr<RunProgress> ModelReplayStore::GetProgress(const std::string& run) {
  absl::MutexLock lock(&mutex_);
  HIR_ASSIGN_OR_RETURN(RunData* const data, Find(run));
  RunProgress progress;
  progress.weights = data->weights;
  progress.collecting_step = data->CollectingStep();
  for (const auto& [number, step] : data->steps) {
    if (step.manifest.has_value()) progress.newest_frozen_step = number;
  }
  progress.tasks = data->tasks.size();
  for (const auto& [number, task] : data->tasks) {
    progress.tasks_held += task.state == TaskState::kHeld;
    progress.tasks_completed += task.state == TaskState::kComplete;
    progress.tasks_leased += task.state == TaskState::kLeased;
    progress.tasks_abandoned += task.state == TaskState::kAbandoned;
    progress.samples += task.samples.size();
    for (const auto& [sample, payload] : task.samples) {
      progress.sample_bytes += payload.value_or("").size();
    }
  }
  for (const auto& [address, worker] : data->workers) {
    progress.workers += worker.last_seen >= clock_.Now() - kWorkerAge;
  }
  progress.collecting = data->StateOf(progress.collecting_step, clock_.Now());
  return progress;
}

absl::Status ModelReplayStore::DeleteRun(const std::string& run) {
  absl::MutexLock lock(&mutex_);
  HIR_RETURN_IF_ERROR(Find(run).status());
  runs_.erase(run);
  return absl::OkStatus();
}

}  // namespace hir
