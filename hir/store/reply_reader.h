// Reads the nested lists that the store's scripts answer with.
#ifndef HIR_STORE_REPLY_READER_H_
#define HIR_STORE_REPLY_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hir/store/redis_client.h"

namespace hir {

// Reads the elements of one list in order. Reading past the end or an element of another type gives
// 0 or "" and makes ok() false; numbers may be integers or text.
class ReplyReader {
 public:
  explicit ReplyReader(const RedisReply& list) : list_(list) {}

  std::string Text();
  int64_t Int();    // "" counts as 0.
  uint64_t Uint();  // "" counts as 0.
  bool Bool() { return Int() != 0; }
  absl::Time Time();  // Milliseconds since 1970; "" = InfinitePast.
  // The next element, which must be a list; empty if it is not.
  const RedisReply& List();
  // The next element, a list of numbers.
  std::vector<uint64_t> Uints();

  bool ok() const { return ok_; }

 private:
  const RedisReply* Next();

  const RedisReply& list_;
  size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace hir

#endif  // HIR_STORE_REPLY_READER_H_
