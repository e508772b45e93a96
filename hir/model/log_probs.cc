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

at::Tensor LogSoftmax(const at::Tensor& logits, double temperature) {
  const at::ScalarType wide = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::log_softmax(logits.to(wide) / temperature, -1);
}

// The entropy of each row, [rows].
at::Tensor Entropies(const at::Tensor& log_softmax) {
  return -(log_softmax.exp().mul_(log_softmax)).sum(-1);
}

// The gradient of logits [rows, V], given that of Entropies(): dH / dz = -p (log p + H) / T.
at::Tensor EntropiesGrad(const at::Tensor& logits, double temperature, const at::Tensor& grad) {
  const at::Tensor log_softmax = LogSoftmax(logits, temperature);
  const at::Tensor factors = (grad / -temperature).unsqueeze(1);
  const at::Tensor entropies = Entropies(log_softmax).unsqueeze(1);
  return log_softmax.exp().mul_(log_softmax + entropies).mul_(factors);
}

// The results are [N] log-probabilities and, with `entropies`, [N] entropies.
struct LogProbFunction : torch::autograd::Function<LogProbFunction> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& hidden,
                               const at::Tensor& head, const at::Tensor& targets,
                               double temperature, int64_t chunk_rows, bool keep_logits,
                               bool entropies) {
    keep_logits =
        keep_logits && hidden.size(0) * head.size(0) * hidden.element_size() <= kKeptLogitsBytes;
    variable_list saved = {hidden, head, targets};
    std::vector<at::Tensor> log_probs;
    std::vector<at::Tensor> statistics;
    std::vector<at::Tensor> entropies_of_chunks;
    for (const Chunk& chunk : ChunksOf(hidden.size(0), chunk_rows)) {
      const at::Tensor logits = Logits(hidden, head, chunk);
      internal::LogProbRows rows =
          internal::ScoreRows(logits, targets.narrow(0, chunk.start, chunk.rows), temperature);
      log_probs.push_back(rows.log_probs);
      statistics.push_back(rows.statistics);
      if (entropies) entropies_of_chunks.push_back(Entropies(LogSoftmax(logits, temperature)));
      if (keep_logits) saved.push_back(logits);
    }
    saved.insert(saved.begin() + 3, at::cat(statistics));
    ctx->save_for_backward(saved);
    ctx->saved_data["temperature"] = temperature;
    ctx->saved_data["chunk_rows"] = chunk_rows;
    if (!entropies) return {at::cat(log_probs)};
    return {at::cat(log_probs), at::cat(entropies_of_chunks)};
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
      at::Tensor dlogits =
          internal::ScoreRowsGrad(logits, of_chunk(saved[2]), temperature, of_chunk(saved[3]),
                                  of_chunk(grads[0].contiguous()));
      if (grads.size() > 1) {
        dlogits += EntropiesGrad(logits, temperature, of_chunk(grads[1].contiguous()))
                       .to(dlogits.scalar_type());
      }
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
    return {dhidden, dhead, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

variable_list Score(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                    double temperature, int64_t chunk_rows, bool entropies) {
  const bool differentiated =
      at::GradMode::is_enabled() && (hidden.requires_grad() || head.requires_grad());
  return LogProbFunction::apply(hidden.contiguous(), head, targets, temperature, chunk_rows,
                                differentiated, entropies);
}

}  // namespace

at::Tensor TokenLogProbs(const at::Tensor& hidden, const at::Tensor& head,
                         const at::Tensor& targets, double temperature, int64_t chunk_rows) {
  return Score(hidden, head, targets, temperature, chunk_rows, /*entropies=*/false)[0];
}

TokenScores TokenLogProbsAndEntropies(const at::Tensor& hidden, const at::Tensor& head,
                                      const at::Tensor& targets, double temperature,
                                      int64_t chunk_rows) {
  const variable_list scores =
      Score(hidden, head, targets, temperature, chunk_rows, /*entropies=*/true);
  return {.log_probs = scores[0], .entropies = scores[1]};
}

}  // namespace hir
