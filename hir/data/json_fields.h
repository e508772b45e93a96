// Typed access to the fields of one JSON object, with errors that name the field.
#ifndef HIR_DATA_JSON_FIELDS_H_
#define HIR_DATA_JSON_FIELDS_H_

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// Like ParseJson(). INVALID_ARGUMENT also: a key occurs twice in one object.
absl::StatusOr<nlohmann::json> ParseRecordJson(std::string_view text);

// `value` for a message: shortened if long, always valid UTF-8.
std::string Shown(const nlohmann::json& value);

// All errors are INVALID_ARGUMENT: the field is missing or of another type.
absl::StatusOr<std::string> TextField(const nlohmann::json& object, const char* name);
absl::StatusOr<nlohmann::json> ListField(const nlohmann::json& object, const char* name);

// The list of whole numbers of at least 0 in field `name`; empty if it is missing or null.
absl::StatusOr<std::vector<size_t>> IndicesField(const nlohmann::json& object, const char* name);

// Entry i of `list`, which errors call `name`.
absl::StatusOr<std::string> TextAt(const nlohmann::json& list, const char* name, size_t i);
// INVALID_ARGUMENT if `list`, the field `name`, does not have the `size` of the field `other`.
absl::Status SameLength(const char* name, const nlohmann::json& list, const char* other,
                        size_t size);

// The text or number in field `name`, as text; empty if it is missing or null.
absl::StatusOr<std::string> IdField(const nlohmann::json& object, const char* name);

// INVALID_ARGUMENT if the object has a field that is not in `known`.
absl::Status OnlyFields(const nlohmann::json& object, std::initializer_list<const char*> known);

// `value` without its null members; {} for null. INVALID_ARGUMENT: it is neither an object nor
// null.
absl::StatusOr<nlohmann::json> ArgumentsOf(const nlohmann::json& value, const char* name);

// Whether `text` is empty or only ASCII white space.
bool IsBlank(const std::string& text);

}  // namespace hir

#endif  // HIR_DATA_JSON_FIELDS_H_
