// Constraints on the form of a response: lists, sections, markers, JSON.
#include "hir/data/catalog.h"

namespace hir {
namespace {

using nlohmann::json;

json DrawPlaceholders(const DrawContext& context) {
  return {{"num_placeholders", context.Between(1, context.easy ? 2 : 5)}};
}

json DrawPostscript(const DrawContext& context) {
  static const auto& markers = *new std::vector<std::string>{"P.S.", "P.S.", "P.P.S"};
  return {{"postscript_marker", context.OneOf(markers)}};
}

json DrawBullets(const DrawContext& context) {
  return {{"num_bullets", context.Between(2, context.easy ? 5 : 8)}};
}

json DrawHighlights(const DrawContext& context) {
  return {{"num_highlights", context.Between(1, context.easy ? 2 : 5)}};
}

json DrawSections(const DrawContext& context) {
  static const auto& names =
      *new std::vector<std::string>{"Section", "SECTION", "Part", "PART", "Chapter", "Step"};
  return {{"section_spliter", context.OneOf(names)},
          {"num_sections", context.Between(2, context.easy ? 3 : 5)}};
}

}  // namespace

std::vector<ConstraintTemplate> FormatTemplates() {
  return {
      {"detectable_content:number_placeholders",
       4,
       4,
       DrawPlaceholders,
       {"Include at least {num_placeholders|placeholder} in square brackets, such as [name].",
        "The answer must hold at least {num_placeholders|placeholder} written like [address].",
        "Leave at least {num_placeholders|placeholder} to fill in, each in square brackets, for "
        "example [date]."},
       {}},
      {"detectable_content:postscript",
       4,
       5,
       DrawPostscript,
       {"At the end, add a postscript that starts with {postscript_marker}",
        "Finish with a postscript beginning with {postscript_marker}",
        "After your answer, add one more remark that starts with {postscript_marker}"},
       {}},
      {"detectable_format:number_bullet_lists",
       4,
       5,
       DrawBullets,
       {"Your answer must contain exactly {num_bullets|bullet point} in markdown, such as: * This "
        "is a point.",
        "Use exactly {num_bullets|markdown bullet point}, each on its own line that begins with "
        "\"* \".",
        "Give exactly {num_bullets|bullet point}. Start each of them with \"* \" on a new line."},
       {}},
      {"detectable_format:constrained_response",
       2,
       0,
       DrawNothing,
       {"Answer with one of these: My answer is yes. My answer is no. My answer is maybe.",
        "Give your verdict in exactly one of these forms: \"My answer is yes.\", \"My answer is "
        "no.\" or \"My answer is maybe.\"",
        "Choose one and write it as it stands: \"My answer is yes.\", \"My answer is no.\", \"My "
        "answer is maybe.\""},
       {}},
      {"detectable_format:number_highlighted_sections",
       4,
       5,
       DrawHighlights,
       {"Highlight at least {num_highlights|part} of your answer with markdown, like *this part*.",
        "Put at least {num_highlights|phrase} between asterisks, as in *highlighted phrase*.",
        "Mark at least {num_highlights|passage} in markdown, for example *a marked passage*."},
       {}},
      {"detectable_format:multiple_sections",
       3,
       1,
       DrawSections,
       {"Divide your answer into {num_sections} sections. Mark the beginning of each with "
        "\"{section_spliter} X\", for example: {section_spliter} 1",
        "Your answer must have {num_sections} sections, each opened by a line like "
        "\"{section_spliter} 1\" and \"{section_spliter} 2\".",
        "Write {num_sections} parts and open each one with \"{section_spliter}\" and its number, "
        "such as {section_spliter} 1."},
       {}},
      {"detectable_format:json_format",
       2,
       0,
       DrawNothing,
       {"Give the entire answer as JSON. You may wrap it in markdown ticks such as ```.",
        "The whole output must be valid JSON and nothing else.",
        "Put your answer in JSON format, from the first character to the last."},
       {}},
      {"detectable_format:title",
       4,
       6,
       DrawNothing,
       {"Add a title wrapped in double angular brackets, such as <<a good title>>.",
        "Your answer must contain a title, written like <<title>>.",
        "Give the text a title and put it inside <<double angular brackets>>."},
       {}},
  };
}

}  // namespace hir
