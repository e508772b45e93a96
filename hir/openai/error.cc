#include "hir/openai/error.h"

#include "absl/strings/cord.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

constexpr char kParam[] = "hir.openai.param";  // The key of the payload with the field's name.

}  // namespace

absl::Status FieldError(std::string_view field, std::string_view message, absl::StatusCode code) {
  absl::Status status(code, std::string(message));
  status.SetPayload(kParam, absl::Cord(std::string(field)));
  return status;
}

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 405;
    case absl::StatusCode::kOutOfRange:
      return 413;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

std::string ErrorJson(const absl::Status& status) {
  using nlohmann::json;
  const int code = HttpStatusOf(status);
  const auto param = status.GetPayload(kParam);
  const json error = {{"message", std::string(status.message())},
                      {"type", code < 500 ? "invalid_request_error" : "server_error"},
                      {"param", param.has_value() ? json(std::string(*param)) : json()},
                      {"code", code == 404 && param == "model" ? json("model_not_found") : json()}};
  return json{{"error", error}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hir
