#include "hir/store/refusals.h"

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

std::string StepOf(const std::string& run, int64_t step) {
  return absl::StrCat("step ", step, " of run '", run, "'");
}

std::string SampleOf(const std::string& run, const SampleRecord& sample) {
  return absl::StrCat("sample ", sample.task, "/", sample.sample, " of run '", run, "'");
}

std::string VersionOf(const std::string& run, const WeightsId& weights) {
  return absl::StrCat("version ", weights.version, " of run '", run, "'");
}

}  // namespace

absl::Status NoSuchRunError(const std::string& run) {
  return absl::NotFoundError(absl::StrCat("run '", run, "' does not exist"));
}

absl::Status LostRunError(const std::string& run) {
  return absl::DataLossError(
      absl::StrCat("run '", run,
                   "' has lost its first writes, its settings among them: the start of "
                   "Redis' append-only file is missing; restore the whole file"));
}

absl::Status OtherFormatError(const std::string& run, absl::string_view found,
                              absl::string_view known) {
  return absl::FailedPreconditionError(absl::StrCat(
      "run '", run, "' is stored in ledger format ", found,
      " but this version of HiR reads format ", known,
      "; go on with the version that made the run, or delete the run and continue from its newest "
      "checkpoint with hir train --new-ledger"));
}

absl::Status OtherRunError(const std::string& run, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("run '", run, "' exists with another ", what,
                                                    "; choose another name or remove the run"));
}

absl::Status ConfigChangedError(const std::string& run) {
  return absl::FailedPreconditionError(
      absl::StrCat("the configuration of run '", run, "' was changed by somebody else; try again"));
}

absl::Status FrozenStepError(const std::string& run, uint64_t task, int64_t step) {
  return absl::FailedPreconditionError(
      absl::StrCat("task ", task, " is for ", StepOf(run, step), ", which is frozen already"));
}

absl::Status FullStepError(const std::string& run, uint64_t task, int64_t step) {
  return absl::FailedPreconditionError(absl::StrCat("task ", task, " is for ", StepOf(run, step),
                                                    ", which has all of its tasks already"));
}

absl::Status UnknownTaskError(const std::string& run, const SampleRecord& sample) {
  return absl::InvalidArgumentError(
      absl::StrCat(SampleOf(run, sample), " belongs to a task that was never put"));
}

absl::Status OtherStepError(const std::string& run, const SampleRecord& sample, int64_t step) {
  return absl::InvalidArgumentError(absl::StrCat(SampleOf(run, sample), " names step ", sample.step,
                                                 " but its task is for step ", step));
}

absl::Status NoSuchSampleError(const std::string& run, const SampleRecord& sample,
                               uint64_t responses) {
  return absl::InvalidArgumentError(absl::StrCat(
      SampleOf(run, sample), " is not wanted: its task asks for ", responses, " samples"));
}

absl::Status UnknownTokenError(const std::string& run, const SampleRecord& sample,
                               uint64_t newest) {
  return absl::InvalidArgumentError(absl::StrCat(SampleOf(run, sample), " carries fencing token ",
                                                 sample.token,
                                                 " but its task was leased under 1 to ", newest));
}

absl::Status MissingSampleError(const std::string& run, int64_t step, const SampleId& sample) {
  return absl::NotFoundError(
      absl::StrCat("sample ", sample.task, "/", sample.sample, " of ", StepOf(run, step),
                   " does not exist; it was never inserted or has been deleted"));
}

absl::Status IncompleteStepError(const std::string& run, int64_t step) {
  return absl::FailedPreconditionError(
      absl::StrCat(StepOf(run, step), " cannot be frozen yet: samples are missing"));
}

absl::Status FencedOutError(const WeightsId& weights, uint64_t newest) {
  if (newest < weights.incarnation) {
    return absl::FailedPreconditionError(absl::StrCat(
        "incarnation ", weights.incarnation, " is higher than the run's newest (", newest,
        "): the ledger has lost its last writes; restore Redis' whole append-only file"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("incarnation ", weights.incarnation, " is not the run's newest (", newest,
                   "); another learner has taken over, so this one must stop"));
}

absl::Status OtherBatchError(const std::string& run, const WeightsId& weights,
                             absl::string_view batch_digest) {
  return absl::FailedPreconditionError(absl::StrCat(
      VersionOf(run, weights), " was not made from the frozen batch of its step (batch digest ",
      batch_digest, "), which the ledger has lost or frozen again"));
}

absl::Status OtherDigestError(const std::string& run, const WeightsId& weights) {
  return absl::FailedPreconditionError(
      absl::StrCat(VersionOf(run, weights),
                   " is already stored with another digest in incarnation ", weights.incarnation));
}

absl::Status OlderVersionError(const std::string& run, const WeightsId& weights, int64_t newest) {
  return absl::FailedPreconditionError(absl::StrCat(
      VersionOf(run, weights), " is older than version ", newest, " of the same incarnation"));
}

absl::Status VersionGapError(const std::string& run, const WeightsId& weights, int64_t newest) {
  return absl::FailedPreconditionError(absl::StrCat(
      VersionOf(run, weights), " can't follow version ", newest, ", the newest of incarnation ",
      weights.incarnation, ": the ledger has lost what came between; give Redis its whole ",
      "append-only file back"));
}

}  // namespace hir
