// Typed fields of config.json.
#ifndef HIR_MODEL_FOLDER_CONFIG_FIELDS_H_
#define HIR_MODEL_FOLDER_CONFIG_FIELDS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace hir {

// Reads fields of one JSON object. Keeps the first error, an INVALID_ARGUMENT that names file and
// field; values read after an error are meaningless. A field with the value null counts as absent.
class ConfigFields {
 public:
  // `object` must outlive this.
  ConfigFields(std::string file, const nlohmann::json& object)
      : file_(std::move(file)), object_(object) {}

  bool Has(const char* name) const { return object_.contains(name) && !object_[name].is_null(); }

  // A whole number from 1 to `most`.
  int64_t Positive(const char* name, int64_t most);
  int64_t Positive(const char* name, int64_t most, int64_t fallback) {
    return Has(name) ? Positive(name, most) : fallback;
  }

  // A number above 0.
  double PositiveReal(const char* name);
  double PositiveReal(const char* name, double fallback) {
    return Has(name) ? PositiveReal(name) : fallback;
  }
  // A list of `count` numbers above 0.
  std::vector<double> PositiveReals(const char* name, int64_t count);

  bool Flag(const char* name, bool fallback);
  std::string Text(const char* name, const std::string& fallback);

  // Records that `name` has `fault` unless `good`; returns `good`.
  bool Check(bool good, const std::string& name, const std::string& fault);

  const nlohmann::json& object() const { return object_; }
  const std::string& file() const { return file_; }
  const absl::Status& status() const { return status_; }

 private:
  std::string file_;
  const nlohmann::json& object_;
  absl::Status status_;
};

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_CONFIG_FIELDS_H_
