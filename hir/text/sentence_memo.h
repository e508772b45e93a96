// What is known of the sentences of some texts, for other texts that have the same ones: the loose
// variants of a response differ in a line or in asterisks.
#ifndef HIR_TEXT_SENTENCE_MEMO_H_
#define HIR_TEXT_SENTENCE_MEMO_H_

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hir {

// Values by text. Not thread-safe.
template <typename Value>
class TextMemo {
 public:
  // What `find_out` gave for this text when it was first asked for.
  template <typename FindOut>
  const Value& Get(std::u32string_view text, FindOut find_out) {
    auto known = values_.find(text);
    if (known == values_.end()) known = values_.emplace(text, find_out(text)).first;
    return known->second;
  }

 private:
  struct Hash : std::hash<std::u32string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::u32string, Value, Hash, std::equal_to<>> values_;
};

struct SentenceMemo {
  TextMemo<bool> breaks;           // Whether a sentence ends within neighbouring words.
  TextMemo<std::u32string> words;  // The tokens of a sentence, separated.
};

}  // namespace hir

#endif  // HIR_TEXT_SENTENCE_MEMO_H_
