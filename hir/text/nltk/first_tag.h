// Tags the part of speech of the first token of a text.
//
// Source: NLTK 3.9.2's averaged perceptron tagger (Collins 2002; Honnibal 2013). A token's tag
// depends on the two tokens after it and the tags before it, so the first token's needs only the
// first three tokens.
#ifndef HIR_TEXT_NLTK_FIRST_TAG_H_
#define HIR_TEXT_NLTK_FIRST_TAG_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir::nltk {

// Immutable; thread-safe.
class FirstTagger {
 public:
  // The folder of NLTK's own data, taggers/averaged_perceptron_tagger_eng: in the folders of the
  // environment variable NLTK_DATA (separated by colons), in ~/nltk_data or in the system's
  // folders, in NLTK's order. NOT_FOUND: in none of them.
  static absl::StatusOr<std::string> Find();
  // INVALID_ARGUMENT or NOT_FOUND: the files of `folder` can't be read.
  static absl::StatusOr<std::unique_ptr<FirstTagger>> LoadFrom(const std::string& folder);

  // nltk.pos_tag(tokens)[0][1]. REQUIRES: not empty.
  std::string Tag(absl::Span<const std::u32string_view> tokens) const;

 private:
  using Weights = std::vector<std::pair<size_t, double>>;  // Pairs of tag and weight; one per tag.

  std::vector<std::string> tags_;  // Sorted.
  std::unordered_map<std::string, std::string> known_;
  std::unordered_map<std::string, Weights> weights_;
};

}  // namespace hir::nltk

#endif  // HIR_TEXT_NLTK_FIRST_TAG_H_
