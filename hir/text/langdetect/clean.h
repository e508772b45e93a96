// Removes parts of a text that say nothing about its language, as langdetect does before it counts.
//
// Source: Detector.append and Detector.cleaning_text of langdetect 1.0.9; its two regular
// expressions are hand-written scanners here. Every function is linear in its input.
#ifndef HIR_TEXT_LANGDETECT_CLEAN_H_
#define HIR_TEXT_LANGDETECT_CLEAN_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace hir::langdetect::internal {

// The number of code points that langdetect reads, counted before repeated spaces are dropped.
inline constexpr size_t kLangdetectTextLimit = 10000;

// Replaces each web address (http or https) by a space, but only up to 2,076 characters after
// "://".
std::u32string RemoveUrls(std::u32string_view text);

// Replaces each mail address by a space. An address has at most 64 characters before the @ and 2 to
// 510 after it, of which the first is not a period.
std::u32string RemoveMailAddresses(std::u32string_view text);

// Does all of the above, then composes Vietnamese letters, cuts the text to kLangdetectTextLimit,
// drops repeated spaces, and drops Latin letters from a text in another script.
std::u32string CleanForLangdetect(std::u32string_view text);

}  // namespace hir::langdetect::internal

#endif  // HIR_TEXT_LANGDETECT_CLEAN_H_
