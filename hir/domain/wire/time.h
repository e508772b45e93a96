// Times and durations on the wire.
#ifndef HIR_DOMAIN_WIRE_TIME_H_
#define HIR_DOMAIN_WIRE_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace hir {

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_TIME_H_
