#include "hir/generate/local_engine.h"

#include <ATen/Parallel.h>

#include <exception>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/engine/request_checks.h"
#include "hir/generate/make_decoder.h"
#include "hir/generate/open_engine.h"
#include "hir/model/device.h"
#include "hir/model/packer.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {

absl::StatusOr<std::unique_ptr<Engine>> OpenLocalEngine(const std::string& folder,
                                                        const std::string& run,
                                                        const EngineOptions& options) {
  return LocalEngine::Open(folder, run, options);
}

absl::StatusOr<std::unique_ptr<LocalEngine>> LocalEngine::Open(const std::string& folder,
                                                               const std::string& run,
                                                               const EngineOptions& options) {
  HIR_RETURN_IF_ERROR(CheckOptions(options));
  // Also checked before the model is loaded, which takes long.
  HIR_RETURN_IF_ERROR(DeviceFor(options, CountGpus()).status());
  HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(folder));
  // First, since loading the weights already uses the threads.
  if (options.threads > 0) at::set_num_threads(options.threads);
  HIR_ASSIGN_OR_RETURN(const ModelWeights weights,
                       LoadWeights(folder, architecture, ServedType(options.dtype)));
  WeightsId version;
  version.run = run;
  return Create(architecture, weights, std::move(version), options);
}

absl::StatusOr<std::unique_ptr<LocalEngine>> LocalEngine::Create(const Architecture& architecture,
                                                                 const ModelWeights& weights,
                                                                 WeightsId version,
                                                                 const EngineOptions& options,
                                                                 const DecoderFactory& make) {
  HIR_RETURN_IF_ERROR(CheckOptions(options));
  if (weights.embedding.scalar_type() != ServedType(options.dtype)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the weights are not of dtype ", WordOf(options.dtype)));
  }
  // The digest is of the served bytes, not of the folder's, so that learner and worker compute the
  // same one for every type of the folder's tensors.
  HIR_ASSIGN_OR_RETURN(version.digest, ServedDigest(weights));
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Decoder> decoder, make(architecture, weights, options));
  return std::unique_ptr<LocalEngine>(
      new LocalEngine(architecture, options, std::move(version), std::move(decoder)));
}

LocalEngine::LocalEngine(const Architecture& architecture, const EngineOptions& options,
                         WeightsId serving, std::unique_ptr<Decoder> decoder)
    : architecture_(architecture),
      options_(options),
      decoder_(std::move(decoder)),
      scheduler_(architecture, options, serving, *decoder_) {
  absl::MutexLock lock(&mu_);
  status_.serving = std::move(serving);
  UpdateStatus();
}

LocalEngine::~LocalEngine() { Stop(); }

absl::StatusOr<uint64_t> LocalEngine::Submit(GenerationRequest request) {
  // Checked on the caller's thread, so that the engine can compute everything in its queue.
  HIR_RETURN_IF_ERROR(CheckRequest(request, architecture_));
  HIR_RETURN_IF_ERROR(CheckLengths(static_cast<int64_t>(request.prompt.size()),
                                   request.settings.max_response_tokens));
  absl::MutexLock lock(&mu_);
  if (stopped_) return absl::UnavailableError("the engine is stopping; ask another worker");
  status_.waiting += static_cast<int>(request.samples.size());
  submitted_.emplace_back(next_id_, std::move(request));
  return next_id_++;
}

void LocalEngine::Cancel(uint64_t request) {
  absl::MutexLock lock(&mu_);
  // Only the engine's thread touches responses; it reads cancelled_ before its next pass. The
  // number may be unknown: the request may have ended before its caller cancelled it.
  if (!stopped_) cancelled_.insert(request);
}

absl::StatusOr<WeightsId> LocalEngine::SwapWeights(WeightsId version, PackedWeights weights,
                                                   absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    // Also checked before waiting for the other swap: a push of the served weights must not wait
    // for a swap that takes minutes.
    if (version == status_.serving) return status_.serving;
    HIR_RETURN_IF_ERROR(CheckSwap(version));
    // One at a time, since a waiting swap holds a whole model in memory.
    const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !swapping_; };
    if (!mu_.AwaitWithDeadline(absl::Condition(&free), deadline)) {
      return absl::DeadlineExceededError(
          "another swap of weights was still running at the deadline");
    }
    swapping_ = true;
  }
  const absl::Cleanup end_turn = [this] {
    absl::MutexLock lock(&mu_);
    swapping_ = false;
  };
  return SwapInTurn(std::move(version), std::move(weights), deadline);
}

absl::Status LocalEngine::CheckSwap(const WeightsId& version) const {
  if (IsOlder(version, status_.serving)) {
    return absl::FailedPreconditionError(
        absl::StrCat("weights version ", version.version, " is older than version ",
                     status_.serving.version, ", which is being served"));
  }
  if (stopped_) return absl::UnavailableError("the engine is stopping");
  return absl::OkStatus();
}

absl::StatusOr<WeightsId> LocalEngine::SwapInTurn(WeightsId version, PackedWeights weights,
                                                  absl::Time deadline) {
  // Everything that can be done while responses run is done here, so that the pause between the
  // last of them and the first with the new weights is short.
  auto swap = std::make_shared<Swap>();
  auto packed = std::make_shared<const PackedWeights>(std::move(weights));
  auto unpacked = UnpackWeights(packed, architecture_);
  if (!unpacked.ok()) return absl::FailedPreconditionError(unpacked.status().message());
  if (unpacked->embedding.scalar_type() != ServedType(options_.dtype)) {
    return absl::FailedPreconditionError(absl::StrCat("the weights are ", packed->tensors[0].dtype,
                                                      ", but this worker serves ",
                                                      WordOf(options_.dtype)));
  }
  if (const std::string digest = WeightsDigest(*packed); digest != version.digest) {
    return absl::DataLossError(absl::StrCat(
        "the tensors of weights version ", version.version, " have digest ", ShortDigest(digest),
        " instead of ", ShortDigest(version.digest), "; the old weights stay in use"));
  }
  swap->weights = *std::move(unpacked);
  swap->version = std::move(version);
  absl::MutexLock lock(&mu_);
  // The swap before this one may have brought the same or newer weights.
  if (swap->version == status_.serving) return status_.serving;
  HIR_RETURN_IF_ERROR(CheckSwap(swap->version));
  swap_ = swap;
  const auto done = [&swap] { return swap->result.has_value(); };
  if (mu_.AwaitWithDeadline(absl::Condition(&done), deadline)) return *std::move(swap->result);
  // The deadline has passed, but the engine has started the swap: the caller gets its result, which
  // comes soon.
  if (swap->begun) {
    mu_.Await(absl::Condition(&done));
    return *std::move(swap->result);
  }
  swap_ = nullptr;
  return absl::DeadlineExceededError(absl::StrCat(
      status_.running, " responses were still running at the deadline of the swap of weights"));
}

bool LocalEngine::HasWork() const {
  return stopped_ || !cancelled_.empty() || swap_ != nullptr || status_.running > 0 ||
         status_.waiting > 0;
}

bool LocalEngine::Step() {
  {
    absl::MutexLock lock(&mu_);
    if (!HasWork() || stopped_) return false;
  }
  const absl::Time begin = absl::Now();
  try {
    // First, since a cancelled response may be the last that a swap waits for.
    TakeRequests();
    const bool swap_waits = FinishSwap();
    // No response begins while a swap waits, since it could wait for ever.
    scheduler_.Step(/*admit=*/!swap_waits);
  } catch (const std::exception& error) {
    // Mostly out of memory. The states of the batch may be wrong, requests that wait are not, and a
    // worker that continues is worth more than one that restarts.
    scheduler_.EndRunning(absl::InternalError(absl::StrCat("generation failed: ", error.what())));
  }
  absl::MutexLock lock(&mu_);
  UpdateStatus();
  status_.busy += absl::Now() - begin;
  return true;
}

void LocalEngine::TakeRequests() {
  std::vector<std::pair<uint64_t, GenerationRequest>> submitted;
  std::set<uint64_t> cancelled;
  {
    absl::MutexLock lock(&mu_);
    submitted.swap(submitted_);
    cancelled.swap(cancelled_);
  }
  for (auto& [id, request] : submitted) scheduler_.Add(id, std::move(request));
  // Without the lock, since its callbacks may submit more requests.
  scheduler_.Cancel(cancelled);
}

void LocalEngine::UpdateStatus() {
  status_.running = scheduler_.running();
  status_.waiting = scheduler_.waiting();
  for (const auto& [id, request] : submitted_) {
    status_.waiting += static_cast<int>(request.samples.size());
  }
  status_.generated_tokens = scheduler_.generated_tokens();
  status_.cache_tokens = decoder_->CapacityTokens();
  status_.cache_free_tokens = decoder_->FreeTokens();
}

bool LocalEngine::FinishSwap() {
  std::shared_ptr<Swap> swap;
  {
    absl::MutexLock lock(&mu_);
    if (swap_ == nullptr) return false;
    // Weights may go back, when a learner goes on from a checkpoint. The lease of a running
    // response was granted for weights as new as those that it began with, so it ends with them.
    const bool keep = options_.keep_on_swap && swap_->version.version >= status_.serving.version;
    if (!keep && scheduler_.running() > 0) return true;
    swap = swap_;
    swap->begun = true;
  }
  const absl::Status adopted = Adopt(*swap);
  absl::MutexLock lock(&mu_);
  if (adopted.ok()) {
    status_.serving = swap->version;
    swap->result = status_.serving;
  } else {
    swap->result = adopted;
  }
  swap_ = nullptr;
  return false;
}

absl::Status LocalEngine::Adopt(const Swap& swap) {
  try {
    decoder_->SetWeights(swap.weights);
    scheduler_.OnNewWeights(swap.version);
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("weights version ", swap.version.version,
                                            " can't be loaded: ", error.what(),
                                            "; the old weights stay in use"));
  }
}

void LocalEngine::Loop() {
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &LocalEngine::HasWork));
      if (stopped_) return;
    }
    Step();
  }
}

void LocalEngine::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void LocalEngine::Stop() {
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    stopped_ = true;
    if (swap_ != nullptr) swap_->result = absl::UnavailableError("the engine is stopping");
    swap_ = nullptr;
  }
  // Only the thread touches responses, so they are ended after it.
  if (thread_.joinable()) thread_.join();
  TakeRequests();
  const absl::Status stopped = absl::CancelledError("the engine stopped");
  scheduler_.EndRunning(stopped);
  scheduler_.EndWaiting(stopped);
  absl::MutexLock lock(&mu_);
  UpdateStatus();
}

EngineStatus LocalEngine::Status() const {
  absl::MutexLock lock(&mu_);
  EngineStatus status = status_;
  status.swap_waiting = swap_ != nullptr;
  return status;
}

}  // namespace hir
