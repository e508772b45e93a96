// MulDimIF: its kinds, and the rules read from their sentences.
#include "hir/constraints/muldimif.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/status_macros.h"
#include "hir/text/chinese/zhconv.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using chinese::ChineseConverter;

// A kind is "muldimif:" and the two levels under which the data set files a constraint.
struct Kind {
  const char* levels;
  ReadRule read;
};

constexpr Kind kKinds[] = {
    {"Citations/In-text", ReadMuldimifContentOthers},
    {"Content/Identifiers", ReadMuldimifContentOthers},
    {"Content/Keywords", ReadMuldimifKeywords},
    {"Content/Keywords: Must include", ReadMuldimifKeywords},
    {"Content/Length", ReadMuldimifContentOthers},
    {"Content/Mention", ReadMuldimifContentOthers},
    {"Content/Punctuation", ReadMuldimifPunctuation},
    {"Content/Punctuation: Ending punctuation", ReadMuldimifPunctuation},
    {"Content/Quotes", ReadMuldimifContentOthers},
    {"Content/Sources", ReadMuldimifContentOthers},
    {"Format/Blurb", ReadMuldimifFormatOthers},
    {"Format/Bullet Points", ReadMuldimifFormatOthers},
    {"Format/Json", ReadMuldimifJson},
    {"Format/Length", ReadMuldimifFormatOthers},
    {"Format/Markdown", ReadMuldimifMarkdown},
    {"Format/Markdown: Block quotes", ReadMuldimifFormatOthers},
    {"Format/Markdown: Heading levels", ReadMuldimifMarkdown},
    {"Format/Table", ReadMuldimifTable},
    {"Format/Table: Column limit", ReadMuldimifTable},
    {"Format/Table: Row limit", ReadMuldimifTable},
    {"Format/Text", ReadMuldimifFormatOthers},
    {"Format/Word Count", ReadMuldimifWords},
    {"Format/XML", ReadMuldimifFormatOthers},
    {"Json/Number of attributes", ReadMuldimifJson},
    {"Json/Object nesting levels", ReadMuldimifJson},
    {"Language/Chinese", ReadMuldimifChinese},
    {"Language/Chinese: Simplified", ReadMuldimifChinese},
    {"Language/Chinese: Traditional", ReadMuldimifChinese},
    {"Language/English", ReadMuldimifEnglish},
    {"Language/English: All Uppercase", ReadMuldimifEnglish},
    {"Language/English: Capitalized", ReadMuldimifEnglish},
    {"Length/Paragraphs", ReadMuldimifParagraphs},
    {"Length/Paragraphs: At least", ReadMuldimifParagraphs},
    {"Length/Paragraphs: At most", ReadMuldimifParagraphs},
    {"Length/Paragraphs: Range", ReadMuldimifParagraphs},
    {"Length/Sentences", ReadMuldimifSentences},
    {"Length/Sentences: At least", ReadMuldimifSentences},
    {"Length/Sentences: At most", ReadMuldimifSentences},
    {"Length/Sentences: Range", ReadMuldimifSentences},
    {"Length/Words", ReadMuldimifWords},
    {"Length/Words: At least", ReadMuldimifWords},
    {"Length/Words: At most", ReadMuldimifWords},
    {"Length/Words: Range", ReadMuldimifWords},
    {"Markdown/Block quotes", ReadMuldimifMarkdown},
    {"Markdown/Heading levels", ReadMuldimifMarkdown},
    {"Paragraphs/At most", ReadMuldimifParagraphs},
    {"Punctuation/Ending punctuation", ReadMuldimifPunctuation},
    {"References/Format", ReadMuldimifFormatOthers},
    {"Sentences/At least", ReadMuldimifSentences},
    {"Sentences/At most", ReadMuldimifSentences},
    {"Table/Column limit", ReadMuldimifTable},
    {"Table/Row limit", ReadMuldimifTable},
    {"Table/Table", ReadMuldimifFormatOthers},
    {"Words/At most", ReadMuldimifWords},
    {"XML/Number of attributes", ReadMuldimifFormatOthers},
};

using Rule = std::shared_ptr<const CheckFunction>;

// Rules by sentence: a data set's sentences come again with every response and epoch. Thread-safe.
class RuleCache {
 public:
  explicit RuleCache(ReadRule read) : read_(read) {}

  // RESOURCE_EXHAUSTED: reading `text` takes more than a WorkBudget.
  absl::StatusOr<Rule> Get(std::u32string text) {
    {
      absl::MutexLock lock(&mutex_);
      const auto known = rules_.find(text);
      if (known != rules_.end()) return known->second;
    }
    WorkBudget budget;
    auto rule = std::make_shared<const CheckFunction>(read_(text, budget));
    if (budget.exhausted()) return absl::ResourceExhaustedError(kWorkBudgetExhausted);
    absl::MutexLock lock(&mutex_);
    if (rules_.size() == kMostRules) rules_.clear();
    return rules_.emplace(std::move(text), std::move(rule)).first->second;
  }

 private:
  static constexpr size_t kMostRules = 10'000;

  const ReadRule read_;
  absl::Mutex mutex_;
  std::unordered_map<std::u32string, Rule> rules_ ABSL_GUARDED_BY(mutex_);
};

class RuleChecker : public Checker {
 public:
  explicit RuleChecker(Rule rule) : rule_(std::move(rule)) {}
  CheckResult Check(const ResponseText& response) const override { return (*rule_)(response); }
  bool decides_blank() const override { return true; }

 private:
  const Rule rule_;
};

}  // namespace

void RegisterMuldimif(CheckerRegistry& registry) {
  // The tables of the Chinese rules are not part of the product.
  const std::string no_tables(ChineseConverter::Find().status().message());
  for (const Kind& kind : kKinds) {
    const auto cache = std::make_shared<RuleCache>(kind.read);
    registry.Register({.kind = absl::StrCat("muldimif:", kind.levels),
                       .arguments = {{"text", ArgumentType::kString}},
                       .make = [cache](const Arguments& arguments) -> StatusOrChecker {
                         auto rule = cache->Get(arguments.String("text"));
                         if (!rule.ok())
                           return arguments.Error("text", std::string(rule.status().message()));
                         return std::make_unique<RuleChecker>(*std::move(rule));
                       },
                       .disabled_reason = kind.read == ReadMuldimifChinese ? no_tables : ""});
  }
}

}  // namespace hir
