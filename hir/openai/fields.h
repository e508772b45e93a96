// Reads fields of a JSON request; errors name the field, its value and the allowed ones.
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

// Parses a body, all of whose fields the interface must know, and keeps its members in their order.
// A field that would change the answer in an unsupported way may have only values without effect;
// fields that don't affect the answer (user, metadata ...) are ignored. INVALID_ARGUMENT: not a
// JSON object or one nested too deep, an unknown field (the message suggests the nearest known
// one), or a field with an unsupported value.
absl::StatusOr<nlohmann::ordered_json> ParseFields(std::string_view body,
                                                   OpenAiInterface interface);

// "`field` is VALUE; it must be WANTED".
absl::Status WrongField(std::string_view field, const nlohmann::ordered_json& value,
                        std::string_view wanted);

// The member `name`; null if there is none.
const nlohmann::ordered_json& Member(const nlohmann::ordered_json& object, std::string_view name);

// The member `name`, or `otherwise` if it is null or missing.
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
