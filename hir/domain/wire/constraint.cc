#include "hir/domain/wire/constraint.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status CheckConstraintCount(int count) {
  if (count <= kMaxConstraints) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("There are ", count, " constraints; at most ",
                                                 kMaxConstraints, " are allowed."));
}

absl::StatusOr<nlohmann::json> ParseArguments(const common::v1::Constraint& constraint) {
  const std::string& kind = constraint.kind();
  if (kind.size() > kMaxKindBytes) {
    return absl::InvalidArgumentError(absl::StrCat("A kind has ", kind.size(), " bytes; at most ",
                                                   kMaxKindBytes, " are allowed."));
  }
  const std::string& text = constraint.arguments_json();
  if (text.empty()) return nlohmann::json::object();
  if (text.size() > kMaxArgumentsBytes) {
    return absl::InvalidArgumentError(absl::StrCat(kind, ": arguments_json has ", text.size(),
                                                   " bytes; at most ", kMaxArgumentsBytes,
                                                   " are allowed."));
  }
  absl::StatusOr<nlohmann::json> arguments = ParseJson(text, kMaxArgumentsDepth);
  if (!arguments.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(kind, ": arguments_json is ", arguments.status().message(), "."));
  }
  if (arguments->is_null()) return nlohmann::json::object();
  if (arguments->is_object()) return arguments;
  return absl::InvalidArgumentError(absl::StrCat(kind, ": arguments_json is a JSON ",
                                                 arguments->type_name(), ", not an object."));
}

common::v1::Constraint ToProto(const Constraint& constraint) {
  common::v1::Constraint proto;
  proto.set_kind(constraint.kind);
  if (!constraint.arguments.is_null()) proto.set_arguments_json(constraint.arguments.dump());
  proto.set_text(constraint.text);
  for (const size_t other : constraint.depends_on) {
    proto.add_depends_on(static_cast<uint32_t>(other));
  }
  return proto;
}

Constraint FromProto(const common::v1::Constraint& constraint) {
  return {
      .kind = constraint.kind(),
      .arguments = ParseArguments(constraint).value_or(nlohmann::json(constraint.arguments_json())),
      .text = constraint.text(),
      .depends_on = {constraint.depends_on().begin(), constraint.depends_on().end()}};
}

}  // namespace hir
