// Compares HiR's verdicts with those of the official Python, per constraint: strict, loose and each
// of the eight transformations. A checker that can't be built or can't decide counts as "raises".
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/score.h"
#include "tests/parity/parity_folder.h"
#include "tests/parity/parity_records.h"

namespace hir {
namespace {

char Letter(const CheckResult& result) {
  switch (result.verdict) {
    case Verdict::kPass:
      return '1';
    case Verdict::kFail:
      return '0';
    case Verdict::kUndecidable:
      break;
  }
  return 'r';
}

struct Verdicts {
  std::string strict_and_loose;  // E.g. "01".
  std::string variants;          // Eight.
};

Verdicts OursOn(const CheckerRegistry& registry, const std::string& kind,
                const nlohmann::json& arguments, const std::string& response) {
  std::vector<std::unique_ptr<Checker>> checkers(1);
  auto created = registry.Create(kind, arguments);
  if (!created.ok()) return {"rr", "rrrrrrrr"};
  checkers[0] = *std::move(created);
  const Scores scores = Score(checkers, response);
  Verdicts verdicts = {{Letter(scores.strict[0]), Letter(scores.loose[0])}, ""};
  ResponseVariants texts(scan::ScanText::FromUtf8(response));
  for (int i = 0; i < kLooseVariants; ++i) {
    verdicts.variants.push_back(Letter(CheckText(*checkers[0], texts.text(i))));
  }
  return verdicts;
}

struct Agreement {
  int total = 0;
  int agreed = 0;

  void Add(const std::string& ours, const std::string& official, const ParityRecord& record,
           size_t constraint) {
    ++total;
    agreed += ours == official;
    EXPECT_EQ(ours, official) << "record " << record.key << ", " << record.kinds[constraint] << " "
                              << record.arguments[constraint].dump();
  }
};

// Prints "name: agreed/total"; fails if total is 0.
void Report(const std::string& name, const Agreement& agreement) {
  std::cout << name << ": " << agreement.agreed << "/" << agreement.total << std::endl;
  EXPECT_GT(agreement.total, 0) << name;
}

void Compare(const ParityFile& file) {
  Agreement agreement;
  for (const ParityRecord& record : file.records) {
    for (size_t i = 0; i < record.kinds.size(); ++i) {
      if (record.random[i]) continue;
      const Verdicts ours = OursOn(AllCheckers(Ruleset::kIfbench020), record.kinds[i],
                                   record.arguments[i], record.response);
      agreement.Add(ours.strict_and_loose + " " + ours.variants,
                    std::string{record.strict[i], record.loose[i], ' '} + record.variants[i],
                    record, i);
    }
  }
  Report(file.name, agreement);
}

void CompareOlderRuleset(const ParityFile& file) {
  Agreement agreement;
  for (const ParityRecord& record : file.records) {
    for (size_t i = 0; i < record.kinds.size(); ++i) {
      if (record.random_2025[i]) continue;
      const Verdicts ours = OursOn(AllCheckers(Ruleset::kIfbench2025), record.kinds[i],
                                   record.arguments[i], record.response);
      agreement.Add(ours.strict_and_loose, std::string{record.strict_2025[i], record.loose_2025[i]},
                    record, i);
    }
  }
  Report(file.name + " (ifbench-2025)", agreement);
}

void CompareStrictOnly(const ParityFile& file) {
  Agreement agreement;
  for (const ParityRecord& record : file.records) {
    const auto checker = AllCheckers().Create(record.kinds[0], record.arguments[0]);
    EXPECT_TRUE(checker.ok()) << checker.status();
    const std::string ours(
        1,
        checker.ok() ? Letter(CheckText(**checker, ResponseText::FromUtf8(record.response))) : 'r');
    agreement.Add(ours, record.strict, record, 0);
  }
  Report(file.name, agreement);
}

class CheckerParity : public testing::TestWithParam<std::string> {};

TEST_P(CheckerParity, EveryVerdictIsThatOfTheOfficialPython) {
  const auto folder = ParityPath("");
  if (!folder) return;
  // Two checkers need data that is not part of HiR: NLTK's tagger, which is stored beside the
  // verdicts, and zhconv's tables. NOLINTBEGIN(concurrency-mt-unsafe): there is one thread.
  setenv("NLTK_DATA", (*folder + "/../nltk_data").c_str(), /*overwrite=*/0);
  setenv("HIR_ZHCONV_DICT", HIR_DEPS_DIR "/text_data/zhcdict.json", /*overwrite=*/0);
  // NOLINTEND(concurrency-mt-unsafe)
  const std::vector<ParityFile> files = ReadParityFiles(*folder, GetParam());
  EXPECT_FALSE(files.empty()) << *folder << " has no " << GetParam() << "_*.jsonl";
  for (const ParityFile& file : files) {
    if (GetParam() == "muldimif") {
      CompareStrictOnly(file);
      continue;
    }
    Compare(file);
    if (GetParam() == "ifbench") CompareOlderRuleset(file);
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, CheckerParity,
                         testing::Values("ifeval", "ifbench", "iftrain", "muldimif"),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace hir
