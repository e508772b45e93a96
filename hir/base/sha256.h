// SHA-256, whole and incremental.
#ifndef HIR_BASE_SHA256_H_
#define HIR_BASE_SHA256_H_

#include <memory>
#include <string>
#include <string_view>

namespace hir {

// Returns the 32 raw bytes of the digest.
std::string Sha256(std::string_view bytes);

// Returns the digest as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// Feeds bytes piece by piece. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Update(std::string_view bytes);
  // Returns the 32 raw bytes. REQUIRES: called once; nothing follows it.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hir

#endif  // HIR_BASE_SHA256_H_
