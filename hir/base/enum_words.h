// Enums whose values are words to people: choices of the configuration, flags, fields of records.
//
// Such an enum says its words once, right after its declaration: all of them, in the order in which
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

// Of an enum without words; using its words does not compile.
template <typename Enum>
inline constexpr auto kEnumWords = nullptr;

template <typename Enum>
constexpr const char* WordOf(Enum value) {
  for (const auto& [candidate, word] : kEnumWords<Enum>) {
    if (candidate == value) return word;
  }
  return "";
}

// The value of a word, which must match in every letter; none: it is not one of the enum's words.
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
