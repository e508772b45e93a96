// Where the ranks of a group find each other: a small key-value store that rank 0 serves.
#ifndef HIR_COLLECTIVE_RENDEZVOUS_H_
#define HIR_COLLECTIVE_RENDEZVOUS_H_

#include <string>
#include <string_view>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/collective/process_group.h"

namespace hir::internal {

using Store = c10::intrusive_ptr<c10d::Store>;

// INVALID_ARGUMENT: rank, size or master are out of range or malformed.
absl::Status CheckOptions(const ProcessGroupOptions& options);

// Serves (rank 0) or joins the store at the master's address and waits for all ranks.
// Errors: those of JoinGlooGroup().
absl::StatusOr<Store> OpenStore(const ProcessGroupOptions& options);

// The address of this machine's interface towards `master`, at which the other ranks can reach this
// one. INVALID_ARGUMENT: the host is unknown.
absl::StatusOr<std::string> LocalAddressTowards(const std::string& master);

// Records in the store which operation each rank is in, so that an error can name the missing
// ranks.
class Progress {
 public:
  Progress(Store store, int rank, int size) : store_(std::move(store)), rank_(rank), size_(size) {}

  // Call before each operation. Throws what the store throws.
  void Enter(std::string_view name);
  // The status of an operation that failed with `what`.
  absl::Status Explain(std::string_view name, absl::Duration timeout, const std::string& what);

 private:
  std::string WhereOthersAre();

  Store store_;
  int rank_;
  int size_;
  int64_t operation_ = 0;
};

}  // namespace hir::internal

#endif  // HIR_COLLECTIVE_RENDEZVOUS_H_
