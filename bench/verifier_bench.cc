// Measures the checkers' speed on one core, in CPU time, on a JSON lines file of "response",
// "instruction_id_list" and "kwargs". The last line of the output is a JSON object.
#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/bench_main.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/score.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, records, "", "JSON lines file");
ABSL_FLAG(
    std::string, measure, "both_modes",
    "both_modes: checkers made, strict and loose decided, of every response. plain_checks: "
    "strict verdicts of kinds that only scan the text. plain_by_kind: the same, kind by kind. "
    "by_kind: both modes, kind by kind. "
    "latency: both modes of one response of 2,000 characters with 10 constraints. "
    "bad_input: strict verdicts on long texts that nobody writes, the slowest first.");
ABSL_FLAG(int, bytes, 10'000'000, "of a text of bad_input");
ABSL_FLAG(int, language_constraints, 0, "of the 10, how many detect the language");
ABSL_FLAG(double, seconds, 3.0, "at least this long");

namespace hir {
namespace {

using nlohmann::json;
using Checkers = std::vector<std::unique_ptr<Checker>>;

struct Record {
  std::string response;
  std::vector<std::string> kinds;
  std::vector<json> arguments;
};

struct Constraint {
  std::string kind;
  json arguments;
};

// Kinds that need sentences, tokens, the tagger or the language; all others scan the text.
const std::set<std::string, std::less<>> kLanguageKinds = {
    "language:response_language", "change_case:english_capital", "change_case:english_lowercase"};
const std::set<std::string, std::less<>> kModelKinds = {"length_constraints:number_sentences",
                                                        "change_case:capital_word_frequency",
                                                        "count:pronouns",
                                                        "ratio:sentence_type",
                                                        "ratio:sentence_balance",
                                                        "ratio:sentence_words",
                                                        "words:start_verb",
                                                        "words:last_first",
                                                        "sentence:alliteration_increment",
                                                        "sentence:increment",
                                                        "sentence:keyword",
                                                        "words:words_position",
                                                        "words:keywords_specific_position",
                                                        "format:emoji",
                                                        "format:title_case",
                                                        "format:no_bullets_bullets",
                                                        "custom:word_reverse",
                                                        "custom:sentence_alphabet"};

bool IsPlain(const std::string& kind) {
  return !kLanguageKinds.contains(kind) && !kModelKinds.contains(kind);
}

absl::StatusOr<std::vector<Record>> ReadRecords(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("--records=", path, " can't be read"));
  std::vector<Record> records;
  for (std::string line; std::getline(file, line);) {
    const json source = json::parse(line);
    records.push_back({source.at("response"), source.at("instruction_id_list"),
                       source.at("kwargs").get<std::vector<json>>()});
  }
  if (records.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  return records;
}

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The least time of one call of `work`, which is called until --seconds have passed.
template <typename Work>
absl::StatusOr<double> BestSeconds(const Work& work) {
  double best = 1e9;
  const double begin = CpuSeconds();
  do {
    const double before = CpuSeconds();
    HIR_RETURN_IF_ERROR(work());
    best = std::min(best, CpuSeconds() - before);
  } while (CpuSeconds() - begin < absl::GetFlag(FLAGS_seconds));
  return best;
}

// The verdicts of both modes. Makes new checkers, as the verifier does for every response.
absl::StatusOr<Scores> ScoreBothModes(const std::vector<Constraint>& constraints,
                                      const std::string& response) {
  Checkers checkers;
  for (const Constraint& constraint : constraints) {
    HIR_ASSIGN_OR_RETURN(auto checker, AllCheckers().Create(constraint.kind, constraint.arguments));
    checkers.push_back(std::move(checker));
  }
  return Score(checkers, response);
}

int64_t Passes(const std::vector<CheckResult>& results) {
  return std::count_if(results.begin(), results.end(),
                       [](const CheckResult& r) { return r.verdict == Verdict::kPass; });
}

std::vector<Constraint> ConstraintsOf(const Record& record) {
  std::vector<Constraint> constraints;
  for (size_t i = 0; i < record.kinds.size(); ++i) {
    constraints.push_back({record.kinds[i], record.arguments[i]});
  }
  return constraints;
}

absl::StatusOr<json> MeasureBothModes(const std::vector<Record>& records) {
  std::vector<std::vector<Constraint>> constraints;
  size_t count = 0;
  for (const Record& record : records) {
    constraints.push_back(ConstraintsOf(record));
    count += record.kinds.size();
  }
  int64_t strict = 0, loose = 0;
  HIR_ASSIGN_OR_RETURN(const double seconds, BestSeconds([&]() -> absl::Status {
                         strict = loose = 0;
                         for (size_t i = 0; i < records.size(); ++i) {
                           HIR_ASSIGN_OR_RETURN(
                               const Scores scores,
                               ScoreBothModes(constraints[i], records[i].response));
                           strict += Passes(scores.strict);
                           loose += Passes(scores.loose);
                         }
                         return absl::OkStatus();
                       }));
  return json{{"responses", records.size()},
              {"constraints", count},
              {"passes", {strict, loose}},
              {"seconds", seconds}};
}

struct PlainCheck {
  const ResponseText* text;
  const Checker* checker;
};

// The strict checks of kinds that only scan the text, by kind or all under "".
struct PlainChecks {
  std::vector<std::unique_ptr<ResponseText>> texts;
  Checkers checkers;
  std::map<std::string, std::vector<PlainCheck>> checks;
};

absl::StatusOr<PlainChecks> MakePlainChecks(const std::vector<Record>& records, bool by_kind) {
  PlainChecks plain;
  for (const Record& record : records) {
    plain.texts.emplace_back(new ResponseText(ResponseText::FromUtf8(record.response)));
    for (const Constraint& constraint : ConstraintsOf(record)) {
      if (!IsPlain(constraint.kind)) continue;
      HIR_ASSIGN_OR_RETURN(auto checker,
                           AllCheckers().Create(constraint.kind, constraint.arguments));
      plain.checks[by_kind ? constraint.kind : ""].push_back(
          {plain.texts.back().get(), checker.get()});
      plain.checkers.push_back(std::move(checker));
    }
  }
  return plain;
}

// Deriving forms of a text (lower case, words) counts for the first check that needs them. UNKNOWN:
// a repetition gave different verdicts.
absl::StatusOr<double> SecondsOf(const std::vector<PlainCheck>& checks) {
  int64_t passes_before = -1;
  return BestSeconds([&]() -> absl::Status {
    int64_t passes = 0;
    for (size_t i = 0; i < checks.size(); ++i) {
      passes += CheckText(*checks[i].checker, *checks[i].text).verdict == Verdict::kPass;
      const bool last = i + 1 == checks.size() || checks[i + 1].text != checks[i].text;
      if (last) checks[i].text->DropCaches();
    }
    const bool differs = passes_before >= 0 && passes != passes_before;
    passes_before = passes;
    return differs ? absl::UnknownError("repetitions differ in their verdicts") : absl::OkStatus();
  });
}

absl::StatusOr<json> MeasurePlainChecks(const std::vector<Record>& records) {
  HIR_ASSIGN_OR_RETURN(PlainChecks plain, MakePlainChecks(records, /*by_kind=*/false));
  const std::vector<PlainCheck>& all = plain.checks[""];
  HIR_ASSIGN_OR_RETURN(const double seconds, SecondsOf(all));
  return json{{"checks", all.size()}, {"seconds", seconds}};
}

// The first 2,000 characters (here bytes; the texts are nearly all ASCII) of each long response,
// with constraints drawn from all records.
absl::StatusOr<json> MeasureLatency(const std::vector<Record>& records) {
  constexpr size_t kCharacters = 2000, kConstraints = 10, kSamples = 4000;
  std::vector<std::string> responses;
  std::vector<Constraint> language, others;
  for (const Record& record : records) {
    if (record.response.size() >= kCharacters) {
      responses.push_back(record.response.substr(0, kCharacters));
    }
    for (const Constraint& constraint : ConstraintsOf(record)) {
      (kLanguageKinds.contains(constraint.kind) ? language : others).push_back(constraint);
    }
  }
  const size_t languages = absl::GetFlag(FLAGS_language_constraints);
  if (responses.empty() || others.empty() || (languages > 0 && language.empty())) {
    return absl::InvalidArgumentError("the records have no long response or too few constraints");
  }
  std::mt19937_64 random(1);
  std::vector<double> milliseconds;
  for (size_t sample = 0; sample < kSamples; ++sample) {
    std::vector<Constraint> constraints;
    for (size_t i = 0; i < kConstraints; ++i) {
      const auto& source = i < languages ? language : others;
      constraints.push_back(source[random() % source.size()]);
    }
    const std::string& response = responses[random() % responses.size()];
    const double before = CpuSeconds();
    HIR_RETURN_IF_ERROR(ScoreBothModes(constraints, response).status());
    milliseconds.push_back(1e3 * (CpuSeconds() - before));
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  return json{{"p50_ms", milliseconds[kSamples / 2]},
              {"p99_ms", milliseconds[kSamples * 99 / 100]},
              {"max_ms", milliseconds.back()}};
}

struct KindCost {
  std::string kind;
  double seconds;
  size_t times;
};

// Mean microseconds per check by kind, the kind with the most total time first.
json ListByKind(std::vector<KindCost> costs) {
  std::sort(costs.begin(), costs.end(),
            [](const KindCost& a, const KindCost& b) { return a.seconds > b.seconds; });
  json kinds = json::array();
  for (const auto& [kind, seconds, times] : costs) {
    const double microseconds = 1e6 * seconds / static_cast<double>(times);
    kinds.push_back({kind, microseconds, times});
    std::cerr << absl::StrFormat("%-45s %9.2f us %5d times\n", kind, microseconds, times);
  }
  return json{{"microseconds_and_times", kinds}};
}

absl::StatusOr<json> MeasureByKind(const std::vector<Record>& records) {
  constexpr int kRepetitions = 3;
  std::map<std::string, KindCost> costs;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    for (const Record& record : records) {
      for (const Constraint& constraint : ConstraintsOf(record)) {
        const double before = CpuSeconds();
        HIR_RETURN_IF_ERROR(ScoreBothModes({constraint}, record.response).status());
        KindCost& cost = costs[constraint.kind];
        cost.seconds += CpuSeconds() - before;
        ++cost.times;
      }
    }
  }
  std::vector<KindCost> list;
  for (const auto& [kind, cost] : costs) {
    list.push_back({kind, cost.seconds / kRepetitions, cost.times / kRepetitions});
  }
  return ListByKind(std::move(list));
}

absl::StatusOr<json> MeasurePlainByKind(const std::vector<Record>& records) {
  HIR_ASSIGN_OR_RETURN(const PlainChecks plain, MakePlainChecks(records, /*by_kind=*/true));
  std::vector<KindCost> list;
  for (const auto& [kind, checks] : plain.checks) {
    HIR_ASSIGN_OR_RETURN(const double seconds, SecondsOf(checks));
    list.push_back({kind, seconds, checks.size()});
  }
  return ListByKind(std::move(list));
}

// Each kind's first constraint on long texts of repeated pieces.
absl::StatusOr<json> MeasureBadInput(const std::vector<Record>& records) {
  using std::string_literals::operator""s;
  static const std::string kPieces[] = {
      "a",           "a ",    "\n",     ". ",     "A. B! c? ", "* a\n",
      "| a | b |\n", "# a\n", "1. a\n", "\0"s,    "[",         "{\"a\":",
      "\"a\",",      "'\" ",  "\xff",   "\u0130", "\u4e2d",    "<<a>>",
      "**a** ",      "```\n", "> ",     "A",      "don't ",    "a@b.c http://d ",
      "(",           "---\n"};
  struct Cost {
    double seconds;
    std::string kind, piece;
    Verdict verdict;
  };
  std::map<std::string, json> first;
  for (const Record& record : records) {
    for (const Constraint& constraint : ConstraintsOf(record)) {
      first.emplace(constraint.kind, constraint.arguments);
    }
  }
  std::vector<Cost> costs;
  for (const std::string& piece : kPieces) {
    std::string text;
    while (text.size() < static_cast<size_t>(absl::GetFlag(FLAGS_bytes))) text += piece;
    const ResponseText response = ResponseText::FromUtf8(text);
    for (const auto& [kind, arguments] : first) {
      HIR_ASSIGN_OR_RETURN(const auto checker, AllCheckers().Create(kind, arguments));
      const double before = CpuSeconds();
      const CheckResult result = CheckText(*checker, response);
      costs.push_back({CpuSeconds() - before, kind, piece, result.verdict});
      response.DropCaches();
    }
  }
  std::sort(costs.begin(), costs.end(),
            [](const Cost& a, const Cost& b) { return a.seconds > b.seconds; });
  for (size_t i = 0; i < std::min<size_t>(costs.size(), 30); ++i) {
    std::cerr << absl::StrFormat(
        "%8.3f s  %-45s %s%s\n", costs[i].seconds, costs[i].kind,
        json(costs[i].piece).dump(-1, ' ', true, json::error_handler_t::replace),
        costs[i].verdict == Verdict::kUndecidable ? " undecidable" : "");
  }
  return json{{"verdicts", costs.size()}, {"slowest_seconds", costs.front().seconds}};
}

absl::Status Run() {
  HIR_ASSIGN_OR_RETURN(const std::vector<Record> records,
                       ReadRecords(absl::GetFlag(FLAGS_records)));
  const std::string measure = absl::GetFlag(FLAGS_measure);
  absl::StatusOr<json> result =
      absl::InvalidArgumentError(absl::StrCat("--measure=", measure, " is none of them"));
  if (measure == "both_modes") result = MeasureBothModes(records);
  if (measure == "plain_checks") result = MeasurePlainChecks(records);
  if (measure == "plain_by_kind") result = MeasurePlainByKind(records);
  if (measure == "by_kind") result = MeasureByKind(records);
  if (measure == "bad_input") result = MeasureBadInput(records);
  if (measure == "latency") result = MeasureLatency(records);
  HIR_RETURN_IF_ERROR(result.status());
  std::cout << result->dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) { return hir::BenchMain(argc, argv, hir::Run); }
