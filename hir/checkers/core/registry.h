// Checkers by kind. A checker decides one constraint of a response; a family is a room beside this
// one, whose kinds.h registers its checkers (hir/checkers/all_checkers.h has them all).
#ifndef HIR_CHECKERS_CORE_REGISTRY_H_
#define HIR_CHECKERS_CORE_REGISTRY_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/checkers/core/arguments.h"
#include "hir/checkers/core/response_text.h"
#include "hir/domain/verdict.h"
#include "nlohmann/json.hpp"

namespace hir {

// One constraint, ready to be decided. Immutable; Check() may run in many threads at once, each
// with its own ResponseText. A checker scans the text a fixed number of times; what takes more (a
// pattern of the arguments, sentences, words, the language) is charged to the text's budget.
class Checker {
 public:
  virtual ~Checker() = default;
  // Undecidable where the official checker would raise. REQUIRES: the response is not blank, or
  // decides_blank().
  virtual CheckResult Check(const ResponseText& response) const = 0;
  // False: a blank response fails without being checked, as IFEval has it.
  virtual bool decides_blank() const { return false; }
  // True: Check() waits for another process, perhaps for seconds; call it where nothing
  // else waits for the calling thread.
  virtual bool waits() const { return false; }
};

using StatusOrChecker = absl::StatusOr<std::unique_ptr<Checker>>;
using CheckerFactory = std::function<StatusOrChecker(const Arguments&)>;

struct CheckerDefinition {
  std::string kind;  // E.g. "keywords:existence".
  std::vector<ArgumentSpec> arguments;
  // INVALID_ARGUMENT: an argument is outside its range.
  CheckerFactory make;
  // If not empty, data or a service that the kind needs is missing: every verdict is undecidable
  // for this reason, and `make` may be empty.
  std::string disabled_reason;
  bool remote = false;  // Another program decides; see hir/checkers/remote.
};

// IFBench's checkers have two official behaviours, which differ in 23 of its 58 kinds.
enum class Ruleset {
  kIfbench020,   // "ifbench-0.2.0": the version of August 2026.
  kIfbench2025,  // "ifbench-2025": the copy that the authors of HiR evaluate with.
};

const char* RulesetName(Ruleset ruleset);
// INVALID_ARGUMENT: `name` is not a ruleset.
absl::StatusOr<Ruleset> ParseRuleset(std::string_view name);

struct CheckerListing {
  std::string kind;
  std::vector<ArgumentSpec> arguments;
  std::string disabled_reason;
};

// Immutable once filled; then thread-safe.
class CheckerRegistry {
 public:
  explicit CheckerRegistry(Ruleset ruleset = Ruleset::kIfbench020) : ruleset_(ruleset) {}

  Ruleset ruleset() const { return ruleset_; }

  // Names the rules that its verdicts follow: the program's version, a digest of all sources that
  // the checkers are made of (CMakeLists.txt lists them), one of the data linked into the program,
  // and the ruleset. Registries of equal name give equal verdicts, except where another program
  // decides.
  std::string build() const;

  // REQUIRES: no definition of that kind is registered yet.
  void Register(CheckerDefinition definition);

  // Gives a disabled kind its checkers. REQUIRES: the kind is registered.
  void Enable(std::string_view kind, CheckerFactory make);

  // INVALID_ARGUMENT: an unknown `kind` (the message names the nearest known one), or an argument
  // that is missing, unknown, of a wrong type or outside its range. `arguments`: see
  // Arguments::Create().
  StatusOrChecker Create(std::string_view kind, const nlohmann::json& arguments) const;

  // Whether another program decides this kind, here or elsewhere. False for an unknown kind.
  bool IsRemote(std::string_view kind) const;

  // Every checker, sorted by kind.
  std::vector<CheckerListing> List() const;

 private:
  std::vector<std::string> Kinds() const;

  Ruleset ruleset_;
  std::map<std::string, CheckerDefinition, std::less<>> definitions_;
};

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_REGISTRY_H_
