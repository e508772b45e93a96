#include "hir/checkers/muldimif/kinds.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/chinese/zhconv.h"

namespace hir::muldimif {
namespace {

using chinese::ChineseConverter;

// A kind is "muldimif:" and the two levels under which the data set files a constraint.
struct Kind {
  const char* levels;
  ReadRule read;
};

constexpr Kind kKinds[] = {
    {"Citations/In-text", ContentOthersCheck},
    {"Content/Identifiers", ContentOthersCheck},
    {"Content/Keywords", KeywordsCheck},
    {"Content/Keywords: Must include", KeywordsCheck},
    {"Content/Length", ContentOthersCheck},
    {"Content/Mention", ContentOthersCheck},
    {"Content/Punctuation", PunctuationCheck},
    {"Content/Punctuation: Ending punctuation", PunctuationCheck},
    {"Content/Quotes", ContentOthersCheck},
    {"Content/Sources", ContentOthersCheck},
    {"Format/Blurb", FormatOthersCheck},
    {"Format/Bullet Points", FormatOthersCheck},
    {"Format/Json", JsonCheck},
    {"Format/Length", FormatOthersCheck},
    {"Format/Markdown", MarkdownCheck},
    {"Format/Markdown: Block quotes", FormatOthersCheck},
    {"Format/Markdown: Heading levels", MarkdownCheck},
    {"Format/Table", TableCheck},
    {"Format/Table: Column limit", TableCheck},
    {"Format/Table: Row limit", TableCheck},
    {"Format/Text", FormatOthersCheck},
    {"Format/Word Count", WordsCheck},
    {"Format/XML", FormatOthersCheck},
    {"Json/Number of attributes", JsonCheck},
    {"Json/Object nesting levels", JsonCheck},
    {"Language/Chinese", ChineseCheck},
    {"Language/Chinese: Simplified", ChineseCheck},
    {"Language/Chinese: Traditional", ChineseCheck},
    {"Language/English", EnglishCheck},
    {"Language/English: All Uppercase", EnglishCheck},
    {"Language/English: Capitalized", EnglishCheck},
    {"Length/Paragraphs", ParagraphsCheck},
    {"Length/Paragraphs: At least", ParagraphsCheck},
    {"Length/Paragraphs: At most", ParagraphsCheck},
    {"Length/Paragraphs: Range", ParagraphsCheck},
    {"Length/Sentences", SentencesCheck},
    {"Length/Sentences: At least", SentencesCheck},
    {"Length/Sentences: At most", SentencesCheck},
    {"Length/Sentences: Range", SentencesCheck},
    {"Length/Words", WordsCheck},
    {"Length/Words: At least", WordsCheck},
    {"Length/Words: At most", WordsCheck},
    {"Length/Words: Range", WordsCheck},
    {"Markdown/Block quotes", MarkdownCheck},
    {"Markdown/Heading levels", MarkdownCheck},
    {"Paragraphs/At most", ParagraphsCheck},
    {"Punctuation/Ending punctuation", PunctuationCheck},
    {"References/Format", FormatOthersCheck},
    {"Sentences/At least", SentencesCheck},
    {"Sentences/At most", SentencesCheck},
    {"Table/Column limit", TableCheck},
    {"Table/Row limit", TableCheck},
    {"Table/Table", FormatOthersCheck},
    {"Words/At most", WordsCheck},
    {"XML/Number of attributes", FormatOthersCheck},
};

using Rule = std::shared_ptr<const CheckFunction>;

// Rules by sentence: the sentences of a data set recur with every response and epoch. Thread-safe.
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

void RegisterKinds(CheckerRegistry& registry) {
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
                       .disabled_reason = kind.read == ChineseCheck ? no_tables : ""});
  }
}

}  // namespace hir::muldimif
