// Decides which tokens each pass over the model computes.
#ifndef HIR_GENERATE_SCHEDULER_H_
#define HIR_GENERATE_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "hir/domain/weights_id.h"
#include "hir/engine/engine.h"
#include "hir/generate/decoder.h"
#include "hir/generate/sequence.h"

namespace hir {

// Continuous batching. A pass has one row for each response that is being drawn, and tokens of
// prompts with the rest of its rows, so that no response waits for a whole prompt, and short
// prompts share a pass. A response begins when there is a slot for it and pages for all tokens that
// it may have, first come, first served.
//
// Everything that was added ends: a response that has begun holds its pages, or they are kept free
// for it, so it needs nothing of others and ends after at most response_limit passes. The response
// that is next waits only for those that have begun. When these have ended, all pages are free but
// those of its own prompt, and CheckLengths() admits no request whose prompt and response together
// need more.
//
// Not thread-safe. Callbacks are made from within Step(), Cancel() and the End functions; they must
// not call the scheduler.
class Scheduler {
 public:
  // `decoder` must outlive it.
  Scheduler(const Architecture& architecture, const EngineOptions& options, WeightsId serving,
            Decoder& decoder);

  // INVALID_ARGUMENT: the cache can't hold such a prompt and response together. A response ends
  // where the model's context does. Thread-safe.
  absl::Status CheckLengths(int64_t prompt_tokens, int64_t response_tokens) const;

  // Queues a request. REQUIRES: CheckRequest() and CheckLengths() are OK.
  void Add(uint64_t id, GenerationRequest request);
  // Ends what is left of these requests as CANCELLED.
  void Cancel(const std::set<uint64_t>& ids);

  // Begins responses that have room, if `admit`; then one pass, which gives every response whose
  // prompt is complete a token. Throws what the decoder throws; call EndRunning() then.
  void Step(bool admit);

  // The decoder has new weights. Running responses go on, each with a new span from its next token
  // on. Prompts are computed again for the responses that have not drawn a token.
  void OnNewWeights(WeightsId serving);

  // Ends the responses that have begun with `status`, and forgets all prompts.
  void EndRunning(const absl::Status& status);
  // Ends those that have not begun.
  void EndWaiting(const absl::Status& status);

  int running() const { return static_cast<int>(running_.size()); }
  int waiting() const { return waiting_; }
  uint64_t generated_tokens() const { return generated_tokens_; }
  const WeightsId& serving() const { return serving_; }

 private:
  struct Pass;

  int64_t ResponseLimit(int64_t prompt_tokens, int64_t response_tokens) const;
  bool HasRoomFor(const Group& group) const;
  void Admit();
  // Gives a response whose prompt is complete a state and its first token; true if it ends.
  bool BeginDrawing(Sequence& sequence);
  bool TakeToken(Sequence& sequence, Draw& draw);
  Pass Plan() const;
  // Adds the next `count` tokens of the prompt that `sequence` waits for.
  void AddPrompt(const Sequence& sequence, int64_t count, Pass& pass) const;
  void TakePrompts(Pass& pass);
  void EndWaiting(Group& group, const absl::Status& status);

  const Architecture architecture_;
  const size_t slots_;
  const int64_t max_rows_;
  WeightsId serving_;
  Decoder& decoder_;
  // Requests with samples that have not begun. Only the first may have begun.
  std::deque<std::shared_ptr<Group>> queue_;
  int waiting_ = 0;                // Samples in queue_ that have not begun.
  std::vector<Sequence> running_;  // In the order in which they began.
  uint64_t generated_tokens_ = 0;
};

}  // namespace hir

#endif  // HIR_GENERATE_SCHEDULER_H_
