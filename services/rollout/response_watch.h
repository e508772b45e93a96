// Passes responses from the engine's thread to the Generate call that requested them.
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
#include "hir/engine/engine.h"
#include "services/rollout/generate_messages.h"
#include "services/rollout/generation_request.h"
#include "services/rollout/growing_response.h"

namespace hir {

// A piece of a response, or its end.
struct ResponseEvent {
  uint64_t key;
  uint32_t sample;
  ResponsePiece piece;  // For an unfinished response, if `done` is not set.
  bool done = false;
  absl::StatusOr<FinishedResponse> response = FinishedResponse{};
  std::optional<TextCut> cut;
};

// Shared by both sides, so that the engine may still report after the call has ended. Thread-safe.
class ResponseEvents {
 public:
  void Push(ResponseEvent event);
  // Waits for an event; false if none came within `timeout`.
  bool Pop(absl::Duration timeout, ResponseEvent& event);

 private:
  absl::Mutex mu_;
  std::deque<ResponseEvent> events_ ABSL_GUARDED_BY(mu_);
};

// A call's settings for each of its responses.
struct ResponseSettings {
  Stops stops;
  size_t min_tokens = 0;
  bool streams = false;  // Whether to send pieces.
};

// Watches the responses to one prompt, whose text may be streamed or contain a stop text.
// Thread-safe, since the engine calls it, and so does the code that ends responses that the engine
// has not taken.
class ResponseWatch {
 public:
  // `tokenizer` must outlive this.
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
