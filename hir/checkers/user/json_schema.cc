#include "hir/checkers/user/json_schema.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/json.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/python_regex.h"

namespace hir::user {

using nlohmann::json;
using python::CheckPythonJson;
using python::DecodeUtf8;
using python::EncodeUtf8;
using python::JsonOutcome;
using python::kMaxPythonJsonDepth;
using python::WithoutFence;
using regex::PythonRegex;
using regex::RegexSubject;
using scan::ScanText;

struct JsonSchema::Node {
  using Check = std::function<bool(const json& value, WorkBudget& budget)>;
  std::vector<Check> checks;  // All must hold.

  bool Accepts(const json& value, WorkBudget& budget) const {
    // Nanoseconds to look at one value.
    constexpr int64_t kVisitWork = 50;
    return budget.Charge(kVisitWork) &&
           std::all_of(checks.begin(), checks.end(),
                       [&](const Check& check) { return check(value, budget); });
  }
};

namespace {

using Node = JsonSchema::Node;
using Check = Node::Check;
using MadeCheck = absl::StatusOr<Check>;
using Shared = std::shared_ptr<const Node>;

// Nanoseconds to copy, compare or write one character or value.
constexpr int64_t kTouchWork = 20;

absl::StatusOr<Shared> CompileNode(const json& schema, const std::string& place);

absl::Status Wrong(const std::string& place, std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("schema ", place.empty() ? "/" : place, " ", std::string(problem)));
}

bool HasType(const json& value, const std::string& type) {
  if (type == "integer") {
    return value.is_number() && std::trunc(value.get<double>()) == value.get<double>();
  }
  return (type == "null" && value.is_null()) || (type == "boolean" && value.is_boolean()) ||
         (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "number" && value.is_number()) || (type == "string" && value.is_string());
}

MadeCheck MakeType(const json& argument, const std::string& place) {
  static const std::set<std::string, std::less<>> known = {"null",   "boolean", "object", "array",
                                                           "number", "integer", "string"};
  const json list = argument.is_array() ? argument : json::array({argument});
  std::vector<std::string> types;
  for (const json& type : list) {
    if (!type.is_string() || !known.contains(type.get_ref<const std::string&>())) {
      return Wrong(place, "is not a JSON type");
    }
    types.push_back(type);
  }
  return [types](const json& value, WorkBudget&) {
    return std::any_of(types.begin(), types.end(),
                       [&](const std::string& type) { return HasType(value, type); });
  };
}

MadeCheck MakeEnum(const json& argument, const std::string& place) {
  if (!argument.is_array()) return Wrong(place, "must be a list");
  return [argument](const json& value, WorkBudget& budget) {
    return budget.Charge(kTouchWork * static_cast<int64_t>(argument.size())) &&
           std::find(argument.begin(), argument.end(), value) != argument.end();
  };
}

MadeCheck MakeConst(const json& argument, const std::string&) {
  return [argument](const json& value, WorkBudget&) { return value == argument; };
}

// A bound on numbers: `holds(value, bound)`.
MadeCheck MakeBound(const json& argument, const std::string& place,
                    bool (*holds)(double value, double bound)) {
  if (!argument.is_number()) return Wrong(place, "must be a number");
  return [holds, bound = argument.get<double>()](const json& value, WorkBudget&) {
    return !value.is_number() || holds(value.get<double>(), bound);
  };
}

MadeCheck MakeMultipleOf(const json& argument, const std::string& place) {
  if (!argument.is_number() || argument.get<double>() <= 0) return Wrong(place, "must be above 0");
  return MakeBound(argument, place, [](double value, double step) {
    const double times = value / step;
    return std::isfinite(times) && std::trunc(times) == times;
  });
}

// A bound on a size: `size(value)` has no value for values of another type.
using SizeOf = std::optional<size_t> (*)(const json& value, WorkBudget& budget);

std::optional<size_t> LengthOf(const json& value, WorkBudget& budget) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (!budget.Charge(kTouchWork * static_cast<int64_t>(text.size()))) return std::nullopt;
  return DecodeUtf8(text).size();
}

std::optional<size_t> ItemsOf(const json& value, WorkBudget&) {
  return value.is_array() ? std::optional(value.size()) : std::nullopt;
}

std::optional<size_t> MembersOf(const json& value, WorkBudget&) {
  return value.is_object() ? std::optional(value.size()) : std::nullopt;
}

MadeCheck MakeSize(const json& argument, const std::string& place, SizeOf size_of, bool at_least) {
  if (!argument.is_number_integer() || argument < 0) {
    return Wrong(place, "must be a whole number, at least 0");
  }
  return
      [size_of, at_least, bound = argument.get<uint64_t>()](const json& value, WorkBudget& budget) {
        const std::optional<size_t> size = size_of(value, budget);
        return !size.has_value() || (at_least ? *size >= bound : *size <= bound);
      };
}

MadeCheck MakePattern(const json& argument, const std::string& place) {
  if (!argument.is_string()) return Wrong(place, "must be a string");
  auto compiled = PythonRegex::Compile(DecodeUtf8(argument.get_ref<const std::string&>()));
  if (!compiled.ok()) return Wrong(place, std::string(compiled.status().message()));
  const auto pattern = std::make_shared<const PythonRegex>(*std::move(compiled));
  return [pattern](const json& value, WorkBudget& budget) {
    if (!value.is_string()) return true;
    const ScanText text = ScanText::FromUtf8(value.get_ref<const std::string&>());
    RegexSubject subject(text, budget);
    return pattern->Search(subject).value_or(false);
  };
}

MadeCheck MakeUniqueItems(const json& argument, const std::string& place) {
  if (!argument.is_boolean()) return Wrong(place, "must be true or false");
  if (argument == false) return [](const json&, WorkBudget&) { return true; };
  return [](const json& value, WorkBudget& budget) {
    if (!value.is_array()) return true;
    std::set<std::string> seen;
    return std::all_of(value.begin(), value.end(), [&](const json& item) {
      std::string text = item.dump(-1, ' ', false, json::error_handler_t::replace);
      return budget.Charge(kTouchWork * static_cast<int64_t>(text.size() + 10)) &&
             seen.insert(std::move(text)).second;
    });
  };
}

MadeCheck MakeRequired(const json& argument, const std::string& place) {
  if (!argument.is_array() || !std::all_of(argument.begin(), argument.end(),
                                           [](const json& name) { return name.is_string(); })) {
    return Wrong(place, "must be a list of names");
  }
  return [names = argument.get<std::vector<std::string>>()](const json& value, WorkBudget& budget) {
    return !value.is_object() ||
           (budget.Charge(kTouchWork * static_cast<int64_t>(names.size())) &&
            std::all_of(names.begin(), names.end(),
                        [&](const std::string& name) { return value.contains(name); }));
  };
}

absl::StatusOr<std::vector<Shared>> CompileList(const json& argument, const std::string& place) {
  if (!argument.is_array() || argument.empty()) return Wrong(place, "must be a list of schemas");
  std::vector<Shared> nodes;
  for (size_t i = 0; i < argument.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(Shared node, CompileNode(argument[i], absl::StrCat(place, "/", i)));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// allOf, anyOf, oneOf: the number of schemas that accept is in [least, most].
MadeCheck MakeCombination(const json& argument, const std::string& place, std::string_view name) {
  HIR_ASSIGN_OR_RETURN(const std::vector<Shared> nodes, CompileList(argument, place));
  const auto all = static_cast<std::ptrdiff_t>(nodes.size());
  const std::ptrdiff_t least = name == "allOf" ? all : 1;
  const std::ptrdiff_t most = name == "oneOf" ? 1 : all;
  return [nodes, least, most](const json& value, WorkBudget& budget) {
    const auto accepted = std::count_if(nodes.begin(), nodes.end(), [&](const Shared& node) {
      return node->Accepts(value, budget);
    });
    return least <= accepted && accepted <= most;
  };
}

MadeCheck MakeNot(const json& argument, const std::string& place) {
  HIR_ASSIGN_OR_RETURN(const Shared node, CompileNode(argument, place));
  return [node](const json& value, WorkBudget& budget) { return !node->Accepts(value, budget); };
}

// prefixItems for the first items, items for those after them.
MadeCheck MakeItems(const json& schema, const std::string& place) {
  std::vector<Shared> first;
  Shared others;
  if (schema.contains("prefixItems")) {
    HIR_ASSIGN_OR_RETURN(first, CompileList(schema["prefixItems"], place + "/prefixItems"));
  }
  if (schema.contains("items")) {
    HIR_ASSIGN_OR_RETURN(others, CompileNode(schema["items"], place + "/items"));
  }
  return [first, others](const json& value, WorkBudget& budget) {
    if (!value.is_array()) return true;
    for (size_t i = 0; i < value.size(); ++i) {
      const Shared& node = i < first.size() ? first[i] : others;
      if (node != nullptr && !node->Accepts(value[i], budget)) return false;
    }
    return true;
  };
}

// properties for those that it names, additionalProperties for the others.
MadeCheck MakeProperties(const json& schema, const std::string& place) {
  std::map<std::string, Shared> named;
  Shared others;
  if (schema.contains("properties")) {
    const json& properties = schema["properties"];
    if (!properties.is_object()) return Wrong(place + "/properties", "must be an object");
    for (const auto& [name, inner] : properties.items()) {
      HIR_ASSIGN_OR_RETURN(named[name],
                           CompileNode(inner, absl::StrCat(place, "/properties/", name)));
    }
  }
  if (schema.contains("additionalProperties")) {
    HIR_ASSIGN_OR_RETURN(
        others, CompileNode(schema["additionalProperties"], place + "/additionalProperties"));
  }
  return [named, others](const json& value, WorkBudget& budget) {
    if (!value.is_object()) return true;
    for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
      const auto found = named.find(name);
      const Shared& node = found != named.end() ? found->second : others;
      if (node != nullptr && !node->Accepts(member, budget)) return false;
    }
    return true;
  };
}

MadeCheck MakeKeyword(const std::string& name, const json& argument, const std::string& place) {
  if (name == "type") return MakeType(argument, place);
  if (name == "enum") return MakeEnum(argument, place);
  if (name == "const") return MakeConst(argument, place);
  if (name == "multipleOf") return MakeMultipleOf(argument, place);
  if (name == "minimum")
    return MakeBound(argument, place, [](double v, double b) { return v >= b; });
  if (name == "maximum")
    return MakeBound(argument, place, [](double v, double b) { return v <= b; });
  if (name == "exclusiveMinimum") {
    return MakeBound(argument, place, [](double v, double b) { return v > b; });
  }
  if (name == "exclusiveMaximum") {
    return MakeBound(argument, place, [](double v, double b) { return v < b; });
  }
  if (name == "minLength") return MakeSize(argument, place, LengthOf, true);
  if (name == "maxLength") return MakeSize(argument, place, LengthOf, false);
  if (name == "minItems") return MakeSize(argument, place, ItemsOf, true);
  if (name == "maxItems") return MakeSize(argument, place, ItemsOf, false);
  if (name == "minProperties") return MakeSize(argument, place, MembersOf, true);
  if (name == "maxProperties") return MakeSize(argument, place, MembersOf, false);
  if (name == "pattern") return MakePattern(argument, place);
  if (name == "uniqueItems") return MakeUniqueItems(argument, place);
  if (name == "required") return MakeRequired(argument, place);
  if (name == "allOf" || name == "anyOf" || name == "oneOf") {
    return MakeCombination(argument, place, name);
  }
  if (name == "not") return MakeNot(argument, place);
  return Wrong(place, "is a keyword that is not supported");
}

absl::StatusOr<Shared> CompileNode(const json& schema, const std::string& place) {
  // Keywords that are read together with others, and those that say nothing about a document.
  static const std::set<std::string, std::less<>> items = {"items", "prefixItems"};
  static const std::set<std::string, std::less<>> members = {"properties", "additionalProperties"};
  static const std::set<std::string, std::less<>> annotations = {
      "title", "description", "default", "examples", "$schema", "$comment"};
  auto node = std::make_shared<Node>();
  if (schema.is_boolean()) {
    node->checks.push_back(
        [accepts = schema.get<bool>()](const json&, WorkBudget&) { return accepts; });
    return node;
  }
  if (!schema.is_object()) return Wrong(place, "must be an object, true or false");
  bool about_items = false, about_members = false;
  for (const auto& [name, argument] : schema.items()) {
    about_items = about_items || items.contains(name);
    about_members = about_members || members.contains(name);
    if (annotations.contains(name) || items.contains(name) || members.contains(name)) continue;
    HIR_ASSIGN_OR_RETURN(Check check, MakeKeyword(name, argument, absl::StrCat(place, "/", name)));
    node->checks.push_back(std::move(check));
  }
  if (about_items) {
    HIR_ASSIGN_OR_RETURN(Check check, MakeItems(schema, place));
    node->checks.push_back(std::move(check));
  }
  if (about_members) {
    HIR_ASSIGN_OR_RETURN(Check check, MakeProperties(schema, place));
    node->checks.push_back(std::move(check));
  }
  return node;
}

// A response is valid when it is one JSON document, within a fence or not, that the schema accepts.
CheckResult CheckSchema(const JsonSchema& schema, const ResponseText& response) {
  const std::u32string_view text = WithoutFence(response.text());
  if (!response.budget().Charge(kTouchWork * static_cast<int64_t>(text.size()))) {
    return Undecidable(kWorkBudgetExhausted);
  }
  const JsonOutcome outcome = CheckPythonJson(text);
  if (outcome == JsonOutcome::kTooDeep) return Undecidable("The JSON text is nested too deeply.");
  if (outcome != JsonOutcome::kValid) return PassIf(false);
  const absl::StatusOr<json> value = ParseJson(EncodeUtf8(text), kMaxPythonJsonDepth);
  return PassIf(value.ok() && schema.Accepts(*value, response.budget()));
}

}  // namespace

absl::StatusOr<JsonSchema> JsonSchema::Compile(const json& schema) {
  HIR_ASSIGN_OR_RETURN(Shared root, CompileNode(schema, ""));
  return JsonSchema(std::move(root));
}

bool JsonSchema::Accepts(const json& value, WorkBudget& budget) const {
  return root_->Accepts(value, budget);
}

void RegisterJsonSchema(CheckerRegistry& registry) {
  registry.Register({.kind = "json:schema",
                     .arguments = {{"schema", ArgumentType::kObject}},
                     .make = [](const Arguments& arguments) -> StatusOrChecker {
                       const auto schema = JsonSchema::Compile(arguments.Object("schema"));
                       if (!schema.ok())
                         return arguments.Error("schema", std::string(schema.status().message()));
                       return CheckerFrom([schema = *schema](const ResponseText& response) {
                         return CheckSchema(schema, response);
                       });
                     }});
}

}  // namespace hir::user
