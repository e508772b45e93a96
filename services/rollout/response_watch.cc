#include "services/rollout/response_watch.h"

#include <utility>

namespace hir {

void ResponseEvents::Push(ResponseEvent event) {
  absl::MutexLock lock(&mu_);
  events_.push_back(std::move(event));
}

bool ResponseEvents::Pop(absl::Duration timeout, ResponseEvent& event) {
  absl::MutexLock lock(&mu_);
  const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !events_.empty(); };
  if (!mu_.AwaitWithTimeout(absl::Condition(&any), timeout)) return false;
  event = std::move(events_.front());
  events_.pop_front();
  return true;
}

bool ResponseWatch::OnToken(uint32_t sample, const ScoredToken& token) {
  absl::MutexLock lock(&mu_);
  GrowingResponse& response = responses_
                                  .try_emplace(sample, tokenizer_, settings_.stops.texts,
                                               settings_.min_tokens, settings_.streams)
                                  .first->second;
  Send(sample, response.Push(token));
  return response.stopped();
}

void ResponseWatch::OnDone(uint32_t sample, absl::StatusOr<FinishedResponse> finished) {
  ResponseEvent event{.key = key_, .sample = sample, .done = true, .response = std::move(finished)};
  absl::MutexLock lock(&mu_);
  if (const auto found = responses_.find(sample); found != responses_.end()) {
    GrowingResponse& response = found->second;
    if (event.response.ok()) Send(sample, response.Finish());
    if (response.stopped()) event.cut = TextCut{response.bytes(), response.text_tokens()};
    responses_.erase(found);
  }
  events_->Push(std::move(event));
}

void ResponseWatch::Send(uint32_t sample, ResponsePiece piece) {
  if (!settings_.streams || (piece.text.empty() && piece.tokens.empty())) return;
  events_->Push({.key = key_, .sample = sample, .piece = std::move(piece)});
}

}  // namespace hir
