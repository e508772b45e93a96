#include "hir/openai/request.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/openai/error.h"

namespace hir {
namespace {

using json = nlohmann::ordered_json;

constexpr int64_t kMostChoices = 128;
constexpr int64_t kMostTokens = 1 << 20;  // Of a response.

absl::Status CheckModel(const json& fields, const std::string& model) {
  const json& named = Member(fields, "model");
  if (!named.is_null() && !named.is_string()) return WrongField("model", named, "a name");
  if (named.is_null() || named == model) return absl::OkStatus();
  return OtherModelError(named, model);
}

absl::Status ReadSampling(const json& fields, int64_t default_tokens, uint64_t seed_if_none,
                          common::v1::SamplingSettings& sampling) {
  // max_completion_tokens, which only chats have, takes precedence over the older name.
  HIR_ASSIGN_OR_RETURN(const int64_t older,
                       IntegerOr(fields, "max_tokens", default_tokens, 1, kMostTokens));
  HIR_ASSIGN_OR_RETURN(const int64_t tokens,
                       IntegerOr(fields, "max_completion_tokens", older, 1, kMostTokens));
  sampling.set_max_response_tokens(static_cast<int32_t>(tokens));
  HIR_ASSIGN_OR_RETURN(const double temperature, NumberOr(fields, "temperature", 1, 0, 2));
  sampling.set_temperature(temperature);
  HIR_ASSIGN_OR_RETURN(const double top_p, NumberOr(fields, "top_p", 1, 1e-6, 1));
  sampling.set_top_p(top_p);
  HIR_ASSIGN_OR_RETURN(const int64_t top_k, IntegerOr(fields, "top_k", 0, -1, INT32_MAX));
  sampling.set_top_k(top_k < 0 ? 0 : static_cast<int32_t>(top_k));
  const bool seeded = !Member(fields, "seed").is_null();
  HIR_ASSIGN_OR_RETURN(const int64_t seed, IntegerOr(fields, "seed", 0, INT64_MIN, INT64_MAX));
  sampling.set_seed(seeded ? static_cast<uint64_t>(seed) : seed_if_none);
  return absl::OkStatus();
}

// The worker checks their number and size.
absl::Status ReadStop(const json& fields, rollout::v1::StopSettings& settings) {
  const json& stop = Member(fields, "stop");
  const json texts = stop.is_string() ? json::array({stop}) : stop;
  if (!texts.is_null() && !texts.is_array()) {
    return WrongField("stop", stop, "a text or a list of texts");
  }
  for (const json& text : texts) {
    if (!text.is_string()) return WrongField("stop", text, "a text or a list of texts");
    settings.add_texts(text.get<std::string>());
  }
  const json& ids = Member(fields, "stop_token_ids");
  if (!ids.is_null() && !ids.is_array()) {
    return WrongField("stop_token_ids", ids, "a list of token ids");
  }
  for (const json& id : ids) {
    if (!IsTokenId(id)) return WrongField("stop_token_ids", id, "a list of token ids");
    settings.add_token_ids(id.get<int32_t>());
  }
  HIR_ASSIGN_OR_RETURN(const bool ignore_eos, BoolOr(fields, "ignore_eos", false));
  settings.set_ignore_eos(ignore_eos);
  HIR_ASSIGN_OR_RETURN(const int64_t min_tokens,
                       IntegerOr(fields, "min_tokens", 0, 0, kMostTokens));
  settings.set_min_tokens(static_cast<uint32_t>(min_tokens));
  return absl::OkStatus();
}

absl::Status ReadStream(const json& fields, CompletionRequest& request) {
  HIR_ASSIGN_OR_RETURN(const bool stream, BoolOr(fields, "stream", false));
  request.generate.set_stream_text(stream);
  const json& options = Member(fields, "stream_options");
  if (options.is_null()) return absl::OkStatus();
  if (!stream || !options.is_object()) {
    return WrongField("stream_options", options, "an object, given with stream true only");
  }
  for (const auto& [name, value] : options.items()) {
    if (name != "include_usage" && !value.is_null() && value != false) {
      return FieldError("stream_options", absl::StrCat("stream_options.", name.substr(0, 100),
                                                       " is not supported; only include_usage is"));
    }
  }
  HIR_ASSIGN_OR_RETURN(request.include_usage, BoolOr(options, "include_usage", false));
  return absl::OkStatus();
}

}  // namespace

absl::Status OtherModelError(const json& named, const std::string& model) {
  return FieldError(
      "model",
      absl::StrCat("the model ",
                   named.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 200),
                   " is not served here; it is \"", model, "\""),
      absl::StatusCode::kNotFound);
}

absl::Status ReadSharedFields(const json& fields, const RequestContext& context,
                              int64_t default_tokens, CompletionRequest& request) {
  HIR_RETURN_IF_ERROR(CheckModel(fields, context.model));
  HIR_ASSIGN_OR_RETURN(const int64_t choices, IntegerOr(fields, "n", 1, 1, kMostChoices));
  request.choices = static_cast<uint32_t>(choices);
  auto& sampling = *request.generate.mutable_sampling();
  HIR_RETURN_IF_ERROR(ReadSampling(fields, default_tokens, context.seed, sampling));
  HIR_RETURN_IF_ERROR(ReadStop(fields, *request.generate.mutable_stop()));
  HIR_RETURN_IF_ERROR(ReadStream(fields, request));
  HIR_ASSIGN_OR_RETURN(request.token_ids, BoolOr(fields, "return_token_ids", false));
  return absl::OkStatus();
}

}  // namespace hir
