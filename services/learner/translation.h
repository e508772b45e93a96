// Converts replay's messages for training, and metrics for reports.
#ifndef HIR_SERVICES_LEARNER_TRANSLATION_H_
#define HIR_SERVICES_LEARNER_TRANSLATION_H_

#include "hir/metrics/step_metrics.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/train/training_sample.h"

namespace hir {

// A batch row as the trainer reads it.
TrainingSample ToTrainingSample(const replay::v1::TrainingRow& row);

// Adds the facts of a frozen step to its metrics.
void AddFacts(const replay::v1::StepFacts& facts, StepMetrics& metrics);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_TRANSLATION_H_
