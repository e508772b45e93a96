// NCCL without Torch's own process group, which would need more CUDA libraries and their headers at
// build time.
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>
#include <nccl.h>

#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/collective/process_group.h"
#include "hir/collective/rendezvous.h"

namespace hir {
namespace {

using internal::Progress;
using internal::Store;

constexpr absl::Duration kCloseTimeout = absl::Seconds(10);

absl::StatusOr<ncclDataType_t> NcclType(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return ncclFloat32;
    case at::kDouble:
      return ncclFloat64;
    case at::kBFloat16:
      return ncclBfloat16;
    case at::kLong:
      return ncclInt64;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("tensors of type ", at::toString(type), " can't be reduced"));
  }
}

// Throws, so that failed calls are reported like Torch's.
void Check(cudaError_t result, const char* call) {
  if (result != cudaSuccess) {
    throw std::runtime_error(absl::StrCat(call, ": ", cudaGetErrorString(result)));
  }
}

// Calls of a non-blocking communicator may return before they have finished.
void Check(ncclResult_t result, const char* call) {
  if (result != ncclSuccess && result != ncclInProgress) {
    throw std::runtime_error(absl::StrCat(call, ": ", ncclGetErrorString(result)));
  }
}

// Waits until all calls of `comm` are queued on their streams. Throws if one failed or the deadline
// passes.
void AwaitComm(ncclComm_t comm, absl::Time deadline) {
  ncclResult_t state = ncclInProgress;
  while (true) {
    Check(ncclCommGetAsyncError(comm, &state), "ncclCommGetAsyncError");
    Check(state, "NCCL");
    if (state == ncclSuccess) return;
    if (absl::Now() > deadline) throw std::runtime_error("timed out");
    std::this_thread::yield();
  }
}

class NcclProcessGroup : public ProcessGroup {
 public:
  // Takes over `comm` and `done`, both of the current device.
  NcclProcessGroup(Store store, ncclComm_t comm, cudaEvent_t done, int rank, int size)
      : comm_(comm),
        done_(done),
        device_(at::kCUDA, c10::cuda::current_device()),
        progress_(std::move(store), rank, size),
        rank_(rank),
        size_(size) {}
  ~NcclProcessGroup() override {
    // After an error the communicator has been destroyed already.
    if (broken_.ok()) Close();
    cudaEventDestroy(done_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  absl::Status AllReduceSum(at::Tensor& tensor, std::string_view name,
                            absl::Duration timeout) override {
    return Run(tensor, name, timeout,
               [&](at::Tensor& staged, ncclDataType_t type, cudaStream_t stream) {
                 return ncclAllReduce(staged.data_ptr(), staged.data_ptr(), staged.numel(), type,
                                      ncclSum, comm_, stream);
               });
  }

  absl::Status Broadcast(at::Tensor& tensor, int root, std::string_view name,
                         absl::Duration timeout) override {
    return Run(tensor, name, timeout,
               [&](at::Tensor& staged, ncclDataType_t type, cudaStream_t stream) {
                 return ncclBroadcast(staged.data_ptr(), staged.data_ptr(), staged.numel(), type,
                                      root, comm_, stream);
               });
  }

  absl::Status Barrier(std::string_view name, absl::Duration timeout) override {
    at::Tensor one = at::ones({1});
    return AllReduceSum(one, name, timeout);
  }

 private:
  // Other ranks may still be in the last operation.
  void Close() {
    try {
      Check(ncclCommFinalize(comm_), "ncclCommFinalize");
      AwaitComm(comm_, absl::Now() + kCloseTimeout);
    } catch (const std::exception& error) {
      Log(Severity::kWarning, "NCCL did not end in order",
          {{"rank", rank_}, {"reason", std::string(error.what())}});
      ncclCommAbort(comm_);
      return;
    }
    ncclCommDestroy(comm_);
  }

  // Runs one operation to its end. NCCL only takes memory of the device, so a tensor on the CPU
  // goes there and back.
  template <typename Operation>
  absl::Status Run(at::Tensor& tensor, std::string_view name, absl::Duration timeout,
                   Operation operation) {
    if (!broken_.ok()) return broken_;
    HIR_ASSIGN_OR_RETURN(const ncclDataType_t type, NcclType(tensor.scalar_type()));
    try {
      const absl::Time deadline = absl::Now() + timeout;
      progress_.Enter(name);
      at::Tensor staged = tensor.is_cpu() ? tensor.to(device_) : tensor;
      const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
      Check(operation(staged, type, stream), "NCCL");
      AwaitComm(comm_, deadline);
      Check(cudaEventRecord(done_, stream), "cudaEventRecord");
      AwaitEvent(deadline);
      if (tensor.is_cpu()) tensor.copy_(staged);
      return absl::OkStatus();
    } catch (const std::exception& error) {
      ncclCommAbort(comm_);
      return broken_ = progress_.Explain(name, timeout, error.what());
    }
  }

  // NCCL's kernels wait forever for a rank that is gone, so this polls the event with a deadline.
  void AwaitEvent(absl::Time deadline) {
    while (true) {
      const cudaError_t state = cudaEventQuery(done_);
      if (state == cudaSuccess) return;
      if (state != cudaErrorNotReady) Check(state, "cudaEventQuery");
      ncclResult_t error = ncclSuccess;
      Check(ncclCommGetAsyncError(comm_, &error), "ncclCommGetAsyncError");
      Check(error, "NCCL");
      if (absl::Now() > deadline) throw std::runtime_error("timed out");
      std::this_thread::yield();
    }
  }

  ncclComm_t comm_;
  cudaEvent_t done_;
  at::Device device_;
  Progress progress_;
  int rank_;
  int size_;
  absl::Status broken_;
};

// Rank 0 makes the id of the group; the others read it from the store.
ncclUniqueId ShareId(const Store& store, int rank) {
  ncclUniqueId id;
  if (rank == 0) {
    Check(ncclGetUniqueId(&id), "ncclGetUniqueId");
    store->set("nccl_id", std::vector<uint8_t>(id.internal, id.internal + sizeof(id.internal)));
  } else {
    const std::vector<uint8_t> bytes = store->get("nccl_id");
    std::memcpy(id.internal, bytes.data(), std::min(bytes.size(), sizeof(id.internal)));
  }
  return id;
}

// Joins without blocking, so that a missing rank is noticed at the deadline.
ncclComm_t JoinComm(const Store& store, const ProcessGroupOptions& options, absl::Time deadline) {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  ncclComm_t comm = nullptr;
  Check(ncclCommInitRankConfig(&comm, options.size, ShareId(store, options.rank), options.rank,
                               &config),
        "ncclCommInitRankConfig");
  try {
    AwaitComm(comm, deadline);
  } catch (...) {
    ncclCommAbort(comm);
    throw;
  }
  return comm;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinNcclGroup(const ProcessGroupOptions& options) {
  HIR_RETURN_IF_ERROR(internal::CheckOptions(options));
  if (options.size == 1) return MakeSingleProcessGroup();
  const absl::Time deadline = absl::Now() + options.join_timeout;
  HIR_ASSIGN_OR_RETURN(Store store, internal::OpenStore(options));
  try {
    cudaEvent_t done = nullptr;
    Check(cudaEventCreateWithFlags(&done, cudaEventDisableTiming), "cudaEventCreateWithFlags");
    absl::Cleanup destroy_event = [done] { cudaEventDestroy(done); };
    const ncclComm_t comm = JoinComm(store, options, deadline);
    std::move(destroy_event).Cancel();
    return std::make_unique<NcclProcessGroup>(std::move(store), comm, done, options.rank,
                                              options.size);
  } catch (const std::exception& error) {
    const std::string message =
        absl::StrCat("rank ", options.rank, " could not join NCCL: ", error.what());
    return absl::StrContains(message, "timed out") ? absl::DeadlineExceededError(message)
                                                   : absl::UnavailableError(message);
  }
}

}  // namespace hir
