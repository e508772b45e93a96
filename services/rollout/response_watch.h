// The way of responses from the engine's thread to the Generate call that asked for them.
#ifndef HIR_SERVICES_ROLLOUT_RESPONSE_WATCH_H_
#define HIR_SERVICES_ROLLOUT_RESPONSE_WATCH_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/generate/engine.h"
#include "services/rollout/generate_messages.h"
#include "services/rollout/generation_request.h"
#include "services/rollout/growing_response.h"

namespace hir {

// What became of a response.
struct ResponseEvent {
  uint64_t key;
  uint32_t sample;
  ResponsePiece piece;  // Of an unfinished response, when `done` is not set.
  bool done = false;
  absl::StatusOr<FinishedResponse> response = FinishedResponse{};
  std::optional<TextCut> cut;
};

// Shared by both sides, so that the engine may still report after the call ended. Thread-safe.
class ResponseEvents {
 public:
  void Push(ResponseEvent event);
  // False when none came within `timeout`.
  bool Pop(absl::Duration timeout, ResponseEvent& event);

 private:
  absl::Mutex mu_;
  std::deque<ResponseEvent> events_ ABSL_GUARDED_BY(mu_);
};

// What a call wants of each of its responses.
struct ResponseSettings {
  Stops stops;
  size_t min_tokens = 0;
  bool streams = false;  // Pieces are wanted.
};

// Watches the responses to one prompt: their text, when it is streamed or may end them.
// Thread-safe: the engine calls it, and whoever ends what the engine does not take.
class ResponseWatch {
 public:
  // `tokenizer` outlives this.
  ResponseWatch(uint64_t key, const Tokenizer& tokenizer, const ResponseSettings& settings,
                std::shared_ptr<ResponseEvents> events)
      : key_(key), tokenizer_(tokenizer), settings_(settings), events_(std::move(events)) {}

  bool wants_tokens() const { return settings_.streams || !settings_.stops.texts.empty(); }
  // Returns whether the response ends here.
  bool OnToken(uint32_t sample, const ScoredToken& token);
  void OnDone(uint32_t sample, absl::StatusOr<FinishedResponse> finished);

 private:
  void Send(uint32_t sample, ResponsePiece piece);

  const uint64_t key_;
  const Tokenizer& tokenizer_;
  const ResponseSettings settings_;
  const std::shared_ptr<ResponseEvents> events_;
  absl::Mutex mu_;
  std::map<uint32_t, GrowingResponse> responses_ ABSL_GUARDED_BY(mu_);
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_RESPONSE_WATCH_H_
