// Where the services of a ring listen.
#ifndef HIR_CLIENT_RING_ADDRESSES_H_
#define HIR_CLIENT_RING_ADDRESSES_H_

#include <string>
#include <vector>

namespace hir {

// HOST:PORT of each service; empty = not known or not wanted.
struct RingAddresses {
  std::string replay;
  std::string verifier;
  std::vector<std::string> rollouts;  // One or more workers; empty = not known or not wanted.
  std::string learner;
};

}  // namespace hir

#endif  // HIR_CLIENT_RING_ADDRESSES_H_
