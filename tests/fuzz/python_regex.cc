#include "hir/text/regex/python_regex.h"

#include <algorithm>

#include "tests/fuzz/fuzz_input.h"

// Any pattern on any text: Search() finds a match if and only if Count() counts one, and the
// pattern in a group, where the search can't use literals, has the same matches.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hir::FuzzInput input(data, size);
  const hir::regex::RegexOptions options = {.ignore_case = input.Below(2) == 1,
                                            .multiline = input.Below(2) == 1};
  const std::u32string pattern = hir::python::DecodeUtf8(input.Text());
  const auto regex = hir::regex::PythonRegex::Compile(pattern, options);
  if (!regex.ok()) return 0;
  const hir::scan::ScanText text(input.RestAsText());
  hir::WorkBudget budget(10'000'000);
  hir::regex::RegexSubject subject(text, budget);
  const auto found = regex->Search(subject);
  const auto count = regex->Count(subject);
  if (found.ok() && count.ok()) hir::Expect(*found == (*count > 0));
  if (!count.ok()) return 0;
  const auto spans = regex->FindAll(subject);
  if (!spans.ok()) return 0;
  size_t end = 0;
  for (const hir::regex::RegexSpan& span : *spans) {
    hir::Expect(end <= span.start && span.start <= span.end && span.end <= text.size());
    end = span.end;
  }
  hir::Expect(spans->size() == *count);
  const auto group = hir::regex::PythonRegex::Compile(U"(?:" + pattern + U")", options);
  if (!group.ok()) return 0;
  const auto same = group->FindAll(subject);
  if (same.ok()) {
    hir::Expect(std::equal(spans->begin(), spans->end(), same->begin(), same->end(),
                           [](const hir::regex::RegexSpan& a, const hir::regex::RegexSpan& b) {
                             return a.start == b.start && a.end == b.end;
                           }));
  }
  return 0;
}
