// Reserves local ports for services that must know each other's addresses before they start.
#ifndef HIR_SUPERVISOR_PORTS_H_
#define HIR_SUPERVISOR_PORTS_H_

#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace hir {

// Ports of 127.0.0.1 that the system assigns to nobody else while this object lives. A program that
// is told such a port can still listen on it, also after a restart: the sockets that reserve the
// ports are bound with SO_REUSEADDR, which servers set too, and never listen.
class ReservedPorts {
 public:
  // Reserves `count` different ports. UNAVAILABLE: the machine has none to give.
  static absl::StatusOr<ReservedPorts> Take(int count);

  ReservedPorts() = default;
  ReservedPorts(ReservedPorts&& other) noexcept { *this = std::move(other); }
  ReservedPorts& operator=(ReservedPorts&& other) noexcept;
  ~ReservedPorts();

  int operator[](size_t i) const { return ports_[i]; }

 private:
  std::vector<int> sockets_;
  std::vector<int> ports_;
};

}  // namespace hir

#endif  // HIR_SUPERVISOR_PORTS_H_
