// Takes out of a text what says nothing about its language, as langdetect does before it counts.
//
// Source: Detector.append and Detector.cleaning_text of langdetect 1.0.9; its two regular
// expressions are hand-written scanners here. Every function is linear in its input.
#ifndef HIR_TEXT_LANGDETECT_CLEAN_H_
#define HIR_TEXT_LANGDETECT_CLEAN_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace hir::langdetect::internal {

// Code points that langdetect looks at, counted before repeated spaces are dropped.
inline constexpr size_t kLangdetectTextLimit = 10000;

// Each web address (http or https) becomes a space; of a longer one only the first 2,076 characters
// after "://" do.
std::u32string RemoveUrls(std::u32string_view text);

// Each mail address becomes a space. At most 64 characters before the @ and 510 after it belong to
// it, and what stands after the @ has to be two characters long, the first of them no period.
std::u32string RemoveMailAddresses(std::u32string_view text);

// All of the above and what follows: Vietnamese letters composed, the text cut to
// kLangdetectTextLimit, repeated spaces dropped, Latin letters dropped from a text in another
// script.
std::u32string CleanForLangdetect(std::u32string_view text);

}  // namespace hir::langdetect::internal

#endif  // HIR_TEXT_LANGDETECT_CLEAN_H_
