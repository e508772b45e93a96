// Enums whose values people read and write as words: choices in the configuration, flags, fields of
// records.
//
// Such an enum declares its words once, right after itself: all of them, in the order in which
// messages list them.
//   enum class Size { kSmall, kLarge };
//   template <>
//   inline constexpr auto kEnumWords<Size> =
//       std::to_array<EnumWord<Size>>({{Size::kSmall, "small"}, {Size::kLarge, "large"}});
#ifndef HIR_BASE_ENUM_WORDS_H_
#define HIR_BASE_ENUM_WORDS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace hir {

template <typename Enum>
struct EnumWord {
  Enum value;
  const char* word;
};

// The words of an enum. This primary template is for enums without words: using it does not
// compile.
template <typename Enum>
inline constexpr auto kEnumWords = nullptr;

template <typename Enum>
constexpr const char* WordOf(Enum value) {
  for (const auto& [candidate, word] : kEnumWords<Enum>) {
    if (candidate == value) return word;
  }
  return "";
}

// The value whose word is exactly `word`, case included; nullopt: no value has that word.
template <typename Enum>
constexpr std::optional<Enum> FromWord(std::string_view text) {
  for (const auto& [value, word] : kEnumWords<Enum>) {
    if (text == word) return value;
  }
  return std::nullopt;
}

// "small, large", for messages.
template <typename Enum>
std::string AllWords() {
  std::string all;
  for (const auto& [value, word] : kEnumWords<Enum>)
    all.append(all.empty() ? "" : ", ").append(word);
  return all;
}

}  // namespace hir

#endif  // HIR_BASE_ENUM_WORDS_H_
