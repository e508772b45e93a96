// SHA-256: of the whole, incremental, and beside the thread that the bytes come to.
#ifndef HIR_BASE_SHA256_H_
#define HIR_BASE_SHA256_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

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

// Hashes memory that is filled from its beginning, on a thread of its own while more comes. Fill()
// and Finish() are for one thread.
class FillingSha256 {
 public:
  // `begin` must stay where it is until Finish() or the destructor returns.
  explicit FillingSha256(const char* begin);
  FillingSha256(const FillingSha256&) = delete;
  FillingSha256& operator=(const FillingSha256&) = delete;
  ~FillingSha256();

  // The first `bytes` bytes are there and don't change any more.
  void Fill(size_t bytes);
  // Returns the 32 raw bytes of the digest of all that has been filled. REQUIRES: called once;
  // nothing follows it.
  std::string Finish();

 private:
  void Work();
  void End();

  const char* const begin_;
  absl::Mutex mutex_;
  size_t filled_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::string digest_;  // Written by the thread, read once it has ended.
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_BASE_SHA256_H_
