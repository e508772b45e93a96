#include "hir/model/attention.h"

#include <torch/torch.h>

#include <algorithm>

#include "hir/model/row_ops.h"

namespace hir::internal {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The most scores of a block of queries, unless a single query has more.
constexpr int64_t kMaxScores = int64_t{1} << 25;
constexpr int64_t kMaxBlockQueries = 512;

// Queries and keys are padded with zeros to multiples of these: oneDNN generates code for every new
// shape of a matrix product and keeps it with its buffers; without padding the process grew by 0.2
// GB per training step of the demo.
constexpr int64_t kQueryStep = 32;
constexpr int64_t kKeyStep = 64;

struct Rows {
  int64_t start;
  int64_t length;
};

// The rows that segment `index` attends to, from the start of its sequence; its own come last.
std::vector<Rows> AttendedRows(const std::vector<Segment>& segments, size_t index) {
  std::vector<Rows> rows;
  for (int64_t i = static_cast<int64_t>(index); i >= 0; i = segments[i].prefix) {
    rows.push_back({segments[i].start, segments[i].length});
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

int64_t RoundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// `all` [kv_heads, T, D] -> [kv_heads, length, D]: the attended rows, then zeros.
at::Tensor Gather(const at::Tensor& all, const std::vector<Rows>& rows, int64_t length) {
  std::vector<at::Tensor> parts;
  for (const Rows& run : rows) {
    parts.push_back(all.narrow(1, run.start, run.length));
    length -= run.length;
  }
  parts.push_back(at::zeros({all.size(0), length, all.size(2)}, all.options()));
  return at::cat(parts, 1);
}

void ScatterAdd(const at::Tensor& all, const std::vector<Rows>& rows, const at::Tensor& part) {
  int64_t done = 0;
  for (const Rows& run : rows) {
    all.narrow(1, run.start, run.length).add_(part.narrow(1, done, run.length));
    done += run.length;
  }
}

// A block of consecutive queries of one segment.
struct QueryBlock {
  int64_t start;    // First row.
  int64_t queries;  // Rows.
  int64_t before;   // Tokens of its sequence before the first row.
  int64_t window;   // How many tokens a query sees; 0: all.
  // Keys before this are seen by no query of the block.
  int64_t first_key() const { return window > 0 ? std::max<int64_t>(0, before + 1 - window) : 0; }
  // With padding; the queries see only keys before `before` + filled_queries().
  int64_t filled_queries() const { return RoundUp(queries, kQueryStep); }
  int64_t filled_keys() const { return RoundUp(before + filled_queries() - first_key(), kKeyStep); }
};

std::vector<QueryBlock> BlocksOf(const Segment& segment, int64_t prefix_length, int64_t heads,
                                 int64_t window) {
  const int64_t most = std::clamp<int64_t>(kMaxScores / (heads * (prefix_length + segment.length)),
                                           1, kMaxBlockQueries);
  std::vector<QueryBlock> blocks;
  for (int64_t first = 0; first < segment.length; first += most) {
    blocks.push_back({segment.start + first, std::min(most, segment.length - first),
                      prefix_length + first, window});
  }
  return blocks;
}

// The block's rows of `x` [T, heads, D] as [kv_heads, group, queries, D].
at::Tensor RowsByHead(const at::Tensor& x, const QueryBlock& block, int64_t kv_heads) {
  return x.narrow(0, block.start, block.queries)
      .view({block.queries, kv_heads, x.size(1) / kv_heads, x.size(2)})
      .permute({1, 2, 0, 3});
}

// The same, padded with zeros, as [kv_heads, group * filled queries, D].
at::Tensor ByHead(const at::Tensor& x, const QueryBlock& block, int64_t kv_heads) {
  const int64_t group = x.size(1) / kv_heads;
  const int64_t queries = block.filled_queries();
  const at::Tensor filled = at::zeros({kv_heads, group, queries, x.size(2)}, x.options());
  filled.narrow(2, 0, block.queries).copy_(RowsByHead(x, block, kv_heads));
  return filled.view({kv_heads, group * queries, x.size(2)});
}

// The reverse of ByHead(): writes `part` into the block's rows of `x`.
void PutByHead(const at::Tensor& x, const QueryBlock& block, const at::Tensor& part) {
  const int64_t kv_heads = part.size(0);
  const int64_t group = x.size(1) / kv_heads;
  RowsByHead(x, block, kv_heads)
      .copy_(part.view({kv_heads, group, block.filled_queries(), x.size(2)})
                 .narrow(2, 0, block.queries));
}

at::Tensor HeadFirst(const at::Tensor& x) { return x.transpose(0, 1).contiguous(); }

at::Tensor WideZeros(const at::Tensor& like) {
  const at::ScalarType wide = like.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::zeros(like.sizes(), like.options().dtype(wide));
}

int64_t MostKeys(const std::vector<QueryBlock>& blocks) {
  int64_t most = 0;
  for (const QueryBlock& block : blocks) {
    most = std::max(most, block.first_key() + block.filled_keys());
  }
  return most;
}

ScoreBlock ScoresOf(const QueryBlock& block, double scale) {
  return {block.filled_queries(), block.before + 1 - block.first_key(), scale, block.window};
}

// Calls visit(attended rows, blocks) for every segment, always in the same order.
template <typename Visit>
void ForBlocks(const std::vector<Segment>& segments, int64_t heads, int64_t window,
               const Visit& visit) {
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::vector<Rows> rows = AttendedRows(segments, i);
    int64_t prefix_length = 0;
    for (size_t r = 0; r + 1 < rows.size(); ++r) prefix_length += rows[r].length;
    visit(rows, BlocksOf(segments[i], prefix_length, heads, window));
  }
}

std::vector<int64_t> Flatten(const std::vector<Segment>& segments) {
  std::vector<int64_t> flat;
  for (const Segment& s : segments) flat.insert(flat.end(), {s.start, s.length, s.prefix});
  return flat;
}

std::vector<Segment> Unflatten(const std::vector<int64_t>& flat) {
  std::vector<Segment> segments;
  for (size_t i = 0; i < flat.size(); i += 3) {
    segments.push_back({flat[i], flat[i + 1], static_cast<int32_t>(flat[i + 2])});
  }
  return segments;
}

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, std::vector<int64_t> flat_segments, double scale,
                            int64_t window) {
    const int64_t kv_heads = k.size(1);
    const at::Tensor keys = HeadFirst(k);
    const at::Tensor values = HeadFirst(v);
    at::Tensor out = at::empty_like(q);
    variable_list saved = {q, k, v, out};
    ForBlocks(Unflatten(flat_segments), q.size(1), window,
              [&](const std::vector<Rows>& rows, const std::vector<QueryBlock>& blocks) {
                const at::Tensor own_keys = Gather(keys, rows, MostKeys(blocks)).transpose(1, 2);
                const at::Tensor own_values = Gather(values, rows, MostKeys(blocks));
                for (const QueryBlock& block : blocks) {
                  const int64_t first = block.first_key();
                  const int64_t count = block.filled_keys();
                  at::Tensor scores =
                      at::bmm(ByHead(q, block, kv_heads), own_keys.narrow(2, first, count));
                  saved.push_back(SoftmaxInPlace(scores, ScoresOf(block, scale)));
                  PutByHead(out, block, at::bmm(scores, own_values.narrow(1, first, count)));
                }
              });
    ctx->save_for_backward(saved);
    ctx->saved_data["segments"] = std::move(flat_segments);
    ctx->saved_data["scale"] = scale;
    ctx->saved_data["window"] = window;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor& q = saved[0];
    const int64_t kv_heads = saved[1].size(1);
    const at::Tensor keys = HeadFirst(saved[1]);
    const at::Tensor values = HeadFirst(saved[2]);
    const at::Tensor dout = grads[0].contiguous();
    at::Tensor dq = at::empty_like(q);
    const at::Tensor dkeys = WideZeros(keys);
    const at::Tensor dvalues = WideZeros(values);
    // Row sums of probability * gradient equal those of output * its gradient.
    const at::Tensor dots =
        (saved[3].to(dkeys.scalar_type()) * dout.to(dkeys.scalar_type())).sum(-1, true);
    const double scale = ctx->saved_data["scale"].toDouble();
    const int64_t window = ctx->saved_data["window"].toInt();
    size_t next = 4;
    ForBlocks(Unflatten(ctx->saved_data["segments"].toIntVector()), q.size(1), window,
              [&](const std::vector<Rows>& rows, const std::vector<QueryBlock>& blocks) {
                const at::Tensor own_keys = Gather(keys, rows, MostKeys(blocks));
                const at::Tensor own_values = Gather(values, rows, MostKeys(blocks));
                const at::Tensor own_dkeys = WideZeros(own_keys);
                const at::Tensor own_dvalues = WideZeros(own_values);
                for (const QueryBlock& block : blocks) {
                  const int64_t first = block.first_key();
                  const int64_t count = block.filled_keys();
                  const at::Tensor seen = own_keys.narrow(1, first, count);
                  const at::Tensor queries = ByHead(q, block, kv_heads);
                  const at::Tensor dpart = ByHead(dout, block, kv_heads);
                  at::Tensor probs = at::bmm(queries, seen.transpose(1, 2));
                  at::Tensor dscores =
                      at::bmm(dpart, own_values.narrow(1, first, count).transpose(1, 2));
                  SoftmaxGradInPlace(probs, dscores, ScoresOf(block, scale), saved[next++],
                                     ByHead(dots, block, kv_heads).view(-1));
                  PutByHead(dq, block, at::bmm(dscores, seen));
                  own_dkeys.narrow(1, first, count).add_(at::bmm(dscores.transpose(1, 2), queries));
                  own_dvalues.narrow(1, first, count).add_(at::bmm(probs.transpose(1, 2), dpart));
                }
                ScatterAdd(dkeys, rows, own_dkeys);
                ScatterAdd(dvalues, rows, own_dvalues);
              });
    return {dq,
            dkeys.transpose(0, 1).to(q.scalar_type()),
            dvalues.transpose(0, 1).to(q.scalar_type()),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor Attention(const Qkv& qkv, const std::vector<Segment>& segments, double scale,
                     int64_t window) {
  return AttentionFunction::apply(qkv.q.contiguous(), qkv.k, qkv.v, Flatten(segments), scale,
                                  window);
}

}  // namespace hir::internal
