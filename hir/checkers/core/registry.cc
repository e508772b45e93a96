#include "hir/checkers/core/registry.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/nearest.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/verdict_sources.h"
#include "hir/text/lexicon/linked_data.h"

namespace hir {
namespace {

class DisabledChecker : public Checker {
 public:
  explicit DisabledChecker(std::string reason) : reason_(std::move(reason)) {}
  CheckResult Check(const ResponseText&) const override { return Undecidable(reason_); }

 private:
  const std::string reason_;
};

constexpr size_t kShownDigits = 12;

std::string ShortDataDigest() {
  return Sha256Hex(lexicon::AllLinkedData()).substr(0, kShownDigits);
}

}  // namespace

const char* RulesetName(Ruleset ruleset) {
  return ruleset == Ruleset::kIfbench020 ? "ifbench-0.2.0" : "ifbench-2025";
}

absl::StatusOr<Ruleset> ParseRuleset(std::string_view name) {
  for (const Ruleset ruleset : {Ruleset::kIfbench020, Ruleset::kIfbench2025}) {
    if (name == RulesetName(ruleset)) return ruleset;
  }
  return absl::InvalidArgumentError(absl::StrCat("Unknown ruleset \"", QuoteForMessage(name),
                                                 "\"; it is ifbench-0.2.0 or ifbench-2025."));
}

void CheckerRegistry::Register(CheckerDefinition definition) {
  std::string kind = definition.kind;
  definitions_.emplace(std::move(kind), std::move(definition));
}

void CheckerRegistry::Enable(std::string_view kind, CheckerFactory make) {
  CheckerDefinition& definition = definitions_.find(kind)->second;
  definition.make = std::move(make);
  definition.disabled_reason.clear();
}

StatusOrChecker CheckerRegistry::Create(std::string_view kind,
                                        const nlohmann::json& arguments) const {
  const auto found = definitions_.find(kind);
  if (found == definitions_.end()) {
    const std::string shown = QuoteForMessage(kind);
    return absl::InvalidArgumentError(
        absl::StrCat("Unknown constraint kind \"", shown, "\".", DidYouMean(shown, Kinds())));
  }
  const CheckerDefinition& definition = found->second;
  HIR_ASSIGN_OR_RETURN(const Arguments checked,
                       Arguments::Create(kind, definition.arguments, arguments));
  if (!definition.disabled_reason.empty()) {
    return std::make_unique<DisabledChecker>(definition.disabled_reason);
  }
  return definition.make(checked);
}

bool CheckerRegistry::IsRemote(std::string_view kind) const {
  const auto found = definitions_.find(kind);
  return found != definitions_.end() && found->second.remote;
}

std::vector<CheckerListing> CheckerRegistry::List() const {
  std::vector<CheckerListing> listing;
  for (const auto& [kind, definition] : definitions_) {
    CheckerListing& entry = listing.emplace_back();
    entry.kind = kind;
    entry.arguments = definition.arguments;
    entry.disabled_reason = definition.disabled_reason;
  }
  return listing;
}

std::vector<std::string> CheckerRegistry::Kinds() const {
  std::vector<std::string> kinds;
  for (const auto& entry : definitions_) kinds.push_back(entry.first);
  return kinds;
}

std::string CheckerRegistry::build() const {
  static const auto* const rules = new std::string(
      absl::StrCat("hir-", HIR_VERSION, "+", std::string(kVerdictSources, kShownDigits), " data-",
                   ShortDataDigest()));
  return absl::StrCat(*rules, " ", RulesetName(ruleset_));
}

}  // namespace hir
