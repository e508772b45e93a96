#include <exception>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/collective/process_group.h"
#include "hir/collective/rendezvous.h"

namespace hir {
namespace {

using internal::Progress;
using internal::Store;

class GlooProcessGroup : public ProcessGroup {
 public:
  GlooProcessGroup(Store store, c10::intrusive_ptr<c10d::ProcessGroupGloo> group, int rank,
                   int size)
      : group_(std::move(group)),
        progress_(std::move(store), rank, size),
        rank_(rank),
        size_(size) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  absl::Status AllReduceSum(at::Tensor& tensor, std::string_view name,
                            absl::Duration timeout) override {
    return Run(name, timeout, [&](std::chrono::milliseconds limit) {
      c10d::AllreduceOptions options;
      options.timeout = limit;
      std::vector<at::Tensor> tensors{tensor};
      return group_->allreduce(tensors, options);
    });
  }

  absl::Status Broadcast(at::Tensor& tensor, int root, std::string_view name,
                         absl::Duration timeout) override {
    return Run(name, timeout, [&](std::chrono::milliseconds limit) {
      c10d::BroadcastOptions options;
      options.rootRank = root;
      options.timeout = limit;
      std::vector<at::Tensor> tensors{tensor};
      return group_->broadcast(tensors, options);
    });
  }

  absl::Status Barrier(std::string_view name, absl::Duration timeout) override {
    at::Tensor one = at::ones({1});
    return AllReduceSum(one, name, timeout);
  }

 private:
  // Runs one operation to its end. After an error the ranks no longer agree on what comes next, so
  // every further operation fails.
  template <typename Operation>
  absl::Status Run(std::string_view name, absl::Duration timeout, Operation operation) {
    if (!broken_.ok()) return broken_;
    try {
      progress_.Enter(name);
      operation(absl::ToChronoMilliseconds(timeout))->wait();
      return absl::OkStatus();
    } catch (const std::exception& error) {
      return broken_ = progress_.Explain(name, timeout, error.what());
    }
  }

  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
  Progress progress_;
  int rank_;
  int size_;
  absl::Status broken_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinGlooGroup(const ProcessGroupOptions& options) {
  HIR_RETURN_IF_ERROR(internal::CheckOptions(options));
  if (options.size == 1) return MakeSingleProcessGroup();
  HIR_ASSIGN_OR_RETURN(const std::string host, internal::LocalAddressTowards(options.master));
  HIR_ASSIGN_OR_RETURN(Store store, internal::OpenStore(options));
  try {
    auto gloo =
        c10d::ProcessGroupGloo::Options::create(absl::ToChronoMilliseconds(options.join_timeout));
    gloo->devices = {c10d::ProcessGroupGloo::createDeviceForHostname(host)};
    auto group = c10::make_intrusive<c10d::ProcessGroupGloo>(store, options.rank, options.size,
                                                             std::move(gloo));
    return std::make_unique<GlooProcessGroup>(std::move(store), std::move(group), options.rank,
                                              options.size);
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("rank ", options.rank,
                                               " could not connect to the other ranks from ", host,
                                               ": ", error.what()));
  }
}

}  // namespace hir
