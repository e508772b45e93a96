// A private rollout worker and verifier for `hir eval` and `hir generate`.
#ifndef HIR_DRIVER_LOCAL_POLICY_H_
#define HIR_DRIVER_LOCAL_POLICY_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/client/ring_addresses.h"
#include "hir/supervisor/ports.h"
#include "hir/supervisor/supervisor.h"

namespace hir {

struct LocalPolicyOptions {
  std::string bin_dir;  // Folder of the hir-* programs.
  std::string model;    // Folder.
  bool with_verifier = false;
  std::vector<std::string> verifier_flags;
  std::string reasoning_end;  // Of the model's responses; empty = they do not reason.
};

// The destructor stops the processes. It also removes their logs, unless Start() failed, since its
// error names one.
class LocalPolicy {
 public:
  // Starts hir-rollout on the model folder, and hir-verifier if wanted. Blocks until they serve.
  // Errors: CheckModelFolder(), Supervisor::Start().
  static absl::StatusOr<std::unique_ptr<LocalPolicy>> Start(
      const LocalPolicyOptions& options, const std::function<bool()>& should_stop);
  ~LocalPolicy();

  const RingAddresses& addresses() const { return addresses_; }

 private:
  LocalPolicy();
  absl::Status StartServices(const LocalPolicyOptions& options,
                             const std::function<bool()>& should_stop);

  std::string log_dir_;
  bool keep_logs_ = false;
  ReservedPorts ports_;
  RingAddresses addresses_;
  Supervisor supervisor_;
};

}  // namespace hir

#endif  // HIR_DRIVER_LOCAL_POLICY_H_
