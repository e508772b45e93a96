#include "hir/data/ground_truth.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::vector<Constraint> Parsed(const json& truth) {
  auto constraints = ParseGroundTruth(truth);
  EXPECT_TRUE(constraints.ok()) << truth << ": " << constraints.status();
  return constraints.value_or(std::vector<Constraint>());
}

std::string ErrorOf(const json& truth) {
  return std::string(ParseGroundTruth(truth).status().message());
}

TEST(GroundTruth, IsReadAsObjectJsonOrPython) {
  const json object = {{"instruction_id_list", {"a:b"}}, {"kwargs", {{{"n", 1}, {"m", nullptr}}}}};
  for (const json& truth : {object, json(object.dump()), json::array({object}),
                            json("[{'instruction_id': ['a:b'], 'kwargs': [{'n': 1, 'm': None}]}]"),
                            json("{'instruction_id': 'a:b', 'kwargs': {'n': 1}}"),
                            json::array({object.dump()}), json(json::array({object.dump()}).dump()),
                            json::array({"[{'instruction_id': ['a:b'], 'kwargs': [{'n': 1}]}]"})}) {
    const auto constraints = Parsed(truth);
    ASSERT_EQ(constraints.size(), 1u) << truth;
    EXPECT_EQ(constraints[0].kind, "a:b");
    EXPECT_EQ(constraints[0].arguments.dump(), R"({"n":1})");
  }
  EXPECT_EQ(Parsed("[{'instruction_id': ['a'], 'kwargs': [None]}, "
                   "{'instruction_id': ['b'], 'kwargs': [None]}]")
                .size(),
            2u);
}

TEST(GroundTruth, ErrorsNameWhatIsWrong) {
  EXPECT_THAT(ErrorOf(nullptr), HasSubstr("must be an object, a list of them, or a text"));
  EXPECT_THAT(ErrorOf("72"),
              HasSubstr("must be an object, a list of them, or a text of one, got 72"));
  EXPECT_THAT(ErrorOf("[1]"), HasSubstr("must list objects, got 1"));
  EXPECT_THAT(ErrorOf("[{'a'"), HasSubstr("is neither JSON nor a Python literal"));
  EXPECT_THAT(ErrorOf(json::array({"seventy-two"})), HasSubstr("got \"seventy-two\""));
  EXPECT_THAT(ErrorOf(json::array({"'a'"})), HasSubstr("or a text of one, got \"a\""));
  EXPECT_THAT(ErrorOf(json::object()), HasSubstr("needs instruction_id_list, func_name"));
  EXPECT_THAT(ErrorOf({{"instruction_id", {"a"}}}), HasSubstr("kwargs is missing"));
  EXPECT_THAT(ErrorOf({{"instruction_id", {"a"}}, {"kwargs", json::array()}}),
              HasSubstr("kwargs has 0 entries, instruction_id has 1"));
  EXPECT_THAT(ErrorOf({{"func_name", "validate_everything"}}),
              HasSubstr("\"validate_everything\", which is not one of open-instruct's 25"));
  EXPECT_THAT(ErrorOf({{"func_name", "verify_bullet_points"}, {"N", nullptr}}),
              HasSubstr("N, which verify_bullet_points needs, is missing"));
}

TEST(GroundTruth, EveryFunctionOfOpenInstructHasAKind) {
  const json all = {{"N", 3},
                    {"quantifier", "around"},
                    {"end_phrase", "Bye."},
                    {"keyword_list", {"C++", "sea"}},
                    {"word", "sea"},
                    {"forbidden_words", {"fog"}},
                    {"letter", "e"},
                    {"i", 2},
                    {"first_word", "Then"},
                    {"postscript_marker", "P.S."},
                    {"options", {"yes", "no"}},
                    {"section_splitter", "Part"},
                    {"original_prompt", "Say it."},
                    {"language", "en"}};
  const std::map<std::string, std::string> expected = {
      {"verify_keywords", R"(keywords:existence {"keywords":["C\\+\\+","sea"]})"},
      {"verify_keyword_frequency", R"(rlvr:keyword_frequency {"frequency":3,"keyword":"sea"})"},
      {"validate_forbidden_words", R"(keywords:forbidden_words {"forbidden_words":["fog"]})"},
      {"verify_letter_frequency", R"(rlvr:letter_frequency {"frequency":3,"letter":"e"})"},
      {"validate_response_language", R"(language:response_language {"language":"en"})"},
      {"verify_paragraph_count", R"(rlvr:number_paragraphs {"num_paragraphs":3})"},
      {"validate_word_constraint", R"(rlvr:number_words {"num_words":3,"relation":"around"})"},
      {"verify_sentence_constraint",
       R"(rlvr:number_sentences {"num_sentences":3,"relation":"around"})"},
      {"validate_paragraphs",
       R"(length_constraints:nth_paragraph_first_word {"first_word":"Then","nth_paragraph":2,"num_paragraphs":3})"},
      {"verify_postscript", R"(detectable_content:postscript {"postscript_marker":"P.S."})"},
      {"validate_placeholders", R"(detectable_content:number_placeholders {"num_placeholders":3})"},
      {"verify_bullet_points", R"(detectable_format:number_bullet_lists {"num_bullets":3})"},
      {"validate_title", "detectable_format:title {}"},
      {"validate_choice", R"(rlvr:choice {"options":["yes","no"]})"},
      {"validate_highlighted_sections",
       R"(detectable_format:number_highlighted_sections {"num_highlights":3})"},
      {"validate_sections",
       R"(detectable_format:multiple_sections {"num_sections":3,"section_spliter":"Part"})"},
      {"validate_json_format", "detectable_format:json_format {}"},
      {"validate_repeat_prompt", R"(combination:repeat_prompt {"prompt_to_repeat":"Say it."})"},
      {"validate_two_responses", "combination:two_responses {}"},
      {"validate_uppercase", "change_case:english_capital {}"},
      {"validate_lowercase", "change_case:english_lowercase {}"},
      {"validate_frequency_capital_words",
       R"(rlvr:capital_words {"frequency":3,"relation":"around"})"},
      {"validate_end", R"(startend:end_checker {"end_phrase":"Bye."})"},
      {"validate_quotation", "startend:quotation {}"},
      {"validate_no_commas", "punctuation:no_comma {}"}};
  EXPECT_EQ(expected.size(), 25u);
  for (const auto& [name, kind] : expected) {
    json truth = all;
    truth["func_name"] = name;
    const auto constraints = Parsed(truth);
    ASSERT_EQ(constraints.size(), 1u);
    EXPECT_EQ(constraints[0].kind + " " + constraints[0].arguments.dump(), kind);
  }
}

}  // namespace
}  // namespace hir
