// NCCL without Torch's own process group, so that neither the CUDA libraries that it pulls in nor
// their headers are needed to build this.
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>
#include <nccl.h>

#include <cstring>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/collective/process_group.h"
#include "hir/collective/rendezvous.h"

namespace hir {
namespace {

using internal::Progress;
using internal::Store;

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

class NcclProcessGroup : public ProcessGroup {
 public:
  NcclProcessGroup(Store store, ncclComm_t comm, int rank, int size)
      : comm_(comm), progress_(std::move(store), rank, size), rank_(rank), size_(size) {
    cudaEventCreateWithFlags(&done_, cudaEventDisableTiming);
  }

  ~NcclProcessGroup() override {
    if (broken_.ok()) ncclCommDestroy(comm_);
    cudaEventDestroy(done_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  absl::Status AllReduceSum(at::Tensor& tensor, std::string_view name,
                            absl::Duration timeout) override {
    HIR_ASSIGN_OR_RETURN(const ncclDataType_t type, NcclType(tensor.scalar_type()));
    return Run(name, timeout, [&](cudaStream_t stream) {
      return ncclAllReduce(tensor.data_ptr(), tensor.data_ptr(), tensor.numel(), type, ncclSum,
                           comm_, stream);
    });
  }

  absl::Status Broadcast(at::Tensor& tensor, int root, std::string_view name,
                         absl::Duration timeout) override {
    HIR_ASSIGN_OR_RETURN(const ncclDataType_t type, NcclType(tensor.scalar_type()));
    return Run(name, timeout, [&](cudaStream_t stream) {
      return ncclBroadcast(tensor.data_ptr(), tensor.data_ptr(), tensor.numel(), type, root, comm_,
                           stream);
    });
  }

  absl::Status Barrier(std::string_view name, absl::Duration timeout) override {
    at::Tensor one = at::ones({1}, at::TensorOptions(at::kCUDA));
    return AllReduceSum(one, name, timeout);
  }

 private:
  template <typename Operation>
  absl::Status Run(std::string_view name, absl::Duration timeout, Operation operation) {
    if (!broken_.ok()) return broken_;
    try {
      progress_.Enter(name);
      const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
      if (const ncclResult_t result = operation(stream); result != ncclSuccess) {
        return Break(name, timeout, ncclGetErrorString(result));
      }
      cudaEventRecord(done_, stream);
      return Await(name, timeout);
    } catch (const std::exception& error) {
      return Break(name, timeout, error.what());
    }
  }

  // Kernels of NCCL wait for ever for a rank that is gone, so the wait is ours.
  absl::Status Await(std::string_view name, absl::Duration timeout) {
    const absl::Time deadline = absl::Now() + timeout;
    while (cudaEventQuery(done_) == cudaErrorNotReady) {
      ncclResult_t error = ncclSuccess;
      ncclCommGetAsyncError(comm_, &error);
      if (error != ncclSuccess && error != ncclInProgress) {
        return Break(name, timeout, ncclGetErrorString(error));
      }
      if (absl::Now() > deadline) return Break(name, timeout, "timed out");
      std::this_thread::yield();
    }
    return absl::OkStatus();
  }

  absl::Status Break(std::string_view name, absl::Duration timeout, const std::string& what) {
    ncclCommAbort(comm_);
    return broken_ = progress_.Explain(name, timeout, what);
  }

  ncclComm_t comm_;
  cudaEvent_t done_ = nullptr;
  Progress progress_;
  int rank_;
  int size_;
  absl::Status broken_;
};

// Rank 0 makes the id of the group; the others read it from the store.
ncclUniqueId ShareId(const Store& store, int rank) {
  ncclUniqueId id;
  if (rank == 0) {
    ncclGetUniqueId(&id);
    store->set("nccl_id", std::vector<uint8_t>(id.internal, id.internal + sizeof(id.internal)));
  } else {
    const std::vector<uint8_t> bytes = store->get("nccl_id");
    std::memcpy(id.internal, bytes.data(), std::min(bytes.size(), sizeof(id.internal)));
  }
  return id;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinNcclGroup(const ProcessGroupOptions& options) {
  HIR_RETURN_IF_ERROR(internal::CheckOptions(options));
  if (options.size == 1) return MakeSingleProcessGroup();
  HIR_ASSIGN_OR_RETURN(Store store, internal::OpenStore(options));
  try {
    ncclComm_t comm = nullptr;
    const ncclResult_t result =
        ncclCommInitRank(&comm, options.size, ShareId(store, options.rank), options.rank);
    if (result != ncclSuccess) {
      return absl::UnavailableError(absl::StrCat(
          "rank ", options.rank, " could not join NCCL: ", ncclGetErrorString(result)));
    }
    return std::make_unique<NcclProcessGroup>(std::move(store), comm, options.rank, options.size);
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("rank ", options.rank, " could not join NCCL: ", error.what()));
  }
}

}  // namespace hir
