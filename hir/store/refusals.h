// The sentences with which a ReplayStore refuses: one place for every implementation.
#ifndef HIR_STORE_REFUSALS_H_
#define HIR_STORE_REFUSALS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hir/store/replay_store.h"

namespace hir {

// NOT_FOUND.
absl::Status NoSuchRunError(const std::string& run);
// DATA_LOSS: the store has lost the run's first writes.
absl::Status LostRunError(const std::string& run);
// FAILED_PRECONDITION: the run is stored in format `found`, and this program reads `known`.
absl::Status OtherFormatError(const std::string& run, absl::string_view found,
                              absl::string_view known);

// FAILED_PRECONDITION, of CreateRun(); `what` is "configuration" or "tokenizer".
absl::Status OtherRunError(const std::string& run, absl::string_view what);
// FAILED_PRECONDITION, of ChangeConfig().
absl::Status ConfigChangedError(const std::string& run);

// FAILED_PRECONDITION, of PutTasks().
absl::Status FrozenStepError(const std::string& run, uint64_t task, int64_t step);
absl::Status FullStepError(const std::string& run, uint64_t task, int64_t step);

// INVALID_ARGUMENT, of Insert(): the sample's task was never put; it is for another step; it asks
// for `responses` samples only; its leases had the tokens 1 to `newest`.
absl::Status UnknownTaskError(const std::string& run, const SampleRecord& sample);
absl::Status OtherStepError(const std::string& run, const SampleRecord& sample, int64_t step);
absl::Status NoSuchSampleError(const std::string& run, const SampleRecord& sample,
                               uint64_t responses);
absl::Status UnknownTokenError(const std::string& run, const SampleRecord& sample, uint64_t newest);

// NOT_FOUND, of ReadSamples().
absl::Status MissingSampleError(const std::string& run, int64_t step, const SampleId& sample);
// FAILED_PRECONDITION, of Freeze().
absl::Status IncompleteStepError(const std::string& run, int64_t step);

// FAILED_PRECONDITION, of a learner's writes: `newest` is the run's newest incarnation.
absl::Status FencedOutError(const WeightsId& weights, uint64_t newest);
// FAILED_PRECONDITION, of AdvanceVersion(): the batch is not the frozen one of the step; the digest
// differs from the known one; the version is older than the incarnation's `newest`, or leaves one
// out after it.
absl::Status OtherBatchError(const std::string& run, const WeightsId& weights,
                             absl::string_view batch_digest);
absl::Status OtherDigestError(const std::string& run, const WeightsId& weights);
absl::Status OlderVersionError(const std::string& run, const WeightsId& weights, int64_t newest);
absl::Status VersionGapError(const std::string& run, const WeightsId& weights, int64_t newest);

}  // namespace hir

#endif  // HIR_STORE_REFUSALS_H_
