// The choices of a run's configuration, with the word for each (enum_words.h). Dtype and
// DeviceChoice, which libraries below the configuration take as well, are in compute_choices.h.
#ifndef HIR_CONFIG_CHOICES_H_
#define HIR_CONFIG_CHOICES_H_

#include "hir/base/compute_choices.h"
#include "hir/base/enum_words.h"
#include "hir/domain/entropy_source.h"

namespace hir {

// What happens to instructions whose prompts exceed rollout.max_prompt_tokens.
enum class OverlongPrompts {
  kRefuse,  // The run does not start.
  kSkip,    // They are left out, and the user is told.
};

template <>
inline constexpr auto kEnumWords<OverlongPrompts> = std::to_array<EnumWord<OverlongPrompts>>(
    {{OverlongPrompts::kRefuse, "refuse"}, {OverlongPrompts::kSkip, "skip"}});

// What happens to responses that a worker is drawing when new weights arrive.
enum class SwapPolicy {
  kFinish,  // They end with the weights that they began with; none begins before that.
  kKeep,    // They go on with the new weights over the keys and values that the old ones cached.
};

template <>
inline constexpr auto kEnumWords<SwapPolicy> = std::to_array<EnumWord<SwapPolicy>>(
    {{SwapPolicy::kFinish, "finish"}, {SwapPolicy::kKeep, "keep"}});

// What failed responses are ranked by. Modes other than kHir are ablations.
enum class SelectionMode {
  kHir,        // F_div + lambda_s * F_int.
  kRandom,     // A seeded draw among the eligible; the score reported is that of kHir.
  kDiversity,  // F_div alone.
  kIntegrity,  // F_int alone.
  kAll,        // Every eligible response is replayed; replay_per_prompt has no meaning.
  kOff,        // Nothing is replayed.
};

template <>
inline constexpr auto kEnumWords<SelectionMode> =
    std::to_array<EnumWord<SelectionMode>>({{SelectionMode::kHir, "hir"},
                                            {SelectionMode::kRandom, "random"},
                                            {SelectionMode::kDiversity, "diversity"},
                                            {SelectionMode::kIntegrity, "integrity"},
                                            {SelectionMode::kAll, "all"},
                                            {SelectionMode::kOff, "off"}});

// Among which responses the replayed ones are chosen.
enum class SelectionScope {
  kBatch,        // The best k * B of the whole step.
  kInstruction,  // The best k of each group; places that a group can't fill stay empty.
};

template <>
inline constexpr auto kEnumWords<SelectionScope> = std::to_array<EnumWord<SelectionScope>>(
    {{SelectionScope::kBatch, "batch"}, {SelectionScope::kInstruction, "instruction"}});

// How a response's entropy becomes its diversity F_div.
enum class EntropyReduction {
  kMean,  // F_div = mean entropy per token.
  kSum,   // F_div = entropy summed over the tokens: drops the 1/T.
};

template <>
inline constexpr auto kEnumWords<EntropyReduction> = std::to_array<EnumWord<EntropyReduction>>(
    {{EntropyReduction::kMean, "mean"}, {EntropyReduction::kSum, "sum"}});

// The prompt under which pi_old of a replayed response is computed.
enum class OldLogprobs {
  kOriginal,   // The one it was drawn with.
  kRewritten,  // The one it is trained with. The learner computes it, whatever OldLogprobsFrom.
};

template <>
inline constexpr auto kEnumWords<OldLogprobs> = std::to_array<EnumWord<OldLogprobs>>(
    {{OldLogprobs::kOriginal, "original"}, {OldLogprobs::kRewritten, "rewritten"}});

// Who computes the old log-probabilities, against which ratio and penalty are measured.
enum class OldLogprobsFrom {
  kRollout,  // The rollout worker, when it drew the tokens.
  kLearner,  // The learner, with the weights that its step begins with.
};

template <>
inline constexpr auto kEnumWords<OldLogprobsFrom> = std::to_array<EnumWord<OldLogprobsFrom>>(
    {{OldLogprobsFrom::kRollout, "rollout"}, {OldLogprobsFrom::kLearner, "learner"}});

// What happens to an original whose reward is unknown.
enum class UnknownReward {
  kExclude,  // It is not trained on.
  kZero,     // Its reward is 0.
};

template <>
inline constexpr auto kEnumWords<UnknownReward> = std::to_array<EnumWord<UnknownReward>>(
    {{UnknownReward::kExclude, "exclude"}, {UnknownReward::kZero, "zero"}});

// How rewards become advantages; docs/algorithms.md has formulas and sources. Of all but
// kReinforcePlusPlus, a row's advantage is relative to the other responses to its instruction.
enum class AdvantageEstimator {
  kReinforcePlusPlus,          // Discounted returns, whitened over the batch.
  kReinforcePlusPlusBaseline,  // Less the mean of the group, then whitened over the batch.
  kGrpo,                       // Less the mean of the group, over its standard deviation.
  kDrGrpo,                     // Less the mean of the group.
  kRloo,                       // Less the mean of the others of the group.
  kMaxRl,                      // Less the mean of the group, over that mean.
};

template <>
inline constexpr auto kEnumWords<AdvantageEstimator> = std::to_array<EnumWord<AdvantageEstimator>>(
    {{AdvantageEstimator::kReinforcePlusPlus, "reinforce++"},
     {AdvantageEstimator::kReinforcePlusPlusBaseline, "reinforce++_baseline"},
     {AdvantageEstimator::kGrpo, "grpo"},
     {AdvantageEstimator::kDrGrpo, "dr_grpo"},
     {AdvantageEstimator::kRloo, "rloo"},
     {AdvantageEstimator::kMaxRl, "maxrl"}});

// Whether the rewards of a group are compared with each other.
constexpr bool IsGrouped(AdvantageEstimator estimator) {
  return estimator != AdvantageEstimator::kReinforcePlusPlus;
}

// How far the ratio pi / pi_old lets a token's loss reach.
enum class PolicyLossKind {
  kPpo,    // Token by token; the smaller of the plain and the clipped term.
  kGspo,   // The same with the ratio of the whole response, per token: its geometric mean.
  kCispo,  // REINFORCE with the clipped ratio as a constant weight: every token has a gradient.
};

template <>
inline constexpr auto kEnumWords<PolicyLossKind> =
    std::to_array<EnumWord<PolicyLossKind>>({{PolicyLossKind::kPpo, "ppo"},
                                             {PolicyLossKind::kGspo, "gspo"},
                                             {PolicyLossKind::kCispo, "cispo"}});

// How the losses of tokens become that of an update; verl's names (loss_agg_mode).
enum class LossAggregation {
  kTokenMean,           // The mean over tokens.
  kSeqMeanTokenSum,     // The mean over rows of the sum over a row's tokens.
  kSeqMeanTokenMean,    // The mean over rows of the mean over a row's tokens.
  kSeqMeanTokenSumNorm  // kSeqMeanTokenSum over rollout.max_response_tokens.
};

template <>
inline constexpr auto kEnumWords<LossAggregation> = std::to_array<EnumWord<LossAggregation>>(
    {{LossAggregation::kTokenMean, "token-mean"},
     {LossAggregation::kSeqMeanTokenSum, "seq-mean-token-sum"},
     {LossAggregation::kSeqMeanTokenMean, "seq-mean-token-mean"},
     {LossAggregation::kSeqMeanTokenSumNorm, "seq-mean-token-sum-norm"}});

// The estimate of the KL divergence to the reference from one drawn token, d = log pi - log pi_ref:
// J. Schulman, Approximating KL Divergence (2020), joschu.net/blog/kl-approx.html.
enum class KlEstimator {
  kK1,  // d: unbiased, may be negative.
  kK2,  // d^2 / 2.
  kK3,  // exp(-d) - 1 + d: unbiased, never negative.
};

template <>
inline constexpr auto kEnumWords<KlEstimator> = std::to_array<EnumWord<KlEstimator>>(
    {{KlEstimator::kK1, "k1"}, {KlEstimator::kK2, "k2"}, {KlEstimator::kK3, "k3"}});

// Where the KL penalty is.
enum class KlIn {
  kReward,  // In the reward of each token, with the policy that drew it: part of the advantage.
  kLoss,    // In the loss of each token, with the policy that is trained: it has a gradient.
};

template <>
inline constexpr auto kEnumWords<KlIn> = std::to_array<EnumWord<KlIn>>({{KlIn::kReward, "reward"},
                                                                        {KlIn::kLoss, "loss"}});

// What one importance weight is computed over.
enum class ImportanceLevel {
  kToken,     // Each token has its own.
  kSequence,  // All tokens of a response have the weight of the whole response.
};

template <>
inline constexpr auto kEnumWords<ImportanceLevel> = std::to_array<EnumWord<ImportanceLevel>>(
    {{ImportanceLevel::kToken, "token"}, {ImportanceLevel::kSequence, "sequence"}});

// Whether the backward pass recomputes layers, which costs time and saves memory.
enum class ActivationCheckpointing {
  kAuto,  // If the activations would not fit otherwise (policy_update.h).
  kOn,
  kOff,
};

template <>
inline constexpr auto kEnumWords<ActivationCheckpointing> =
    std::to_array<EnumWord<ActivationCheckpointing>>({{ActivationCheckpointing::kAuto, "auto"},
                                                      {ActivationCheckpointing::kOn, "on"},
                                                      {ActivationCheckpointing::kOff, "off"}});

// How the learning rate falls after the warm-up.
enum class LrSchedule {
  kConstant,  // It does not.
  kLinear,
  kCosine,  // Half a wave.
};

template <>
inline constexpr auto kEnumWords<LrSchedule> =
    std::to_array<EnumWord<LrSchedule>>({{LrSchedule::kConstant, "constant"},
                                         {LrSchedule::kLinear, "linear"},
                                         {LrSchedule::kCosine, "cosine"}});

// A linear module of each layer that gets an adapter; the words are Hugging Face's names.
enum class LoraTarget { kAllLinear, kQ, kK, kV, kO, kGate, kUp, kDown };

template <>
inline constexpr auto kEnumWords<LoraTarget> =
    std::to_array<EnumWord<LoraTarget>>({{LoraTarget::kAllLinear, "all-linear"},
                                         {LoraTarget::kQ, "q_proj"},
                                         {LoraTarget::kK, "k_proj"},
                                         {LoraTarget::kV, "v_proj"},
                                         {LoraTarget::kO, "o_proj"},
                                         {LoraTarget::kGate, "gate_proj"},
                                         {LoraTarget::kUp, "up_proj"},
                                         {LoraTarget::kDown, "down_proj"}});

// Where a learner starts from.
enum class Resume {
  kAuto,  // From the newest whole checkpoint, if there is one.
  kOff,   // From the model as given.
};

template <>
inline constexpr auto kEnumWords<Resume> = std::to_array<EnumWord<Resume>>({{Resume::kAuto, "auto"},
                                                                            {Resume::kOff, "off"}});

}  // namespace hir

#endif  // HIR_CONFIG_CHOICES_H_
