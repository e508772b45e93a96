// Notices that a run stands still and nobody is at work on it.
#ifndef HIR_DRIVER_STALL_WATCH_H_
#define HIR_DRIVER_STALL_WATCH_H_

#include <string>

#include "absl/time/time.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Not thread-safe.
class StallWatch {
 public:
  // After this long without a change there is something to say.
  static constexpr absl::Duration kPatience = absl::Seconds(45);

  // A sentence for people, once for each time that the run comes to stand still: no response came,
  // no task is leased and no frozen step waits for the learner. Else empty.
  std::string Look(const replay::v1::GetProgressResponse& progress, absl::Time now);

 private:
  std::string seen_;  // What would change if something happened.
  absl::Time since_ = absl::InfiniteFuture();
  bool told_ = false;
};

}  // namespace hir

#endif  // HIR_DRIVER_STALL_WATCH_H_
