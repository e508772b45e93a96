// The part of speech of the first token of a text.
//
// Source: NLTK 3.9.2's averaged perceptron tagger (Collins 2002; Honnibal 2013). The tag of a token
// depends on two tokens behind it and on the tags before it, so that the first one needs no more
// than the first three tokens.
#ifndef HIR_TEXT_FIRST_TAG_H_
#define HIR_TEXT_FIRST_TAG_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// Immutable; thread-safe.
class FirstTagger {
 public:
  // Looks for NLTK's own data, taggers/averaged_perceptron_tagger_eng, in the folders that NLTK
  // looks in: those of the environment variable NLTK_DATA (divided by colons), ~/nltk_data and the
  // system's. NOT_FOUND: it is in none of them. INVALID_ARGUMENT: its files can't be read.
  static absl::StatusOr<std::unique_ptr<FirstTagger>> Load();
  static absl::StatusOr<std::unique_ptr<FirstTagger>> LoadFrom(const std::string& folder);

  // nltk.pos_tag(tokens)[0][1]. REQUIRES: not empty.
  std::string Tag(absl::Span<const std::u32string_view> tokens) const;

 private:
  using Weights = std::vector<std::pair<size_t, double>>;  // Of a tag, in the order of the file.

  std::vector<std::string> tags_;  // Sorted.
  std::unordered_map<std::string, std::string> known_;
  std::unordered_map<std::string, Weights> weights_;
};

}  // namespace hir

#endif  // HIR_TEXT_FIRST_TAG_H_
