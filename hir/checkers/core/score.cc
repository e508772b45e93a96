#include "hir/checkers/core/score.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/work_budget.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir {
namespace {

using scan::ScanText;
using scan::TextSpan;

// The text after the first newline; empty without a newline.
TextSpan WithoutFirstLine(const ScanText& text, TextSpan span) {
  const size_t newline = BytesOf(text, span).find('\n');
  if (newline == std::string_view::npos) return {span.begin, 0};
  return {span.begin + newline + 1, span.size - newline - 1};
}

TextSpan WithoutLastLine(const ScanText& text, TextSpan span) {
  const size_t newline = BytesOf(text, span).rfind('\n');
  return {span.begin, newline == std::string_view::npos ? 0 : newline};
}

using Cancelled = absl::FunctionRef<bool()>;

std::vector<CheckResult> CheckAll(absl::Span<const std::unique_ptr<Checker>> checkers,
                                  const ResponseText& text, Cancelled cancelled) {
  std::vector<CheckResult> results;
  for (const auto& checker : checkers) {
    results.push_back(cancelled() ? Undecidable(kCallCancelled) : CheckText(*checker, text));
  }
  return results;
}

// Decides those constraints on `text` that have failed so far.
void CheckFailures(absl::Span<const std::unique_ptr<Checker>> checkers, const ResponseText& text,
                   Cancelled cancelled, std::vector<CheckResult>& results) {
  for (size_t i = 0; i < checkers.size(); ++i) {
    if (results[i].verdict != Verdict::kFail || checkers[i]->waits() || cancelled()) continue;
    results[i] = CheckText(*checkers[i], text);
  }
  text.DropCaches();
}

}  // namespace

ResponseVariants::ResponseVariants(ScanText raw) {
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
  const ScanText& raw = texts_[0]->scan();
  const TextSpan all = {0, raw.size()};
  const TextSpan cuts[] = {WithoutFirstLine(raw, all), WithoutLastLine(raw, all),
                           WithoutLastLine(raw, WithoutFirstLine(raw, all))};
  Add(1, raw.WithoutAsterisks());
  for (int i = 0; i < 3; ++i) {
    // A cut text is stripped, but not a second time after it loses its asterisks.
    ScanText cut = raw.Part(Strip(raw, cuts[i]));
    Add(5 + i, cut.WithoutAsterisks());
    Add(2 + i, std::move(cut));
  }
  for (int i = 0; i < kLooseVariants; ++i) {
    first_[i] =
        static_cast<int>(std::find(index_.begin(), index_.begin() + i, index_[i]) - index_.begin());
  }
}

void ResponseVariants::Add(int variant, ScanText text) {
  const auto equal = std::find_if(texts_.begin(), texts_.end(),
                                  [&](const auto& known) { return known->scan() == text; });
  index_[variant] = static_cast<int>(equal - texts_.begin());
  if (equal == texts_.end()) {
    texts_.push_back(std::make_unique<ResponseText>(std::move(text), &memo_));
  }
}

CheckResult CheckText(const Checker& checker, const ResponseText& text) {
  if (text.blank() && !checker.decides_blank()) return PassIf(false);
  text.budget() = WorkBudget();
  try {
    CheckResult result = checker.Check(text);
    return text.budget().exhausted() ? Undecidable(kWorkBudgetExhausted) : result;
  } catch (const std::exception& error) {
    return Undecidable(absl::StrCat("The checker threw \"", QuoteForMessage(error.what()), "\"."));
  }
}

Scores Score(absl::Span<const std::unique_ptr<Checker>> checkers, std::string_view response_utf8,
             absl::FunctionRef<bool()> cancelled) {
  ResponseVariants variants(ScanText::FromUtf8(response_utf8));
  Scores scores;
  scores.strict = CheckAll(checkers, variants.raw(), cancelled);
  scores.loose = scores.strict;
  if (std::none_of(scores.strict.begin(), scores.strict.end(),
                   [](const CheckResult& result) { return result.verdict == Verdict::kFail; })) {
    return scores;
  }
  variants.raw().DropCaches();
  // Variant by variant, so that what is derived from one is freed before the next.
  for (int i = 1; i < kLooseVariants; ++i) {
    if (variants.FirstEqual(i) == i)
      CheckFailures(checkers, variants.text(i), cancelled, scores.loose);
  }
  return scores;
}

}  // namespace hir
