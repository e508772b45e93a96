#include "hir/store/whole_characters.h"

namespace hir {

std::string WholeCharacters(std::string text) {
  size_t end = text.size();
  const auto continues = [&](size_t i) { return (text[i] & 0xC0) == 0x80; };
  while (end > 0 && text.size() - end < 3 && continues(end - 1)) --end;
  if (end > 0 && (text[end - 1] & 0x80) != 0) {
    const auto first = static_cast<unsigned char>(text[end - 1]);
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (text.size() - (end - 1) < length) text.resize(end - 1);
  }
  return text;
}

}  // namespace hir
