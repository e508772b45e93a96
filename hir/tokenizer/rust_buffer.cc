#include "hir/tokenizer/rust_buffer.h"

namespace hir {

std::string TakeText(HirBytes bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  hir_bytes_free(bytes);
  return text;
}

std::vector<int32_t> TakeIds(HirIds ids) {
  std::vector<int32_t> copy(ids.data, ids.data + ids.size);
  hir_ids_free(ids);
  return copy;
}

const uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace hir
