#include <string>

#include "gtest/gtest.h"
#include "hir/config/fields.h"
#include "hir/config/schema.h"
#include "rapidcheck/gtest.h"

namespace hir {
namespace {

using internal::Range;

// Fills every field with an arbitrary value that it allows.
struct Filler {
  void Number(const char*, int& value, Range range) {
    const int most = range.most > 1e9 ? 1'000'000'000 : static_cast<int>(range.most);
    value = *rc::gen::inRange<int>(static_cast<int>(range.least), most + 1);
  }
  void Number(const char*, double& value, Range range) {
    const double most = range.most > 1e12 ? 1e12 : range.most;
    const double share = *rc::gen::inRange(1, 1'000'001) / 1e6;
    value = range.least + (most - range.least) * share;
  }
  template <typename Enum>
  void Choice(const char*, Enum& value) {
    value = (*rc::gen::elementOf(kEnumWords<Enum>)).value;
  }
  template <typename Enum>
  void Choices(const char*, std::vector<Enum>& values) {
    values.resize(*rc::gen::inRange<size_t>(1, 4));
    for (Enum& value : values) Choice("", value);
  }
  void Text(const char*, std::string& value) {
    // YAML text is Unicode; the rest of the bytes have no place in a configuration.
    value = *rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7f));
  }
  void Map(const char*, std::string& value) {
    const std::string maps[] = {
        "", R"({"enable_thinking":false})",
        R"({"a b":[1,-2.5,1e-07,null,"no"],"c":{"d":"true \" \\ \n é","e":{}}})"};
    value = maps[*rc::gen::inRange(0, 3)];
  }
  void Flag(const char*, bool& value) { value = *rc::gen::arbitrary<bool>(); }
  void Seed(const char*, uint64_t& value) { value = *rc::gen::arbitrary<uint64_t>(); }
  void Suites(const char*, std::vector<EvalSuite>& suites) {
    suites.resize(*rc::gen::inRange<size_t>(0, 4));
    for (EvalSuite& suite : suites) {
      Text("", suite.name);
      Text("", suite.file);
      Number("", suite.every, internal::kCountOrZero);
      Number("", suite.prompts, internal::kCountOrZero);
    }
  }
  void Files(const char*, std::vector<TrainFile>& files) {
    files.resize(*rc::gen::inRange<size_t>(0, 4));
    for (TrainFile& file : files) {
      Text("", file.file);
      Number("", file.weight, {.least = 0, .most = 1e6, .above = true});
    }
  }
};

RunConfig AnyConfig() {
  RunConfig config;
  Filler filler;
  internal::VisitFields(config, filler);
  return config;
}

RC_GTEST_PROP(ToYaml, ReadsBackAsTheSameText, ()) {
  const std::string yaml = ToYaml(AnyConfig());
  const auto parsed = ParseRunConfig(yaml);
  RC_ASSERT(parsed.ok());
  RC_ASSERT(ToYaml(*parsed) == yaml);
}

RC_GTEST_PROP(ParseRunConfig, NeverThrowsOnAnyText, (const std::string& text)) {
  const auto parsed = ParseRunConfig(text);
  RC_ASSERT(parsed.ok() || !parsed.status().message().empty());
}

}  // namespace
}  // namespace hir
