// Counts the work of one verdict against a limit, so that no text or pattern can block a verifier.
#ifndef HIR_BASE_WORK_BUDGET_H_
#define HIR_BASE_WORK_BUDGET_H_

#include <cstdint>

namespace hir {

// A budget of steps, each about a nanosecond. It counts steps instead of time so that every
// machine, however busy, reaches the same verdict. Not thread-safe.
class WorkBudget {
 public:
  // Enough for the costliest single piece of work, splitting 3,000,000 characters into tokens, and
  // for searching 1,000,000 characters for some 50 patterns.
  static constexpr int64_t kSteps = 1'000'000'000;

  explicit WorkBudget(int64_t steps = kSteps) : left_(steps) {}

  // Charges `steps`. False means that the budget does not cover them and the caller must leave the
  // work undone; every later call is false, too.
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
