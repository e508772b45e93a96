#include "services/verifier/translation.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

common::v1::Verdict ToProto(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return common::v1::VERDICT_PASS;
    case Verdict::kFail:
      return common::v1::VERDICT_FAIL;
    case Verdict::kUndecidable:
      break;
  }
  return common::v1::VERDICT_UNDECIDABLE;
}

absl::StatusOr<std::unique_ptr<Checker>> MakeChecker(const CheckerRegistry& registry,
                                                     const common::v1::Constraint& constraint) {
  nlohmann::json arguments;
  if (!constraint.arguments_json().empty()) {
    arguments = nlohmann::json::parse(constraint.arguments_json(), nullptr,
                                      /*allow_exceptions=*/false);
    if (arguments.is_discarded()) {
      return absl::InvalidArgumentError(
          absl::StrCat(constraint.kind(), ": arguments_json is not valid JSON."));
    }
  }
  return registry.Create(constraint.kind(), arguments);
}

absl::Status Invalid(const std::string& problem) {
  return absl::InvalidArgumentError(absl::StrCat("Response: ", problem, "."));
}

absl::Status ValidateVersions(const common::v1::Response& response) {
  if (response.versions_size() == 0) return Invalid("versions is empty");
  if (response.versions(0).first_token() != 0) return Invalid("versions does not begin at token 0");
  for (int i = 1; i < response.versions_size(); ++i) {
    if (response.versions(i).first_token() <= response.versions(i - 1).first_token()) {
      return Invalid("first_token of versions does not rise");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Checkers> MakeCheckers(const CheckerRegistry& registry,
                                      const Constraints& constraints) {
  Checkers checkers;
  for (int i = 0; i < constraints.size(); ++i) {
    auto checker = MakeChecker(registry, constraints[i]);
    if (!checker.ok()) {
      return absl::Status(checker.status().code(),
                          absl::StrCat("Constraint ", i, ": ", checker.status().message()));
    }
    checkers.push_back(*std::move(checker));
  }
  return checkers;
}

void AppendVerdicts(const std::vector<CheckResult>& results, ConstraintVerdicts& verdicts) {
  for (const CheckResult& result : results) {
    common::v1::ConstraintVerdict& verdict = *verdicts.Add();
    verdict.set_verdict(ToProto(result.verdict));
    verdict.set_reason(result.reason);
  }
}

const char* OutcomeName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kUndecidable:
      break;
  }
  return "undecidable";
}

absl::Status ValidateResponse(const common::v1::Response& response) {
  if (response.schema_version() != 1) {
    return Invalid(absl::StrCat("schema_version is ", response.schema_version(), ", not 1"));
  }
  if (response.id().run().empty()) return Invalid("id.run is empty");
  if (response.logprobs_size() != response.token_ids_size()) {
    return Invalid(absl::StrCat(response.logprobs_size(), " logprobs for ",
                                response.token_ids_size(), " token_ids"));
  }
  return ValidateVersions(response);
}

}  // namespace hir
