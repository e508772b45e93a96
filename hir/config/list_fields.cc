#include "hir/config/list_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

std::string TextOf(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }

absl::StatusOr<TrainFile> ParseFile(const YAML::Node& entry) {
  TrainFile parsed;
  if (entry.IsScalar()) {
    parsed.file = entry.Scalar();
    return parsed;
  }
  if (!entry.IsMap()) return Wrong("must be a path, or a map of file and weight");
  for (const auto& field : entry) {
    const std::string name = TextOf(field.first);
    const std::string value = TextOf(field.second);
    if (name == "file") {
      parsed.file = value;
    } else if (name != "weight") {
      return Wrong(absl::StrCat("has \"", name, "\" but takes file and weight"));
    } else if (!absl::SimpleAtod(value, &parsed.weight)) {
      return Wrong(absl::StrCat("has the weight \"", value, "\", not a number"));
    }
  }
  return parsed;
}

absl::StatusOr<EvalSuite> ParseSuite(const YAML::Node& entry) {
  if (!entry.IsMap()) return Wrong("must be a map of name, file, every and prompts");
  EvalSuite parsed;
  for (const auto& field : entry) {
    const std::string name = TextOf(field.first);
    const std::string value = TextOf(field.second);
    if (name == "name") {
      parsed.name = value;
    } else if (name == "file") {
      parsed.file = value;
    } else if (name != "every" && name != "prompts") {
      return Wrong(absl::StrCat("has \"", name, "\" but takes name, file, every and prompts"));
    } else if (!absl::SimpleAtoi(value, name == "every" ? &parsed.every : &parsed.prompts)) {
      return Wrong(absl::StrCat("has \"", value, "\" for ", name, ", not a whole number"));
    }
  }
  return parsed;
}

absl::StatusOr<std::string> ParseWord(const YAML::Node& entry) {
  if (!entry.IsScalar()) return Wrong("must be a word");
  return entry.Scalar();
}

template <typename T>
absl::StatusOr<std::vector<T>> ParseEntries(const YAML::Node& list,
                                            absl::StatusOr<T> (*parse)(const YAML::Node&)) {
  std::vector<T> entries;
  for (const YAML::Node& entry : list) {
    absl::StatusOr<T> parsed = parse(entry);
    if (!parsed.ok()) {
      return Wrong(absl::StrCat("entry ", entries.size() + 1, " ", parsed.status().message()));
    }
    entries.push_back(*std::move(parsed));
  }
  return entries;
}

bool IsYamlList(const ListText& list) { return list.may_be_yaml && list.text.starts_with('['); }

absl::StatusOr<YAML::Node> Load(const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return Wrong(absl::StrCat("is not a YAML list: ", error.msg));
  }
}

}  // namespace

absl::StatusOr<std::vector<TrainFile>> ParseTrainFiles(const ListText& list) {
  if (list.node != nullptr) return ParseEntries(*list.node, ParseFile);
  if (list.text.empty()) return std::vector<TrainFile>();
  if (!IsYamlList(list)) return std::vector<TrainFile>{{.file = list.text}};
  HIR_ASSIGN_OR_RETURN(const YAML::Node node, Load(list.text));
  return ParseEntries(node, ParseFile);
}

absl::StatusOr<std::vector<EvalSuite>> ParseEvalSuites(const ListText& list) {
  if (list.node != nullptr) return ParseEntries(*list.node, ParseSuite);
  if (list.text.empty()) return std::vector<EvalSuite>();
  if (!IsYamlList(list)) return Wrong("must be a list of {name, file, every, prompts}");
  HIR_ASSIGN_OR_RETURN(const YAML::Node node, Load(list.text));
  return ParseEntries(node, ParseSuite);
}

absl::StatusOr<std::vector<std::string>> ParseWords(const ListText& list) {
  if (list.node != nullptr) return ParseEntries(*list.node, ParseWord);
  if (!IsYamlList(list)) return std::vector<std::string>{list.text};
  HIR_ASSIGN_OR_RETURN(const YAML::Node node, Load(list.text));
  return ParseEntries(node, ParseWord);
}

bool IsSuiteName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
  });
}

}  // namespace hir
