// What people see while a run goes on.
#ifndef HIR_CLI_DISPLAY_H_
#define HIR_CLI_DISPLAY_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// "3:07" or "1:02:45".
std::string ShortDuration(absl::Duration duration);

// The names above the columns of StepLine().
std::string StepHeader();
// One finished step: step, reward density of originals, CLA, eligible, replayed, lambda, tokens/s,
// time of the step, time left. A metric that the learner did not report shows as "-".
std::string StepLine(const learner::v1::StepReport& report, int total_steps, absl::Duration left);

// "collecting step 4: 31/48 responses, 1 worker".
std::string ProgressLine(const replay::v1::GetProgressResponse& progress);

// One line on a terminal that is written over again and again; nothing elsewhere. Not thread-safe.
class LiveLine {
 public:
  explicit LiveLine(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  ~LiveLine() { Clear(); }
  void Show(const std::string& text);
  // Takes the line away, so that other output can follow.
  void Clear();

 private:
  std::ostream& out_;
  const bool terminal_;
  bool shown_ = false;
};

}  // namespace hir

#endif  // HIR_CLI_DISPLAY_H_
