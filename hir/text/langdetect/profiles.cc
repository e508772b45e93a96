#include "hir/text/langdetect/profiles.h"

#include <bit>
#include <cstring>
#include <string_view>

#include "hir/text/lexicon/linked_data.h"
#include "hir/text/scan/char_class.h"

namespace hir::langdetect::internal {
namespace {

using lexicon::LangdetectData;
using scan::IsAsciiLetter;
using scan::kAsciiEnd;

constexpr size_t kSlots =
    size_t{1} << 17;  // More than twice the number of n-grams with characters beyond ASCII.
constexpr uint64_t kEmptyKey = 0;
constexpr size_t kMaxListed = 5;  // N-grams that occur in more languages have a row.
constexpr int kCodePointBits = 21;
constexpr uint64_t kCodePointMask = (uint64_t{1} << kCodePointBits) - 1;

static_assert(std::endian::native == std::endian::little, "the linked tables are little-endian");

uint64_t Key(char32_t first, char32_t second, char32_t third) {
  return (uint64_t{first} << kCodePointBits | second) << kCodePointBits | third;
}

size_t Slot(uint64_t key) { return key * 0x9E3779B97F4A7C15U >> 47; }

// By ASCII character: 0 for "none", 1 for the space, which also stands for everything that is not a
// letter.
std::array<uint8_t, 128> Symbols() {
  std::array<uint8_t, 128> symbols;
  symbols.fill(1);
  symbols[0] = 0;
  for (uint8_t i = 0; i < 26; ++i) {
    symbols[U'A' + i] = 2 + i;
    symbols[U'a' + i] = 28 + i;
  }
  return symbols;
}

// __restrict lets the compiler handle several languages at once; the two never overlap.
void MultiplyRow(const double* __restrict row, double floor, double* __restrict probabilities) {
  for (size_t i = 0; i < LangdetectProfiles::kLanguageSlots; ++i) {
    probabilities[i] *= floor + row[i];
  }
}

int GramLength(uint64_t key) {
  return key >> 2 * kCodePointBits != 0 ? 3 : key >> kCodePointBits != 0 ? 2 : 1;
}

}  // namespace

// Reads arrays one after the other from the linked file.
class LangdetectReader {
 public:
  explicit LangdetectReader(std::string_view data) : data_(data) {}

  template <typename T>
  std::vector<T> Read(size_t count) {
    std::vector<T> values(count);
    std::memcpy(values.data(), data_.data(), count * sizeof(T));
    data_.remove_prefix(count * sizeof(T));
    return values;
  }

 private:
  std::string_view data_;
};

const LangdetectProfiles& LangdetectProfiles::Get() {
  static const LangdetectProfiles* const profiles = new LangdetectProfiles();
  return *profiles;
}

LangdetectProfiles::LangdetectProfiles()
    : symbols_(Symbols()),
      ascii_(kSymbols * kSymbols * kSymbols, kNoGram),
      keys_(kSlots, kEmptyKey),
      grams_(kSlots) {
  LangdetectReader reader(LangdetectData());
  const auto header = reader.Read<uint32_t>(6);
  for (uint32_t i = 0; i < header[1]; ++i) {
    languages_.emplace_back(reader.Read<char>(8).data(), 8);
    languages_.back().resize(languages_.back().find('\0'));
  }
  ReadGrams(reader, header[2], header[3]);
  for (char32_t c = kFirstIdeograph; c <= kLastIdeograph; ++c) ideographs_.push_back(c);
  for (uint32_t i = 0; i < header[4]; ++i) {
    const auto pair = reader.Read<uint32_t>(2);
    if (pair[0] < kFirstIdeograph || pair[0] > kLastIdeograph) continue;
    ideographs_[pair[0] - kFirstIdeograph] = pair[1];
  }
  for (uint32_t i = 0; i < header[5]; ++i) {
    const auto triple = reader.Read<uint32_t>(3);
    composed_[Key(0, triple[0], triple[1])] = triple[2];
  }
}

void LangdetectProfiles::ReadGrams(LangdetectReader& reader, uint32_t grams, uint32_t entries) {
  const auto totals = reader.Read<uint32_t>(languages_.size() * 3);
  const auto keys = reader.Read<uint64_t>(grams);
  const auto counts = reader.Read<uint8_t>(grams);
  const auto entry_languages = reader.Read<uint8_t>(entries);
  const auto occurrences = reader.Read<uint32_t>(entries);
  shares_.reserve(entries);
  for (uint32_t gram = 0; gram < grams; ++gram) {
    begins_.push_back(static_cast<uint32_t>(shares_.size()));
    const int length = GramLength(keys[gram]);
    for (int i = 0; i < counts[gram]; ++i) {
      const size_t entry = shares_.size();
      const uint32_t language = entry_languages[entry];
      const double total = totals[language * 3 + length - 1];
      shares_.push_back({occurrences[entry] / total, language});
    }
    AddRow(absl::MakeConstSpan(shares_).subspan(begins_[gram]));
    Insert(keys[gram], gram);
  }
  begins_.push_back(static_cast<uint32_t>(shares_.size()));
}

void LangdetectProfiles::AddRow(absl::Span<const GramShare> shares) {
  if (shares.size() <= kMaxListed) {
    row_of_.push_back(kNoGram);
    return;
  }
  row_of_.push_back(static_cast<uint32_t>(rows_.size()));
  Row& row = rows_.emplace_back();
  row.fill(0);
  for (const GramShare& share : shares) row[share.language] = share.frequency;
}

void LangdetectProfiles::Insert(uint64_t key, uint32_t gram) {
  const auto first = static_cast<char32_t>(key >> 2 * kCodePointBits);
  const auto second = static_cast<char32_t>(key >> kCodePointBits & kCodePointMask);
  const auto third = static_cast<char32_t>(key & kCodePointMask);
  if ((first | second | third) < kAsciiEnd) {
    ascii_[AsciiIndex(symbols_[first], symbols_[second], symbols_[third])] = gram;
    return;
  }
  size_t slot = Slot(key);
  while (keys_[slot] != kEmptyKey) slot = (slot + 1) % kSlots;
  keys_[slot] = key;
  grams_[slot] = gram;
}

uint32_t LangdetectProfiles::FindSlow(char32_t first, char32_t second, char32_t third) const {
  const uint64_t key = Key(first, second, third);
  for (size_t slot = Slot(key); keys_[slot] != kEmptyKey; slot = (slot + 1) % kSlots) {
    if (keys_[slot] == key) return grams_[slot];
  }
  return kNoGram;
}

void LangdetectProfiles::Multiply(uint32_t gram, double floor, Row& probabilities) const {
  if (row_of_[gram] != kNoGram) {
    MultiplyRow(rows_[row_of_[gram]].data(), floor, probabilities.data());
    return;
  }
  std::array<double, kMaxListed> products;
  const uint32_t begin = begins_[gram];
  const uint32_t count = begins_[gram + 1] - begin;
  for (uint32_t i = 0; i < count; ++i) {
    const GramShare& share = shares_[begin + i];
    products[i] = probabilities[share.language] * (floor + share.frequency);
  }
  for (double& probability : probabilities) probability *= floor;
  for (uint32_t i = 0; i < count; ++i) {
    probabilities[shares_[begin + i].language] = products[i];
  }
}

char32_t LangdetectProfiles::Normalize(char32_t c) const {
  if (c < kAsciiEnd) return IsAsciiLetter(c) ? c : U' ';
  if (c <= 0xFF) return c == 0xA0 || c == 0xAB || c == 0xB0 || c == 0xBB ? U' ' : c;
  // Romanian: comma below becomes cedilla.
  if (c == 0x219) return 0x15F;
  if (c == 0x21B) return 0x163;
  if (c < 0x600) return c;
  if (c == 0x6CC) return 0x64A;                   // Farsi yeh becomes Arabic yeh.
  if (c >= 0x1EA0 && c <= 0x1EFF) return 0x1EC3;  // Vietnamese letters.
  if (c >= 0x2000 && c <= 0x206F) return U' ';    // General punctuation.
  if (c < 0x3040) return c;
  if (c <= 0x309F) return 0x3042;                 // Hiragana.
  if (c <= 0x30FF) return 0x30A2;                 // Katakana.
  if (c <= 0x312F) return 0x3105;                 // Bopomofo.
  if (c >= 0x31A0 && c <= 0x31BF) return 0x3105;  // Bopomofo Extended.
  if (c >= kFirstIdeograph && c <= kLastIdeograph) return ideographs_[c - kFirstIdeograph];
  if (c >= 0xAC00 && c <= 0xD7AF) return 0xAC00;  // Hangul syllables.
  return c;
}

std::optional<char32_t> LangdetectProfiles::Compose(char32_t letter, char32_t mark) const {
  const auto found = composed_.find(Key(0, letter, mark));
  if (found == composed_.end()) return std::nullopt;
  return found->second;
}

}  // namespace hir::langdetect::internal
