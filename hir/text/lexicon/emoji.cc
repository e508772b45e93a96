#include "hir/text/lexicon/emoji.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "hir/text/lexicon/linked_data.h"

namespace hir::lexicon {

bool IsEmoji(char32_t c) {
  static const auto* const emoji = [] {
    auto* codes = new std::vector<uint32_t>;
    const std::string_view data = EmojiData();
    for (size_t begin = 0; begin < data.size();) {
      const size_t end = data.find('\n', begin);
      std::from_chars(data.data() + begin, data.data() + end, codes->emplace_back(), 16);
      begin = end + 1;
    }
    return codes;
  }();
  return std::binary_search(emoji->begin(), emoji->end(), static_cast<uint32_t>(c));
}

}  // namespace hir::lexicon
