#include "hir/model_folder/config_fields.h"

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

bool IsPositive(const nlohmann::json& value) {
  return value.is_number() && value.get<double>() > 0;
}

// For messages. A list or object is shown by its type only, since it may nest deep.
std::string Shown(const nlohmann::json& value) {
  return value.is_primitive() ? value.dump().substr(0, 60) : value.type_name();
}

}  // namespace

int64_t ConfigFields::Positive(const char* name, int64_t most) {
  if (!Check(Has(name), name, "is missing")) return 1;
  const nlohmann::json& value = object_[name];
  // A number beyond int64 is parsed as unsigned; a double is exact enough to see that it is too
  // large.
  const bool good = value.is_number_integer() && value.get<double>() > 0 &&
                    value.get<double>() <= static_cast<double>(most);
  if (!Check(good, name,
             absl::StrCat("is ", Shown(value), "; it must be a whole number from 1 to ", most))) {
    return 1;
  }
  return value.get<int64_t>();
}

double ConfigFields::PositiveReal(const char* name) {
  if (!Check(Has(name), name, "is missing")) return 1;
  const nlohmann::json& value = object_[name];
  if (!Check(IsPositive(value), name,
             absl::StrCat("is ", Shown(value), "; it must be a number above 0"))) {
    return 1;
  }
  return value.get<double>();
}

std::vector<double> ConfigFields::PositiveReals(const char* name, int64_t count) {
  if (!Check(Has(name), name, "is missing")) return {};
  const nlohmann::json& list = object_[name];
  bool good = list.is_array() && static_cast<int64_t>(list.size()) == count;
  for (size_t i = 0; good && i < list.size(); ++i) good = IsPositive(list[i]);
  if (!Check(good, name, absl::StrCat("must be a list of ", count, " numbers above 0"))) return {};
  return list.get<std::vector<double>>();
}

bool ConfigFields::Flag(const char* name, bool fallback) {
  if (!Has(name)) return fallback;
  if (!Check(object_[name].is_boolean(), name, "must be true or false")) return fallback;
  return object_[name].get<bool>();
}

std::string ConfigFields::Text(const char* name, const std::string& fallback) {
  if (!Has(name)) return fallback;
  if (!Check(object_[name].is_string(), name, "must be a string")) return fallback;
  return object_[name].get<std::string>();
}

bool ConfigFields::Check(bool good, const std::string& name, const std::string& fault) {
  if (!good && status_.ok()) {
    status_ = absl::InvalidArgumentError(absl::StrCat(file_, ": field ", name, " ", fault, "."));
  }
  return good;
}

}  // namespace hir
