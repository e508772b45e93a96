#include "hir/config/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/file.h"
#include "hir/base/nearest.h"
#include "hir/base/status_macros.h"
#include "hir/config/check_together.h"
#include "hir/config/fields.h"
#include "hir/config/list_fields.h"
#include "hir/config/yaml_json.h"
#include "hir/domain/run_name.h"
#include "yaml-cpp/yaml.h"

namespace hir {
namespace {

using internal::Range;
using internal::VisitFields;

// The text of one leaf of the document and its place there.
struct Leaf {
  std::string text;
  bool quoted = false;
  int line = 0;                      // From 1; 0 = not from a file.
  const YAML::Node* node = nullptr;  // Set instead of the text when the leaf is a map or a list.
};

absl::Status Error(int line, const std::string& message) {
  return absl::InvalidArgumentError(line > 0 ? absl::StrCat("line ", line, ": ", message)
                                             : message);
}

class KeyCollector {
 public:
  template <typename T>
  void Number(const char* name, const T&, Range) {
    keys.push_back(name);
  }
  template <typename Enum>
  void Choice(const char* name, Enum) {
    keys.push_back(name);
  }
  void Text(const char* name, const std::string&) { keys.push_back(name); }
  void Map(const char* name, const std::string&) {
    keys.push_back(name);
    maps.insert(name);
  }
  void Flag(const char* name, bool) { keys.push_back(name); }
  void Seed(const char* name, uint64_t) { keys.push_back(name); }
  void Files(const char* name, const std::vector<TrainFile>&) { List(name); }
  void Suites(const char* name, const std::vector<EvalSuite>&) { List(name); }
  template <typename Enum>
  void Choices(const char* name, const std::vector<Enum>&) {
    List(name);
  }

  std::vector<std::string> keys;
  std::set<std::string> maps;   // Names of the fields that are maps.
  std::set<std::string> lists;  // Names of the fields that may be lists.

 private:
  void List(const char* name) {
    keys.push_back(name);
    lists.insert(name);
  }
};

ListText ListOf(const Leaf& leaf) {
  return {.text = leaf.text, .node = leaf.node, .may_be_yaml = leaf.line == 0};
}

// Writes one leaf into the field of its name. Both must outlive it.
class FieldSetter {
 public:
  FieldSetter(const std::string& name, const Leaf& leaf) : name_(name), leaf_(leaf) {}

  void Number(const char* name, int& value, Range) {
    if (name != name_) return;
    int parsed = 0;
    if (leaf_.quoted || !absl::SimpleAtoi(leaf_.text, &parsed)) return Refuse("a whole number");
    value = parsed;
  }
  void Number(const char* name, double& value, Range) {
    if (name != name_) return;
    double parsed = 0;
    if (leaf_.quoted || !absl::SimpleAtod(leaf_.text, &parsed)) return Refuse("a number");
    value = parsed;
  }
  void Seed(const char* name, uint64_t& value) {
    if (name != name_) return;
    uint64_t parsed = 0;
    if (leaf_.quoted || !absl::SimpleAtoi(leaf_.text, &parsed)) {
      return Refuse("a whole number, 0 or more");
    }
    value = parsed;
  }
  void Flag(const char* name, bool& value) {
    if (name != name_) return;
    if (leaf_.quoted || (leaf_.text != "true" && leaf_.text != "false")) {
      return Refuse("true or false");
    }
    value = leaf_.text == "true";
  }
  template <typename Enum>
  void Choice(const char* name, Enum& value) {
    if (name != name_) return;
    if (const std::optional<Enum> chosen = FromWord<Enum>(leaf_.text)) {
      value = *chosen;
      return;
    }
    status_ = Error(leaf_.line, absl::StrCat(name_, " is \"", leaf_.text, "\" but must be one of ",
                                             AllWords<Enum>(), "."));
  }
  template <typename Enum>
  void Choices(const char* name, std::vector<Enum>& values) {
    if (name != name_) return;
    const absl::StatusOr<std::vector<std::string>> words = ParseWords(ListOf(leaf_));
    if (!words.ok()) {
      status_ = Error(leaf_.line, absl::StrCat(name_, " ", words.status().message(), "."));
      return;
    }
    std::vector<Enum> chosen;
    for (const std::string& word : *words) {
      const std::optional<Enum> value = FromWord<Enum>(word);
      if (!value) {
        status_ = Error(leaf_.line, absl::StrCat(name_, " has \"", word, "\" but takes ",
                                                 AllWords<Enum>(), "."));
        return;
      }
      chosen.push_back(*value);
    }
    values = std::move(chosen);
  }
  void Text(const char* name, std::string& value) {
    if (name == name_) value = leaf_.text;
  }
  void Map(const char* name, std::string& value) {
    if (name != name_) return;
    absl::StatusOr<std::string> json = leaf_.node ? JsonOf(*leaf_.node) : JsonOfYaml(leaf_.text);
    if (!json.ok()) {
      status_ = Error(leaf_.line, absl::StrCat(name_, ": ", json.status().message(), "."));
      return;
    }
    value = *json == "{}" ? "" : *std::move(json);
  }

  void Files(const char* name, std::vector<TrainFile>& value) {
    if (name == name_) SetList(ParseTrainFiles(ListOf(leaf_)), value);
  }
  void Suites(const char* name, std::vector<EvalSuite>& value) {
    if (name == name_) SetList(ParseEvalSuites(ListOf(leaf_)), value);
  }

  const absl::Status& status() const { return status_; }

 private:
  template <typename T>
  void SetList(absl::StatusOr<T> parsed, T& value) {
    if (parsed.ok()) {
      value = *std::move(parsed);
    } else {
      status_ = Error(leaf_.line, absl::StrCat(name_, ": ", parsed.status().message(), "."));
    }
  }
  void Refuse(const char* wanted) {
    status_ =
        Error(leaf_.line, absl::StrCat(name_, " must be ", wanted, ", not \"", leaf_.text, "\"."));
  }

  const std::string& name_;
  const Leaf& leaf_;
  absl::Status status_;
};

class Checker {
 public:
  template <typename T>
  void Number(const char* name, T value, Range range) {
    const double number = static_cast<double>(value);
    const bool low = range.above ? !(number > range.least) : !(number >= range.least);
    if (!std::isfinite(number) || low || number > range.most) Refuse(name, value, Allowed(range));
  }
  template <typename Enum>
  void Choice(const char*, Enum) {}
  template <typename Enum>
  void Choices(const char* name, const std::vector<Enum>& values) {
    if (values.empty()) Refuse(name, "an empty list", "a word, or a list of words");
    for (size_t i = 1; i < values.size(); ++i) {
      if (std::find(values.begin(), values.begin() + i, values[i]) == values.begin() + i) continue;
      Refuse(name, absl::StrCat("a list with ", WordOf(values[i]), " in it twice"),
             "a list of different words");
    }
  }
  void Text(const char*, const std::string&) {}
  void Map(const char*, const std::string& json) {
    const absl::Status status = ParseChatTemplateKwargs(json).status();
    if (status.ok() || !status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat("model.", status.message(), "."));
  }
  void Flag(const char*, bool) {}
  void Seed(const char*, uint64_t) {}
  void Files(const char* name, const std::vector<TrainFile>& files) {
    std::set<std::string> seen;
    for (const TrainFile& file : files) {
      if (file.file.empty()) Refuse(name, "a list with an entry without a file", "a list of files");
      if (!seen.insert(file.file).second) {
        Refuse(name, absl::StrCat("a list with ", file.file, " in it twice"),
               "a list of different files; give it one weight");
      }
      const std::string weight = absl::StrCat(name, ": the weight of ", file.file);
      Number(weight.c_str(), file.weight, {.least = 0, .most = 1e6, .above = true});
    }
  }
  void Suites(const char* name, const std::vector<EvalSuite>& suites) {
    std::set<std::string> seen;
    for (const EvalSuite& suite : suites) {
      const std::string of = absl::StrCat(name, ": ");
      if (!IsSuiteName(suite.name)) {
        Refuse((of + "a name").c_str(), absl::StrCat("\"", suite.name, "\""), "1-64 of [a-z0-9_-]");
      }
      if (!seen.insert(suite.name).second) {
        Refuse(name, absl::StrCat("a list with ", suite.name, " in it twice"),
               "a list of different names");
      }
      if (suite.file.empty()) {
        Refuse((of + "the file of " + suite.name).c_str(), "empty", "a file of instructions");
      }
      Number((of + "every of " + suite.name).c_str(), suite.every, internal::kCountOrZero);
      Number((of + "prompts of " + suite.name).c_str(), suite.prompts, internal::kCountOrZero);
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  static std::string Allowed(Range range) {
    std::string text = absl::StrCat(range.above ? "above " : "at least ", range.least);
    if (range.most < std::numeric_limits<double>::max()) {
      absl::StrAppend(&text, " and at most ", range.most);
    }
    return text;
  }
  template <typename T>
  void Refuse(const char* name, const T& value, const std::string& allowed) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(name, " is ", value, " but must be ", allowed, "."));
  }

  absl::Status status_;
};

// Prints "section:" before the first of its fields; the list keeps sections together.
class Printer {
 public:
  template <typename T>
  void Number(const char* name, T value, Range) {
    Line(name, Shortest(value));
  }
  template <typename Enum>
  void Choice(const char* name, Enum value) {
    Text(name, WordOf(value));
  }
  template <typename Enum>
  void Choices(const char* name, const std::vector<Enum>& values) {
    if (values.size() == 1) return Choice(name, values[0]);
    Line(name, absl::StrCat("[",
                            absl::StrJoin(values, ", ",
                                          [](std::string* out, Enum value) {
                                            absl::StrAppend(out, Quoted(WordOf(value)));
                                          }),
                            "]"));
  }
  void Text(const char* name, const std::string& value) { Line(name, Quoted(value)); }
  void Map(const char* name, const std::string& json) { Line(name, json.empty() ? "{}" : json); }
  void Flag(const char* name, bool value) { Line(name, value ? "true" : "false"); }
  void Seed(const char* name, uint64_t value) { Line(name, absl::StrCat(value)); }
  void Files(const char* name, const std::vector<TrainFile>& files) {
    if (files.size() < 2 && (files.empty() || files[0].weight == 1)) {
      return Text(name, files.empty() ? "" : files[0].file);
    }
    std::vector<std::string> entries;
    for (const TrainFile& file : files) {
      entries.push_back(
          absl::StrCat("{file: ", Quoted(file.file), ", weight: ", Shortest(file.weight), "}"));
    }
    Line(name, absl::StrCat("[", absl::StrJoin(entries, ", "), "]"));
  }

  void Suites(const char* name, const std::vector<EvalSuite>& suites) {
    std::vector<std::string> entries;
    for (const EvalSuite& suite : suites) {
      entries.push_back(absl::StrCat("{name: ", Quoted(suite.name), ", file: ", Quoted(suite.file),
                                     ", every: ", suite.every, ", prompts: ", suite.prompts, "}"));
    }
    Line(name, absl::StrCat("[", absl::StrJoin(entries, ", "), "]"));
  }

  std::string Take() { return std::move(text_); }

 private:
  static std::string Quoted(const std::string& value) {
    YAML::Emitter emitter;
    emitter << YAML::DoubleQuoted << value;
    return emitter.c_str();
  }
  // The shortest text that reads back as the same number.
  template <typename T>
  static std::string Shortest(T value) {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
    return std::string(buffer, end);
  }
  void Line(std::string_view name, std::string_view value) {
    const size_t dot = name.find('.');
    const std::string section(dot == std::string_view::npos ? "" : name.substr(0, dot));
    if (section != section_) absl::StrAppend(&text_, section, ":\n");
    section_ = section;
    text_.append(section.empty() ? "" : "  ");
    text_.append(section.empty() ? name : name.substr(dot + 1)).append(": ").append(value);
    text_.append("\n");
  }

  std::string text_;
  std::string section_;
};

std::set<std::string> Sections() {
  std::set<std::string> sections;
  for (const std::string& key : RunConfigKeys()) {
    if (const size_t dot = key.find('.'); dot != std::string::npos) {
      sections.insert(key.substr(0, dot));
    }
  }
  return sections;
}

absl::Status UnknownKey(const std::string& key, int line) {
  std::vector<std::string> names = RunConfigKeys();
  for (const std::string& section : Sections()) names.push_back(section);
  std::string hint = DidYouMean(key, names);
  // A field under the wrong section, or under none, is found by its last part.
  const std::string last = key.substr(key.rfind('.') + 1);
  const auto same_last = std::find_if(names.begin(), names.end(), [&last](const auto& name) {
    return name.substr(name.rfind('.') + 1) == last;
  });
  if (same_last != names.end()) hint = absl::StrCat(" Did you mean \"", *same_last, "\"?");
  return Error(line, absl::StrCat("unknown key \"", key, "\".", hint));
}

// Whether the field `key` may have this map or list for its value.
bool Takes(const std::string& key, const YAML::Node& value) {
  KeyCollector collector;
  const RunConfig config;
  VisitFields(config, collector);
  return value.IsSequence() ? collector.lists.contains(key) : collector.maps.contains(key);
}

absl::Status SetLeaf(RunConfig& config, const std::string& key, const Leaf& leaf) {
  for (const std::string& known : RunConfigKeys()) {
    if (known != key) continue;
    FieldSetter setter(key, leaf);
    VisitFields(config, setter);
    return setter.status();
  }
  return UnknownKey(key, leaf.line);
}

// Sets every leaf under `node`; `prefix` is empty or "section.".
absl::Status ApplyMap(RunConfig& config, const YAML::Node& node, const std::string& prefix) {
  const std::set<std::string> sections = Sections();
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const int line = entry.first.Mark().line + 1;
    if (!entry.first.IsScalar()) return Error(line, "a key must be a plain word.");
    const std::string key = prefix + entry.first.Scalar();
    if (!seen.insert(key).second) {
      return Error(line, absl::StrCat("the key \"", key, "\" is given twice."));
    }
    const bool section = prefix.empty() && sections.count(key) > 0;
    const YAML::Node& value = entry.second;
    if (section && value.IsNull()) continue;
    if (section) {
      if (!value.IsMap()) return Error(line, absl::StrCat(key, " must hold fields of its own."));
      HIR_RETURN_IF_ERROR(ApplyMap(config, value, key + "."));
      continue;
    }
    if (value.IsScalar()) {
      HIR_RETURN_IF_ERROR(SetLeaf(
          config, key,
          {.text = value.Scalar(), .quoted = value.Tag() == "!", .line = value.Mark().line + 1}));
      continue;
    }
    if (Takes(key, value)) {
      HIR_RETURN_IF_ERROR(SetLeaf(config, key, {.line = value.Mark().line + 1, .node = &value}));
      continue;
    }
    const std::vector<std::string> keys = RunConfigKeys();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) return UnknownKey(key, line);
    return Error(line, absl::StrCat(key, " must have one value."));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> RunConfigKeys() {
  KeyCollector collector;
  const RunConfig config;
  VisitFields(config, collector);
  return std::move(collector.keys);
}

absl::StatusOr<RunConfig> ParseRunConfig(std::string_view yaml) {
  RunConfig config;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (root.IsNull() || !root.IsDefined()) return config;
    if (!root.IsMap()) return Error(root.Mark().line + 1, "expected \"key: value\" lines.");
    HIR_RETURN_IF_ERROR(ApplyMap(config, root, ""));
    return config;
  } catch (const YAML::Exception& error) {
    return Error(error.mark.line + 1, absl::StrCat("not valid YAML: ", error.msg, "."));
  }
}

absl::StatusOr<RunConfig> LoadRunConfig(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string yaml, ReadFile(path));
  absl::StatusOr<RunConfig> config = ParseRunConfig(yaml);
  if (config.ok()) return config;
  return absl::Status(config.status().code(), absl::StrCat(path, ", ", config.status().message()));
}

absl::Status ApplyOverride(RunConfig& config, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", std::string(assignment), "\" is not KEY=VALUE."));
  }
  return SetLeaf(config, std::string(assignment.substr(0, equals)),
                 {.text = std::string(assignment.substr(equals + 1))});
}

absl::Status ValidateRunConfig(const RunConfig& config) {
  HIR_RETURN_IF_ERROR(CheckRunName(config.name));
  Checker checker;
  VisitFields(config, checker);
  HIR_RETURN_IF_ERROR(checker.status());
  return CheckTogether(config);
}

std::string ToYaml(const RunConfig& config) {
  Printer printer;
  VisitFields(config, printer);
  return printer.Take();
}

}  // namespace hir
