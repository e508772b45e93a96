// Options of one subcommand: --name VALUE, --name=VALUE, --flag.
#ifndef HIR_CLI_OPTIONS_H_
#define HIR_CLI_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// What a command returns whose arguments ask for help: its text is to be printed, and nothing has
// failed.
absl::Status HelpStatus(const std::string& help);
bool IsHelp(const absl::Status& status);

// Targets keep their value (the default) when an option is not given. Not thread-safe.
class Options {
 public:
  // `usage`: "hir verify --input FILE --output FILE"; `text`: what the command does.
  Options(std::string usage, std::string text);

  Options& Text(const std::string& name, std::string* target, const std::string& help);
  Options& Texts(const std::string& name, std::vector<std::string>* target,
                 const std::string& help);
  // Values separated by commas; may be given more than once.
  Options& List(const std::string& name, std::vector<std::string>* target, const std::string& help);
  Options& Integer(const std::string& name, int* target, const std::string& help);
  Options& Integer(const std::string& name, std::optional<int>* target, const std::string& help);
  Options& Seed(const std::string& name, uint64_t* target, const std::string& help);
  Options& Number(const std::string& name, double* target, const std::string& help);
  Options& Flag(const std::string& name, bool* target, const std::string& help);
  // Parse() refuses a call without this option.
  Options& Required(const std::string& name);

  // Sets the targets; returns the other arguments. HelpStatus(): they ask for help.
  // INVALID_ARGUMENT: an unknown option (with the nearest one), a missing or bad value, a required
  // option that is not given.
  absl::StatusOr<std::vector<std::string>> Parse(absl::Span<const std::string> args) const;
  // The same where nothing but options may be given. INVALID_ARGUMENT: also another argument.
  absl::Status ParseOnly(absl::Span<const std::string> args) const;
  std::string Help() const;

 private:
  struct Option {
    std::string name;
    std::string kind;  // "FILE"-like word of the help; empty for a flag.
    std::string help;
    std::function<bool(const std::string&)> set;  // False: not such a value.
    bool required = false;
  };
  Options& Add(const std::string& name, const std::string& kind, const std::string& help,
               std::function<bool(const std::string&)> set);
  const Option* Find(const std::string& name) const;
  absl::Status Unknown(const std::string& name) const;

  std::string usage_;
  std::string text_;
  std::vector<Option> options_;
};

}  // namespace hir

#endif  // HIR_CLI_OPTIONS_H_
