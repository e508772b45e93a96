// Formats the store's records as text, so that the answers of two stores can be compared and read.
#ifndef HIR_STORE_SHOWN_RECORDS_H_
#define HIR_STORE_SHOWN_RECORDS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/store/replay_store.h"

namespace hir {

// Formats records with all of their fields. Times are whole minutes from `now` by the store's
// clock, since two stores have different clocks.
class ShownRecords {
 public:
  explicit ShownRecords(absl::Time now) : now_(now) {}

  std::string Show(const absl::Status& status) const { return status.ToString(); }
  template <typename Record>
  std::string Show(const absl::StatusOr<Record>& record) const {
    return record.ok() ? Show(*record) : Show(record.status());
  }

  std::string Show(bool value) const;
  std::string Show(uint64_t value) const;
  std::string Show(const std::vector<uint64_t>& values) const;
  std::string Show(const std::vector<std::string>& values) const;
  std::string Show(const std::map<int64_t, std::string>& digests) const;
  std::string Show(const RunState& state) const;
  std::string Show(const PutTasksResult& result) const;
  std::string Show(const EndedLeases& ended) const;
  std::string Show(const LeaseResult& result) const;
  std::string Show(const SampleContext& context) const;
  std::string Show(const InsertOutcome& outcome) const;
  std::string Show(const StepState& state) const;
  std::string Show(const std::vector<StepTask>& tasks) const;
  std::string Show(const std::optional<Manifest>& manifest) const;
  std::string Show(const std::vector<WorkerRecord>& workers) const;
  std::string Show(const RunProgress& progress) const;

 private:
  std::string Minutes(absl::Time time) const;

  const absl::Time now_;
};

}  // namespace hir

#endif  // HIR_STORE_SHOWN_RECORDS_H_
