// One row of a frozen batch in the form for the trainer. Free of Torch and of protos.
#ifndef HIR_TRAIN_TRAINING_SAMPLE_H_
#define HIR_TRAIN_TRAINING_SAMPLE_H_

#include <cstdint>
#include <vector>

namespace hir {

// An original or replayed response with everything that its loss needs.
struct TrainingSample {
  uint32_t row = 0;  // Position in the whole batch of all ranks.
  uint64_t task = 0;
  uint32_t sample = 0;
  bool replayed = false;  // Trained under a rewritten prompt.
  bool included = true;   // False: left out of loss and whitening.
  double reward = 0;
  std::vector<int32_t> prompt;           // The prompt it is trained under; at least one token.
  std::vector<int32_t> original_prompt;  // Of replayed rows: the one they were drawn under.
  std::vector<int32_t> tokens;           // The response, at least one token.
  std::vector<float> logprobs;           // One per token, recorded when it was drawn; nats.
};

}  // namespace hir

#endif  // HIR_TRAIN_TRAINING_SAMPLE_H_
