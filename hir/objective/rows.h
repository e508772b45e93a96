// Values of tokens over the rows that they belong to. Rows are concatenated in flat tensors
// [tokens]; `lengths` has the number of tokens of each row, int64 [rows] on the same device. Pure;
// thread-safe.
#ifndef HIR_OBJECTIVE_ROWS_H_
#define HIR_OBJECTIVE_ROWS_H_

#include <torch/torch.h>

namespace hir {

// Each token gets the sum over its row, [tokens]. Throws c10::Error when the lengths don't add up.
inline at::Tensor RowSums(const at::Tensor& values, const at::Tensor& lengths) {
  TORCH_CHECK(lengths.defined(), "a loss over whole rows needs their lengths");
  const at::Tensor rows =
      at::repeat_interleave(at::arange(lengths.numel(), lengths.options()), lengths);
  TORCH_CHECK(rows.sizes() == values.sizes(), "lengths add up to ", rows.numel(),
              " tokens, not to ", values.numel());
  return at::zeros({lengths.numel()}, values.options())
      .index_add(0, rows, values)
      .index_select(0, rows);
}

// The same with the mean over the row.
inline at::Tensor RowMeans(const at::Tensor& values, const at::Tensor& lengths) {
  return RowSums(values, lengths) / at::repeat_interleave(lengths, lengths);
}

}  // namespace hir

#endif  // HIR_OBJECTIVE_ROWS_H_
