#include <algorithm>
#include <cmath>
#include <string>

#include "services/replay/fake_response_decoder.h"
#include "services/replay/sample_records.h"
#include "services/replay/task_match.h"
#include "services/replay/validation.h"
#include "tests/fuzz/fuzz_input.h"

namespace hir {
namespace {

constexpr ModelLimits kLimits = {.vocabulary = 512, .context = 64};

// The step's task, with which a response is compared, and the ledger's other data.
struct Ledger {
  Ledger() {
    *task.mutable_task() = MakeTask(4, 2);
    task.add_prompt_token_ids('q');
    context.wanted = true;
    context.incarnation = 3;
    context.newest = {.incarnation = 3, .version = 1, .digest = "w1"};
    config.name = "run";
    config.model.reasoning_end = "!";
  }

  // A response as a correct worker makes it.
  common::v1::ScoredResponse Honest() const {
    common::v1::ScoredResponse scored = MakeScored(task, 1, "pfu", 0.5);
    common::v1::Response& response = *scored.mutable_response();
    response.set_reasoning_end("!");
    response.mutable_versions(0)->mutable_weights()->set_incarnation(3);
    response.mutable_versions(0)->mutable_weights()->set_digest("w1");
    return scored;
  }

  replay::v1::LeasedTask task;
  SampleContext context;
  RunConfig config;
  FakeResponseDecoder decoder;
};

// Expects everything that freezing and training rely on.
void ExpectWhole(const common::v1::ScoredResponse& scored, const Ledger& ledger) {
  const common::v1::Response& response = scored.response();
  const auto& ids = response.token_ids();
  Expect(!ids.empty() && ids.size() == response.logprobs_size());
  Expect(ids.size() + response.prompt_token_ids_size() <= kLimits.context);
  Expect(std::all_of(ids.begin(), ids.end(),
                     [](int32_t id) { return id >= 0 && id < kLimits.vocabulary; }));
  Expect(response.text() == ledger.decoder.Decode(ledger.config, ids));
  Expect(response.instruction().SerializeAsString() ==
         ledger.task.task().instruction().SerializeAsString());
  Expect(scored.verdicts_size() == response.instruction().constraints_size());
  Expect(std::isfinite(response.entropy_mean_nats()));
  for (const float logprob : response.logprobs()) Expect(std::isfinite(logprob));
}

}  // namespace
}  // namespace hir

// The input is a serialised ScoredResponse, or its changes to a correct one. The result must be
// refused or complete.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const hir::Ledger& ledger = *new hir::Ledger();
  hir::FuzzInput input(data, size);
  hir::common::v1::ScoredResponse scored;
  if (input.Below(2) == 1) scored = ledger.Honest();
  if (!scored.MergeFromString(std::string(input.Rest()))) return 0;
  if (!hir::CheckScoredResponse(scored).ok()) return 0;
  hir::SampleContext context = ledger.context;
  context.digests.assign(static_cast<size_t>(scored.response().versions_size()), "w1");
  const absl::Status status = hir::CheckAgainstTask(scored, {.task = ledger.task,
                                                             .context = context,
                                                             .config = ledger.config,
                                                             .limits = hir::kLimits,
                                                             .decoder = ledger.decoder});
  if (status.ok()) hir::ExpectWhole(scored, ledger);
  return 0;
}
