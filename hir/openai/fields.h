// Reads fields of a JSON request; errors name the field, its value and what it must be.
#ifndef HIR_OPENAI_FIELDS_H_
#define HIR_OPENAI_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// The two interfaces, which share most fields.
enum class OpenAiInterface { kChat, kCompletions };

// The object of a body, its members in their order, that holds only fields that the interface
// knows. A field that would change the answer in a way that is not possible here may have a value
// that asks for nothing; fields that change no answer (user, metadata ...) are passed over.
// INVALID_ARGUMENT: no JSON object, one nested too deep, a field that is not known (with the
// nearest name that is) or asks for what is not possible.
absl::StatusOr<nlohmann::ordered_json> ParseFields(std::string_view body,
                                                   OpenAiInterface interface);

// "`field` is VALUE; it must be WANTED".
absl::Status WrongField(std::string_view field, const nlohmann::ordered_json& value,
                        std::string_view wanted);

// The member `name`, null when there is none.
const nlohmann::ordered_json& Member(const nlohmann::ordered_json& object, std::string_view name);

// The member `name`, or `otherwise` when it is null or not given.
absl::StatusOr<int64_t> IntegerOr(const nlohmann::ordered_json& object, std::string_view name,
                                  int64_t otherwise, int64_t least, int64_t most);
absl::StatusOr<double> NumberOr(const nlohmann::ordered_json& object, std::string_view name,
                                double otherwise, double least, double most);
absl::StatusOr<bool> BoolOr(const nlohmann::ordered_json& object, std::string_view name,
                            bool otherwise);

// Whether the value may be the id of a token: a whole number from 0 that fits 32 bits.
bool IsTokenId(const nlohmann::ordered_json& value);

}  // namespace hir

#endif  // HIR_OPENAI_FIELDS_H_
