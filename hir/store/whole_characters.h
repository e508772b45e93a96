// For texts that the store cuts to a length in bytes.
#ifndef HIR_STORE_WHOLE_CHARACTERS_H_
#define HIR_STORE_WHOLE_CHARACTERS_H_

#include <string>

namespace hir {

// Returns `text`, UTF-8 cut at any byte, without the incomplete character that the cut may have
// left at its end.
std::string WholeCharacters(std::string text);

}  // namespace hir

#endif  // HIR_STORE_WHOLE_CHARACTERS_H_
