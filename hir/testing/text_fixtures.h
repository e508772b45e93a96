// Reads the golden cases of tests/fixtures/text, for the tests of hir/text and of
// hir/checkers.
#ifndef HIR_TESTING_TEXT_FIXTURES_H_
#define HIR_TESTING_TEXT_FIXTURES_H_

#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "nlohmann/json.hpp"

namespace hir {

// The records of one file, made by tools/make_text_fixtures.py; none and a failure if it is
// missing.
inline std::vector<nlohmann::json> TextFixtures(const std::string& name) {
  const auto bytes = ReadFile(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/text/" + name);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  std::vector<nlohmann::json> records;
  std::istringstream lines(bytes.ok() ? *bytes : std::string());
  for (std::string line; std::getline(lines, line);) {
    records.push_back(ParseJson(line).value());
  }
  return records;
}

// `piece` repeated to at least `length` code points.
inline std::u32string Repeated(std::u32string_view piece, size_t length) {
  std::u32string text;
  while (text.size() < length) text.append(piece);
  return text;
}

// Inputs on which a careless scanner takes quadratic time; about a million code points each.
inline std::vector<std::u32string> HostileTexts() {
  constexpr size_t kLength = 1000000;
  std::vector<std::u32string> texts;
  for (std::u32string_view piece :
       {U"[",    U"(",      U")",       U".",          U". ",    U".\t",     U"!",
        U"?!",   U"a.",     U"a.)",     U"\"",         U"'",     U"''",      U"`",
        U"-",    U"- ",     U",",       U":",          U" ",     U"\n",      U"a",
        U"@",    U"a@",     U"a@b",     U"http://",    U"h",     U"cannot ", U" 'tis",
        U"n't ", U"\u0301", U"a\u0301", U"\U0001F600", U"\u6F22"}) {
    texts.push_back(Repeated(piece, kLength));
  }
  return texts;
}

}  // namespace hir

#endif  // HIR_TESTING_TEXT_FIXTURES_H_
