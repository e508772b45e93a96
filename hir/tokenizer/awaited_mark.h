// Whether a response will end its reasoning, or its prompt did.
#ifndef HIR_TOKENIZER_AWAITED_MARK_H_
#define HIR_TOKENIZER_AWAITED_MARK_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// `reasoning_end`, the mark that ends the reasoning of the response to `prompt`; empty when the
// prompt ends with it (but for white space), as templates make it where thinking is off: all of the
// response is the answer then.
std::string AwaitedMark(const Tokenizer& tokenizer, absl::Span<const int32_t> prompt,
                        const std::string& reasoning_end);

}  // namespace hir

#endif  // HIR_TOKENIZER_AWAITED_MARK_H_
