#include "hir/process/flags.h"

#include <cstddef>
#include <map>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hir/base/nearest.h"

namespace hir {
namespace {

std::string Dashes(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", "-"}}); }

// Flags of this program by name with dashes; Abseil's own are left out.
std::map<std::string, absl::CommandLineFlag*> OwnFlags() {
  std::map<std::string, absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (!absl::StrContains(flag->Filename(), "absl/flags")) flags.emplace(Dashes(name), flag);
  }
  return flags;
}

absl::Status Unknown(const std::string& name,
                     const std::map<std::string, absl::CommandLineFlag*>& flags) {
  std::vector<std::string> names;
  for (const auto& [known, flag] : flags) names.push_back(known);
  const std::string nearest = NearestName(name, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown flag --", name, ".",
      nearest.empty() ? " See --help." : absl::StrCat(" Did you mean --", nearest, "?")));
}

// Sets the flag at `args[i]`; moves `i` past a value that is a separate argument.
absl::Status SetFlag(absl::Span<const std::string> args, size_t& i,
                     const std::map<std::string, absl::CommandLineFlag*>& flags) {
  const size_t equals = args[i].find('=');
  std::string name = Dashes(args[i].substr(2, equals == std::string::npos ? equals : equals - 2));
  std::string value = equals == std::string::npos ? "" : args[i].substr(equals + 1);
  auto found = flags.find(name);
  bool given = equals != std::string::npos;
  if (found == flags.end() && !given && absl::StartsWith(name, "no")) {
    found = flags.find(name.substr(2));
    if (found != flags.end() && !found->second->IsOfType<bool>()) found = flags.end();
    value = "false";
    given = true;
  }
  if (found == flags.end()) return Unknown(name, flags);
  if (!given && found->second->IsOfType<bool>()) {
    value = "true";
  } else if (!given) {
    if (i + 1 >= args.size()) {
      return absl::InvalidArgumentError(absl::StrCat("--", found->first, " needs a value."));
    }
    value = args[++i];
  }
  std::string error;
  if (!found->second->ParseFrom(value, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", found->first, " can't be \"", value, "\"."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseFlags(absl::Span<const std::string> args) {
  const auto flags = OwnFlags();
  std::vector<std::string> rest;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--") {
      rest.insert(rest.end(), args.begin() + i + 1, args.end());
      break;
    }
    if (!absl::StartsWith(args[i], "--")) {
      rest.push_back(args[i]);
      continue;
    }
    absl::Status status = SetFlag(args, i, flags);
    if (!status.ok()) return status;
  }
  return rest;
}

std::string FlagsHelp() {
  std::string text;
  for (const auto& [name, flag] : OwnFlags()) {
    const std::string value = flag->DefaultValue();
    absl::StrAppend(&text, "  --", name, flag->IsOfType<bool>() ? "" : " VALUE", "  ", flag->Help(),
                    value.empty() ? "" : absl::StrCat(" (default ", value, ")"), "\n");
  }
  return text;
}

}  // namespace hir
