#include "hir/http/server_url.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(NormalServerUrl, WritesOneServerInOneWay) {
  for (const char* url : {"http://gpu:8000", "http://gpu:8000/", "HTTP://GPU:8000"}) {
    EXPECT_EQ(*NormalServerUrl(url), "http://gpu:8000") << url;
  }
  EXPECT_EQ(*NormalServerUrl("https://127.0.0.1:443"), "https://127.0.0.1:443");
  EXPECT_EQ(*NormalServerUrl("http://[::1]:8000"), "http://[::1]:8000");
}

TEST(NormalServerUrl, RefusesEverythingElseAndQuotesIt) {
  for (const char* url :
       {"", "gpu", "gpu:8000", "http://gpu", "http://:8000", "http://gpu:x", "http://gpu:0x10",
        "http://gpu:65536", "http://gpu:8000/v1", "http://gpu:8000?a=b", "http://gpu:8000#a",
        "http://me@gpu:8000", "http://me:word@gpu:8000", "ftp://gpu:8000", "http://g pu:8000"}) {
    const absl::Status status = NormalServerUrl(url).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string("\"") + url + "\""));
  }
}

}  // namespace
}  // namespace hir
