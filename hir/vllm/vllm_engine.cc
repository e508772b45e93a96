#include "hir/vllm/vllm_engine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/engine/request_checks.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/vllm/server_check.h"
#include "hir/weights/check_layout.h"

namespace hir {
namespace {

// What a server can't do as the engine in this process does.
absl::Status CheckSettings(const GenerationSettings& settings) {
  // 0 takes the likeliest token, whose log-probability both engines give at temperature 1.
  if (settings.temperature != 1 && settings.temperature != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "temperature is ", settings.temperature, "; a vLLM server gives log-probabilities before ",
        "temperature, so use 1 or 0, or a worker with --engine local"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<VllmEngine>> VllmEngine::Open(const std::string& model,
                                                             const VllmEngineOptions& options) {
  HIR_ASSIGN_OR_RETURN(Architecture architecture, ReadArchitecture(model));
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<WeightsFolder> folder,
                       WeightsFolder::Open(options.weights_folder, model));
  auto client = std::make_unique<VllmClient>(options.url, options.key, options.patience);
  HIR_RETURN_IF_ERROR(AwaitServer(*client, options.stopped));
  HIR_ASSIGN_OR_RETURN(const VllmEndpoint endpoint,
                       CheckServer(*client, architecture, options.most_tokens));
  if (endpoint.model.context > 0) {
    architecture.max_position = std::min(architecture.max_position, endpoint.model.context);
  }
  auto engine = std::unique_ptr<VllmEngine>(
      new VllmEngine(architecture, options, std::move(client), std::move(folder), endpoint));
  const WeightsId first = engine->Status().serving;
  if (options.run.empty()) HIR_RETURN_IF_ERROR(engine->client_->SetVersion(VersionName(first)));
  return engine;
}

VllmEngine::VllmEngine(const Architecture& architecture, const VllmEngineOptions& options,
                       std::unique_ptr<VllmClient> client, std::unique_ptr<WeightsFolder> folder,
                       VllmEndpoint endpoint)
    : architecture_(architecture),
      options_(options),
      client_(std::move(client)),
      folder_(std::move(folder)),
      endpoint_(std::move(endpoint)) {
  status_.serving.run = options.run;
  status_.ready = options.run.empty();
}

VllmEngine::~VllmEngine() {
  Stop();
  // A swap that the server is carrying out still uses this object.
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !swapping_; };
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(&idle));
}

absl::StatusOr<uint64_t> VllmEngine::Submit(GenerationRequest request) {
  HIR_RETURN_IF_ERROR(CheckRequest(request, architecture_));
  HIR_RETURN_IF_ERROR(CheckSettings(request.settings));
  std::vector<std::unique_ptr<Flight>> landed;
  const absl::Cleanup join = [&] {
    for (const std::unique_ptr<Flight>& flight : landed) flight->thread.join();
  };
  absl::MutexLock lock(&mu_);
  if (stopped_) return absl::UnavailableError("the engine is stopping; ask another worker");
  HIR_RETURN_IF_ERROR(status_.health);
  for (auto next = flights_.begin(); next != flights_.end();) {
    const auto flight = next++;
    if (!flight->second->landed) continue;
    landed.push_back(std::move(flight->second));
    flights_.erase(flight);
  }
  status_.waiting += static_cast<int>(request.samples.size());
  auto flight = std::make_unique<Flight>();
  flight->request = std::move(request);
  flight->thread = std::thread([this, f = flight.get()] { Fly(*f); });
  flights_.emplace(next_id_, std::move(flight));
  return next_id_++;
}

void VllmEngine::Cancel(uint64_t request) {
  absl::MutexLock lock(&mu_);
  // It may have ended before its caller cancelled it.
  const auto found = flights_.find(request);
  if (found != flights_.end()) found->second->cancelled = true;
}

void VllmEngine::Fly(Flight& flight) {
  const absl::StatusOr<WeightsId> weights = TakeOff(flight);
  if (weights.ok()) {
    Generate(flight, *weights);
  } else {
    for (const uint32_t sample : flight.request.samples) {
      flight.request.on_done(sample, weights.status());
    }
  }
  absl::MutexLock lock(&mu_);
  if (weights.ok() && --flying_ == 0) status_.busy += absl::Now() - busy_since_;
  flight.landed = true;
}

absl::StatusOr<WeightsId> VllmEngine::TakeOff(Flight& flight) {
  const auto free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return flight.cancelled || stopped_ || !status_.health.ok() ||
           (started_ && status_.ready && !status_.swap_waiting);
  };
  const int responses = static_cast<int>(flight.request.samples.size());
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(&free));
  status_.waiting -= responses;
  HIR_RETURN_IF_ERROR(status_.health);
  if (stopped_) return absl::CancelledError("the engine stopped");
  if (flight.cancelled) return absl::CancelledError("the request was cancelled");
  status_.running += responses;
  if (flying_++ == 0) busy_since_ = absl::Now();
  return status_.serving;
}

void VllmEngine::Generate(Flight& flight, const WeightsId& weights) {
  const GenerationRequest& request = flight.request;
  const int64_t room = architecture_.max_position - static_cast<int64_t>(request.prompt.size());
  const ChoiceRules rules = {
      .vocabulary = architecture_.vocab_size,
      .max_tokens = std::min<int64_t>(request.settings.max_response_tokens, room),
      .weights = weights,
      .names_weights = endpoint_.api == VllmApi::kTokens};
  const auto hand_over = [&](uint32_t sample, absl::StatusOr<FinishedResponse> response) {
    {
      absl::MutexLock lock(&mu_);
      --status_.running;
    }
    request.on_done(sample, std::move(response));
  };
  StreamedAnswer::CheckWeights check;
  if (!rules.names_weights) check = [&] { return CheckServedVersion(weights); };
  StreamedAnswer answer(request, rules, hand_over, check);
  if (request.settings.score_prompt) {
    const absl::Status scored = ScorePrompt(flight, answer);
    if (!scored.ok()) return answer.Fail(Judge(flight, scored));
  }
  const auto on_piece = [&](const VllmPiece& piece) {
    {
      absl::MutexLock lock(&mu_);
      status_.generated_tokens += piece.tokens.size();
    }
    return answer.Take(piece);
  };
  absl::Status status =
      client_->Generate(endpoint_.api, endpoint_.model.name, request, rules.max_tokens, on_piece,
                        [&] { return MayGoOn(flight); });
  if (answer.unfinished() == 0) return;
  if (status.ok()) {
    status = absl::FailedPreconditionError(absl::StrCat(
        "vLLM at ", options_.url, " answers with ", request.samples.size() - answer.unfinished(),
        " responses of the ", request.samples.size(), " that were asked for"));
  }
  answer.Fail(Judge(flight, status));
}

absl::Status VllmEngine::ScorePrompt(const Flight& flight, StreamedAnswer& answer) {
  const GenerationRequest& request = flight.request;
  HIR_ASSIGN_OR_RETURN(
      std::vector<ScoredToken> scores,
      client_->Score(endpoint_.api, endpoint_.model.name, request.prompt,
                     request.settings.top_logprobs, [&] { return MayGoOn(flight); }));
  answer.SetPromptScores(std::make_shared<const std::vector<ScoredToken>>(std::move(scores)));
  return absl::OkStatus();
}

bool VllmEngine::MayGoOn(const Flight& flight) const {
  absl::MutexLock lock(&mu_);
  return !flight.cancelled && !stopped_ && status_.health.ok();
}

absl::Status VllmEngine::Judge(const Flight& flight, const absl::Status& status) {
  // 400: the server refuses this request, others may be good.
  const bool broken = !absl::IsCancelled(status) && !absl::IsInvalidArgument(status);
  if (broken) Fail(status);
  absl::MutexLock lock(&mu_);
  if (flight.cancelled || stopped_) return absl::CancelledError("the request was cancelled");
  return status_.health.ok() ? status : status_.health;
}

absl::Status VllmEngine::CheckServedVersion(const WeightsId& weights) {
  HIR_ASSIGN_OR_RETURN(const std::string served, client_->Version());
  const std::string expected = VersionName(weights);
  if (served == expected) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("has the weights \"", served, "\", but this worker serves \"", expected,
                   "\"; does another program replace the server's weights?"));
}

void VllmEngine::Fail(const absl::Status& error) {
  absl::MutexLock lock(&mu_);
  if (!status_.health.ok()) return;
  Log(Severity::kError, "the engine has failed and its worker ends",
      {{"run", options_.run}, {"error", std::string(error.message())}});
  status_.health = error;
  // No tasks are leased in the moments until its worker ends.
  status_.ready = false;
}

bool VllmEngine::IsServed(const WeightsId& version) const {
  return status_.ready && version == status_.serving;
}

absl::Status VllmEngine::CheckSwap(const WeightsId& version) const {
  if (IsOlder(version, status_.serving)) {
    return absl::FailedPreconditionError(
        absl::StrCat("weights version ", version.version, " is older than version ",
                     status_.serving.version, ", which is being served"));
  }
  if (stopped_) return absl::UnavailableError("the engine is stopping");
  return status_.health;
}

absl::StatusOr<WeightsId> VllmEngine::SwapWeights(WeightsId version, PackedWeights weights,
                                                  absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    if (IsServed(version)) return version;
    HIR_RETURN_IF_ERROR(CheckSwap(version));
    const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !swapping_; };
    if (!mu_.AwaitWithDeadline(absl::Condition(&free), deadline)) {
      return absl::DeadlineExceededError(
          "another swap of weights was still running at the deadline");
    }
    // The swap before this one may have brought the same or newer weights.
    if (IsServed(version)) return version;
    HIR_RETURN_IF_ERROR(CheckSwap(version));
    swapping_ = true;
  }
  const absl::Status swapped = SwapInTurn(version, weights, deadline);
  absl::MutexLock lock(&mu_);
  swapping_ = false;
  HIR_RETURN_IF_ERROR(swapped);
  return version;
}

absl::Status VllmEngine::SwapInTurn(const WeightsId& version, const PackedWeights& weights,
                                    absl::Time deadline) {
  const std::string wanted_type = options_.dtype == Dtype::kBf16 ? "BF16" : "F32";
  if (weights.tensors.empty() || weights.tensors[0].dtype != wanted_type) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the weights are ", weights.tensors.empty() ? "empty" : weights.tensors[0].dtype,
        ", but this worker serves ", WordOf(options_.dtype)));
  }
  if (WeightsDigest(weights) != version.digest) {
    return absl::DataLossError(absl::StrCat(
        "the tensors of weights version ", version.version, " have another digest than ",
        ShortDigest(version.digest), "; the old weights stay in use"));
  }
  if (const absl::Status fits = CheckLayout(weights, architecture_); !fits.ok()) {
    return RefuseModel(version, fits);
  }
  // Written while responses are generated, so that the pause is short.
  const absl::StatusOr<std::string> written = folder_->Write(version, weights);
  if (!written.ok()) {
    // Without room no newer weights can be served, and the run would wait for this worker for ever.
    Fail(written.status());
    return written.status();
  }
  HIR_RETURN_IF_ERROR(CloseRunway(deadline));
  const absl::Status served =
      ServeWeights(endpoint_, *written, version, weights.probe, options_.patience.silence);
  if (!served.ok()) Fail(served);
  if (served.ok()) folder_->RemoveOthers(*written);
  absl::MutexLock lock(&mu_);
  status_.swap_waiting = false;
  if (!served.ok()) return served;
  status_.serving = version;
  status_.ready = true;
  return absl::OkStatus();
}

absl::Status VllmEngine::RefuseModel(const WeightsId& version, const absl::Status& why) {
  const absl::Status error = absl::FailedPreconditionError(absl::StrCat(
      "weights version ", version.version, " are not of this worker's --model: ", why.message(),
      "; start worker and vLLM server with the run's model"));
  // Every later version would be refused too, and the run would wait for this worker for ever.
  if (!Status().ready) Fail(error);
  return error;
}

absl::Status VllmEngine::CloseRunway(absl::Time deadline) {
  const auto empty = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return flying_ == 0; };
  absl::MutexLock lock(&mu_);
  status_.swap_waiting = true;
  absl::Status status;
  if (!mu_.AwaitWithDeadline(absl::Condition(&empty), deadline)) {
    status = absl::DeadlineExceededError(absl::StrCat(
        status_.running, " responses were still running at the deadline of the swap of weights"));
  } else if (stopped_) {
    status = absl::UnavailableError("the engine is stopping");
  } else {
    status = status_.health;
  }
  if (!status.ok()) status_.swap_waiting = false;
  return status;
}

void VllmEngine::Start() {
  absl::MutexLock lock(&mu_);
  started_ = true;
}

void VllmEngine::Stop() {
  std::map<uint64_t, std::unique_ptr<Flight>> flights;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    flights.swap(flights_);
  }
  for (const auto& [id, flight] : flights) flight->thread.join();
}

EngineStatus VllmEngine::Status() const {
  absl::MutexLock lock(&mu_);
  EngineStatus status = status_;
  if (flying_ > 0) status.busy += absl::Now() - busy_since_;
  return status;
}

}  // namespace hir
