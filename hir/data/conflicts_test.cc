#include "hir/data/conflicts.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "hir/data/catalog.h"

namespace hir {
namespace {

using nlohmann::json;

const Constraint kNoComma = {"punctuation:no_comma", json::object(), ""};
const Constraint kLower = {"change_case:english_lowercase", json::object(), ""};
const Constraint kUpper = {"change_case:english_capital", json::object(), ""};
const Constraint kJson = {"detectable_format:json_format", json::object(), ""};
const Constraint kTitle = {"detectable_format:title", json::object(), ""};
const Constraint kQuotation = {"startend:quotation", json::object(), ""};
const Constraint kTwo = {"combination:two_responses", json::object(), ""};
const Constraint kYesNo = {"detectable_format:constrained_response", json::object(), ""};
const Constraint kPostscript = {
    "detectable_content:postscript", {{"postscript_marker", "P.S."}}, ""};

Constraint Words(int n, const char* relation) {
  return {"length_constraints:number_words", {{"num_words", n}, {"relation", relation}}, ""};
}
Constraint Sentences(int n, const char* relation) {
  return {
      "length_constraints:number_sentences", {{"num_sentences", n}, {"relation", relation}}, ""};
}
Constraint Paragraphs(int n) {
  return {"length_constraints:number_paragraphs", {{"num_paragraphs", n}}, ""};
}
Constraint Existence(std::vector<std::string> words) {
  return {"keywords:existence", {{"keywords", words}}, ""};
}
Constraint Forbidden(std::vector<std::string> words) {
  return {"keywords:forbidden_words", {{"forbidden_words", words}}, ""};
}
Constraint End(const char* phrase) {
  return {"startend:end_checker", {{"end_phrase", phrase}}, ""};
}
Constraint Repeat(const char* prompt) {
  return {"combination:repeat_prompt", {{"prompt_to_repeat", prompt}}, ""};
}
Constraint Frequency(const char* word, int n, const char* relation) {
  return {"keywords:frequency", {{"keyword", word}, {"frequency", n}, {"relation", relation}}, ""};
}
Constraint Letters(const char* letter, int n, const char* relation) {
  return {"keywords:letter_frequency",
          {{"letter", letter}, {"let_frequency", n}, {"let_relation", relation}},
          ""};
}
Constraint Language(const char* code) {
  return {"language:response_language", {{"language", code}}, ""};
}
Constraint Sections(const char* name) {
  return {
      "detectable_format:multiple_sections", {{"section_spliter", name}, {"num_sections", 2}}, ""};
}

// Whether the set conflicts, in either order.
bool Conflict(std::vector<Constraint> set, const std::string& question = "Write a poem.") {
  const bool forwards = FindConflict(question, set).has_value();
  const std::vector<Constraint> reversed(set.rbegin(), set.rend());
  EXPECT_EQ(FindConflict(question, reversed).has_value(), forwards);
  return forwards;
}

TEST(Conflicts, CaseDemandsExcludeEachOther) {
  EXPECT_TRUE(Conflict({kLower, kUpper}));
  EXPECT_TRUE(Conflict({kLower,
                        {"change_case:capital_word_frequency",
                         {{"capital_frequency", 2}, {"capital_relation", "at least"}},
                         ""}}));
  EXPECT_TRUE(Conflict({kLower, Language("de")}));
  EXPECT_TRUE(Conflict({kLower, kPostscript}));
  EXPECT_TRUE(Conflict({kUpper, Sections("Part")}));
  EXPECT_FALSE(Conflict({kUpper, Sections("PART")}));
  EXPECT_FALSE(Conflict({kLower, kNoComma, kQuotation, Existence({"river"})}));
}

TEST(Conflicts, WholeResponseFormsStandWithFewOthers) {
  EXPECT_TRUE(Conflict({kJson, kTitle}));
  EXPECT_TRUE(Conflict({kJson, kQuotation}));
  EXPECT_TRUE(Conflict({kJson, End("The end.")}));
  EXPECT_FALSE(Conflict({kJson, Existence({"river"})}));
  EXPECT_TRUE(Conflict({kTwo, Paragraphs(2)}));
  EXPECT_FALSE(Conflict({kTwo, kNoComma}));
  EXPECT_TRUE(Conflict({Language("hi"), Existence({"river"})}));
  EXPECT_FALSE(Conflict({Language("hi"), kTitle}));
}

TEST(Conflicts, FixedAnswersNeedAQuestion) {
  EXPECT_TRUE(Conflict({kYesNo, kNoComma}));
  EXPECT_FALSE(Conflict({kYesNo, kNoComma}, "Is chess a sport?"));
  EXPECT_TRUE(Conflict({kYesNo, kLower}, "Is chess a sport?"));
}

TEST(Conflicts, EndsAndBeginningsAreTakenOnce) {
  EXPECT_TRUE(Conflict({End("The end."), kPostscript}));
  EXPECT_TRUE(Conflict({Repeat("Write a poem."), kQuotation}));
  EXPECT_FALSE(Conflict({End("The end."), kQuotation}));
}

TEST(Conflicts, DemandedTextsMustNotBeForbidden) {
  EXPECT_TRUE(Conflict({kNoComma, End("Take care, and see you soon.")}));
  EXPECT_FALSE(Conflict({kNoComma, End("The end.")}));
  EXPECT_TRUE(Conflict({kNoComma, Repeat("Write, then stop.")}, "Write, then stop."));
  EXPECT_TRUE(Conflict({Existence({"Really"}), Forbidden({"really"})}));
  EXPECT_TRUE(Conflict({Forbidden({"poem"}), Repeat("Write a poem.")}));
  EXPECT_FALSE(Conflict({Existence({"river"}), Forbidden({"really"})}));
  EXPECT_TRUE(Conflict({Existence({"river"}), Frequency("river", 2, "less than")}));
  EXPECT_FALSE(Conflict({Existence({"river"}), Frequency("river", 2, "at least")}));
}

TEST(Conflicts, LettersOfDemandedTextsCountTogether) {
  EXPECT_TRUE(Conflict({Letters("z", 3, "less than"), Existence({"puzzle", "zebra"})}));
  EXPECT_FALSE(Conflict({Letters("z", 4, "less than"), Existence({"puzzle", "zebra"})}));
  EXPECT_FALSE(Conflict({Letters("z", 2, "at least"), Existence({"puzzle", "zebra"})}));
}

TEST(Conflicts, DemandsFitUnderTheUpperBounds) {
  EXPECT_TRUE(Conflict({Words(20, "less than"), Sentences(10, "at least")}));
  EXPECT_FALSE(Conflict({Words(100, "less than"), Sentences(3, "at least")}));
  EXPECT_TRUE(Conflict({Sentences(3, "less than"), Paragraphs(4)}));
  EXPECT_FALSE(Conflict({Sentences(8, "less than"), Paragraphs(4)}));
  EXPECT_TRUE(Conflict({Sentences(3, "less than"), Words(300, "at least")}));
  EXPECT_FALSE(Conflict({Sentences(20, "less than"), Words(300, "at least")}));
}

TEST(Conflicts, AKindStandsOnce) { EXPECT_TRUE(Conflict({Existence({"a"}), Existence({"b"})})); }

TEST(Conflicts, TableIsSymmetricAndLeavesEveryKindACompanion) {
  for (const ConstraintTemplate& a : ConstraintCatalog()) {
    int companions = 0;
    for (const ConstraintTemplate& b : ConstraintCatalog()) {
      EXPECT_EQ(KindsConflict(a.kind, b.kind), KindsConflict(b.kind, a.kind));
      companions += a.kind != b.kind && !KindsConflict(a.kind, b.kind);
    }
    EXPECT_GE(companions, 5) << a.kind;
  }
}

}  // namespace
}  // namespace hir
