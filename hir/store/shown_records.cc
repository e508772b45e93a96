#include "hir/store/shown_records.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hir {
namespace {

std::string Weights(const WeightsId& weights) {
  return absl::StrCat(weights.incarnation, "/", weights.version, "/", weights.digest);
}

std::string Lost(const std::vector<LostLease>& leases) {
  return absl::StrJoin(leases, ",", [](std::string* out, const LostLease& lost) {
    absl::StrAppend(out, lost.task, "@", lost.step);
  });
}

}  // namespace

std::string ShownRecords::Minutes(absl::Time time) const {
  if (time == absl::InfinitePast()) return "never";
  return absl::StrCat(std::llround(absl::ToDoubleMinutes(time - now_)), "min");
}

std::string ShownRecords::Show(bool value) const { return value ? "true" : "false"; }

std::string ShownRecords::Show(uint64_t value) const { return absl::StrCat(value); }

std::string ShownRecords::Show(const std::vector<uint64_t>& values) const {
  return absl::StrCat("[", absl::StrJoin(values, ","), "]");
}

std::string ShownRecords::Show(const std::vector<std::string>& values) const {
  return absl::StrCat("[", absl::StrJoin(values, ","), "]");
}

std::string ShownRecords::Show(const std::map<int64_t, std::string>& digests) const {
  return absl::StrJoin(digests, ",", absl::PairFormatter("="));
}

std::string ShownRecords::Show(const RunState& state) const {
  return absl::StrCat(
      "config=", state.record.config, " tokenizer=", state.record.tokenizer_digest,
      " lease=", absl::FormatDuration(state.record.lease_duration),
      " attempts=", state.record.max_attempts, " staleness=", state.record.max_staleness,
      " tasks=", state.record.tasks_per_step, "+", state.record.replacements_per_step,
      " weights=", Weights(state.weights), " checkpoint=", state.checkpoint_version,
      " first=", state.first_version, " dropped=", state.dropped_step);
}

std::string ShownRecords::Show(const PutTasksResult& result) const {
  return absl::StrCat("added=", result.added, " existing=", result.existing);
}

std::string ShownRecords::Show(const EndedLeases& ended) const {
  return absl::StrCat("requeued=", Lost(ended.requeued), " abandoned=", Lost(ended.abandoned));
}

std::string ShownRecords::Show(const LeaseResult& result) const {
  std::string text = Show(static_cast<const EndedLeases&>(result));
  for (const TaskLease& lease : result.leases) {
    absl::StrAppend(&text, " lease=", lease.task, "#", lease.token, "(",
                    absl::StrJoin(lease.missing_samples, ","), ")", Minutes(lease.expires_at), ":",
                    lease.payload);
  }
  absl::StrAppend(
      &text,
      " fetch=", result.fetch_at_least.has_value() ? Weights(*result.fetch_at_least) : "none",
      " learner=", result.learner, " duration=", absl::FormatDuration(result.lease_duration));
  return text;
}

std::string ShownRecords::Show(const SampleContext& context) const {
  return absl::StrCat("wanted=", context.wanted, " task=", context.task_payload,
                      " incarnation=", context.incarnation, " newest=", Weights(context.newest),
                      " digests=", absl::StrJoin(context.digests, ","));
}

std::string ShownRecords::Show(const InsertOutcome& outcome) const {
  return absl::StrCat("kind=", static_cast<int>(outcome.kind), " task=", outcome.task_complete,
                      " step=", outcome.step_complete);
}

std::string ShownRecords::Show(const StepState& state) const {
  return absl::StrCat("frozen=", state.frozen, " complete=", state.complete,
                      " dropped=", state.dropped, " tasks=", state.tasks,
                      " expected=", state.expected, " inserted=", state.inserted,
                      " abandoned=", state.abandoned, " first=", Minutes(state.first_insert),
                      " reason=", state.abandon_reason);
}

std::string ShownRecords::Show(const std::vector<StepTask>& tasks) const {
  return absl::StrJoin(tasks, " ", [](std::string* out, const StepTask& task) {
    absl::StrAppend(out, task.task, "x", task.responses, task.abandoned ? " abandoned" : "", ":",
                    task.payload);
  });
}

std::string ShownRecords::Show(const std::optional<Manifest>& manifest) const {
  return manifest.has_value() ? absl::StrCat(manifest->bytes, " ", manifest->digest) : "none";
}

std::string ShownRecords::Show(const std::vector<WorkerRecord>& workers) const {
  return absl::StrJoin(workers, " ", [this](std::string* out, const WorkerRecord& worker) {
    absl::StrAppend(out, worker.address, ":", worker.payload, Minutes(worker.last_seen));
  });
}

std::string ShownRecords::Show(const RunProgress& progress) const {
  return absl::StrCat("weights=", Weights(progress.weights),
                      " frozen=", progress.newest_frozen_step,
                      " collecting=", progress.collecting_step, " tasks=", progress.tasks,
                      " held=", progress.tasks_held, " completed=", progress.tasks_completed,
                      " leased=", progress.tasks_leased, " abandoned=", progress.tasks_abandoned,
                      " samples=", progress.samples, " bytes=", progress.sample_bytes,
                      " workers=", progress.workers, " {", Show(progress.collecting), "}");
}

}  // namespace hir
