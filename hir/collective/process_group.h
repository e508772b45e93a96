// Collective operations among the processes of one data-parallel learner. The only folder that uses
// gloo and NCCL.
#ifndef HIR_COLLECTIVE_PROCESS_GROUP_H_
#define HIR_COLLECTIVE_PROCESS_GROUP_H_

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hir {

// Every rank calls the same operations in the same order with tensors of one shape and type. Each
// has a name for messages and a deadline. After an error the group is broken: further calls fail,
// and the process should end. Not thread-safe.
//
// Errors of all operations: DEADLINE_EXCEEDED: a rank did not reach the operation in time; the
// message names the operation, this rank and the last known operation of the others. UNAVAILABLE: a
// rank died.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  virtual int rank() const = 0;  // From 0.
  virtual int size() const = 0;

  // Replaces `tensor` (contiguous) by its sum over all ranks, the same bits on each. Blocks.
  virtual absl::Status AllReduceSum(at::Tensor& tensor, std::string_view name,
                                    absl::Duration timeout) = 0;
  // Replaces `tensor` (contiguous) by that of rank `root`. Blocks.
  virtual absl::Status Broadcast(at::Tensor& tensor, int root, std::string_view name,
                                 absl::Duration timeout) = 0;
  // Blocks until every rank has called it.
  virtual absl::Status Barrier(std::string_view name, absl::Duration timeout) = 0;
};

// How a process finds its group.
struct ProcessGroupOptions {
  int rank = 0;
  int size = 1;
  std::string master;  // HOST:PORT at which rank 0 listens for the others; unused when size is 1.
  absl::Duration join_timeout = absl::Minutes(5);  // Until all ranks have joined.
};

// A group of one: every operation returns at once.
std::unique_ptr<ProcessGroup> MakeSingleProcessGroup();

// Joins the group over gloo, for tensors on the CPU; of size 1 without any network. Blocks until
// all ranks are there.
// INVALID_ARGUMENT: rank or size out of range, `master` isn't HOST:PORT. DEADLINE_EXCEEDED: not all
// ranks joined. UNAVAILABLE: the master's port is taken or it can't be reached.
absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinGlooGroup(const ProcessGroupOptions& options);

// Like JoinGlooGroup(), but over NCCL, for tensors on the current CUDA device.
// UNIMPLEMENTED: this build has no NCCL (it was configured without HIR_CUDA).
absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinNcclGroup(const ProcessGroupOptions& options);

}  // namespace hir

#endif  // HIR_COLLECTIVE_PROCESS_GROUP_H_
