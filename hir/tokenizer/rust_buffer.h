// Converts buffers of the Rust library to C++ values.
#ifndef HIR_TOKENIZER_RUST_BUFFER_H_
#define HIR_TOKENIZER_RUST_BUFFER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hir_tokenizer.h"

namespace hir {

// Copies the buffer and returns it to Rust.
std::string TakeText(HirBytes bytes);
std::vector<int32_t> TakeIds(HirIds ids);

// The bytes of `text` as the C ABI expects them.
const uint8_t* BytesOf(std::string_view text);

}  // namespace hir

#endif  // HIR_TOKENIZER_RUST_BUFFER_H_
