#include "hir/checkers/muldimif/elements.h"

#include <algorithm>

#include "hir/text/python/unicode.h"

namespace hir::muldimif {
namespace {

using python::IsDecimal;
using python::IsSpace;
using python::JsonOutcome;
using python::PythonValue;
using python::ReadPythonJson;
using python::View;

View AfterSpaces(View text) {
  const auto first = std::find_if_not(text.begin(), text.end(), IsSpace);
  return text.substr(static_cast<size_t>(first - text.begin()));
}

// re.match(r"\s*[{\[]", text)
bool BeginsJson(View text) {
  const View rest = AfterSpaces(text);
  return rest.starts_with(U'{') || rest.starts_with(U'[');
}

// Whether a line begins with a bar and has something between it and another bar.
bool HasTable(const std::vector<View>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](View line) {
    const View row = AfterSpaces(line);
    const size_t last = row.rfind(U'|');
    return row.starts_with(U'|') && last >= 2;
  });
}

}  // namespace

ResponseForm FormOf(View text, const std::vector<View>& lines) {
  if (BeginsJson(text)) return ResponseForm::kJson;
  if (HasTable(lines)) return ResponseForm::kTable;
  if (BeginsNumbered(text)) return ResponseForm::kNumbered;
  if (BeginsBullet(text)) return ResponseForm::kBullets;
  return ResponseForm::kPlain;
}

// re.match(r"\s*\d+\.\s+", text)
bool BeginsNumbered(View text) {
  const View rest = AfterSpaces(text);
  const auto point = std::find_if_not(rest.begin(), rest.end(), IsDecimal);
  return point != rest.begin() && point != rest.end() && *point == U'.' &&
         point + 1 != rest.end() && IsSpace(point[1]);
}

// re.match(r"\s*[-*] ", text)
bool BeginsBullet(View text) {
  const View rest = AfterSpaces(text);
  return rest.starts_with(U"- ") || rest.starts_with(U"* ");
}

View After(View text, char32_t separator) {
  const size_t at = text.find(separator);
  return at == View::npos ? text : text.substr(at + 1);
}

JsonOutcome ReadJson(View text, PythonValue& value, WorkBudget& budget) {
  constexpr int64_t kReadWork = 100;  // Nanoseconds per character, memory included.
  if (!budget.Charge(static_cast<int64_t>(text.size()) * kReadWork)) return JsonOutcome::kInvalid;
  return ReadPythonJson(text, value);
}

}  // namespace hir::muldimif
