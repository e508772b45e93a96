// Which characters are emoji.
#ifndef HIR_TEXT_LEXICON_EMOJI_H_
#define HIR_TEXT_LEXICON_EMOJI_H_

namespace hir::lexicon {

// emoji.is_emoji() of emoji 2.15.0 for one code point: skin tones and the copyright sign are;
// digits, regional indicators and variation selectors are not. The first call builds the table.
// Thread-safe.
bool IsEmoji(char32_t c);

}  // namespace hir::lexicon

#endif  // HIR_TEXT_LEXICON_EMOJI_H_
