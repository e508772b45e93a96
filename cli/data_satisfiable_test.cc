// Every instruction that the generator composes can be met: a response is put together for it by
// rule, and the checkers must pass all of its constraints.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/score.h"
#include "hir/data/generator.h"

namespace hir {
namespace {

using nlohmann::json;

// Plain English without rare letters, commas and words that a constraint could name.
constexpr char kLong[] = "the men in the town went home and there was not much to do at all";
constexpr char kShort[] = "It is here.";

// The constraints of one instruction by kind.
class Demands {
 public:
  explicit Demands(const std::vector<Constraint>& constraints) {
    for (const Constraint& constraint : constraints) {
      arguments_[constraint.kind] = constraint.arguments;
    }
  }
  bool Has(const std::string& kind) const { return arguments_.count(kind) > 0; }
  // The argument, or `otherwise` when the kind isn't demanded.
  template <typename T>
  T Get(const std::string& kind, const char* name, T otherwise) const {
    return Has(kind) ? arguments_.at(kind).value(name, otherwise) : otherwise;
  }
  // The bound of an "at least" constraint; 0 for all else.
  int AtLeast(const std::string& kind, const char* name, const char* relation) const {
    return Get(kind, relation, std::string()) == "at least" ? Get(kind, name, 0) : 0;
  }

 private:
  std::map<std::string, json> arguments_;
};

// All that must stand somewhere, as words.
std::vector<std::string> DemandedPieces(const Demands& demands) {
  auto pieces = demands.Get("keywords:existence", "keywords", std::vector<std::string>());
  auto add = [&pieces](int count, const std::string& piece) {
    pieces.insert(pieces.end(), count, piece);
  };
  add(demands.AtLeast("keywords:frequency", "frequency", "relation"),
      demands.Get("keywords:frequency", "keyword", std::string()));
  add(demands.AtLeast("change_case:capital_word_frequency", "capital_frequency",
                      "capital_relation"),
      "AA");
  add(demands.Get("detectable_content:number_placeholders", "num_placeholders", 0), "[name]");
  add(demands.Get("detectable_format:number_highlighted_sections", "num_highlights", 0), "*part*");
  const int letters = demands.AtLeast("keywords:letter_frequency", "let_frequency", "let_relation");
  const std::string letter = demands.Get("keywords:letter_frequency", "letter", std::string(" "));
  if (letters > 0) pieces.push_back(std::string(letters, letter[0]));
  return pieces;
}

// As many words as demanded; a text whose language is tested gets more, where there is room.
int FillerWords(const Demands& demands) {
  const char* kind = "length_constraints:number_words";
  const int demanded = demands.AtLeast(kind, "num_words", "relation");
  const bool language_is_tested =
      demands.Has("change_case:english_lowercase") || demands.Has("change_case:english_capital");
  if (demanded > 0 || !language_is_tested) return demanded;
  return std::min(100, demands.Get(kind, "num_words", 1000) / 2);
}

// The text between beginning and end, cut into as many pieces as demanded.
std::string Body(const Demands& demands) {
  const int paragraphs = demands.Get("length_constraints:number_paragraphs", "num_paragraphs", 0);
  const int with_first =
      demands.Get("length_constraints:nth_paragraph_first_word", "num_paragraphs", 0);
  const int sections = demands.Get("detectable_format:multiple_sections", "num_sections", 0);
  const int responses = demands.Has("combination:two_responses") ? 2 : 0;
  const int blocks = std::max({1, paragraphs, with_first, sections, responses});

  std::string first = kLong;
  for (int i = 16; i < FillerWords(demands); i += 16) absl::StrAppend(&first, " and ", kLong);
  for (const std::string& piece : DemandedPieces(demands)) absl::StrAppend(&first, " ", piece);
  first += ".";
  const int sentences =
      demands.AtLeast("length_constraints:number_sentences", "num_sentences", "relation");
  for (int i = 1; i < sentences; ++i) absl::StrAppend(&first, " ", kShort);
  if (demands.Has("detectable_format:constrained_response")) first += " My answer is yes.";
  for (int i = 0; i < demands.Get("detectable_format:number_bullet_lists", "num_bullets", 0); ++i) {
    first += "\n* one";
  }

  std::vector<std::string> texts(blocks, kShort);
  texts[0] = first;
  if (with_first > 0) {
    const char* kind = "length_constraints:nth_paragraph_first_word";
    std::string& text = texts[demands.Get(kind, "nth_paragraph", 1) - 1];
    text = demands.Get(kind, "first_word", std::string()) + " " + text;
  }
  for (int i = 0; i < sections; ++i) {
    const auto name =
        demands.Get("detectable_format:multiple_sections", "section_spliter", std::string());
    texts[i] = absl::StrCat(name, " ", i + 1, "\n", texts[i]);
  }
  return absl::StrJoin(texts, paragraphs > 0  ? "\n***\n"
                              : responses > 0 ? "\n******\n"
                              : sections > 0  ? "\n"
                                              : "\n\n");
}

std::string ResponseTo(const InstructionRecord& record) {
  const Demands demands(record.constraints);
  std::string text = Body(demands);
  if (demands.Has("detectable_format:title")) text = "<<a title>>\n" + text;
  if (demands.Has("combination:repeat_prompt")) text = record.question + "\n" + text;
  if (demands.Has("detectable_content:postscript")) {
    absl::StrAppend(
        &text, "\n",
        demands.Get("detectable_content:postscript", "postscript_marker", std::string()), " bye");
  }
  if (demands.Has("startend:end_checker")) {
    absl::StrAppend(&text, " ", demands.Get("startend:end_checker", "end_phrase", std::string()));
  }
  if (demands.Has("detectable_format:json_format")) text = json({{"answer", text}}).dump();
  if (demands.Has("startend:quotation")) text = "\"" + text + "\"";
  if (demands.Has("change_case:english_lowercase")) absl::AsciiStrToLower(&text);
  if (demands.Has("change_case:english_capital")) absl::AsciiStrToUpper(&text);
  return text;
}

bool AsksForAnotherLanguage(const InstructionRecord& record) {
  return Demands(record.constraints).Has("language:response_language");
}

void ExpectAllCanBeMet(const GeneratorOptions& options) {
  const auto tasks = ReadTasks(std::string(HIR_SOURCE_DIR) + "/data/tasks.txt");
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  const auto data = GenerateInstructions(*tasks, options);
  ASSERT_TRUE(data.ok()) << data.status();
  for (const InstructionRecord& record : data->train) {
    if (AsksForAnotherLanguage(record)) continue;
    const std::string response = ResponseTo(record);
    for (const Constraint& constraint : record.constraints) {
      auto checker = AllCheckers().Create(constraint.kind, constraint.arguments);
      ASSERT_TRUE(checker.ok()) << checker.status();
      std::vector<std::unique_ptr<Checker>> one;
      one.push_back(*std::move(checker));
      EXPECT_EQ(Score(one, response).strict[0].verdict, Verdict::kPass)
          << constraint.kind << constraint.arguments << "\n"
          << FormatRecord(record) << "\n"
          << response;
    }
  }
}

TEST(GeneratedData, EveryInstructionCanBeMet) {
  ExpectAllCanBeMet({.count = 600, .held_out = 0, .seed = 11});
}

TEST(GeneratedData, EveryEasyInstructionCanBeMet) {
  ExpectAllCanBeMet({.count = 300, .held_out = 0, .seed = 12, .easy = true});
}

}  // namespace
}  // namespace hir
