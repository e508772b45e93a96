#include "hir/domain/wire/time.h"

namespace hir {

google::protobuf::Timestamp ToProto(absl::Time time) {
  const timespec parts = absl::ToTimespec(time);
  google::protobuf::Timestamp result;
  result.set_seconds(parts.tv_sec);
  result.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return result;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  const timespec parts = absl::ToTimespec(duration);
  google::protobuf::Duration result;
  result.set_seconds(parts.tv_sec);
  result.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return result;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace hir
