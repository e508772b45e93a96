#include "hir/vllm/growing_choice.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/response_check.h"
#include "hir/vllm/likeliest.h"

namespace hir {
namespace {

absl::Status Refuse(const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat("answers with ", what));
}

}  // namespace

GrowingChoice::GrowingChoice(const GenerationRequest& request, const ChoiceRules& rules,
                             uint32_t sample)
    : request_(request), rules_(rules) {
  response_.key = request.key;
  response_.sample = sample;
  response_.spans = {{0, rules.weights}};
}

absl::StatusOr<bool> GrowingChoice::Add(const VllmPiece& piece) {
  for (size_t i = 0; i < piece.tokens.size() && !ended_; ++i) {
    HIR_ASSIGN_OR_RETURN(const bool ends, AddToken(piece, i));
    if (!ends) continue;
    response_.finish_reason = FinishReason::kStop;
    ended_ = true;
  }
  if (!ended_ && !piece.finish_reason.empty()) HIR_RETURN_IF_ERROR(Finish(piece));
  if (ended_) UseSampledEntropy(response_);
  return ended_;
}

absl::StatusOr<std::vector<TokenLogprob>> GrowingChoice::LikeliestAt(const VllmPiece& piece,
                                                                     size_t i) const {
  const int count = request_.settings.top_logprobs;
  if (count == 0) return std::vector<TokenLogprob>();
  std::vector<TokenLogprob> likeliest;
  if (i < piece.candidates.size()) likeliest = Likeliest(piece.candidates[i], count);
  const auto is_foreign = [this](const TokenLogprob& candidate) {
    return candidate.token < 0 || candidate.token >= rules_.vocabulary;
  };
  if (std::any_of(likeliest.begin(), likeliest.end(), is_foreign)) {
    return Refuse("a likely token outside the vocabulary; its model is not the worker's");
  }
  if (likeliest.size() == static_cast<size_t>(count)) return likeliest;
  return Refuse(absl::StrCat(likeliest.size(), " of the ", count, " likeliest tokens"));
}

absl::StatusOr<bool> GrowingChoice::AddToken(const VllmPiece& piece, size_t i) {
  const int64_t token = piece.tokens[i];
  const double log_probability = piece.log_probabilities[i];
  if (token < 0 || token >= rules_.vocabulary) {
    return Refuse(absl::StrCat("token ", token, ", outside the vocabulary of ", rules_.vocabulary,
                               "; its model is not the worker's"));
  }
  // A server sends -9999 where it has no finite number.
  if (!(log_probability >= kLeastLogprob && log_probability <= kRounding)) {
    return Refuse(absl::StrCat("log-probability ", log_probability, " for a token, which is not ",
                               "in [", kLeastLogprob, ", 0]; check the weights"));
  }
  if (static_cast<int64_t>(response_.tokens.size()) == rules_.max_tokens) {
    return Refuse(absl::StrCat("more than the ", rules_.max_tokens, " tokens that were asked for"));
  }
  ScoredToken scored = {static_cast<int32_t>(token), static_cast<float>(log_probability), {}};
  HIR_ASSIGN_OR_RETURN(scored.likeliest, LikeliestAt(piece, i));
  response_.tokens.push_back(scored.token);
  response_.log_probabilities.push_back(scored.log_probability);
  const bool ends = request_.on_token && request_.on_token(response_.sample, scored);
  if (!scored.likeliest.empty()) response_.likeliest.push_back(std::move(scored.likeliest));
  return ends;
}

absl::Status GrowingChoice::Finish(const VllmPiece& piece) {
  if (response_.tokens.empty()) return Refuse("a response without tokens");
  const auto& stops = request_.stop_tokens;
  if (piece.finish_reason == "length") {
    response_.finish_reason = FinishReason::kLength;
  } else if (piece.finish_reason == "stop" &&
             std::find(stops.begin(), stops.end(), response_.tokens.back()) != stops.end()) {
    response_.finish_reason = FinishReason::kStop;
  } else {
    return Refuse(absl::StrCat("a response that ended for the reason \"", piece.finish_reason,
                               "\" with token ", response_.tokens.back(),
                               "; only a stop token or the length may end one"));
  }
  if (rules_.names_weights) HIR_RETURN_IF_ERROR(CheckSpans(piece));
  ended_ = true;
  return absl::OkStatus();
}

absl::Status GrowingChoice::CheckSpans(const VllmPiece& piece) const {
  const std::string expected = VersionName(rules_.weights);
  const int64_t tokens = static_cast<int64_t>(response_.tokens.size());
  int64_t next = 0;
  for (const VllmSpan& span : piece.spans) {
    if (span.version != expected) {
      return Refuse(absl::StrCat("tokens of the weights \"", span.version, "\", but this worker ",
                                 "serves \"", expected,
                                 "\"; does another program replace the server's weights?"));
    }
    if (span.begin != next) return Refuse("weight_versions that leave a gap");
    next = span.end;
  }
  if (next == tokens) return absl::OkStatus();
  return Refuse(absl::StrCat("weight_versions of ", next, " of ", tokens, " tokens"));
}

}  // namespace hir
