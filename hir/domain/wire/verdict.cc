#include "hir/domain/wire/verdict.h"

namespace hir {

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

Verdict FromProto(common::v1::Verdict verdict) {
  switch (verdict) {
    case common::v1::VERDICT_PASS:
      return Verdict::kPass;
    case common::v1::VERDICT_FAIL:
      return Verdict::kFail;
    default:
      return Verdict::kUndecidable;
  }
}

common::v1::ConstraintVerdict ToProto(const CheckResult& result) {
  common::v1::ConstraintVerdict verdict;
  verdict.set_verdict(ToProto(result.verdict));
  verdict.set_reason(result.reason);
  verdict.set_votes_asked(result.votes.asked);
  verdict.set_votes_yes(result.votes.yes);
  return verdict;
}

CheckResult FromProto(const common::v1::ConstraintVerdict& verdict) {
  return {.verdict = FromProto(verdict.verdict()),
          .reason = verdict.reason(),
          .votes = {.asked = verdict.votes_asked(), .yes = verdict.votes_yes()}};
}

void AppendVerdicts(absl::Span<const CheckResult> results, ConstraintVerdicts& verdicts) {
  for (const CheckResult& result : results) *verdicts.Add() = ToProto(result);
}

std::vector<Verdict> VerdictsOf(const ConstraintVerdicts& verdicts) {
  std::vector<Verdict> list;
  for (const common::v1::ConstraintVerdict& verdict : verdicts) {
    list.push_back(FromProto(verdict.verdict()));
  }
  return list;
}

std::vector<Votes> VotesOf(const ConstraintVerdicts& verdicts) {
  std::vector<Votes> list;
  for (const common::v1::ConstraintVerdict& verdict : verdicts) {
    list.push_back(FromProto(verdict).votes);
  }
  return list;
}

}  // namespace hir
