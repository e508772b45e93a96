// A hash of a text's bytes, for tables of strings that are looked up by views.
#ifndef HIR_TEXT_SCAN_BYTES_HASH_H_
#define HIR_TEXT_SCAN_BYTES_HASH_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace hir::scan {

// Where absl::string_view is its own type, Abseil uses the standard library's slower hash for
// std::string_view and views of code points.
struct BytesHash {
  using is_transparent = void;
  template <typename Char>
  size_t operator()(std::basic_string_view<Char> text) const {
    const auto* const bytes = reinterpret_cast<const char*>(text.data());
    return absl::Hash<absl::string_view>()({bytes, text.size() * sizeof(Char)});
  }
  size_t operator()(const std::u32string& text) const { return (*this)(std::u32string_view(text)); }
};

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_BYTES_HASH_H_
