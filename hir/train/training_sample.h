// One row of a frozen batch as the trainer takes it. Free of Torch and of protos.
#ifndef HIR_TRAIN_TRAINING_SAMPLE_H_
#define HIR_TRAIN_TRAINING_SAMPLE_H_

#include <cstdint>
#include <vector>

namespace hir {

struct TrainingSample {
  uint32_t row = 0;  // Position in the whole batch, all ranks together.
  uint64_t task = 0;
  uint32_t sample = 0;
  bool replayed = false;  // Trained under a rewritten prompt.
  bool included = true;   // False: takes no part in loss and whitening.
  double reward = 0;
  std::vector<int32_t> prompt;           // Under which it is trained; at least one token.
  std::vector<int32_t> original_prompt;  // Of a replayed row: under which it was made. Else empty.
  std::vector<int32_t> tokens;           // The response, at least one token.
  std::vector<float> logprobs;           // One a token, recorded when it was made; nats.
};

}  // namespace hir

#endif  // HIR_TRAIN_TRAINING_SAMPLE_H_
