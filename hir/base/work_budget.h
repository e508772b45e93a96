// Counts the work of one verdict against a limit, so that no text or pattern can hold a verifier
// up.
#ifndef HIR_BASE_WORK_BUDGET_H_
#define HIR_BASE_WORK_BUDGET_H_

#include <cstdint>

namespace hir {

// A count of steps, each about a nanosecond, and not a clock: what is decided on one machine is
// decided on every machine, however busy. Not thread-safe.
class WorkBudget {
 public:
  // The costliest single step, splitting 3,000,000 characters into tokens, is within it; so are
  // some 50 patterns searched for in 1,000,000.
  static constexpr int64_t kSteps = 1'000'000'000;

  explicit WorkBudget(int64_t steps = kSteps) : left_(steps) {}

  // Takes `steps` off. False: more have been asked for than there were, and the work must not be
  // done. It stays so.
  [[nodiscard]] bool Charge(int64_t steps) {
    if (left_ >= 0) left_ -= steps;
    return left_ >= 0;
  }

  bool exhausted() const { return left_ < 0; }

 private:
  int64_t left_;
};

inline constexpr char kWorkBudgetExhausted[] =
    "The text and the constraint need more work than is allowed for one verdict.";

}  // namespace hir

#endif  // HIR_BASE_WORK_BUDGET_H_
