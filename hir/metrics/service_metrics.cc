#include "hir/metrics/service_metrics.h"

#include <initializer_list>
#include <vector>

#include "absl/status/status.h"

namespace hir {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;
using Buckets = Histogram::BucketBoundaries;

const Buckets& Ratios() {
  static const Buckets* const kBuckets =
      new Buckets{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
  return *kBuckets;
}

const Buckets& Seconds() {
  static const Buckets* const kBuckets =
      new Buckets{0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};
  return *kBuckets;
}

const Buckets& Nats() {
  static const Buckets* const kBuckets =
      new Buckets{0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 6, 8, 12};
  return *kBuckets;
}

const Buckets& Tokens() {
  static const Buckets* const kBuckets =
      new Buckets{8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
  return *kBuckets;
}

const Buckets& Scores() {
  static const Buckets* const kBuckets = new Buckets{0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};
  return *kBuckets;
}

const Buckets& SmallCounts() {
  static const Buckets* const kBuckets = new Buckets{0, 1, 2, 4, 8, 16};
  return *kBuckets;
}

Family<Counter>& Counters(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& Gauges(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& Histograms(Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

Counter& OneCounter(Registry& registry, const char* name, const char* help,
                    const Labels& labels = {}) {
  return Counters(registry, name, help).Add(labels);
}
Gauge& OneGauge(Registry& registry, const char* name, const char* help, const Labels& labels = {}) {
  return Gauges(registry, name, help).Add(labels);
}
Histogram& OneHistogram(Registry& registry, const char* name, const char* help,
                        const Buckets& buckets, const Labels& labels = {}) {
  return Histograms(registry, name, help).Add(labels, buckets);
}

// Exports every value of a label from the start, so that the rate of something that has not
// happened yet is 0 and not absent. For closed sets of values only.
void ShowAll(Family<Counter>& family, const char* label,
             std::initializer_list<const char*> values) {
  for (const char* value : values) family.Add({{label, value}});
}
void ShowAll(Family<Histogram>& family, const char* label,
             std::initializer_list<const char*> values, const Buckets& buckets) {
  for (const char* value : values) family.Add({{label, value}}, buckets);
}

constexpr char kSamplesHelp[] = "Samples that entered a frozen batch.";
constexpr char kRewardedHelp[] = "Samples of frozen batches with reward 1.";
constexpr char kItemsHelp[] = "Tasks waiting for a worker or leased to one.";
constexpr char kResponsesHelp[] = "Finished responses.";
constexpr char kClipHelp[] = "Share of tokens whose clipped term is larger, last step.";

}  // namespace

WeightsMetrics::WeightsMetrics(Registry& registry, const std::string& role)
    : version(OneGauge(registry, "hir_weights_version", "Version of the weights in use.",
                       {{"role", role}})),
      last_update(OneGauge(registry, "hir_weights_last_update_timestamp_seconds",
                           "When the weights last changed.", {{"role", role}})),
      transfer_duration(OneHistogram(registry, "hir_weights_transfer_duration_seconds",
                                     "Time of one transfer of weights.", Seconds(),
                                     {{"role", role}})),
      transfer_bytes(OneCounter(registry, "hir_weights_transfer_bytes_total",
                                "Bytes of weights sent or received.", {{"role", role}})) {}

VerifierMetrics::VerifierMetrics(Registry& registry)
    : integrity(OneHistogram(registry, "hir_verifier_integrity_ratio",
                             "Share of constraints a response meets.", Ratios())),
      queue_depth(OneGauge(registry, "hir_verifier_queue_depth",
                           "Responses received but not yet durable in replay.")),
      inflight_requests(
          OneGauge(registry, "hir_verifier_inflight_requests", "Calls being served.")),
      checks_(Counters(registry, "hir_verifier_constraint_checks_total",
                       "Decided constraints by kind and outcome.")),
      requests_(Histograms(registry, "hir_verifier_request_duration_seconds",
                           "Time to decide one call or streamed response.")) {
  ShowAll(requests_, "method", {"verify", "verify_stream"}, Seconds());
}

void VerifierMetrics::CountCheck(const std::string& type, const std::string& outcome) {
  checks_.Add({{"constraint_type", type}, {"outcome", outcome}}).Increment();
}

void VerifierMetrics::ObserveRequest(const std::string& method, double seconds) {
  requests_.Add({{"method", method}}, Seconds()).Observe(seconds);
}

ReplayMetrics::ReplayMetrics(Registry& registry)
    : samples_original(
          OneCounter(registry, "hir_samples_total", kSamplesHelp, {{"source", "original"}})),
      samples_replay(
          OneCounter(registry, "hir_samples_total", kSamplesHelp, {{"source", "replay"}})),
      rewarded_original(OneCounter(registry, "hir_rewarded_samples_total", kRewardedHelp,
                                   {{"source", "original"}})),
      rewarded_replay(OneCounter(registry, "hir_rewarded_samples_total", kRewardedHelp,
                                 {{"source", "replay"}})),
      selected(OneCounter(registry, "hir_selector_selected_total", "Responses picked for replay.")),
      constraints_removed(OneHistogram(registry, "hir_rewriter_constraints_removed",
                                       "Constraints dropped by one rewrite.", SmallCounts())),
      lambda(OneGauge(registry, "hir_curriculum_lambda", "Integrity weight of the last step.")),
      lambda_initial(
          OneGauge(registry, "hir_curriculum_lambda_initial", "Integrity weight at step 0.")),
      lambda_growth(OneGauge(registry, "hir_curriculum_lambda_growth_ratio",
                             "Growth of the integrity weight per step.")),
      items_ready(OneGauge(registry, "hir_replay_items", kItemsHelp, {{"state", "ready"}})),
      items_leased(OneGauge(registry, "hir_replay_items", kItemsHelp, {{"state", "leased"}})),
      leases(OneGauge(registry, "hir_replay_leases", "Leases that have not ended.")),
      bytes(OneGauge(registry, "hir_replay_bytes", "Bytes of samples that Redis holds.")),
      claims(OneCounter(registry, "hir_replay_claims_total", "Leases granted.")),
      acks(OneCounter(registry, "hir_replay_acks_total", "Tasks whose samples are all stored.")),
      lease_expirations(OneCounter(registry, "hir_replay_lease_expirations_total",
                                   "Leases that expired before their samples arrived.")),
      abandoned(OneCounter(registry, "hir_replay_abandoned_tasks_total",
                           "Tasks given up after too many expired leases.")),
      inserts_(Counters(registry, "hir_replay_inserts_total", "Inserts by outcome.")),
      skipped_(
          Counters(registry, "hir_selector_skipped_total", "Responses not replayed, by reason.")),
      score_(Histograms(registry, "hir_selector_score", "Score of eligible responses.")),
      diversity_(Histograms(registry, "hir_selector_diversity_nats",
                            "Entropy part of the score of eligible responses.")),
      candidate_integrity_(Histograms(registry, "hir_selector_integrity_ratio",
                                      "Integrity part of the score of eligible responses.")) {
  ShowAll(inserts_, "reason", {"stored", "duplicate", "unwanted", "invalid"});
  ShowAll(skipped_, "reason",
          {"all_met", "none_met", "unknown", "none_kept", "truncated", "not_rewritable",
           "not_picked", "prompt_too_long"});
  ShowAll(score_, "picked", {"true", "false"}, Scores());
  ShowAll(diversity_, "picked", {"true", "false"}, Nats());
  ShowAll(candidate_integrity_, "picked", {"true", "false"}, Ratios());
}

void ReplayMetrics::CountInsert(const std::string& reason) {
  inserts_.Add({{"reason", reason}}).Increment();
}

void ReplayMetrics::CountSkipped(const std::string& reason, double count) {
  skipped_.Add({{"reason", reason}}).Increment(count);
}

void ReplayMetrics::ObserveCandidate(bool picked, double score, double diversity_nats,
                                     double integrity_ratio) {
  const Labels labels = {{"picked", picked ? "true" : "false"}};
  score_.Add(labels, Scores()).Observe(score);
  diversity_.Add(labels, Nats()).Observe(diversity_nats);
  candidate_integrity_.Add(labels, Ratios()).Observe(integrity_ratio);
}

RolloutMetrics::RolloutMetrics(Registry& registry)
    : tokens(OneCounter(registry, "hir_rollout_tokens_total", "Generated tokens.")),
      responses_stop(OneCounter(registry, "hir_rollout_responses_total", kResponsesHelp,
                                {{"finish_reason", "stop"}})),
      responses_length(OneCounter(registry, "hir_rollout_responses_total", kResponsesHelp,
                                  {{"finish_reason", "length"}})),
      entropy(OneHistogram(registry, "hir_rollout_token_entropy_nats",
                           "Mean token entropy of a response.", Nats())),
      response_tokens(
          OneHistogram(registry, "hir_rollout_response_tokens", "Tokens of a response.", Tokens())),
      running(OneGauge(registry, "hir_rollout_running_sequences", "Sequences being decoded.")),
      unacknowledged(OneGauge(registry, "hir_rollout_unacknowledged_responses",
                              "Finished responses that replay has not confirmed.")),
      cache_tokens(OneGauge(registry, "hir_rollout_cache_tokens",
                            "Tokens whose keys and values the cache has room for.")),
      cache_free_tokens(OneGauge(registry, "hir_rollout_cache_free_tokens",
                                 "Tokens of the cache that no prompt or response holds.")),
      swap_waiting(OneGauge(registry, "hir_rollout_swap_waiting",
                            "1 while new weights wait for running responses to end.")),
      weights(registry, "rollout"),
      errors_(Counters(registry, "hir_rollout_errors_total", "Failed calls by status code.")) {
  constexpr int kLastCode = 16;  // UNAUTHENTICATED.
  for (int code = 1; code <= kLastCode; ++code) {
    errors_.Add({{"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(code))}});
  }
}

void RolloutMetrics::CountError(std::string_view code) {
  errors_.Add({{"code", std::string(code)}}).Increment();
}

LearnerMetrics::LearnerMetrics(Registry& registry)
    : step(OneGauge(registry, "hir_learner_step", "Last finished step of the run.")),
      steps(OneCounter(registry, "hir_learner_steps_total", "Steps finished by this process.")),
      last_step(OneGauge(registry, "hir_learner_last_step_timestamp_seconds",
                         "When the last step finished.")),
      staleness(OneHistogram(registry, "hir_learner_sample_staleness_versions",
                             "Versions between sampling and training.", SmallCounts())),
      loss(OneGauge(registry, "hir_learner_loss", "Policy loss of the last step.")),
      grad_norm(
          OneGauge(registry, "hir_learner_grad_norm", "Gradient norm before clipping, last step.")),
      kl(OneGauge(registry, "hir_learner_kl_nats", "Mean k1 estimate against the reference.")),
      clip_original(
          OneGauge(registry, "hir_learner_clip_ratio", kClipHelp, {{"source", "original"}})),
      clip_replay(OneGauge(registry, "hir_learner_clip_ratio", kClipHelp, {{"source", "replay"}})),
      logprob_mismatch(
          OneGauge(registry, "hir_learner_logprob_mismatch_nats",
                   "Mean absolute difference of rollout and learner log-probability.")),
      skipped_updates(OneCounter(registry, "hir_learner_skipped_updates_total",
                                 "Updates skipped because all rewards were equal.")),
      collective_duration(OneHistogram(registry, "hir_learner_nccl_duration_seconds",
                                       "Time of one reduction over the ranks.", Seconds())),
      checkpoint(OneGauge(registry, "hir_checkpoint_last_success_timestamp_seconds",
                          "When the last checkpoint was committed.")),
      weights(registry, "learner"),
      phases_(
          Histograms(registry, "hir_learner_step_duration_seconds", "Time of a step by phase.")) {
  ShowAll(phases_, "phase", {"wait", "train", "push", "checkpoint"}, Seconds());
}

void LearnerMetrics::ObservePhase(const std::string& phase, double seconds) {
  phases_.Add({{"phase", phase}}, Seconds()).Observe(seconds);
}

HeldOutMetrics::HeldOutMetrics(Registry& registry)
    : ratio_(Gauges(registry, "hir_held_out_ratio", "Held-out prompts or constraints met.")),
      step_(Gauges(registry, "hir_held_out_step", "Step after which the last evaluation ran.")) {}

void HeldOutMetrics::Set(const std::string& level, const std::string& mode, double ratio) {
  ratio_.Add({{"level", level}, {"mode", mode}}).Set(ratio);
}

void HeldOutMetrics::SetStep(int64_t step) { step_.Add({}).Set(static_cast<double>(step)); }

TraceMetrics::TraceMetrics(Registry& registry)
    : sent(OneCounter(registry, "hir_trace_spans_total", "Spans of traces by outcome.",
                      {{"outcome", "sent"}})),
      dropped(OneCounter(registry, "hir_trace_spans_total", "Spans of traces by outcome.",
                         {{"outcome", "dropped"}})) {}

RpcMetrics::RpcMetrics(Registry& registry)
    : handled_(Counters(registry, "grpc_server_handled_total", "Finished calls by status code.")),
      handling_(Histograms(registry, "grpc_server_handling_seconds", "Time of finished calls.")) {}

void RpcMetrics::Observe(const std::string& service, const std::string& method,
                         const std::string& code, double seconds) {
  handled_.Add({{"grpc_service", service}, {"grpc_method", method}, {"grpc_code", code}})
      .Increment();
  handling_.Add({{"grpc_service", service}, {"grpc_method", method}}, Seconds()).Observe(seconds);
}

}  // namespace hir
