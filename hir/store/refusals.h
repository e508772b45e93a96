// The errors of a ReplayStore, shared by all implementations.
#ifndef HIR_STORE_REFUSALS_H_
#define HIR_STORE_REFUSALS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hir/store/replay_store.h"

namespace hir {

// NOT_FOUND: there is no run of that name.
absl::Status NoSuchRunError(const std::string& run);
// DATA_LOSS: the store has lost the run's first writes.
absl::Status LostRunError(const std::string& run);
// FAILED_PRECONDITION: the run is stored in format `found`, and this program reads `known`.
absl::Status OtherFormatError(const std::string& run, absl::string_view found,
                              absl::string_view known);

// FAILED_PRECONDITION, from CreateRun(): the run exists with another `what`, "configuration" or
// "tokenizer".
absl::Status OtherRunError(const std::string& run, absl::string_view what);
// FAILED_PRECONDITION, from ChangeConfig(): somebody else has changed the configuration.
absl::Status ConfigChangedError(const std::string& run);

// FAILED_PRECONDITION, from PutTasks(): the task's step is frozen, or has all of its tasks.
absl::Status FrozenStepError(const std::string& run, uint64_t task, int64_t step);
absl::Status FullStepError(const std::string& run, uint64_t task, int64_t step);

// INVALID_ARGUMENT, from Insert(), in this order: the sample's task was never put; the task is for
// another step; it asks for only `responses` samples; its leases had only the tokens 1 to `newest`.
absl::Status UnknownTaskError(const std::string& run, const SampleRecord& sample);
absl::Status OtherStepError(const std::string& run, const SampleRecord& sample, int64_t step);
absl::Status NoSuchSampleError(const std::string& run, const SampleRecord& sample,
                               uint64_t responses);
absl::Status UnknownTokenError(const std::string& run, const SampleRecord& sample, uint64_t newest);

// NOT_FOUND, from ReadSamples().
absl::Status MissingSampleError(const std::string& run, int64_t step, const SampleId& sample);
// FAILED_PRECONDITION, from Freeze(): samples are missing.
absl::Status IncompleteStepError(const std::string& run, int64_t step);

// FAILED_PRECONDITION, from a learner's writes: its incarnation is not `newest`, the run's newest.
absl::Status FencedOutError(const WeightsId& weights, uint64_t newest);
// FAILED_PRECONDITION, from AdvanceVersion(), in this order: the batch is not the step's frozen
// one; the version is already stored with another digest; the version is older than the
// incarnation's `newest`; it skips a version after `newest`.
absl::Status OtherBatchError(const std::string& run, const WeightsId& weights,
                             absl::string_view batch_digest);
absl::Status OtherDigestError(const std::string& run, const WeightsId& weights);
absl::Status OlderVersionError(const std::string& run, const WeightsId& weights, int64_t newest);
absl::Status VersionGapError(const std::string& run, const WeightsId& weights, int64_t newest);

}  // namespace hir

#endif  // HIR_STORE_REFUSALS_H_
