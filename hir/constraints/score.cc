#include "hir/constraints/score.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/text/find_text.h"
#include "hir/text/unicode.h"
#include "hir/text/work_budget.h"

namespace hir {
namespace {

// How many characters of `text` are no asterisks.
size_t CountOthers(std::u32string_view text) {
  size_t count = text.size();
  for (size_t at = FindChar(text, U'*'); at != text.npos; at = FindChar(text, U'*', at + 1))
    --count;
  return count;
}

std::u32string WithoutAsterisks(std::u32string_view text) {
  std::u32string kept;
  kept.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(FindChar(text, U'*', at), text.size());
    kept.append(text.substr(at, end - at));
    at = end + 1;
  }
  return kept;
}

// The text behind the first newline; empty when there is none.
std::u32string_view WithoutFirstLine(std::u32string_view text) {
  const size_t newline = text.find('\n');
  return newline == text.npos ? std::u32string_view() : text.substr(newline + 1);
}

std::u32string_view WithoutLastLine(std::u32string_view text) {
  const size_t newline = text.rfind('\n');
  return newline == text.npos ? std::u32string_view() : text.substr(0, newline);
}

std::vector<CheckResult> CheckAll(absl::Span<const std::unique_ptr<Checker>> checkers,
                                  const ResponseText& text) {
  std::vector<CheckResult> results;
  for (const auto& checker : checkers) results.push_back(CheckText(*checker, text));
  return results;
}

// Decides anew, on `text`, what has failed so far.
void CheckFailures(absl::Span<const std::unique_ptr<Checker>> checkers, const ResponseText& text,
                   std::vector<CheckResult>& results) {
  for (size_t i = 0; i < checkers.size(); ++i) {
    if (results[i].verdict != Verdict::kFail || checkers[i]->waits()) continue;
    results[i] = CheckText(*checkers[i], text);
  }
  text.DropCaches();
}

}  // namespace

ResponseVariants::ResponseVariants(std::u32string raw) {
  texts_.push_back(std::make_unique<ResponseText>(std::move(raw), &memo_));
}

const ResponseText& ResponseVariants::text(int variant) {
  if (!made_) MakeAll();
  return *texts_[index_[variant]];
}

int ResponseVariants::FirstEqual(int variant) {
  if (!made_) MakeAll();
  return first_[variant];
}

void ResponseVariants::MakeAll() {
  made_ = true;
  const std::u32string_view raw = texts_[0]->text();
  // What is cut is stripped; what only loses its asterisks is not, nor is it stripped again. So
  // every text without asterisks is a part of the whole one.
  const std::u32string_view cut[] = {Strip(WithoutFirstLine(raw)), Strip(WithoutLastLine(raw)),
                                     Strip(WithoutLastLine(WithoutFirstLine(raw)))};
  const std::u32string bare = WithoutAsterisks(raw);
  Add(1, bare);
  for (int i = 0; i < 3; ++i) {
    const auto begin = static_cast<size_t>(cut[i].empty() ? 0 : cut[i].data() - raw.data());
    Add(2 + i, cut[i]);
    Add(5 + i,
        std::u32string_view(bare).substr(CountOthers(raw.substr(0, begin)), CountOthers(cut[i])));
  }
  for (int i = 0; i < kLooseVariants; ++i) {
    first_[i] =
        static_cast<int>(std::find(index_.begin(), index_.begin() + i, index_[i]) - index_.begin());
  }
}

void ResponseVariants::Add(int variant, std::u32string_view text) {
  const auto equal = std::find_if(texts_.begin(), texts_.end(),
                                  [&](const auto& known) { return known->text() == text; });
  index_[variant] = static_cast<int>(equal - texts_.begin());
  if (equal == texts_.end()) {
    texts_.push_back(std::make_unique<ResponseText>(std::u32string(text), &memo_));
  }
}

CheckResult CheckText(const Checker& checker, const ResponseText& text) {
  if (text.blank() && !checker.decides_blank()) return PassIf(false);
  text.budget() = WorkBudget();
  try {
    CheckResult result = checker.Check(text);
    return text.budget().exhausted() ? Undecidable(kWorkBudgetExhausted) : result;
  } catch (const std::exception& error) {
    return Undecidable(absl::StrCat("The checker threw \"", ShownName(error.what()), "\"."));
  }
}

std::array<CheckResult, kLooseVariants> CheckVariants(const Checker& checker,
                                                      ResponseVariants& variants) {
  std::array<CheckResult, kLooseVariants> results;
  for (int i = 0; i < kLooseVariants; ++i) {
    const int first = variants.FirstEqual(i);
    results[i] = first < i ? results[first] : CheckText(checker, variants.text(i));
  }
  return results;
}

std::vector<CheckResult> ScoreStrictly(absl::Span<const std::unique_ptr<Checker>> checkers,
                                       std::string_view response_utf8) {
  return CheckAll(checkers, ResponseText::FromUtf8(response_utf8));
}

Scores Score(absl::Span<const std::unique_ptr<Checker>> checkers, std::string_view response_utf8) {
  ResponseVariants variants(DecodeUtf8(response_utf8));
  Scores scores;
  scores.strict = CheckAll(checkers, variants.raw());
  scores.loose = scores.strict;
  if (std::none_of(scores.strict.begin(), scores.strict.end(),
                   [](const CheckResult& result) { return result.verdict == Verdict::kFail; })) {
    return scores;
  }
  variants.raw().DropCaches();
  // Variant by variant, so that what is derived from one can go before the next.
  for (int i = 1; i < kLooseVariants; ++i) {
    if (variants.FirstEqual(i) == i) CheckFailures(checkers, variants.text(i), scores.loose);
  }
  return scores;
}

}  // namespace hir
