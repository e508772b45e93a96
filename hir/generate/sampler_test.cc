#include "hir/generate/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/random.h"

namespace hir {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Roughly normal logits, wide enough for a clear peak.
std::vector<float> Logits(int64_t count, uint64_t seed) {
  CounterRandom random(seed, 0);
  std::vector<float> logits(count);
  for (float& x : logits) {
    double sum = 0;
    for (int i = 0; i < 6; ++i) sum += random.Uniform() - 0.5;
    x = static_cast<float>(4 * sum);
  }
  return logits;
}

// The textbook formula of the distribution, in double.
std::vector<double> Probabilities(const std::vector<float>& logits, double temperature) {
  const double max = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  for (const float x : logits) p.push_back(std::exp((x - max) / temperature));
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value /= sum;
  return p;
}

double Entropy(const std::vector<double>& p) {
  double entropy = 0;
  for (const double value : p) entropy -= value > 0 ? value * std::log(value) : 0;
  return entropy;
}

Draw DrawOne(const std::vector<float>& logits, const DrawSettings& settings) {
  const DrawRequest request{.settings = settings};
  Draw draw;
  DrawTokens(logits.data(), static_cast<int64_t>(logits.size()), {&request, 1}, {&draw, 1});
  return draw;
}

// Every token that some uniform of a fine grid draws.
std::set<int32_t> Drawable(const std::vector<float>& logits, DrawSettings settings) {
  std::set<int32_t> tokens;
  for (int i = 0; i < 20000; ++i) {
    settings.uniform = (i + 0.5) / 20000;
    tokens.insert(DrawOne(logits, settings).token);
  }
  return tokens;
}

// The tokens that top-k and then top-p keep, by sorting all of them.
std::set<int32_t> NaiveNucleus(const std::vector<float>& logits, int top_k, double top_p) {
  const std::vector<double> p = Probabilities(logits, 1.0);
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return logits[a] > logits[b]; });
  if (top_k > 0) order.resize(std::min<size_t>(order.size(), top_k));
  double whole = 0;
  for (const int32_t token : order) whole += p[token];
  std::set<int32_t> kept;
  double sum = 0;
  for (const int32_t token : order) {
    if (!kept.empty() && sum >= top_p * whole) break;
    kept.insert(token);
    sum += p[token];
  }
  return kept;
}

class AgainstTheTextbook : public testing::TestWithParam<int64_t> {};

TEST_P(AgainstTheTextbook, LogProbabilityAndEntropyAreThoseOfTheFullSoftmax) {
  const std::vector<float> logits = Logits(GetParam(), 7);
  for (const double temperature : {0.3, 1.0, 2.5}) {
    const std::vector<double> p = Probabilities(logits, temperature);
    for (const double uniform : {0.0, 0.31, 0.999999}) {
      const Draw draw = DrawOne(logits, {.temperature = temperature, .uniform = uniform});
      ASSERT_GE(draw.token, 0);
      // float32 logits scaled and exponentiated with a relative error below 3e-7 each.
      EXPECT_NEAR(draw.log_probability, std::log(p[draw.token]), 2e-5);
      EXPECT_NEAR(draw.entropy, Entropy(p), 2e-5);
    }
  }
}

TEST_P(AgainstTheTextbook, TheDrawIsTheInverseOfTheCumulativeDistribution) {
  const std::vector<float> logits = Logits(GetParam(), 8);
  const std::vector<double> p = Probabilities(logits, 1.0);
  for (int i = 0; i < 200; ++i) {
    const double uniform = UniformAt(3, 4, 0, i);
    const int32_t token = DrawOne(logits, {.uniform = uniform}).token;
    const double below = std::accumulate(p.begin(), p.begin() + token, 0.0);
    EXPECT_GE(uniform, below - 1e-6);
    EXPECT_LE(uniform, below + p[token] + 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, AgainstTheTextbook, testing::Values(1, 15, 511, 513, 49152));

TEST(DrawTokens, FollowsTheDistribution) {
  const std::vector<float> logits = {0.0f, 1.0f, -1.0f, 0.5f, 2.0f, -0.3f, 0.2f, 1.4f};
  const double temperature = 0.8;
  const std::vector<double> p = Probabilities(logits, temperature);
  constexpr int kDraws = 40000;
  std::vector<int> counts(logits.size());
  for (int i = 0; i < kDraws; ++i) {
    const double uniform = UniformAt(11, i / 100, i % 100, 5);
    ++counts[DrawOne(logits, {.temperature = temperature, .uniform = uniform}).token];
  }
  double chi_square = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double expected = kDraws * p[i];
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  // Seven degrees of freedom: a correct sampler exceeds 41 for less than one seed in a million.
  EXPECT_LT(chi_square, 41.0);
}

TEST(DrawTokens, TemperatureZeroTakesTheLowestOfTheLikeliest) {
  const Draw draw = DrawOne({1.0f, 3.0f, 3.0f, -2.0f}, {.temperature = 0, .uniform = 0.9});
  EXPECT_EQ(draw.token, 1);
  const std::vector<double> p = Probabilities({1.0f, 3.0f, 3.0f, -2.0f}, 1.0);
  EXPECT_NEAR(draw.log_probability, std::log(p[1]), 1e-5);
  EXPECT_NEAR(draw.entropy, Entropy(p), 1e-5);
}

TEST(DrawTokens, TopKKeepsExactlyTheLikeliest) {
  const std::vector<float> logits = Logits(600, 4);
  for (const int k : {1, 2, 7}) {
    EXPECT_EQ(Drawable(logits, {.top_k = k}), NaiveNucleus(logits, k, 1.0)) << k;
  }
}

TEST(DrawTokens, TopKTakesLowerIdsAmongEquals) {
  EXPECT_THAT(Drawable({1, 2, 2, 2, 0}, {.top_k = 2}), testing::ElementsAre(1, 2));
}

TEST(DrawTokens, TopPKeepsExactlyTheNucleus) {
  const std::vector<float> logits = Logits(40, 5);
  for (const double p : {0.05, 0.5, 0.9}) {
    EXPECT_EQ(Drawable(logits, {.top_p = p}), NaiveNucleus(logits, 0, p)) << p;
  }
}

TEST(DrawTokens, TopPWorksWhenTheNucleusIsMostOfALargeVocabulary) {
  const std::vector<float> logits(2000, 0.25f);
  // 0.9 of equal tokens: the first 1800, so that the last uniform draws the 1800th.
  EXPECT_EQ(DrawOne(logits, {.top_p = 0.9, .uniform = 1 - 1e-9}).token, 1799);
}

TEST(DrawTokens, TopKAndTopPApplyInThisOrder) {
  const std::vector<float> logits = Logits(60, 6);
  EXPECT_EQ(Drawable(logits, {.top_k = 5, .top_p = 0.6}), NaiveNucleus(logits, 5, 0.6));
}

TEST(DrawTokens, ARestrictedDrawReportsTheFullSoftmax) {
  const std::vector<float> logits = Logits(100, 2);
  const Draw draw = DrawOne(logits, {.top_k = 1, .uniform = 0.5});
  EXPECT_NEAR(draw.log_probability, std::log(Probabilities(logits, 1.0)[draw.token]), 1e-5);
}

TEST(DrawTokens, NeverDrawsWhatHasNoWeight) {
  const std::vector<float> logits = {-kInfinity, 0.0f, -kInfinity, 0.0f, -kInfinity};
  EXPECT_THAT(Drawable(logits, {}), testing::ElementsAre(1, 3));
  EXPECT_NEAR(DrawOne(logits, {.uniform = 0.2}).entropy, std::log(2.0), 1e-6);
}

TEST(DrawTokens, NeverDrawsWhatIsExcluded) {
  const std::vector<float> logits = {5.0f, 1.0f, 3.0f, 1.0f};
  const std::vector<int32_t> excluded = {0, 2, 99, -1};
  EXPECT_THAT(Drawable(logits, {.excluded = excluded}), testing::ElementsAre(1, 3));
  const Draw draw = DrawOne(logits, {.temperature = 0, .excluded = excluded});
  EXPECT_EQ(draw.token, 1);
  EXPECT_NEAR(draw.log_probability, std::log(0.5), 1e-6);
}

TEST(DrawTokens, ReportsTheLikeliestTokensAtItsTemperature) {
  const std::vector<float> logits = Logits(100, 2);
  const std::vector<double> p = Probabilities(logits, 2.0);
  const Draw draw =
      DrawOne(logits, {.temperature = 2, .top_k = 1, .uniform = 0.5, .top_logprobs = 3});
  ASSERT_EQ(draw.likeliest.size(), 3u);
  EXPECT_EQ(draw.likeliest[0].token, draw.token);
  EXPECT_EQ(draw.likeliest[0].log_probability, draw.log_probability);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(draw.likeliest[i].log_probability, std::log(p[draw.likeliest[i].token]), 1e-5);
    EXPECT_TRUE(i == 0 || p[draw.likeliest[i].token] <= p[draw.likeliest[i - 1].token]);
  }
  EXPECT_EQ(DrawOne({0.0f, 1.0f}, {.top_logprobs = 5}).likeliest.size(), 2u);
}

TEST(DrawTokens, AGivenTokenIsScoredByItsLine) {
  const std::vector<float> lines = Logits(200, 3);
  const std::vector<DrawRequest> requests = {
      {.row = 1, .settings = {.top_logprobs = 2}, .given = 42},
      {.row = 0, .settings = {.top_k = 1, .top_logprobs = 2}, .given = 7}};
  std::vector<Draw> draws(2);
  DrawTokens(lines.data(), 100, requests, absl::MakeSpan(draws));
  for (size_t i = 0; i < 2; ++i) {
    const int64_t begin = 100 * requests[i].row;
    const std::vector<float> line(lines.begin() + begin, lines.begin() + begin + 100);
    EXPECT_EQ(draws[i].token, requests[i].given);
    EXPECT_NEAR(draws[i].log_probability, std::log(Probabilities(line, 1.0)[draws[i].token]), 1e-5);
    ASSERT_EQ(draws[i].likeliest.size(), 2u);
    EXPECT_GE(draws[i].likeliest[0].log_probability, draws[i].likeliest[1].log_probability);
  }
}

TEST(DrawTokens, SeveralRequestsMayNameOneLine) {
  const std::vector<float> lines = Logits(300, 3);
  std::vector<DrawRequest> requests;
  for (int i = 0; i < 6; ++i) {
    requests.push_back({.row = i % 3, .settings = {.uniform = 0.15 * i}});
  }
  std::vector<Draw> draws(6);
  DrawTokens(lines.data(), 100, requests, absl::MakeSpan(draws));
  for (int i = 0; i < 6; ++i) {
    const int64_t begin = 100 * requests[i].row;
    const Draw alone =
        DrawOne({lines.begin() + begin, lines.begin() + begin + 100}, requests[i].settings);
    EXPECT_EQ(draws[i].token, alone.token);
    EXPECT_EQ(draws[i].log_probability, alone.log_probability);
  }
}

TEST(DrawTokens, SaysWhenNoLogitIsFinite) {
  EXPECT_TRUE(std::isnan(DrawOne({NAN, NAN}, {}).log_probability));
  EXPECT_TRUE(std::isnan(DrawOne({0.0f, kInfinity}, {}).log_probability));
}

TEST(DrawTokens, OneLogitThatIsNoNumberSpoilsItsLine) {
  for (const DrawSettings& settings : {DrawSettings{}, DrawSettings{.temperature = 0},
                                       DrawSettings{.top_k = 2}, DrawSettings{.top_p = 0.5}}) {
    const Draw draw = DrawOne({0.0f, NAN, 1.0f}, settings);
    EXPECT_TRUE(std::isnan(draw.log_probability));
    EXPECT_TRUE(std::isnan(draw.entropy));
  }
}

TEST(DrawTokens, ALineDoesNotDependOnItsNeighbours) {
  const int64_t vocabulary = 3000;
  std::vector<float> lines = Logits(vocabulary * 5, 12);
  std::vector<DrawRequest> requests(5);
  for (int i = 0; i < 5; ++i) requests[i] = {.row = i, .settings = {.uniform = 0.15 + 0.17 * i}};
  std::vector<Draw> draws(5);
  DrawTokens(lines.data(), vocabulary, requests, absl::MakeSpan(draws));
  for (int i = 0; i < 5; ++i) {
    const std::vector<float> line(lines.begin() + i * vocabulary,
                                  lines.begin() + (i + 1) * vocabulary);
    const Draw alone = DrawOne(line, requests[i].settings);
    EXPECT_EQ(draws[i].token, alone.token);
    EXPECT_EQ(draws[i].log_probability, alone.log_probability);
    EXPECT_EQ(draws[i].entropy, alone.entropy);
  }
}

}  // namespace
}  // namespace hir
