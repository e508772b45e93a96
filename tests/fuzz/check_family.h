// Fuzzes every kind of a family: arguments of the declared types, any response.
#ifndef HIR_TESTS_FUZZ_CHECK_FAMILY_H_
#define HIR_TESTS_FUZZ_CHECK_FAMILY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/score.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz_input.h"

namespace hir {

// Half of the strings are values that checkers know.
inline std::string FuzzedString(FuzzInput& input) {
  static const char* const kKnown[] = {"at least", "less than", "en", "P.P.S", "a", "w", ".*", "7"};
  const size_t choice = input.Below(2 * std::size(kKnown));
  return choice < std::size(kKnown) ? kKnown[choice]
                                    : python::EncodeUtf8(python::DecodeUtf8(input.Text()));
}

// A JSON schema, sometimes an invalid one.
inline nlohmann::json FuzzedSchema(FuzzInput& input, int levels) {
  static const char* const kInner[] = {"items", "additionalProperties", "not"};
  static const char* const kCounts[] = {"minLength", "maxItems", "minimum", "multipleOf",
                                        "minProperties"};
  static const char* const kTypes[] = {"object", "array", "string", "integer", "null", "text"};
  nlohmann::json schema = nlohmann::json::object();
  switch (input.Below(8)) {
    case 0:
      schema[kInner[input.Below(std::size(kInner))]] =
          levels > 0 ? FuzzedSchema(input, levels - 1) : nlohmann::json(true);
      break;
    case 1:
      schema["properties"]["a"] = levels > 0 ? FuzzedSchema(input, levels - 1) : nlohmann::json();
      schema["required"] = {"a"};
      break;
    case 2:
      schema["anyOf"] = {FuzzedSchema(input, 0),
                         levels > 0 ? FuzzedSchema(input, levels - 1) : schema};
      break;
    case 3:
      schema[kCounts[input.Below(std::size(kCounts))]] = input.Byte();
      break;
    case 4:
      schema["pattern"] = FuzzedString(input);
      break;
    case 5:
      schema["uniqueItems"] = true;
      break;
    case 6:
      schema["enum"] = {1, "a", nullptr};
      break;
  }
  if (input.Below(2) == 1) schema["type"] = kTypes[input.Below(std::size(kTypes))];
  return schema;
}

inline nlohmann::json FuzzedArgument(ArgumentType type, FuzzInput& input) {
  switch (type) {
    case ArgumentType::kInteger:
      return static_cast<int>(input.Byte()) - 4;
    case ArgumentType::kNumber:
      return static_cast<double>(input.Byte()) / 2 - 2;
    case ArgumentType::kString:
    case ArgumentType::kFirstString:
      return FuzzedString(input);
    case ArgumentType::kObject:
      return FuzzedSchema(input, /*levels=*/4);
    case ArgumentType::kStringList:
      break;
  }
  std::vector<std::string> strings(input.Below(4));
  for (std::string& string : strings) string = FuzzedString(input);
  return strings;
}

// Decides one constraint on one response, strict and loose, twice: verdicts must not change, and a
// response that passes as it is must pass loosely.
inline void CheckFamily(const CheckerRegistry& registry, const uint8_t* data, size_t size) {
  static const std::vector<CheckerListing> listing = registry.List();
  FuzzInput input(data, size);
  const CheckerListing& entry = listing[input.Below(listing.size())];
  nlohmann::json arguments = nlohmann::json::object();
  for (const ArgumentSpec& spec : entry.arguments) {
    if (spec.required || input.Below(2) == 1) {
      arguments[spec.name] = FuzzedArgument(spec.type, input);
    }
  }
  auto checker = registry.Create(entry.kind, arguments);
  if (!checker.ok()) return;
  std::vector<std::unique_ptr<Checker>> checkers(1);
  checkers[0] = *std::move(checker);
  const Scores scores = Score(checkers, input.Rest());
  Expect(Score(checkers, input.Rest()).loose == scores.loose);
  Expect(CheckText(*checkers[0], ResponseText::FromUtf8(input.Rest())) == scores.strict[0]);
  Expect(scores.strict[0].verdict != Verdict::kPass || scores.loose[0].verdict == Verdict::kPass);
}

}  // namespace hir

#endif  // HIR_TESTS_FUZZ_CHECK_FAMILY_H_
