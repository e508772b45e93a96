// Draws tokens from lines of logits and reports their log-probabilities.
//
// One pass over a line finds the maximum, a second one the sum of exponentials and the entropy; the
// draw then reads a single block of the line. Log-probabilities and entropies are those of the
// temperature-scaled softmax over the whole vocabulary without the excluded tokens, before top-k
// and top-p.
#ifndef HIR_GENERATE_SAMPLER_H_
#define HIR_GENERATE_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/engine/engine.h"

namespace hir {

// How to draw from one line.
struct DrawSettings {
  // >= 0. 0 takes the likeliest token (the lowest id among equals); log-probability and entropy are
  // then those of temperature 1.
  double temperature = 1.0;
  int top_k = 0;  // Keeps the k likeliest tokens, lower ids first among equals; 0 = all.
  // Then keeps the fewest tokens whose share of the remaining probability reaches top_p.
  double top_p = 1.0;
  double uniform = 0;  // In [0, 1): the same uniform gives the same token. See UniformAt().
  absl::Span<const int32_t>
      excluded;          // Tokens that can't be drawn; their logits count as -infinity.
  int top_logprobs = 0;  // How many of the likeliest tokens to report.
};

// One draw from one row of a step, or one line of logits. Several may name one row.
struct DrawRequest {
  int64_t row = 0;
  DrawSettings settings;
  int32_t given = -1;  // >= 0: this token is scored, and none is drawn.
};

// A drawn token and its scores.
struct Draw {
  int32_t token = -1;
  float log_probability = 0;  // Nats; NaN if a logit is NaN or the largest is not finite.
  float entropy = 0;          // Nats, of the whole distribution; NaN if log_probability is.
  std::vector<TokenLogprob> likeliest;  // As many as top_logprobs, the likeliest first.
};

// Draws a token from `logits` [vocabulary], or scores the one that is given; request.row is the
// caller's. A logit of minus infinity is never drawn. Pure. REQUIRES: vocabulary > 0.
Draw DrawFromLine(const float* logits, int64_t vocabulary, const DrawRequest& request);

// DrawFromLine for each of `requests` from the lines that they name of `logits`
// [lines, vocabulary], contiguous. Spreads requests over Torch's threads; each result depends on
// its own line and settings only. REQUIRES: draws as many as requests.
void DrawTokens(const float* logits, int64_t vocabulary, absl::Span<const DrawRequest> requests,
                absl::Span<Draw> draws);

}  // namespace hir

#endif  // HIR_GENERATE_SAMPLER_H_
