// A stored response for this folder's tests.
#ifndef HIR_RUN_TEST_RECORDS_H_
#define HIR_RUN_TEST_RECORDS_H_

#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Sample 1 of task 3 in step 2, whose text is not UTF-8: it meets the first of two constraints.
inline replay::v1::RolloutRecord TestRecord() {
  replay::v1::RolloutRecord record;
  common::v1::Response& response = *record.mutable_scored()->mutable_response();
  response.mutable_id()->set_run("r");
  response.mutable_id()->set_task(3);
  response.mutable_id()->set_sample(1);
  response.set_step(2);
  response.set_text("broken \xff text");
  response.mutable_instruction()->set_question("q");
  for (const auto verdict : {common::v1::VERDICT_PASS, common::v1::VERDICT_FAIL}) {
    response.mutable_instruction()->add_constraints()->set_kind("k");
    record.mutable_scored()->add_verdicts()->set_verdict(verdict);
  }
  return record;
}

}  // namespace hir

#endif  // HIR_RUN_TEST_RECORDS_H_
