// Ids of weights and samples on the wire, where they include their run.
#ifndef HIR_DOMAIN_WIRE_IDS_H_
#define HIR_DOMAIN_WIRE_IDS_H_

#include <string>

#include "hir/common/v1/common.pb.h"
#include "hir/domain/sample_id.h"
#include "hir/domain/weights_id.h"

namespace hir {

WeightsId FromProto(const common::v1::WeightsId& id);
common::v1::WeightsId ToProto(const WeightsId& id);
// For ids without a run, such as the ledger's.
common::v1::WeightsId ToProto(const std::string& run, const WeightsId& id);

// Drops the run.
SampleId FromProto(const common::v1::SampleId& id);
common::v1::SampleId ToProto(const std::string& run, const SampleId& id);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_IDS_H_
