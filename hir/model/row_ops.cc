#include "hir/model/row_ops.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "hir/kernels/dispatch.h"
#include "hir/kernels/train.h"
#include "hir/model/norm_factors.h"

namespace hir::internal {
namespace {

using kernels::Bf16;
using kernels::CausalRows;
using kernels::CpuKernels;
using kernels::TrainKernels;

template <typename T>
T* Data(const at::Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

// Calls run(kernels) with the kernels of the type of `t`.
template <typename Run>
void WithKernels(const at::Tensor& t, const Run& run) {
  if (t.scalar_type() == at::kBFloat16) {
    run(CpuKernels<TrainKernels<Bf16>>());
  } else {
    run(CpuKernels<TrainKernels<float>>());
  }
}

// Calls run(first, count) for runs of rows on the threads of the pool.
template <typename Run>
void ForRows(int64_t rows, int64_t width, const Run& run) {
  constexpr int64_t kValuesPerTask = 16384;
  const int64_t grain = std::max<int64_t>(1, kValuesPerTask / std::max<int64_t>(1, width));
  at::parallel_for(0, rows, grain, [&](int64_t begin, int64_t end) { run(begin, end - begin); });
}

// True where a query must not see a key, [rows of one head block, keys].
at::Tensor HiddenKeys(const at::Tensor& scores, const ScoreBlock& block) {
  const int64_t columns = scores.size(-1);
  const int64_t rows = scores.numel() / columns;
  const at::TensorOptions options = at::TensorOptions().dtype(at::kLong).device(scores.device());
  const at::Tensor end =
      at::arange(rows, options).remainder(block.queries).add(block.first_visible).unsqueeze(1);
  const at::Tensor keys = at::arange(columns, options).unsqueeze(0);
  return block.window > 0 ? at::logical_or(keys >= end, keys < end - block.window) : keys >= end;
}

at::Tensor MaskedScores(const at::Tensor& scores, const ScoreBlock& block) {
  const at::ScalarType wide = scores.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return scores.view({-1, scores.size(-1)})
      .to(wide)
      .mul(block.scale)
      .masked_fill(HiddenKeys(scores, block), -std::numeric_limits<double>::infinity());
}

// The kernels count rows from the start of a run, so a run is `count` whole heads.
CausalRows HeadsOf(const at::Tensor& scores, const ScoreBlock& block, int64_t count) {
  return {count * block.queries, scores.size(-1), block.queries, block.first_visible, block.window};
}

}  // namespace

bool HasRowKernels(const at::Tensor& t) {
  return t.is_cpu() && (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16);
}

at::Tensor RmsNormRows(const at::Tensor& x, const at::Tensor& weight, double eps, double offset) {
  const at::Tensor in = x.contiguous();
  const at::Tensor factors = NormFactors(weight, offset);
  const int64_t width = in.size(-1);
  at::Tensor out = at::empty_like(in);
  WithKernels(in, [&]<typename T>(const TrainKernels<T>& kernels) {
    ForRows(in.numel() / width, width, [&](int64_t first, int64_t rows) {
      kernels.rms_norm(Data<T>(in) + first * width, Data<float>(factors), rows, width,
                       static_cast<float>(eps), Data<T>(out) + first * width);
    });
  });
  return out;
}

std::pair<at::Tensor, at::Tensor> RmsNormRowsGrad(const at::Tensor& x, const at::Tensor& weight,
                                                  const at::Tensor& dout, double eps,
                                                  double offset) {
  const at::Tensor in = x.contiguous();
  const at::Tensor factors = NormFactors(weight, offset);
  const at::Tensor grad = dout.contiguous();
  const int64_t width = in.size(-1);
  at::Tensor dx = at::empty_like(in);
  at::Tensor sums = at::zeros({at::get_num_threads(), width}, at::kFloat);
  WithKernels(in, [&]<typename T>(const TrainKernels<T>& kernels) {
    ForRows(in.numel() / width, width, [&](int64_t first, int64_t rows) {
      kernels.rms_norm_grad(Data<T>(in) + first * width, Data<float>(factors),
                            Data<T>(grad) + first * width, rows, width, static_cast<float>(eps),
                            Data<T>(dx) + first * width,
                            Data<float>(sums) + at::get_thread_num() * width);
    });
  });
  return {dx, sums.sum(0).to(weight.scalar_type())};
}

at::Tensor GatedRows(const at::Tensor& gate_up, Activation activation) {
  const at::Tensor in = gate_up.contiguous();
  const int64_t width = in.size(1) / 2;
  at::Tensor out = at::empty({in.size(0), width}, in.options());
  WithKernels(in, [&]<typename T>(const TrainKernels<T>& kernels) {
    const auto run = activation == Activation::kSilu ? kernels.swiglu : kernels.geglu;
    ForRows(in.size(0), width, [&](int64_t first, int64_t rows) {
      run(Data<T>(in) + first * 2 * width, rows, width, Data<T>(out) + first * width);
    });
  });
  return out;
}

at::Tensor GatedRowsGrad(const at::Tensor& gate_up, Activation activation, const at::Tensor& dout) {
  const at::Tensor in = gate_up.contiguous();
  const at::Tensor grad = dout.contiguous();
  const int64_t width = grad.size(1);
  at::Tensor out = at::empty_like(in);
  WithKernels(in, [&]<typename T>(const TrainKernels<T>& kernels) {
    const auto run = activation == Activation::kSilu ? kernels.swiglu_grad : kernels.geglu_grad;
    ForRows(in.size(0), width, [&](int64_t first, int64_t rows) {
      run(Data<T>(in) + first * 2 * width, Data<T>(grad) + first * width, rows, width,
          Data<T>(out) + first * 2 * width);
    });
  });
  return out;
}

void RotateHeads(const at::Tensor& x, const RopeTable& rope, int direction, const at::Tensor& out) {
  const int64_t half = x.size(2) / 2;
  const at::Tensor cosine = rope.cos.contiguous();
  const at::Tensor sine = rope.sin.contiguous();
  WithKernels(x, [&]<typename T>(const TrainKernels<T>& kernels) {
    ForRows(x.size(0), x.size(1) * x.size(2), [&](int64_t first, int64_t rows) {
      kernels.rope(Data<T>(x) + first * x.stride(0), x.stride(0),
                   Data<float>(cosine) + first * half, Data<float>(sine) + first * half, rows,
                   x.size(1), x.size(2), static_cast<float>(direction),
                   Data<T>(out) + first * out.stride(0), out.stride(0));
    });
  });
}

at::Tensor SoftmaxInPlace(at::Tensor& scores, const ScoreBlock& block) {
  if (!HasRowKernels(scores)) {
    const at::Tensor masked = MaskedScores(scores, block);
    const at::Tensor log_sums = at::logsumexp(masked, {-1});
    scores.copy_(at::exp(masked - log_sums.unsqueeze(-1)).view_as(scores));
    return log_sums;
  }
  const int64_t columns = scores.size(-1);
  const int64_t heads = scores.numel() / columns / block.queries;
  at::Tensor log_sums = at::empty({heads * block.queries}, at::kFloat);
  WithKernels(scores, [&]<typename T>(const TrainKernels<T>& kernels) {
    ForRows(heads, block.queries * columns, [&](int64_t first, int64_t count) {
      const int64_t row = first * block.queries;
      kernels.softmax(Data<T>(scores) + row * columns, HeadsOf(scores, block, count),
                      static_cast<float>(block.scale), Data<float>(log_sums) + row);
    });
  });
  return log_sums;
}

void SoftmaxGradInPlace(at::Tensor& scores, at::Tensor& dprobs, const ScoreBlock& block,
                        const at::Tensor& log_sums, const at::Tensor& dots) {
  if (!HasRowKernels(scores)) {
    const at::Tensor masked = MaskedScores(scores, block);
    const at::Tensor probs = at::exp(masked - log_sums.unsqueeze(-1));
    const at::Tensor wide = dprobs.view_as(probs).to(probs.scalar_type());
    dprobs.copy_((probs * (wide - dots.unsqueeze(-1)) * block.scale).view_as(dprobs));
    scores.copy_(probs.view_as(scores));
    return;
  }
  const int64_t columns = scores.size(-1);
  WithKernels(scores, [&]<typename T>(const TrainKernels<T>& kernels) {
    const int64_t heads = scores.numel() / columns / block.queries;
    ForRows(heads, block.queries * columns, [&](int64_t first, int64_t count) {
      const int64_t row = first * block.queries;
      kernels.softmax_grad(Data<T>(scores) + row * columns, Data<T>(dprobs) + row * columns,
                           HeadsOf(scores, block, count), static_cast<float>(block.scale),
                           Data<float>(log_sums) + row, Data<float>(dots) + row);
    });
  });
}

}  // namespace hir::internal
