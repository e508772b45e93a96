#include "hir/model/log_probs.h"

#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "hir/model/row_ops.h"

namespace hir {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Logits of up to this many bytes are kept for the backward pass instead of being recomputed.
constexpr int64_t kKeptLogitsBytes = int64_t{128} << 20;

struct Chunk {
  int64_t start;
  int64_t rows;
};

std::vector<Chunk> ChunksOf(int64_t rows, int64_t chunk_rows) {
  std::vector<Chunk> chunks;
  for (int64_t start = 0; start < rows; start += chunk_rows) {
    chunks.push_back({start, std::min(chunk_rows, rows - start)});
  }
  return chunks;
}

at::Tensor Logits(const at::Tensor& hidden, const at::Tensor& head, const Chunk& chunk) {
  return at::linear(hidden.narrow(0, chunk.start, chunk.rows), head);
}

struct LogProbFunction : torch::autograd::Function<LogProbFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& hidden, const at::Tensor& head,
                            const at::Tensor& targets, double temperature, int64_t chunk_rows,
                            bool keep_logits) {
    keep_logits =
        keep_logits && hidden.size(0) * head.size(0) * hidden.element_size() <= kKeptLogitsBytes;
    variable_list saved = {hidden, head, targets};
    std::vector<at::Tensor> log_probs;
    std::vector<at::Tensor> statistics;
    for (const Chunk& chunk : ChunksOf(hidden.size(0), chunk_rows)) {
      const at::Tensor logits = Logits(hidden, head, chunk);
      internal::LogProbRows rows =
          internal::ScoreRows(logits, targets.narrow(0, chunk.start, chunk.rows), temperature);
      log_probs.push_back(rows.log_probs);
      statistics.push_back(rows.statistics);
      if (keep_logits) saved.push_back(logits);
    }
    saved.insert(saved.begin() + 3, at::cat(statistics));
    ctx->save_for_backward(saved);
    ctx->saved_data["temperature"] = temperature;
    ctx->saved_data["chunk_rows"] = chunk_rows;
    return at::cat(log_probs);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor& hidden = saved[0];
    const at::Tensor& head = saved[1];
    const double temperature = ctx->saved_data["temperature"].toDouble();
    const std::vector<Chunk> chunks =
        ChunksOf(hidden.size(0), ctx->saved_data["chunk_rows"].toInt());
    at::Tensor dhidden = at::empty_like(hidden);
    at::Tensor dhead;
    for (size_t i = 0; i < chunks.size(); ++i) {
      const Chunk& chunk = chunks[i];
      const auto of_chunk = [&](const at::Tensor& t) {
        return t.narrow(0, chunk.start, chunk.rows);
      };
      const at::Tensor logits = saved.size() > 4 ? saved[4 + i] : Logits(hidden, head, chunk);
      const at::Tensor dlogits =
          internal::ScoreRowsGrad(logits, of_chunk(saved[2]), temperature, of_chunk(saved[3]),
                                  of_chunk(grads[0].contiguous()));
      of_chunk(dhidden).copy_(at::mm(dlogits, head));
      if (!ctx->needs_input_grad(1)) continue;
      const at::Tensor part = at::mm(dlogits.t(), of_chunk(hidden));
      if (chunks.size() == 1) {
        dhead = part;
      } else if (i == 0) {
        // Summed in a wider type: in bfloat16 every chunk would add a rounding error.
        dhead = part.to(grads[0].scalar_type());
      } else {
        dhead.add_(part);
      }
    }
    if (dhead.defined()) dhead = dhead.to(head.scalar_type());
    return {dhidden, dhead, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor TokenLogProbs(const at::Tensor& hidden, const at::Tensor& head,
                         const at::Tensor& targets, double temperature, int64_t chunk_rows) {
  const bool differentiated =
      at::GradMode::is_enabled() && (hidden.requires_grad() || head.requires_grad());
  return LogProbFunction::apply(hidden.contiguous(), head, targets, temperature, chunk_rows,
                                differentiated);
}

}  // namespace hir
