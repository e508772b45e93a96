// A share, or a difference of shares, as evaluations are written down.
#ifndef HIR_RUN_INTERVAL_H_
#define HIR_RUN_INTERVAL_H_

namespace hir {

struct Interval {
  double value = 0;  // In [0, 1], or [-1, 1] for a difference.
  double low = 0;    // Ends of the 95 % interval.
  double high = 0;
};

}  // namespace hir

#endif  // HIR_RUN_INTERVAL_H_
