#include "hir/generate/local_engine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/engine/request_checks.h"
#include "hir/generate/open_engine.h"
#include "hir/model/packer.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

constexpr size_t kPrefillRows = 256;  // Prompt tokens computed in one pass.
// The same for prompts that are scored, whose tokens all need logits.
constexpr size_t kScoredPrefillRows = 32;

bool Contains(const std::vector<int32_t>& tokens, int32_t token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

// How the token at `position` of the response `sample` is drawn.
DrawSettings SettingsFor(const GenerationRequest& request, uint32_t sample, size_t position) {
  const GenerationSettings& s = request.settings;
  DrawSettings settings = {
      .temperature = s.temperature,
      .top_k = s.top_k,
      .top_p = s.top_p,
      // Keyed by the sample, not by the order of draws, so that every worker
      // and every batch draws the same.
      .uniform = UniformAt(s.seed, request.key, sample, static_cast<uint32_t>(position)),
      .excluded = {},
      .top_logprobs = s.top_logprobs};
  if (position < static_cast<size_t>(s.min_tokens)) settings.excluded = request.stop_tokens;
  return settings;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> OpenLocalEngine(const std::string& folder,
                                                        const std::string& run,
                                                        const EngineOptions& options) {
  return LocalEngine::Open(folder, run, options);
}

absl::StatusOr<std::unique_ptr<LocalEngine>> LocalEngine::Open(const std::string& folder,
                                                               const std::string& run,
                                                               const EngineOptions& options) {
  HIR_RETURN_IF_ERROR(CheckOptions(options));
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
                                                                 const EngineOptions& options) {
  HIR_RETURN_IF_ERROR(CheckOptions(options));
  if (weights.embedding.scalar_type() != ServedType(options.dtype)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the weights are not of dtype ", WordOf(options.dtype)));
  }
  // The digest is of the served bytes, not of the folder's, so that learner and worker compute the
  // same one for every type of the folder's tensors.
  HIR_ASSIGN_OR_RETURN(version.digest, ServedDigest(weights));
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Decoder> decoder,
                       MakeDecoder(architecture, weights, options));
  auto engine =
      std::unique_ptr<LocalEngine>(new LocalEngine(architecture, options, std::move(decoder)));
  absl::MutexLock lock(&engine->mu_);
  engine->status_.serving = std::move(version);
  return engine;
}

LocalEngine::LocalEngine(const Architecture& architecture, const EngineOptions& options,
                         std::unique_ptr<Decoder> decoder)
    : architecture_(architecture), options_(options), decoder_(std::move(decoder)) {}

LocalEngine::~LocalEngine() { Stop(); }

int64_t LocalEngine::ResponseLimit(const GenerationRequest& request) const {
  // The prompt may leave less room than the response's limit.
  return std::min<int64_t>(
      request.settings.max_response_tokens,
      architecture_.max_position - static_cast<int64_t>(request.prompt.size()));
}

int64_t LocalEngine::CacheNeed(const GenerationRequest& request, bool with_prompt) const {
  const int64_t prompt = with_prompt ? static_cast<int64_t>(request.prompt.size()) : 0;
  return decoder_->RoundUpToPage(prompt) + decoder_->RoundUpToPage(ResponseLimit(request));
}

absl::StatusOr<uint64_t> LocalEngine::Submit(GenerationRequest request) {
  // Checked on the caller's thread, so that the engine can compute everything in its queue.
  HIR_RETURN_IF_ERROR(CheckRequest(request, architecture_));
  if (CacheNeed(request, true) > decoder_->CapacityTokens()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a prompt of ", request.prompt.size(), " tokens and a response of at most ",
                     ResponseLimit(request), " don't fit the cache of ", decoder_->CapacityTokens(),
                     " tokens; raise rollout.kv_cache_gb or lower the limit of the response"));
  }
  auto group = std::make_shared<Group>();
  group->request = std::move(request);
  absl::MutexLock lock(&mu_);
  if (stopped_) return absl::UnavailableError("the engine is stopping; ask another worker");
  group->id = next_id_++;
  status_.waiting += static_cast<int>(group->request.samples.size());
  queue_.push_back(group);
  return group->id;
}

void LocalEngine::Cancel(uint64_t request) {
  absl::MutexLock lock(&mu_);
  // Only the engine's thread touches sequences; it reads cancelled_ before its next token. The
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
  return stopped_ || !queue_.empty() || !cancelled_.empty() || swap_ != nullptr ||
         status_.running > 0;
}

bool LocalEngine::Step() {
  {
    absl::MutexLock lock(&mu_);
    if (!HasWork() || stopped_) return false;
  }
  const absl::Time begin = absl::Now();
  // The order matters: cancelling makes room and may end the last response that a swap waits for; a
  // swap comes before responses that begin; and those join this turn's batch.
  try {
    DropCancelled();
    FinishSwap();
    Admit();
    Decode();
  } catch (const std::exception& error) {
    // Mostly out of memory. The states of the batch may be wrong, those of waiting requests are
    // not, and a worker that continues is worth more than one that restarts.
    FailAll(absl::InternalError(absl::StrCat("generation failed: ", error.what())));
  }
  absl::MutexLock lock(&mu_);
  status_.running = static_cast<int>(running_.size());
  status_.busy += absl::Now() - begin;
  return true;
}

void LocalEngine::DropCancelled() {
  std::set<uint64_t> cancelled;
  std::vector<std::pair<std::shared_ptr<Group>, uint32_t>> dropped;
  {
    absl::MutexLock lock(&mu_);
    cancelled.swap(cancelled_);
    if (cancelled.empty()) return;
    std::erase_if(queue_, [&](const std::shared_ptr<Group>& group) {
      if (!cancelled.contains(group->id)) return false;
      // Samples that have begun are running or have ended.
      for (size_t i = group->begun; i < group->request.samples.size(); ++i) {
        dropped.emplace_back(group, group->request.samples[i]);
      }
      return true;
    });
    status_.waiting -= static_cast<int>(dropped.size());
  }
  std::erase_if(running_, [&](const Sequence& sequence) {
    if (!cancelled.contains(sequence.group->id)) return false;
    dropped.emplace_back(sequence.group, sequence.response.sample);
    return true;
  });
  // Callbacks are made without the lock, since they may submit more requests.
  for (const auto& [group, sample] : dropped) {
    group->request.on_done(sample, absl::CancelledError("the request was cancelled"));
  }
}

void LocalEngine::FinishSwap() {
  std::shared_ptr<Swap> swap;
  {
    absl::MutexLock lock(&mu_);
    // A response is drawn with one set of weights from its first token to its last, so running
    // responses are allowed to finish.
    if (swap_ == nullptr || !running_.empty()) return;
    swap = swap_;
    swap->begun = true;
    // Drops prompts computed with the old weights.
    for (const std::shared_ptr<Group>& group : queue_) group->prompt = nullptr;
  }
  const absl::Status adopted = Adopt(*swap);
  absl::MutexLock lock(&mu_);
  if (adopted.ok()) {
    status_.serving = swap->version;
    swap->result = status_.serving;
  } else {
    swap->result = adopted;
  }
  if (swap_ == swap) swap_ = nullptr;
}

absl::Status LocalEngine::Adopt(const Swap& swap) {
  // Over the tensors themselves, after all conversions, so that lost or swapped values are found
  // before anything is drawn with them.
  try {
    const absl::StatusOr<std::string> digest = ServedDigest(swap.weights);
    if (!digest.ok() || *digest != swap.version.digest) {
      return absl::DataLossError(
          absl::StrCat("the tensors of weights version ", swap.version.version, " have digest ",
                       digest.ok() ? ShortDigest(*digest) : "none", " instead of ",
                       ShortDigest(swap.version.digest), "; the old weights stay in use"));
    }
    decoder_->SetWeights(swap.weights);
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("weights version ", swap.version.version,
                                            " can't be loaded: ", error.what(),
                                            "; the old weights stay in use"));
  }
}

std::shared_ptr<LocalEngine::Group> LocalEngine::NextGroup() {
  absl::MutexLock lock(&mu_);
  // No response begins while a swap waits, since it could wait for ever.
  if (swap_ != nullptr || queue_.empty()) return nullptr;
  if (running_.size() >= static_cast<size_t>(options_.max_running_sequences)) return nullptr;
  std::shared_ptr<Group> group = queue_.front();
  // Pages for all tokens that a response may have are set aside before it begins, so that none that
  // has begun waits for another.
  if (CacheNeed(group->request, group->prompt == nullptr) > decoder_->FreeTokens()) return nullptr;
  if (group->begun + 1 == group->request.samples.size()) queue_.pop_front();
  --status_.waiting;
  return group;
}

void LocalEngine::Admit() {
  while (std::shared_ptr<Group> group = NextGroup()) {
    const size_t index = group->begun++;
    try {
      // The prompt is computed once for all of its responses, which continue its cached keys and
      // values.
      if (group->prompt == nullptr) ComputePrompt(*group);
      BeginSample(group, index);
    } catch (const std::exception& error) {
      // A partly computed prompt would make the group's next response wrong, so that one computes
      // it again.
      group->prompt = nullptr;
      group->request.on_done(
          group->request.samples[index],
          absl::InternalError(absl::StrCat("the prompt can't be computed: ", error.what())));
    }
  }
}

void LocalEngine::ComputePrompt(Group& group) {
  const GenerationRequest& request = group.request;
  const std::vector<int32_t>& prompt = request.prompt;
  const int64_t length = static_cast<int64_t>(prompt.size());
  const bool scored = request.settings.score_prompt;
  group.prompt = decoder_->NewState(nullptr, length);
  // Nothing comes before the first token, so it has no probability.
  std::vector<ScoredToken> scores = {{prompt[0], 0, {}}};
  const int64_t chunk = static_cast<int64_t>(PromptChunk(request));
  for (int64_t begin = 0; begin < length; begin += chunk) {
    const int64_t end = std::min(begin + chunk, length);
    std::vector<DecodeRow> rows;
    std::vector<DrawRequest> wanted;
    for (int64_t i = begin; i < end; ++i) {
      rows.push_back({prompt[i], group.prompt.get(), length});
      if (!scored || i + 1 == length) continue;
      wanted.push_back({.row = i - begin,
                        .settings = {.top_logprobs = request.settings.top_logprobs},
                        .given = prompt[i + 1]});
    }
    const size_t scores_wanted = wanted.size();
    // The prompt's last token gives the first one of each response, so that these begin without a
    // pass of their own.
    for (size_t i = group.begun - 1; end == length && i < request.samples.size(); ++i) {
      wanted.push_back(
          {.row = end - begin - 1, .settings = SettingsFor(request, request.samples[i], 0)});
    }
    std::vector<Draw> draws(wanted.size());
    decoder_->Step(rows, wanted, absl::MakeSpan(draws));
    for (size_t i = 0; i < scores_wanted; ++i) {
      scores.push_back({draws[i].token, draws[i].log_probability, std::move(draws[i].likeliest)});
    }
    if (end < length) continue;
    group.first.resize(request.samples.size());
    std::move(draws.begin() + static_cast<int64_t>(scores_wanted), draws.end(),
              group.first.begin() + static_cast<int64_t>(group.begun - 1));
  }
  if (scored) group.scores = std::make_shared<const std::vector<ScoredToken>>(std::move(scores));
}

size_t LocalEngine::PromptChunk(const GenerationRequest& request) const {
  const size_t rows = request.settings.score_prompt ? kScoredPrefillRows : kPrefillRows;
  return options_.deterministic ? std::min<size_t>(options_.max_running_sequences, rows) : rows;
}

void LocalEngine::BeginSample(const std::shared_ptr<Group>& group, size_t index) {
  Sequence sequence{group, decoder_->NewState(group->prompt, ResponseLimit(group->request)), {}};
  sequence.response.key = group->request.key;
  sequence.response.sample = group->request.samples[index];
  sequence.response.prompt_scores = group->scores;
  {
    absl::MutexLock lock(&mu_);
    sequence.response.spans.push_back({0, status_.serving});
  }
  if (!Append(sequence, group->first[index])) running_.push_back(std::move(sequence));
}

void LocalEngine::Decode() {
  if (running_.empty()) return;
  std::vector<DecodeRow> rows;
  std::vector<DrawRequest> wanted;
  for (const Sequence& sequence : running_) {
    const FinishedResponse& response = sequence.response;
    wanted.push_back({.row = static_cast<int64_t>(rows.size()),
                      .settings = SettingsFor(sequence.group->request, response.sample,
                                              response.tokens.size())});
    rows.push_back({response.tokens.back(), sequence.state.get()});
  }
  std::vector<Draw> draws(rows.size());
  decoder_->Step(rows, wanted, absl::MakeSpan(draws));
  // Removes the sequences that ended; the others keep their order.
  size_t kept = 0;
  for (size_t i = 0; i < running_.size(); ++i) {
    if (Append(running_[i], draws[i])) continue;
    if (kept != i) running_[kept] = std::move(running_[i]);
    ++kept;
  }
  running_.erase(running_.begin() + static_cast<int64_t>(kept), running_.end());
}

bool LocalEngine::Append(Sequence& sequence, Draw& draw) {
  const GenerationRequest& request = sequence.group->request;
  FinishedResponse& response = sequence.response;
  // Reported, so that it is not trained on. Other responses continue, since theirs may be finite.
  if (!std::isfinite(draw.log_probability)) {
    request.on_done(response.sample,
                    absl::InternalError("the model's logits are not finite; check its weights"));
    return true;
  }
  response.tokens.push_back(draw.token);
  response.log_probabilities.push_back(draw.log_probability);
  sequence.entropy_sum += draw.entropy;
  {
    absl::MutexLock lock(&mu_);
    ++status_.generated_tokens;
  }
  const ScoredToken token{draw.token, draw.log_probability, std::move(draw.likeliest)};
  // Called for every token, also the last one, so that the watcher sees the whole response.
  const bool ended = request.on_token && request.on_token(response.sample, token);
  const bool stopped = ended || Contains(request.stop_tokens, draw.token);
  if (request.settings.top_logprobs > 0) response.likeliest.push_back(token.likeliest);
  const int64_t length = static_cast<int64_t>(response.tokens.size());
  if (!stopped && length < ResponseLimit(request)) return false;
  response.finish_reason = stopped ? FinishReason::kStop : FinishReason::kLength;
  response.entropy_mean = sequence.entropy_sum / static_cast<double>(length);
  // Read before the response is moved from.
  const uint32_t sample = response.sample;
  request.on_done(sample, std::move(response));
  return true;
}

void LocalEngine::FailAll(const absl::Status& status) {
  for (const Sequence& sequence : running_) {
    sequence.group->request.on_done(sequence.response.sample, status);
  }
  running_.clear();
}

void LocalEngine::CancelWaiting() {
  std::deque<std::shared_ptr<Group>> queue;
  {
    absl::MutexLock lock(&mu_);
    queue.swap(queue_);
    status_.waiting = 0;
    status_.running = 0;
    if (swap_ != nullptr) swap_->result = absl::UnavailableError("the engine is stopping");
    swap_ = nullptr;
  }
  for (const std::shared_ptr<Group>& group : queue) {
    while (group->begun < group->request.samples.size()) {
      group->request.on_done(group->request.samples[group->begun++],
                             absl::CancelledError("the engine stopped"));
    }
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
  }
  // Only the thread touches running sequences, so they are ended after it.
  if (thread_.joinable()) thread_.join();
  FailAll(absl::CancelledError("the engine stopped"));
  CancelWaiting();
}

EngineStatus LocalEngine::Status() const {
  absl::MutexLock lock(&mu_);
  EngineStatus status = status_;
  status.swap_waiting = swap_ != nullptr;
  return status;
}

}  // namespace hir
