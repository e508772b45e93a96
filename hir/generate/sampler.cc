#include "hir/generate/sampler.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"

namespace hir {
namespace {

using kernels::CpuKernels;
using kernels::DecodeKernels;
using kernels::kSoftmaxBlock;
using kernels::SoftmaxSums;

struct Candidate {
  float logit;
  int32_t token;
};

// Likelier first; the lower id among equals.
bool Likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

// One line and its softmax sums.
struct Line {
  const float* logits;
  int64_t vocabulary;
  float inverse_temperature;
  SoftmaxSums sums;

  double Weight(float logit) const {
    return std::exp(static_cast<double>((logit - sums.max_logit) * inverse_temperature));
  }
  float LogProbability(int32_t token) const {
    const double z = static_cast<double>(logits[token] - sums.max_logit) * inverse_temperature;
    return static_cast<float>(z - std::log(sums.sum_exp));
  }
  bool finite() const {
    return !std::isnan(sums.sum_exp) && !std::isnan(sums.sum_z_exp) && !std::isinf(sums.max_logit);
  }
};

Line MakeLine(const float* logits, int64_t vocabulary, float inverse_temperature,
              std::vector<float>& block_sums) {
  Line line{logits, vocabulary, inverse_temperature, {}};
  line.sums = CpuKernels<DecodeKernels<float>>().softmax_sums(
      logits, vocabulary, inverse_temperature, block_sums.data());
  return line;
}

std::vector<float> BlockSums(int64_t vocabulary) {
  return std::vector<float>((vocabulary + kSoftmaxBlock - 1) / kSoftmaxBlock);
}

// The lowest id that holds the maximum. REQUIRES: the line has no NaN.
int32_t Likeliest(const Line& line) {
  for (int64_t i = 0; i < line.vocabulary; ++i) {
    if (line.logits[i] == line.sums.max_logit) return static_cast<int32_t>(i);
  }
  return 0;
}

// Inverse of the cumulative distribution in the order of ids. If rounding leaves the target beyond
// the last sum, the last token with any weight is drawn.
int32_t DrawFromAll(const Line& line, const std::vector<float>& block_sums, double uniform) {
  double left = uniform * line.sums.sum_exp;
  size_t block = 0;
  while (block + 1 < block_sums.size() && left >= block_sums[block]) left -= block_sums[block++];
  const int64_t begin = static_cast<int64_t>(block) * kSoftmaxBlock;
  const int64_t end = std::min(begin + kSoftmaxBlock, line.vocabulary);
  int64_t last = -1;
  for (int64_t i = begin; i < end; ++i) {
    const double weight = line.Weight(line.logits[i]);
    if (weight > 0) last = i;
    left -= weight;
    if (left < 0) return static_cast<int32_t>(i);
  }
  return last >= 0 ? static_cast<int32_t>(last) : Likeliest(line);
}

// The `count` likeliest tokens, sorted.
std::vector<Candidate> Top(const Line& line, int64_t count) {
  std::vector<Candidate> candidates(line.vocabulary);
  for (int64_t i = 0; i < line.vocabulary; ++i) {
    candidates[i] = {line.logits[i], static_cast<int32_t>(i)};
  }
  if (count < line.vocabulary) {
    std::nth_element(candidates.begin(), candidates.begin() + count, candidates.end(), Likelier);
    candidates.resize(count);
  }
  std::sort(candidates.begin(), candidates.end(), Likelier);
  return candidates;
}

double WeightOf(const Line& line, const std::vector<Candidate>& candidates) {
  double sum = 0;
  for (const Candidate& candidate : candidates) sum += line.Weight(candidate.logit);
  return sum;
}

// The tokens that top-k and top-p keep, sorted. Without top-k, sorts more and more tokens until
// they cover the share, which nearly always needs few.
std::vector<Candidate> Nucleus(const Line& line, const DrawSettings& settings) {
  const bool limited = settings.top_k > 0 && settings.top_k < line.vocabulary;
  int64_t count = limited ? settings.top_k : std::min<int64_t>(256, line.vocabulary);
  std::vector<Candidate> candidates = Top(line, count);
  double covered = WeightOf(line, candidates);
  const double whole = limited ? covered : line.sums.sum_exp;
  while (!limited && covered < settings.top_p * whole && count < line.vocabulary) {
    count = std::min(count * 16, line.vocabulary);
    candidates = Top(line, count);
    covered = WeightOf(line, candidates);
  }
  if (settings.top_p >= 1) return candidates;
  double sum = 0;
  size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || sum < settings.top_p * whole)) {
    sum += line.Weight(candidates[kept++].logit);
  }
  candidates.resize(kept);
  return candidates;
}

int32_t DrawFromNucleus(const Line& line, const DrawSettings& settings) {
  const std::vector<Candidate> candidates = Nucleus(line, settings);
  double left = settings.uniform * WeightOf(line, candidates);
  for (const Candidate& candidate : candidates) {
    left -= line.Weight(candidate.logit);
    if (left < 0) return candidate.token;
  }
  return candidates.back().token;
}

// The `count` likeliest tokens. REQUIRES: the line has no NaN.
std::vector<TokenLogprob> LikeliestOf(const Line& line, int count) {
  std::vector<TokenLogprob> likeliest;
  if (count == 0) return likeliest;
  for (const Candidate& candidate : Top(line, std::min<int64_t>(count, line.vocabulary))) {
    likeliest.push_back({candidate.token, line.LogProbability(candidate.token)});
  }
  return likeliest;
}

}  // namespace

Draw DrawFromLine(const float* logits, int64_t vocabulary, const DrawRequest& request) {
  const DrawSettings& settings = request.settings;
  std::vector<float> block_sums = BlockSums(vocabulary);
  const bool greedy = settings.temperature == 0;
  std::vector<float> allowed;
  if (!settings.excluded.empty()) {
    allowed.assign(logits, logits + vocabulary);
    for (const int32_t token : settings.excluded) {
      if (token >= 0 && token < vocabulary) allowed[token] = -INFINITY;
    }
    logits = allowed.data();
  }
  const Line line =
      MakeLine(logits, vocabulary, greedy ? 1.0f : static_cast<float>(1.0 / settings.temperature),
               block_sums);
  if (!line.finite()) {
    return {.token = std::max(request.given, 0),
            .log_probability = NAN,
            .entropy = NAN,
            .likeliest = {}};
  }
  Draw draw;
  draw.entropy = static_cast<float>(
      std::max(0.0, std::log(line.sums.sum_exp) - line.sums.sum_z_exp / line.sums.sum_exp));
  const bool restricted = settings.top_p < 1 || settings.top_k > 0;
  draw.token = request.given >= 0 ? request.given
               : greedy           ? Likeliest(line)
               : restricted       ? DrawFromNucleus(line, settings)
                                  : DrawFromAll(line, block_sums, settings.uniform);
  draw.log_probability = line.LogProbability(draw.token);
  draw.likeliest = LikeliestOf(line, settings.top_logprobs);
  return draw;
}

void DrawTokens(const float* logits, int64_t vocabulary, absl::Span<const DrawRequest> requests,
                absl::Span<Draw> draws) {
  at::parallel_for(0, static_cast<int64_t>(requests.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      draws[i] = DrawFromLine(logits + requests[i].row * vocabulary, vocabulary, requests[i]);
    }
  });
}

}  // namespace hir
