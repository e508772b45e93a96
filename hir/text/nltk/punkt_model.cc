#include "hir/text/nltk/punkt_model.h"

#include <algorithm>
#include <charconv>

#include "hir/text/lexicon/linked_data.h"
#include "hir/text/scan/char_class.h"

namespace hir::nltk::internal {
namespace {

using lexicon::PunktAbbreviations;
using lexicon::PunktCollocations;
using lexicon::PunktOrtho;
using lexicon::PunktStarters;
using scan::FastIsDecimal;
using scan::kAsciiEnd;

constexpr char kNotAscii = '\x80';
constexpr char32_t kKelvinSign = 0x212A;
constexpr char32_t kCapitalIWithDot = 0x130;

// Calls `use` with each line of `data`.
template <typename Use>
void ForEachLine(std::string_view data, Use use) {
  while (!data.empty()) {
    const size_t end = std::min(data.find('\n'), data.size());
    if (end > 0) use(data.substr(0, end));
    data.remove_prefix(std::min(end + 1, data.size()));
  }
}

// Calls `use` with the parts before and after the tab of each line that has one.
template <typename Use>
void ForEachPair(std::string_view data, Use use) {
  ForEachLine(data, [&](std::string_view line) {
    const size_t tab = line.find('\t');
    if (tab != line.npos) use(line.substr(0, tab), line.substr(tab + 1));
  });
}

// -?[.,]?\d[\d,.-]*\.?
bool IsNumber(std::u32string_view token) {
  size_t i = 0;
  if (i < token.size() && token[i] == U'-') ++i;
  if (i < token.size() && (token[i] == U'.' || token[i] == U',')) ++i;
  if (i == token.size() || !FastIsDecimal(token[i])) return false;
  for (; i < token.size(); ++i) {
    const char32_t c = token[i];
    if (c != U',' && c != U'.' && c != U'-' && !FastIsDecimal(c)) return false;
  }
  return true;
}

}  // namespace

const PunktModel& PunktModel::English() {
  static const PunktModel* const model = new PunktModel();
  return *model;
}

PunktModel::PunktModel() {
  ForEachLine(PunktAbbreviations(), [&](std::string_view line) { abbreviations_.insert(line); });
  ForEachLine(PunktStarters(), [&](std::string_view line) { starters_.insert(line); });
  ForEachPair(PunktCollocations(), [&](std::string_view type, std::string_view next) {
    collocations_[type].insert(next);
  });
  ortho_.reserve(1 << 15);
  ForEachPair(PunktOrtho(), [&](std::string_view type, std::string_view number) {
    uint8_t bits = 0;
    std::from_chars(number.data(), number.data() + number.size(), bits);
    ortho_.emplace(type, bits);
  });
}

uint8_t PunktModel::Ortho(std::string_view type) const {
  const auto found = ortho_.find(type);
  return found == ortho_.end() ? 0 : found->second;
}

std::string PunktType(std::u32string_view token) {
  return IsNumber(token) ? std::string(kPunktNumber) : PunktLower(token);
}

std::string PunktLower(std::u32string_view token) {
  std::string type;
  type.reserve(token.size());
  for (char32_t c : token) {
    if (c < kAsciiEnd) {
      type.push_back(static_cast<char>(c >= U'A' && c <= U'Z' ? c | 0x20 : c));
    } else if (c == kKelvinSign) {
      type.push_back('k');
    } else if (c == kCapitalIWithDot) {
      type.append({'i', kNotAscii});
    } else {
      type.push_back(kNotAscii);
    }
  }
  return type;
}

}  // namespace hir::nltk::internal
