// Every metric of the project in one place: a struct per service, built on that process' registry.
// Names, units and labels are documented in docs/metrics.md.
//
// Members are thread-safe. A struct lives no longer than its registry. Build each struct once per
// registry. Labels never carry ids, prompts or arguments: the number of series stays bounded.
#ifndef HIR_METRICS_SERVICE_METRICS_H_
#define HIR_METRICS_SERVICE_METRICS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace hir {

// Versions and transfers of weights, by role (rollout | learner).
struct WeightsMetrics {
  WeightsMetrics(prometheus::Registry& registry, const std::string& role);
  prometheus::Gauge& version;                // hir_weights_version
  prometheus::Gauge& last_update;            // hir_weights_last_update_timestamp_seconds
  prometheus::Histogram& transfer_duration;  // hir_weights_transfer_duration_seconds
  prometheus::Counter& transfer_bytes;       // hir_weights_transfer_bytes_total
};

// Metrics of the verifier.
struct VerifierMetrics {
  explicit VerifierMetrics(prometheus::Registry& registry);
  prometheus::Histogram& integrity;      // hir_verifier_integrity_ratio: strict, per response
  prometheus::Gauge& queue_depth;        // hir_verifier_queue_depth: not yet durable in replay
  prometheus::Gauge& inflight_requests;  // hir_verifier_inflight_requests

  // hir_verifier_constraint_checks_total{constraint_type, outcome=pass|fail|undecidable}.
  // `type` must come from the closed list of checkers; outcome as named.
  void CountCheck(const std::string& type, const std::string& outcome);
  // hir_verifier_request_duration_seconds{method}: one call of verify, or one response of
  // verify_stream.
  void ObserveRequest(const std::string& method, double seconds);

 private:
  prometheus::Family<prometheus::Counter>& checks_;
  prometheus::Family<prometheus::Histogram>& requests_;
};

// Metrics of replay.
struct ReplayMetrics {
  explicit ReplayMetrics(prometheus::Registry& registry);
  prometheus::Counter& samples_original;       // hir_samples_total{source=original}: at freeze
  prometheus::Counter& samples_replay;         // hir_samples_total{source=replay}
  prometheus::Counter& rewarded_original;      // hir_rewarded_samples_total{source=original}
  prometheus::Counter& rewarded_replay;        // hir_rewarded_samples_total{source=replay}
  prometheus::Counter& selected;               // hir_selector_selected_total
  prometheus::Histogram& constraints_removed;  // hir_rewriter_constraints_removed
  prometheus::Gauge& lambda;                   // hir_curriculum_lambda
  prometheus::Gauge& lambda_initial;           // hir_curriculum_lambda_initial
  prometheus::Gauge& lambda_growth;            // hir_curriculum_lambda_growth_ratio
  prometheus::Gauge& items_ready;              // hir_replay_items{state=ready}: tasks waiting
  prometheus::Gauge& items_leased;             // hir_replay_items{state=leased}
  prometheus::Gauge& leases;                   // hir_replay_leases
  prometheus::Gauge& bytes;                    // hir_replay_bytes: samples held in Redis
  prometheus::Counter& claims;                 // hir_replay_claims_total: leases granted
  prometheus::Counter& acks;                   // hir_replay_acks_total: tasks completed
  prometheus::Counter& lease_expirations;      // hir_replay_lease_expirations_total
  prometheus::Counter& abandoned;              // hir_replay_abandoned_tasks_total

  // hir_replay_inserts_total{reason=stored|duplicate|unwanted|invalid}.
  void CountInsert(const std::string& reason);
  // hir_selector_skipped_total{reason=all_met|none_met|unknown|none_kept|truncated|not_rewritable|
  // not_picked|prompt_too_long}.
  void CountSkipped(const std::string& reason, double count);
  // hir_selector_{score,diversity_nats,integrity_ratio}{picked}: one eligible response.
  void ObserveCandidate(bool picked, double score, double diversity_nats, double integrity_ratio);

 private:
  prometheus::Family<prometheus::Counter>& inserts_;
  prometheus::Family<prometheus::Counter>& skipped_;
  prometheus::Family<prometheus::Histogram>& score_;
  prometheus::Family<prometheus::Histogram>& diversity_;
  prometheus::Family<prometheus::Histogram>& candidate_integrity_;
};

// Metrics of a rollout worker.
struct RolloutMetrics {
  explicit RolloutMetrics(prometheus::Registry& registry);
  prometheus::Counter& tokens;             // hir_rollout_tokens_total: generated
  prometheus::Counter& responses_stop;     // hir_rollout_responses_total{finish_reason=stop}
  prometheus::Counter& responses_length;   // hir_rollout_responses_total{finish_reason=length}
  prometheus::Histogram& entropy;          // hir_rollout_token_entropy_nats: mean over a response
  prometheus::Histogram& response_tokens;  // hir_rollout_response_tokens
  prometheus::Gauge& running;              // hir_rollout_running_sequences
  prometheus::Gauge& unacknowledged;       // hir_rollout_unacknowledged_responses
  prometheus::Gauge& cache_tokens;         // hir_rollout_cache_tokens: 0 = not known
  prometheus::Gauge& cache_free_tokens;    // hir_rollout_cache_free_tokens
  prometheus::Gauge& swap_waiting;         // hir_rollout_swap_waiting: 1 or 0
  WeightsMetrics weights;

  // hir_rollout_errors_total{code}; `code` is the name of an absl status code. Counts failed calls,
  // broken streams, and responses that could not be made or were refused (INVALID_ARGUMENT).
  void CountError(std::string_view code);

 private:
  prometheus::Family<prometheus::Counter>& errors_;
};

// Metrics of the learner.
struct LearnerMetrics {
  explicit LearnerMetrics(prometheus::Registry& registry);
  prometheus::Gauge& step;                     // hir_learner_step: last finished; follows a resume
  prometheus::Counter& steps;                  // hir_learner_steps_total: by this process
  prometheus::Gauge& last_step;                // hir_learner_last_step_timestamp_seconds
  prometheus::Histogram& staleness;            // hir_learner_sample_staleness_versions
  prometheus::Gauge& loss;                     // hir_learner_loss
  prometheus::Gauge& grad_norm;                // hir_learner_grad_norm
  prometheus::Gauge& kl;                       // hir_learner_kl_nats
  prometheus::Gauge& clip_original;            // hir_learner_clip_ratio{source=original}
  prometheus::Gauge& clip_replay;              // hir_learner_clip_ratio{source=replay}
  prometheus::Gauge& logprob_mismatch;         // hir_learner_logprob_mismatch_nats
  prometheus::Counter& skipped_updates;        // hir_learner_skipped_updates_total
  prometheus::Histogram& collective_duration;  // hir_learner_nccl_duration_seconds
  prometheus::Gauge& checkpoint;               // hir_checkpoint_last_success_timestamp_seconds
  WeightsMetrics weights;

  // hir_learner_step_duration_seconds{phase=wait|train|push|checkpoint}.
  void ObservePhase(const std::string& phase, double seconds);

 private:
  prometheus::Family<prometheus::Histogram>& phases_;
};

// Metrics of the program that drives a run.
struct HeldOutMetrics {
  explicit HeldOutMetrics(prometheus::Registry& registry);
  // hir_held_out_ratio{level=prompt|instruction, mode=strict|loose}: scores of the last evaluation.
  void Set(const std::string& level, const std::string& mode, double ratio);
  // hir_held_out_step: the step after which that evaluation ran.
  void SetStep(int64_t step);

 private:
  // Families, so that nothing is exported before the first evaluation.
  prometheus::Family<prometheus::Gauge>& ratio_;
  prometheus::Family<prometheus::Gauge>& step_;
};

// Metrics of a service that sends traces.
struct TraceMetrics {
  explicit TraceMetrics(prometheus::Registry& registry);
  prometheus::Counter& sent;     // hir_trace_spans_total{outcome=sent}
  prometheus::Counter& dropped;  // hir_trace_spans_total{outcome=dropped}
};

// grpc_server_handled_total and grpc_server_handling_seconds, filled by hir/rpc for every server.
struct RpcMetrics {
  explicit RpcMetrics(prometheus::Registry& registry);
  // One finished call. `service` and `method` as on the wire; `code` e.g. "OK", "UNAVAILABLE".
  void Observe(const std::string& service, const std::string& method, const std::string& code,
               double seconds);

 private:
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& handling_;
};

}  // namespace hir

#endif  // HIR_METRICS_SERVICE_METRICS_H_
