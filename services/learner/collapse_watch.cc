#include "services/learner/collapse_watch.h"

#include <cmath>
#include <optional>

#include "absl/strings/str_format.h"

namespace hir {

void CollapseWatch::SetFirstStep(const StepMetrics& metrics) {
  first_entropy_ = metrics.actor_entropy.value_or(0);
}

std::vector<std::string> CollapseWatch::Look(int64_t step, StepMetrics& metrics) {
  std::map<std::string, std::string> signs;
  const std::optional<double> entropy = metrics.actor_entropy;
  if (entropy && first_entropy_ > 0) {
    const std::string figures =
        absl::StrFormat("%.3g nats per token, %.3g in the first step", *entropy, first_entropy_);
    if (*entropy <= kCollapsedEntropy * first_entropy_) {
      signs["entropy"] = absl::StrFormat(
          "step %d: the policy's entropy has collapsed (%s): it says nearly the same each time",
          step, figures);
    } else if (*entropy >= kExplodedEntropy * first_entropy_) {
      signs["entropy"] = absl::StrFormat(
          "step %d: the policy's entropy has exploded (%s): it says nearly anything", step,
          figures);
    }
  }
  if (const auto kl = metrics.actor_ppo_kl; kl && !(std::abs(*kl) < kExplodedKl)) {
    signs["kl"] = absl::StrFormat(
        "step %d: the updates moved the policy by a KL of %.3g nats per token in one step", step,
        *kl);
  }
  metrics.training_collapse_signs = static_cast<double>(signs.size());
  std::vector<std::string> news;
  for (const char* sign : {"entropy", "kl"}) {
    const auto found = signs.find(sign);
    if (found != signs.end() && !shown_[sign]) {
      news.push_back(found->second + "; a lower optimizer.lr may help");
    }
    shown_[sign] = found != signs.end();
  }
  return news;
}

}  // namespace hir
