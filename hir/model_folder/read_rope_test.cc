#include "hir/model_folder/read_rope.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<Architecture> Read(json config) {
  config.emplace("max_position_embeddings", 128);
  Architecture out;
  out.head_dim = 8;
  ConfigFields fields("config.json", config);
  if (absl::Status status = ReadRope(fields, out); !status.ok()) return status;
  return out;
}

void ExpectRefused(const json& config, const std::string& part) {
  const absl::Status status = Read(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << config;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("config.json"), HasSubstr(part)));
}

TEST(ReadRope, ScalingStandsBeforeParametersAndTakesNoThetaFromThem) {
  const json parameters = {{"rope_type", "default"}, {"rope_theta", 77.0}};
  const json linear = {{"rope_type", "linear"}, {"factor", 2.0}};
  const auto both = Read({{"rope_parameters", parameters}, {"rope_scaling", linear}});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->rope_theta, 10000.0);
  EXPECT_EQ(std::get<LinearRopeScaling>(both->rope_scaling).factor, 2.0);
  for (const json& nothing : {json::object(), json()}) {
    const auto one = Read({{"rope_parameters", parameters}, {"rope_scaling", nothing}});
    ASSERT_TRUE(one.ok()) << one.status();
    EXPECT_EQ(one->rope_theta, 77.0);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(one->rope_scaling));
  }
}

TEST(ReadRope, YarnTruncatesUnlessItIsToldOtherwiseAndNullIsNo) {
  const auto truncates = [](json scaling) {
    scaling["rope_type"] = "yarn";
    scaling["factor"] = 4.0;
    return std::get<YarnRopeScaling>(Read({{"rope_scaling", scaling}}).value().rope_scaling)
        .truncate;
  };
  EXPECT_TRUE(truncates(json::object()));
  EXPECT_TRUE(truncates({{"truncate", true}}));
  EXPECT_FALSE(truncates({{"truncate", false}}));
  EXPECT_FALSE(truncates({{"truncate", nullptr}}));
}

TEST(ReadRope, StretchedTypesAllowLongerSequences) {
  const auto length = [](const char* type, json config) {
    config["rope_scaling"]["rope_type"] = type;
    config["rope_scaling"]["factor"] = 4.0;
    return Read(config).value().max_position;
  };
  EXPECT_EQ(length("linear", {}), 512);
  EXPECT_EQ(length("dynamic", {}), 512);
  EXPECT_EQ(length("yarn", {{"rope_scaling", {{"original_max_position_embeddings", 64}}}}), 256);
  EXPECT_EQ(length("yarn", {{"rope_scaling", {{"original_max_position_embeddings", 16}}}}), 128);
  EXPECT_EQ(length("yarn", {}), 512);
}

TEST(ReadRope, OtherTypesAreRefusedByName) {
  for (const char* type : {"su", "mrope", "proportional", "axial", "ntk"}) {
    ExpectRefused({{"rope_scaling", {{"type", type}, {"factor", 2.0}}}}, type);
    ExpectRefused({{"rope_parameters", {{"rope_type", type}}}}, type);
  }
}

TEST(ReadRope, SettingsByKindOfLayerAreRefused) {
  ExpectRefused({{"rope_parameters", {{"full_attention", {{"rope_type", "default"}}}}}},
                "full_attention");
}

TEST(ReadRope, ARotationOfAPartOfTheHeadIsRefused) {
  ExpectRefused({{"partial_rotary_factor", 0.5}}, "partial_rotary_factor");
  ExpectRefused({{"rope_parameters", {{"partial_rotary_factor", 0.25}}}}, "partial_rotary_factor");
  EXPECT_TRUE(Read({{"partial_rotary_factor", 1.0}}).ok());
}

TEST(ReadRope, MissingAndImpossibleFieldsAreNamed) {
  const auto scaling = [](json fields) { return json{{"rope_scaling", std::move(fields)}}; };
  ExpectRefused(scaling({{"type", "linear"}}), "factor");
  ExpectRefused(scaling({{"type", "linear"}, {"factor", 0}}), "factor");
  ExpectRefused(scaling({{"type", "linear"}, {"factor", "4"}}), "factor");
  ExpectRefused(scaling({{"type", "dynamic"}, {"factor", 1e30}}), "factor");
  ExpectRefused(scaling({{"type", "yarn"}, {"original_max_position_embeddings", 64}}), "factor");
  ExpectRefused(scaling({{"type", "yarn"}, {"factor", 2}, {"beta_fast", "x"}}), "beta_fast");
  ExpectRefused(scaling({{"type", "longrope"}, {"long_factor", {1, 1, 1, 1}}}), "short_factor");
  ExpectRefused(
      scaling({{"type", "longrope"}, {"short_factor", {1, 1, 1}}, {"long_factor", {1, 1, 1, 1}}}),
      "4 numbers");
  ExpectRefused(scaling({{"type", "llama3"}, {"factor", 2}}), "low_freq_factor");
  ExpectRefused({{"rope_scaling", "yarn"}}, "must be an object");
  ExpectRefused({{"rope_theta", -1}}, "rope_theta");
}

TEST(ReadRope, ContextsBeyondWhatPositionsCanTellApartAreRefused) {
  for (const json& length : {json(0), json(-5), json(int64_t{1} << 62), json(1e30),
                             json(18446744073709551615u), json(2.5)}) {
    ExpectRefused({{"max_position_embeddings", length}}, "max_position_embeddings");
  }
  EXPECT_TRUE(Read({{"max_position_embeddings", 10'000'000}}).ok());
}

}  // namespace
}  // namespace hir
