// The constraints that `hir data generate` can put on a task: for each of IFEval's 25 kinds, how
// its arguments are drawn and how it is worded.
#ifndef HIR_DATA_CATALOG_H_
#define HIR_DATA_CATALOG_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "hir/base/random.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// What the drawing of a constraint may depend on.
struct DrawContext {
  const std::string& task;
  bool easy;              // Draw bounds that a small model sometimes meets.
  CounterRandom& random;  // Borrowed.

  // Uniform integer in [least, most].
  int Between(int least, int most) const;
  // One of `choices`, which must not be empty.
  template <typename T>
  const T& OneOf(const std::vector<T>& choices) const {
    return choices[random.Below(choices.size())];
  }
};

// How constraints of one kind are made.
struct ConstraintTemplate {
  std::string kind;
  int weight;       // How often it is drawn, relative to the others.
  int easy_weight;  // The same for easy sets; 0 = never.
  nlohmann::json (*draw)(const DrawContext& context);
  // Texts in which {argument} stands for an argument and {argument|noun} for a count with its noun.
  // A template with a relation argument uses `wordings` for "at least" and `less_wordings` for
  // "less than".
  std::vector<std::string> wordings;
  std::vector<std::string> less_wordings;
};

// All templates, one per kind. Built once; thread-safe.
const std::vector<ConstraintTemplate>& ConstraintCatalog();

// The `draw` of a kind without arguments.
inline nlohmann::json DrawNothing(const DrawContext&) { return nlohmann::json::object(); }

// Draws arguments and a wording.
Constraint DrawConstraint(const ConstraintTemplate& shape, const DrawContext& context);

// Draws how often the one word must occur that `existence`, the constraint at `index` of its
// instruction, asks for: a constraint that does not name the word and depends on `existence`.
// nullopt: that one asks for several words, or is of another kind.
std::optional<Constraint> DrawFrequencyOf(const Constraint& existence, size_t index,
                                          const DrawContext& context);

// Returns `wording` with the arguments filled in. A list becomes "a", "b" and "c"; a language code
// becomes the language's English name.
std::string FillWording(const std::string& wording, const nlohmann::json& arguments);

// The families of the catalog.
std::vector<ConstraintTemplate> WordTemplates();
std::vector<ConstraintTemplate> LengthTemplates();
std::vector<ConstraintTemplate> FormatTemplates();
std::vector<ConstraintTemplate> StyleTemplates();

}  // namespace hir

#endif  // HIR_DATA_CATALOG_H_
