#include "hir/domain/wire/ids.h"

namespace hir {

WeightsId FromProto(const common::v1::WeightsId& id) {
  return {.incarnation = id.incarnation(),
          .version = id.version(),
          .digest = id.digest(),
          .run = id.run()};
}

common::v1::WeightsId ToProto(const WeightsId& id) { return ToProto(id.run, id); }

common::v1::WeightsId ToProto(const std::string& run, const WeightsId& id) {
  common::v1::WeightsId proto;
  proto.set_run(run);
  proto.set_incarnation(id.incarnation);
  proto.set_version(id.version);
  proto.set_digest(id.digest);
  return proto;
}

SampleId FromProto(const common::v1::SampleId& id) { return {id.task(), id.sample()}; }

common::v1::SampleId ToProto(const std::string& run, const SampleId& id) {
  common::v1::SampleId proto;
  proto.set_run(run);
  proto.set_task(id.task);
  proto.set_sample(id.sample);
  return proto;
}

}  // namespace hir
