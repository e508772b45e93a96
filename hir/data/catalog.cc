#include "hir/data/catalog.h"

#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

using nlohmann::json;

const std::map<std::string, std::string>& LanguageNames() {
  static const auto& names = *new std::map<std::string, std::string>{
      {"ar", "Arabic"},     {"de", "German"},     {"es", "Spanish"}, {"fi", "Finnish"},
      {"fr", "French"},     {"hi", "Hindi"},      {"it", "Italian"}, {"ko", "Korean"},
      {"pl", "Polish"},     {"pt", "Portuguese"}, {"ru", "Russian"}, {"sw", "Swahili"},
      {"vi", "Vietnamese"},
  };
  return names;
}

std::string QuotedList(const json& list) {
  std::string text;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text += i + 1 == list.size() ? " and " : ", ";
    absl::StrAppend(&text, "\"", list[i].get<std::string>(), "\"");
  }
  return text;
}

std::string ArgumentText(const std::string& name, const json& value) {
  if (value.is_array()) return QuotedList(value);
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  return name == "language" ? LanguageNames().at(text) : text;
}

bool IsLessThan(const json& arguments) {
  for (const auto& [name, value] : arguments.items()) {
    if (value == "less than") return true;
  }
  return false;
}

}  // namespace

int DrawContext::Between(int least, int most) const {
  return least + static_cast<int>(random.Below(static_cast<uint64_t>(most - least + 1)));
}

const std::vector<ConstraintTemplate>& ConstraintCatalog() {
  static const auto& catalog = *[] {
    auto* all = new std::vector<ConstraintTemplate>();
    for (auto family : {WordTemplates(), LengthTemplates(), FormatTemplates(), StyleTemplates()}) {
      std::move(family.begin(), family.end(), std::back_inserter(*all));
    }
    return all;
  }();
  return catalog;
}

Constraint DrawConstraint(const ConstraintTemplate& shape, const DrawContext& context) {
  Constraint constraint;
  constraint.kind = shape.kind;
  constraint.arguments = shape.draw(context);
  const bool less = IsLessThan(constraint.arguments) && !shape.less_wordings.empty();
  const std::string& wording = context.OneOf(less ? shape.less_wordings : shape.wordings);
  constraint.text = FillWording(wording, constraint.arguments);
  return constraint;
}

std::string FillWording(const std::string& wording, const json& arguments) {
  std::string text;
  size_t at = 0;
  for (size_t open; (open = wording.find('{', at)) != std::string::npos;) {
    const size_t close = wording.find('}', open);
    const std::string slot = wording.substr(open + 1, close - open - 1);
    const size_t bar = slot.find('|');
    const std::string name = slot.substr(0, bar);
    absl::StrAppend(&text, wording.substr(at, open - at), ArgumentText(name, arguments.at(name)));
    if (bar != std::string::npos) {
      absl::StrAppend(&text, " ", slot.substr(bar + 1), arguments.at(name) == 1 ? "" : "s");
    }
    at = close + 1;
  }
  return text + wording.substr(at);
}

}  // namespace hir
