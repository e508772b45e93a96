#include "cli/options.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/nearest.h"

namespace hir {
namespace {

constexpr char kHelpPayload[] = "hir/help";

bool WantsHelp(absl::Span<const std::string> args) {
  return std::any_of(args.begin(), args.end(),
                     [](const std::string& arg) { return arg == "--help" || arg == "-h"; });
}

}  // namespace

absl::Status HelpStatus(const std::string& help) {
  absl::Status status = absl::AbortedError(help);
  status.SetPayload(kHelpPayload, absl::Cord());
  return status;
}

bool IsHelp(const absl::Status& status) { return status.GetPayload(kHelpPayload).has_value(); }

Options::Options(std::string usage, std::string text)
    : usage_(std::move(usage)), text_(std::move(text)) {}

Options& Options::Add(const std::string& name, const std::string& kind, const std::string& help,
                      std::function<bool(const std::string&)> set) {
  options_.push_back({name, kind, help, std::move(set)});
  return *this;
}

Options& Options::Text(const std::string& name, std::string* target, const std::string& help) {
  return Add(name, "TEXT", help, [target](const std::string& value) {
    *target = value;
    return true;
  });
}

Options& Options::Texts(const std::string& name, std::vector<std::string>* target,
                        const std::string& help) {
  return Add(name, "TEXT", help, [target](const std::string& value) {
    target->push_back(value);
    return true;
  });
}

Options& Options::List(const std::string& name, std::vector<std::string>* target,
                       const std::string& help) {
  return Add(name, "A,B,...", help, [target](const std::string& value) {
    for (const absl::string_view one : absl::StrSplit(value, ',')) {
      if (one.empty()) return false;
      target->emplace_back(one);
    }
    return true;
  });
}

Options& Options::Integer(const std::string& name, int* target, const std::string& help) {
  return Add(name, "N", help,
             [target](const std::string& value) { return absl::SimpleAtoi(value, target); });
}

Options& Options::Integer(const std::string& name, std::optional<int>* target,
                          const std::string& help) {
  return Add(name, "N", help, [target](const std::string& value) {
    return absl::SimpleAtoi(value, &target->emplace());
  });
}

Options& Options::Seed(const std::string& name, uint64_t* target, const std::string& help) {
  return Add(name, "N", help,
             [target](const std::string& value) { return absl::SimpleAtoi(value, target); });
}

Options& Options::Number(const std::string& name, double* target, const std::string& help) {
  return Add(name, "X", help,
             [target](const std::string& value) { return absl::SimpleAtod(value, target); });
}

Options& Options::Flag(const std::string& name, bool* target, const std::string& help) {
  return Add(name, "", help, [target](const std::string&) { return *target = true; });
}

Options& Options::Required(const std::string& name) {
  for (Option& option : options_) option.required |= option.name == name;
  return *this;
}

const Options::Option* Options::Find(const std::string& name) const {
  for (const Option& option : options_) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

absl::Status Options::Unknown(const std::string& name) const {
  std::vector<std::string> names = {"help"};
  for (const Option& option : options_) names.push_back(option.name);
  const std::string nearest = NearestName(name, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown option --", name, ".",
      nearest.empty() ? " See --help." : absl::StrCat(" Did you mean --", nearest, "?")));
}

absl::StatusOr<std::vector<std::string>> Options::Parse(absl::Span<const std::string> args) const {
  if (WantsHelp(args)) return HelpStatus(Help());
  std::vector<std::string> rest;
  std::set<std::string> given;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!absl::StartsWith(args[i], "--")) {
      rest.push_back(args[i]);
      continue;
    }
    const size_t equals = args[i].find('=');
    const std::string name = args[i].substr(2, equals == std::string::npos ? equals : equals - 2);
    const Option* option = Find(name);
    if (option == nullptr) return Unknown(name);
    std::string value = equals == std::string::npos ? "" : args[i].substr(equals + 1);
    if (option->kind.empty() && equals != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " takes no value."));
    }
    if (!option->kind.empty() && equals == std::string::npos) {
      if (i + 1 == args.size()) {
        return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value."));
      }
      value = args[++i];
    }
    if (!option->set(value)) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " can't be \"", value, "\"."));
    }
    given.insert(name);
  }
  for (const Option& option : options_) {
    if (option.required && given.count(option.name) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", option.name, " is missing; usage: ", usage_, "."));
    }
  }
  return rest;
}

absl::Status Options::ParseOnly(absl::Span<const std::string> args) const {
  const absl::StatusOr<std::vector<std::string>> rest = Parse(args);
  if (!rest.ok() || rest->empty()) return rest.status();
  return absl::InvalidArgumentError(absl::StrCat("unexpected argument \"", rest->front(), "\"."));
}

std::string Options::Help() const {
  std::string help = absl::StrCat("usage: ", usage_, "\n\n", text_, "\n");
  if (!options_.empty()) absl::StrAppend(&help, "\n");
  for (const Option& option : options_) {
    std::string left =
        absl::StrCat("  --", option.name, option.kind.empty() ? "" : " ", option.kind);
    left.resize(std::max<size_t>(left.size() + 2, 24), ' ');
    absl::StrAppend(&help, left, option.help, "\n");
  }
  return help;
}

}  // namespace hir
