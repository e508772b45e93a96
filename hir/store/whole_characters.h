// Texts of people that the store cuts to a length in bytes.
#ifndef HIR_STORE_WHOLE_CHARACTERS_H_
#define HIR_STORE_WHOLE_CHARACTERS_H_

#include <string>

namespace hir {

// `text`, UTF-8 that was cut anywhere, without the part of a character that the cut left at its
// end.
std::string WholeCharacters(std::string text);

}  // namespace hir

#endif  // HIR_STORE_WHOLE_CHARACTERS_H_
