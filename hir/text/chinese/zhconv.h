// Simplified Chinese to traditional and back, word by word.
//
// Source: zhconv 1.4.3 (PyPI): at each place, the longest word of MediaWiki's tables that begins
// there is replaced, and the scan continues after it. The tables are under the GPL, so they are not
// part of the program, which reads the user's own copy.
#ifndef HIR_TEXT_CHINESE_ZHCONV_H_
#define HIR_TEXT_CHINESE_ZHCONV_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"

namespace hir::chinese {

// Immutable; thread-safe.
class ChineseConverter {
 public:
  // The file of the tables, zhconv's zhcdict.json: what the environment variable HIR_ZHCONV_DICT
  // names. NOT_FOUND: it is not set, or names no file.
  static absl::StatusOr<std::string> Find();
  // INVALID_ARGUMENT or NOT_FOUND: `file` can't be read.
  static absl::StatusOr<std::unique_ptr<ChineseConverter>> LoadFrom(const std::string& file);

  // convert(text, "zh-cn") and convert(text, "zh-tw"). O(n), some 100 ns per Chinese character.
  std::u32string ToSimplified(std::u32string_view text) const { return Convert(simplified_, text); }
  std::u32string ToTraditional(std::u32string_view text) const {
    return Convert(traditional_, text);
  }

 private:
  struct Table {
    std::unordered_map<std::u32string, std::u32string> words;
    std::unordered_map<char32_t, size_t>
        longest;  // Length of the longest word per first character.
  };
  static std::u32string Convert(const Table& table, std::u32string_view text);

  Table simplified_;
  Table traditional_;
};

}  // namespace hir::chinese

#endif  // HIR_TEXT_CHINESE_ZHCONV_H_
