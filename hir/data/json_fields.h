// Typed access to the fields of one JSON object, with errors that name the field.
#ifndef HIR_DATA_JSON_FIELDS_H_
#define HIR_DATA_JSON_FIELDS_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// As ParseJson(). INVALID_ARGUMENT also: an object has one key twice.
absl::StatusOr<nlohmann::json> ParseRecordJson(std::string_view text);

// `value` for a message: cut when long, and valid UTF-8 whatever it was.
std::string Shown(const nlohmann::json& value);

// All errors are INVALID_ARGUMENT: the field is absent, or of another type.
absl::StatusOr<std::string> TextField(const nlohmann::json& object, const char* name);
absl::StatusOr<nlohmann::json> ListField(const nlohmann::json& object, const char* name);

// Entry i of the list `list`, which is called `name`.
absl::StatusOr<std::string> TextAt(const nlohmann::json& list, const char* name, size_t i);
// INVALID_ARGUMENT when `list`, called `name`, has not the `size` that `other` has.
absl::Status SameLength(const char* name, const nlohmann::json& list, const char* other,
                        size_t size);

// The text or the number in field `name`, as text; empty when it is absent or null.
absl::StatusOr<std::string> IdField(const nlohmann::json& object, const char* name);

// INVALID_ARGUMENT when the object has a field that is not among `known`.
absl::Status OnlyFields(const nlohmann::json& object, std::initializer_list<const char*> known);

// `value` without its null members; {} for null. INVALID_ARGUMENT: neither object nor null.
absl::StatusOr<nlohmann::json> ArgumentsOf(const nlohmann::json& value, const char* name);

// Whether `text` has nothing but ASCII white space.
bool IsBlank(const std::string& text);

}  // namespace hir

#endif  // HIR_DATA_JSON_FIELDS_H_
