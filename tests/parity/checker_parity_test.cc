// Holds our verdicts against those of the official Python, constraint by constraint: strict, loose
// and each of the eight transformations. A checker that can't be built or can't decide counts as
// "raises".
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hir/constraints/registry.h"
#include "hir/constraints/score.h"
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

// "strict loose variants" of one constraint, e.g. "0 1 01000000".
std::string Verdicts(const std::string& kind, const nlohmann::json& arguments,
                     const std::string& response) {
  std::vector<std::unique_ptr<Checker>> checkers(1);
  auto created = CheckerRegistry::Default().Create(kind, arguments);
  if (!created.ok()) return "r r rrrrrrrr";
  checkers[0] = *std::move(created);
  const Scores scores = Score(checkers, response);
  std::string letters = {Letter(scores.strict[0]), ' ', Letter(scores.loose[0]), ' '};
  for (const CheckResult& result : CheckVariants(*checkers[0], ResponseVariants(response))) {
    letters.push_back(Letter(result));
  }
  return letters;
}

std::string OfficialVerdicts(const ParityRecord& record, size_t constraint) {
  return {record.strict[constraint], ' ', record.loose[constraint], ' '};
}

struct Agreement {
  int total = 0;
  int agreed = 0;
};

void Compare(const ParityRecord& record, Agreement& agreement) {
  for (size_t i = 0; i < record.kinds.size(); ++i) {
    if (record.random[i]) continue;
    const std::string official = OfficialVerdicts(record, i) + record.variants[i];
    const std::string ours = Verdicts(record.kinds[i], record.arguments[i], record.response);
    ++agreement.total;
    agreement.agreed += ours == official;
    EXPECT_EQ(ours, official) << "record " << record.key << ", " << record.kinds[i] << " "
                              << record.arguments[i].dump();
  }
}

class CheckerParity : public testing::TestWithParam<std::string> {};

TEST_P(CheckerParity, EveryVerdictIsThatOfTheOfficialPython) {
  const auto folder = ParityPath("");
  if (!folder) return;
  const std::vector<ParityFile> files = ReadParityFiles(*folder, GetParam());
  EXPECT_FALSE(files.empty()) << *folder << " has no " << GetParam() << "_*.jsonl";
  for (const ParityFile& file : files) {
    Agreement agreement;
    for (const ParityRecord& record : file.records) Compare(record, agreement);
    std::cout << file.name << ": " << agreement.agreed << "/" << agreement.total << std::endl;
    EXPECT_GT(agreement.total, 0) << file.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, CheckerParity, testing::Values("ifeval", "iftrain"),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace hir
