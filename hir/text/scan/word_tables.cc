#include "hir/text/scan/word_tables.h"

#include <string>
#include <utility>

namespace hir::scan {

WordList::WordList(absl::Span<const std::u32string_view> words) {
  while (size_t{1} << bits_ < 8 * words.size()) ++bits_;
  entries_.resize(size_t{1} << bits_);
  for (size_t place = 0; place < words.size(); ++place) {
    const ShortWord word = ShortWord::Of(words[place]);
    size_t slot = word.Slot(bits_);
    while (entries_[slot].word.valid()) slot = (slot + 1) & (entries_.size() - 1);
    entries_[slot] = {word, place};
  }
}

void WordCounts::Grow() {
  ++bits_;
  const std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(size_t{1} << bits_));
  for (const Entry& entry : old) {
    if (!entry.word.valid()) continue;
    size_t slot = entry.word.Slot(bits_);
    while (entries_[slot].word.valid()) slot = (slot + 1) & (entries_.size() - 1);
    entries_[slot] = entry;
  }
}

}  // namespace hir::scan
