#include "hir/base/random.h"

#include <cstring>

#include "hir/base/sha256.h"

namespace hir {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;
constexpr uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

double UnitInterval(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

}  // namespace

std::array<uint32_t, 4> Philox(const std::array<uint32_t, 4>& counter,
                               const std::array<uint32_t, 2>& key) {
  std::array<uint32_t, 4> c = counter;
  uint32_t k0 = key[0];
  uint32_t k1 = key[1];
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t p0 = uint64_t{kMultiplier0} * c[0];
    const uint64_t p1 = uint64_t{kMultiplier1} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return c;
}

uint64_t SeedOfName(std::string_view name) {
  const std::string digest = Sha256(name);
  uint64_t seed = 0;
  std::memcpy(&seed, digest.data(), sizeof(seed));
  return seed;
}

double UniformAt(uint64_t seed, uint64_t task, uint32_t sample, uint32_t position) {
  const auto words =
      Philox({position, sample, static_cast<uint32_t>(task), static_cast<uint32_t>(task >> 32)},
             {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  return UnitInterval(uint64_t{words[1]} << 32 | words[0]);
}

uint64_t CounterRandom::operator()() {
  const auto words =
      Philox({static_cast<uint32_t>(position_), static_cast<uint32_t>(position_ >> 32),
              static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
             {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
  ++position_;
  return uint64_t{words[1]} << 32 | words[0];
}

uint64_t CounterRandom::Below(uint64_t n) {
  const uint64_t limit = max() - max() % n;
  uint64_t draw = (*this)();
  while (draw >= limit) draw = (*this)();
  return draw % n;
}

double CounterRandom::Uniform() { return UnitInterval((*this)()); }

}  // namespace hir
