#include "hir/driver/stall_watch.h"

#include "absl/strings/str_cat.h"

namespace hir {

std::string StallWatch::Look(const replay::v1::GetProgressResponse& progress, absl::Time now) {
  const std::string seen =
      absl::StrCat(progress.newest_frozen_step(), " ", progress.weights().incarnation(), " ",
                   progress.weights().version(), " ", progress.samples(), " ", progress.tasks(),
                   " ", progress.tasks_abandoned());
  const bool busy =
      progress.tasks_leased() > 0 || progress.newest_frozen_step() > progress.weights().version();
  if (busy || seen != seen_) {
    seen_ = seen;
    since_ = now;
    told_ = false;
    return "";
  }
  if (told_ || now - since_ < kPatience) return "";
  told_ = true;
  return absl::StrCat("nothing has happened for ", absl::ToInt64Seconds(now - since_), " s: step ",
                      progress.collecting_step(), " has ", progress.collecting_samples(), " of ",
                      progress.collecting_expected(), " responses, weights are at version ",
                      progress.weights().version(), ", ", progress.workers(),
                      " workers are alive and none has a task; the services' logs say why");
}

}  // namespace hir
