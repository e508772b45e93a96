// Detects that a run makes no progress because nobody works on it.
#ifndef HIR_DRIVER_STALL_WATCH_H_
#define HIR_DRIVER_STALL_WATCH_H_

#include <string>

#include "absl/time/time.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Not thread-safe.
class StallWatch {
 public:
  // A run without a change for this long has stalled.
  static constexpr absl::Duration kPatience = absl::Seconds(45);

  // Returns a sentence for people, once per stall: no response came, no task is leased and no
  // frozen step waits for the learner. Otherwise empty.
  std::string Look(const replay::v1::GetProgressResponse& progress, absl::Time now);

 private:
  std::string seen_;  // The part of the progress that changes with every event.
  absl::Time since_ = absl::InfiniteFuture();
  bool told_ = false;
};

}  // namespace hir

#endif  // HIR_DRIVER_STALL_WATCH_H_
