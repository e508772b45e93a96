// Decides whether a response has reasoning to end, or its prompt has ended it already.
#ifndef HIR_TOKENIZER_AWAITED_MARK_H_
#define HIR_TOKENIZER_AWAITED_MARK_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Returns `reasoning_end`, the mark that ends the reasoning of the response to `prompt`, or "" if
// the prompt itself ends with it (ignoring white space), as templates do when thinking is off: then
// all of the response is the answer.
std::string AwaitedMark(const Tokenizer& tokenizer, absl::Span<const int32_t> prompt,
                        const std::string& reasoning_end);

}  // namespace hir

#endif  // HIR_TOKENIZER_AWAITED_MARK_H_
