#include "hir/hindsight/curriculum.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

absl::Status CheckFiniteNonNegative(absl::string_view name, double value) {
  if (std::isfinite(value) && value >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", value, "; it must be a finite number of at least 0"));
}

}  // namespace

absl::StatusOr<double> IntegrityWeight(const HindsightConfig& settings, int64_t step) {
  HIR_RETURN_IF_ERROR(CheckFiniteNonNegative("initial_weight", settings.initial_weight));
  HIR_RETURN_IF_ERROR(CheckFiniteNonNegative("weight_growth", settings.weight_growth));
  if (!(settings.max_weight > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_weight is ", settings.max_weight, "; it must be greater than 0"));
  }
  if (step < 1) {
    return absl::InvalidArgumentError(absl::StrCat("step is ", step, "; steps count from 1"));
  }
  // Zero times an overflown power would be NaN.
  if (settings.initial_weight == 0) return 0.0;
  const double grown =
      settings.initial_weight * std::pow(1.0 + settings.weight_growth, static_cast<double>(step));
  return std::min({grown, settings.max_weight, std::numeric_limits<double>::max()});
}

}  // namespace hir
