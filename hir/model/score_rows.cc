#include <ATen/Parallel.h>

#include <algorithm>

#include "hir/kernels/dispatch.h"
#include "hir/kernels/train.h"
#include "hir/model/row_ops.h"

namespace hir::internal {
namespace {

using kernels::Bf16;
using kernels::CpuKernels;
using kernels::LineStatistics;
using kernels::TrainKernels;

static_assert(sizeof(LineStatistics) == 2 * sizeof(float));

at::Tensor WideLogits(const at::Tensor& logits, double temperature) {
  return logits.to(logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat).div(temperature);
}

LogProbRows ScoreRowsGeneric(const at::Tensor& logits, const at::Tensor& targets,
                             double temperature) {
  const at::Tensor all = at::log_softmax(WideLogits(logits, temperature), -1);
  const at::Tensor chosen = all.gather(1, targets.unsqueeze(1)).squeeze(1);
  return {chosen, at::empty({logits.size(0), 0}, chosen.options())};
}

template <typename T>
void FillStatistics(const at::Tensor& logits, double temperature, const at::Tensor& statistics) {
  const int64_t count = logits.size(1);
  const T* data = static_cast<const T*>(logits.data_ptr());
  auto* lines = static_cast<LineStatistics*>(statistics.data_ptr());
  at::parallel_for(0, logits.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      lines[row] = CpuKernels<TrainKernels<T>>().line_statistics(
          data + row * count, count, static_cast<float>(1.0 / temperature));
    }
  });
}

template <typename T>
void ScoreRowsGradFused(const at::Tensor& logits, const at::Tensor& targets, double temperature,
                        const at::Tensor& statistics, const at::Tensor& dlog_probs,
                        const at::Tensor& out) {
  const int64_t count = logits.size(1);
  const float factor = static_cast<float>(1.0 / temperature);
  const T* data = static_cast<const T*>(logits.data_ptr());
  T* dlogits = static_cast<T*>(out.data_ptr());
  const auto* lines = static_cast<const LineStatistics*>(statistics.data_ptr());
  const int64_t* target = targets.const_data_ptr<int64_t>();
  const float* dout = dlog_probs.const_data_ptr<float>();
  at::parallel_for(0, logits.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      CpuKernels<TrainKernels<T>>().log_prob_grad(data + row * count, count, factor, lines[row],
                                                  target[row], dout[row], dlogits + row * count);
    }
  });
}

}  // namespace

LogProbRows ScoreRows(const at::Tensor& logits, const at::Tensor& targets, double temperature) {
  if (!HasRowKernels(logits)) return ScoreRowsGeneric(logits, targets, temperature);
  LogProbRows out;
  out.statistics = at::empty({logits.size(0), 2}, at::kFloat);
  const bool half = logits.scalar_type() == at::kBFloat16;
  (half ? FillStatistics<Bf16> : FillStatistics<float>)(logits, temperature, out.statistics);
  out.log_probs = (logits.gather(1, targets.unsqueeze(1)).squeeze(1).to(at::kFloat) -
                   out.statistics.select(1, 0)) /
                      temperature -
                  out.statistics.select(1, 1);
  return out;
}

at::Tensor ScoreRowsGrad(const at::Tensor& logits, const at::Tensor& targets, double temperature,
                         const at::Tensor& statistics, const at::Tensor& dlog_probs) {
  if (!HasRowKernels(logits)) {
    at::Tensor grad = at::softmax(WideLogits(logits, temperature), -1).neg_();
    grad.scatter_add_(1, targets.unsqueeze(1), at::ones_like(targets.unsqueeze(1), grad.options()));
    return grad.mul_(dlog_probs.unsqueeze(1) / temperature).to(logits.scalar_type());
  }
  at::Tensor out = at::empty_like(logits);
  const bool half = logits.scalar_type() == at::kBFloat16;
  (half ? ScoreRowsGradFused<Bf16> : ScoreRowsGradFused<float>)(logits, targets.contiguous(),
                                                                temperature, statistics, dlog_probs,
                                                                out);
  return out;
}

}  // namespace hir::internal
