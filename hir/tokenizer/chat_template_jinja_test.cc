// Chat templates render as in Jinja2 3.1, are refused by name where they would not, and can't crash
// the process. The tables are made by tools/make_chat_template_fixtures.py.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/tokenizer/tokenizer.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kFixtures = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tokenizer/";
constexpr char kTinyTokenizer[] =
    R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}})";

// Removes a variable and returns it; null if there is none.
ordered_json Taken(ordered_json& variables, const std::string& name) {
  const ordered_json value = variables.value(name, ordered_json());
  variables.erase(name);
  return value;
}

// A model folder of which only the chat template matters.
class TemplateFolder {
 public:
  TemplateFolder() {
    folder_ = absl::StrCat(::testing::TempDir(), "/chat_template_jinja_test_", getpid());
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/tokenizer.json", kTinyTokenizer).ok());
  }
  ~TemplateFolder() { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<Tokenizer>> Load(const std::string& source) const {
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/chat_template.jinja", source).ok());
    return Tokenizer::Load(folder_);
  }

  // The text that the template renders with `variables`, or the first error of loading and
  // rendering.
  absl::StatusOr<std::string> Render(const std::string& source, ordered_json variables) const {
    auto tokenizer = Load(source);
    if (!tokenizer.ok()) return tokenizer.status();
    std::vector<ChatMessage> messages;
    for (const ordered_json& message : Taken(variables, "messages")) {
      messages.push_back({"", "", message.dump()});
    }
    ChatOptions options;
    options.add_generation_prompt = Taken(variables, "add_generation_prompt") == true;
    const ordered_json tools = Taken(variables, "tools");
    if (!tools.is_null()) options.tools_json = tools.dump();
    EXPECT_TRUE(Taken(variables, "documents").is_null());  // RenderChat() passes null.
    options.variables_json = variables.dump();
    options.now_unix_seconds = 1718454296;
    return (*tokenizer)->RenderChat(messages, options);
  }

 private:
  std::string folder_;
};

ordered_json ReadJson(const std::string& name) {
  return ordered_json::parse(ReadFile(kFixtures + name).value_or(""));
}

std::vector<ordered_json> ReadLines(const std::string& name) {
  std::vector<ordered_json> rows;
  std::ifstream file(kFixtures + name);
  for (std::string line; std::getline(file, line);) rows.push_back(ordered_json::parse(line));
  return rows;
}

void ExpectRow(const absl::StatusOr<std::string>& text, const ordered_json& row) {
  if (row.contains("error")) {
    EXPECT_FALSE(text.ok()) << "Jinja2 raises " << row["error"] << ", here it prints " << *text;
  } else {
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, row["text"].get<std::string>());
  }
}

TEST(ChatTemplateJinja, EveryExpressionGivesWhatJinja2Prints) {
  const TemplateFolder folder;
  const ordered_json variables = ReadJson("chat_template_variables.json");
  const std::vector<ordered_json> rows = ReadLines("chat_template_expressions.jsonl");
  ASSERT_GE(rows.size(), 1000u);
  for (const ordered_json& row : rows) {
    SCOPED_TRACE(row["template"].dump());
    ExpectRow(folder.Render(row["template"], variables), row);
  }
}

TEST(ChatTemplateJinja, EveryTemplateGivesWhatJinja2Prints) {
  const TemplateFolder folder;
  const ordered_json conversations = ReadJson("chat_template_conversations.json");
  std::set<std::string> names;
  for (const ordered_json& row : ReadLines("chat_template_texts.jsonl")) {
    const std::string name = row["template"];
    SCOPED_TRACE(absl::StrCat(name, " ", row["conversation"].dump()));
    const auto source = ReadFile(kFixtures + "chat_templates/" + name + ".jinja");
    ASSERT_TRUE(source.ok()) << source.status();
    ordered_json variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
    variables.update(conversations[row["conversation"].get<std::string>()]);
    ExpectRow(folder.Render(*source, variables), row);
    names.insert(name);
  }
  EXPECT_GE(names.size(), 60u);
}

TEST(ChatTemplateJinja, WhatIsNotSupportedIsRefusedByNameWhenTheModelIsLoaded) {
  const TemplateFolder folder;
  const std::pair<const char*, const char*> kRefused[] = {
      {"{{ messages | shout }}", "filter 'shout'"},
      {"{% if false %}{{ messages | shout }}{% endif %}", "filter 'shout'"},
      {"{{ messages | random }}", "filter 'random'"},
      {"{{ messages | pprint }}", "filter 'pprint'"},
      {"{{ 'x' | urlize }}", "filter 'urlize'"},
      {"{{ messages | map('shout') | list }}", "filter 'shout'"},
      {"{% filter shout %}x{% endfilter %}", "filter 'shout'"},
      {"{% set x | shout %}x{% endset %}", "filter 'shout'"},
      {"{{ messages is loud }}", "test 'loud'"},
      {"{{ messages | select('loud') | list }}", "test 'loud'"},
      {"{{ messages | selectattr('role', 'loud') | list }}", "test 'loud'"},
      {"{{ shout('x') }}", "function 'shout'"},
      {"{{ lipsum() }}", "function 'lipsum'"},
      {"{{ messages[0].content.shout() }}", "method 'shout'"},
      {"{{ messages[0].content.encode('utf-8') }}", "method 'encode'"},
      {"{{ messages[0].content.translate({}) }}", "method 'translate'"},
      {"{% shout %}", "tag 'shout'"},
      {"{% include 'x' %}", "tag 'include'"},
      {"{% extends 'x' %}", "tag 'extends'"},
      {"{% import 'x' as x %}", "tag 'import'"},
      {"{% from 'x' import x %}", "tag 'from'"},
      {"{% block x %}{% endblock %}", "tag 'block'"},
      {"{% autoescape true %}x{% endautoescape %}", "tag 'autoescape'"},
      {"{% trans %}x{% endtrans %}", "tag 'trans'"},
      {"{{ self }}", "name 'self'"},
      {"{% if false %}{{ messages | map(attribute='role') }}{% endif %}", "filter 'map'"},
      {"{{ 'roles: ' ~ (messages | selectattr('role') if messages else '') }}",
       "filter 'selectattr'"},
      {"{{ messages | batch(2) }}", "filter 'batch'"},
      {"{{ raise_exception }}", "function 'raise_exception'"},
      {"{% if false %}{{ strftime_now('%Q') }}{% endif %}", "function 'strftime_now', with \"%Q\""},
      {"{{ strftime_now(format='%s') }}", "function 'strftime_now', with \"%s\""},
      {"{{ messages[0].role is sameas 'user' }}", "test 'sameas'"},
      {"{{ messages[0].n is sameas 0.5 }}", "test 'sameas'"},
      {"{% if false %}{{ (-8) ** 0.5 }}{% endif %}", "complex number"},
      {"{{ 5[1:] }}", "slices a constant"},
      {"{{ (1 + 2)[1:] }}", "slices a constant"},
      {"{% set x = 'inf' | float %}", "inf or nan"},
      {"{{ [messages, 1e400] }}", "inf or nan"},
      {"{{ messages | length > 1e308 * 10 }}", "inf or nan"},
  };
  for (const auto& [source, name] : kRefused) {
    SCOPED_TRACE(source);
    const absl::Status status = folder.Load(absl::StrCat("\n", source)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("chat_template.jinja"), HasSubstr(name)));
  }
}

// What can't be told from the text of a template is met where a short conversation is rendered.
TEST(ChatTemplateJinja, WhatAPlainConversationComesUponIsRefusedWhenTheModelIsLoaded) {
  const TemplateFolder folder;
  const std::pair<const char*, const char*> kRefused[] = {
      {"{{ messages[0].role.upper }}", "prints a builtin_function_or_method"},
      {"{% set roles = messages | map(attribute='role') %}{{ roles }}", "prints a generator"},
      {"{{ (0 - 8) ** (messages | length / 2) }}", "complex number"},
      {"{% for m in messages %}{% if m.role == 'assistant' %}{{ strftime_now(m.content) ~ "
       "strftime_now('%' ~ 'Q') }}{% endif %}{% endfor %}",
       "\"%Q\""},
      {"{% if messages[0].role == 'system' %}{{ [messages[0]].copy() | reverse }}{% endif %}",
       "prints a generator"},
      {"{{ {messages[0].values(): 1} }}", "a dict_values as a key"},
  };
  for (const auto& [source, name] : kRefused) {
    SCOPED_TRACE(source);
    const absl::Status status = folder.Load(source).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("chat_template.jinja"), HasSubstr(name)));
  }
}

TEST(ChatTemplateJinja, WhatTheTemplateItselfRefusesDoesNotKeepTheModelFromBeingLoaded) {
  const TemplateFolder folder;
  for (const char* source : {"{{ raise_exception('no tools') }}", "{{ messages[5].role }}",
                             "{% if messages[0].role == 'system' %}{{ raise_exception('no system "
                             "turn') }}{% endif %}ok"}) {
    EXPECT_TRUE(folder.Load(source).ok()) << source;
  }
}

TEST(ChatTemplateJinja, NamesThatTheTemplateItselfGivesAreNotRefused) {
  const TemplateFolder folder;
  for (const char* source :
       {"{% macro shout(x) %}{{ x }}!{% endmacro %}{{ shout('ok') }}",
        "{% if shout is defined %}{{ shout('x') }}{% endif %}ok!",
        "{% macro m() %}ok!{% endmacro %}{% set ns = namespace(shout=m) %}{{ ns.shout() }}",
        "{% macro m(f) %}{{ f() }}{% endmacro %}{% macro g() %}ok!{% endmacro %}{{ m(g) }}"}) {
    EXPECT_THAT(folder.Render(source, ordered_json::object()).value_or("refused"), "ok!") << source;
  }
}

TEST(ChatTemplateJinja, TextThatIsNeverTheSameIsAnErrorWhenItIsPrinted) {
  const TemplateFolder folder;
  for (const char* source :
       {"{{ 'x'.upper }}", "{{ [1] | map('string') }}", "{{ range }}", "{{ [1] | reverse ~ '' }}",
        "{{ ('a' * 300) is sameas ('a' * 300) }}"}) {
    EXPECT_EQ(folder.Render(source, ordered_json::object()).status().code(),
              absl::StatusCode::kInvalidArgument)
        << source;
  }
}

std::string Repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Without bounds, each would crash, exhaust memory or never end.
TEST(ChatTemplateJinja, HostileTemplatesEndInAnError) {
  const TemplateFolder folder;
  const std::string grow =
      "{% set ns = namespace(x=VALUE) %}{% for i in range(99999) %}"
      "{% set ns.x = NEXT %}{% endfor %}{{ ns.x }}";
  auto growing = [&](const std::string& value, const std::string& next) {
    std::string source = grow;
    source.replace(source.find("VALUE"), 5, value);
    return source.replace(source.find("NEXT"), 4, next);
  };
  const std::string kHostile[] = {
      "{{ " + Repeat("(", 100000) + "1" + Repeat(")", 100000) + " }}",
      "{{ " + Repeat("[", 100000) + Repeat("]", 100000) + " }}",
      "{{ " + Repeat("-", 100000) + "1 }}",
      "{{ " + Repeat("not ", 100000) + "1 }}",
      "{{ 1" + Repeat(" + 1", 100000) + " }}",
      "{{ x" + Repeat(".y", 100000) + " }}",
      "{{ x" + Repeat("|upper", 100000) + " }}",
      "{{ " + Repeat("1 if 0 else ", 100000) + "2 }}",
      Repeat("{% if 1 %}", 100000) + Repeat("{% endif %}", 100000),
      growing("'aaaaaaaa'", "ns.x ~ ns.x"),
      growing("[1]", "ns.x + ns.x"),
      growing("[]", "[ns.x]"),
      growing("{}", "{'a': ns.x}"),
      growing("[1]", "ns.x | map('string')"),
      growing("3", "ns.x * ns.x"),
      growing("3", "namespace(y=ns.x)"),
      "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
      "{{ 'a' * 10000000000 }}",
      "{{ [0] * 10000000000 }}",
      "{{ 2 ** 100000000 }}",
      "{{ range(1000000000) | list }}",
      "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m(n) %}{{ m(n) if n }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
      "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
      "{{ '%1000000000d' % 1 }}{{ '%1000000000d' % 1 }}",
      "{{ '%.1000000f' % 1.5 }}",
      "{{ '{:10000000000}'.format(1) }}",
      "{{ 'a'.center(10000000000) }}",
      "{{ '\\t'.expandtabs(10000000000) }}",
      "{{ ('a\\n' * 100000) | indent(1000000) }}",
      "{{ [1] | tojson(indent=10000000000) }}",
      "{{ ('a' * 100000).replace('a', 'a' * 100000) }}",
      "{{ ('b' * 100000).join('a' * 100000) }}",
      "{{ [1] | batch(10000000000, 0) | list }}",
      "{{ [1] | slice(10000000000) | list }}",
  };
  for (const std::string& source : kHostile) {
    EXPECT_EQ(folder.Render(source, ordered_json::object()).status().code(),
              absl::StatusCode::kInvalidArgument)
        << source.substr(0, 120);
  }
}

// A template within the bounds also renders in a thread with a small stack.
TEST(ChatTemplateJinja, DeepTemplatesUnderTheBoundsRender) {
  const TemplateFolder folder;
  const ordered_json kNothing = ordered_json::object();
  EXPECT_EQ(*folder.Render("{{ " + Repeat("(", 80) + "1" + Repeat(")", 80) + " }}", kNothing), "1");
  EXPECT_EQ(*folder.Render("{{ 0" + Repeat(" + 1", 500) + " }}", kNothing), "500");
  EXPECT_EQ(*folder.Render("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% else %}end{% endif %}"
                           "{% endmacro %}{{ m(150) }}",
                           kNothing),
            "end");
}

}  // namespace
}  // namespace hir
