// Several answers to each prompt: what is said of them all.
#ifndef HIR_EVALUATION_SAMPLES_H_
#define HIR_EVALUATION_SAMPLES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hir/data/record.h"
#include "hir/run/evaluation_record.h"
#include "hir/run/interval.h"

namespace hir {

// The records `samples` times over: answer s to prompt p is at s * records.size() + p, so the first
// answers are those of an evaluation with one sample.
std::vector<InstructionRecord> Repeated(const std::vector<InstructionRecord>& records, int samples);

// The chance that at least one of k answers, drawn without replacement from n of which c are right,
// is right: the unbiased estimate of pass@k (Chen et al. 2021, arXiv:2107.03374). REQUIRES: 0 <= c
// <= n, 1 <= k <= n.
double PassAtK(int n, int c, int k);

// By name: mean@n and pass@k for k = 2, 4, ... and n, of prompts met strictly, each with the
// interval of the bootstrap over prompts. Empty for one sample. `outcomes` are of Repeated()
// records.
std::vector<std::pair<std::string, Interval>> SampleScores(const std::vector<EvalOutcome>& outcomes,
                                                           int samples);

// How often the constraints of one kind were met.
struct KindScore {
  int count = 0;
  int strict = 0;
  int loose = 0;
};

// By kind, over all answers.
std::map<std::string, KindScore> ScoresByKind(const std::vector<InstructionRecord>& records,
                                              const std::vector<EvalOutcome>& outcomes);

// These scores as lines for people; empty where there are none.
std::string SampleLines(const std::vector<std::pair<std::string, Interval>>& scores);
std::string KindTable(const std::map<std::string, KindScore>& kinds);

}  // namespace hir

#endif  // HIR_EVALUATION_SAMPLES_H_
