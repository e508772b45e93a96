// A request on its way through the scheduler, and its responses, token by token.
#ifndef HIR_GENERATE_SEQUENCE_H_
#define HIR_GENERATE_SEQUENCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/domain/weights_id.h"
#include "hir/engine/engine.h"
#include "hir/generate/decoder.h"
#include "hir/generate/sampler.h"

namespace hir {

// A request, its prompt's state and the number of its responses that have begun.
struct Group {
  uint64_t id = 0;
  GenerationRequest request;
  int64_t response_limit = 0;  // The most tokens that a response may have.
  size_t begun = 0;            // Samples that have begun: those of the first indices.

  // The prompt is computed when the first response begins, for all of them. Null until then, and
  // again after a swap of weights.
  std::shared_ptr<KvState> prompt;
  // With score_prompt: of the prompt's tokens so far; complete with the prompt.
  std::shared_ptr<std::vector<ScoredToken>> scores;
  // The first token of each sample that had not ended when the prompt was complete; empty before.
  std::vector<Draw> first;

  int64_t prompt_tokens() const { return static_cast<int64_t>(request.prompt.size()); }
  bool prompt_is_complete() const { return !first.empty(); }
  void ForgetPrompt();
};

// A response that has begun.
struct Sequence {
  std::shared_ptr<Group> group;
  size_t index;                    // Of the sample in the request.
  std::unique_ptr<KvState> state;  // Null while the prompt is computed.
  FinishedResponse response;
  double entropy_sum = 0;  // Over the tokens so far, nats.

  uint32_t sample() const { return group->request.samples[index]; }
};

// How the token at `position` of the response with this index is drawn. Points into `request`.
DrawSettings SettingsFor(const GenerationRequest& request, size_t index, size_t position);

// Adds a token that was drawn with `weights` and reports it. Returns true if the response has ended
// and was passed to its callback, with an error if the token's score is not finite.
bool Append(Sequence& sequence, Draw& draw, const WeightsId& weights);

}  // namespace hir

#endif  // HIR_GENERATE_SEQUENCE_H_
