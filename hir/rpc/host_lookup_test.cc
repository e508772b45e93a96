#include "hir/rpc/host_lookup.h"

#include <atomic>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/testing/manual_clock.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kAge = absl::Seconds(30);

// A table of names and addresses that tests change.
class HostLookupTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string& host) {
    ++lookups_;
    absl::MutexLock lock(&mutex_);
    const auto known = names_.find(host);
    if (known == names_.end()) return absl::UnavailableError("no such name");
    return std::vector<IpAddress>{*IpAddress::Parse(known->second)};
  }
  void Set(const std::string& host, const std::string& address) {
    absl::MutexLock lock(&mutex_);
    names_[host] = address;
  }
  void Remove(const std::string& host) {
    absl::MutexLock lock(&mutex_);
    names_.erase(host);
  }
  // The first of the addresses, or the error.
  std::string Find(const std::string& host, absl::Duration max_age = kAge) {
    const auto found = lookup_.Find(host, "caller", max_age);
    return found.ok() ? found->front().ToString() : std::string(found.status().message());
  }
  // Whether the host resolves to `text` once running lookups have ended.
  bool Becomes(const std::string& host, const std::string& text, absl::Duration max_age = kAge) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!absl::StrContains(Find(host, max_age), text)) {
      if (absl::Now() > end) return false;
    }
    return true;
  }

  absl::Mutex mutex_;
  std::map<std::string, std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> lookups_ = 0;
  ManualClock clock_;
  HostLookup lookup_{clock_, [this](const std::string& host) { return Resolve(host); }};
};

TEST_F(HostLookupTest, NeverWaitsAndKnowsTheHostLater) {
  Set("a", "10.0.0.1");
  EXPECT_EQ(Find("a"), "host \"a\" is being looked up; ask again");
  EXPECT_TRUE(Becomes("a", "10.0.0.1"));
  EXPECT_EQ(Find("a"), "10.0.0.1");
  EXPECT_EQ(lookups_, 1);
}

TEST_F(HostLookupTest, LooksUpAgainWhatIsTooOldAndAnswersMeanwhile) {
  Set("a", "10.0.0.1");
  ASSERT_TRUE(Becomes("a", "10.0.0.1"));
  Set("a", "10.0.0.2");
  clock_.Sleep(kAge);
  EXPECT_EQ(Find("a"), "10.0.0.1");
  EXPECT_EQ(lookups_, 1);
  clock_.Sleep(absl::Seconds(1));
  EXPECT_TRUE(Becomes("a", "10.0.0.2"));
  EXPECT_EQ(lookups_, 2);
}

TEST_F(HostLookupTest, LooksNothingUpTwiceASecond) {
  Set("a", "10.0.0.1");
  ASSERT_TRUE(Becomes("a", "10.0.0.1"));
  for (int i = 0; i < 10; ++i) Find("a", -absl::InfiniteDuration());
  EXPECT_EQ(lookups_, 1);
  clock_.Sleep(absl::Seconds(1));
  Set("a", "10.0.0.2");
  EXPECT_TRUE(Becomes("a", "10.0.0.2", absl::ZeroDuration()));
  EXPECT_EQ(lookups_, 2);
}

TEST_F(HostLookupTest, WhatIsNotFoundIsSaidAndTriedAgain) {
  EXPECT_TRUE(Becomes("a", "no such name"));
  Set("a", "10.0.0.1");
  EXPECT_EQ(Find("a"), "no such name");
  clock_.Sleep(absl::Seconds(1));
  EXPECT_TRUE(Becomes("a", "10.0.0.1"));
}

TEST_F(HostLookupTest, WhatWasFoundCountsForAnHourThoughDnsIsAway) {
  Set("a", "10.0.0.1");
  ASSERT_TRUE(Becomes("a", "10.0.0.1"));
  Remove("a");
  clock_.Sleep(absl::Hours(1));
  EXPECT_EQ(Find("a"), "10.0.0.1");
  clock_.Sleep(absl::Seconds(1));
  EXPECT_TRUE(Becomes("a", "no such name"));
}

TEST_F(HostLookupTest, ForgetsTheHostsLookedUpLongestAgo) {
  Set("a", "10.0.0.1");
  ASSERT_TRUE(Becomes("a", "10.0.0.1"));
  clock_.Sleep(absl::Seconds(5));
  for (int i = 0; i < 1024; ++i) EXPECT_TRUE(Becomes(absl::StrCat("n", i), "no such name"));
  EXPECT_THAT(Find("a"), HasSubstr("is being looked up"));
}

TEST(HostLookup, ACallerHasFewLookupsAtOnce) {
  absl::Notification go;
  RealClock clock;
  HostLookup lookup(clock, [&](const std::string& host) -> absl::StatusOr<std::vector<IpAddress>> {
    if (host == "fast") return std::vector<IpAddress>{*IpAddress::Parse("10.0.0.1")};
    go.WaitForNotification();
    return absl::UnavailableError("slow");
  });
  for (int i = 0; i < 16; ++i) {
    EXPECT_THAT(std::string(lookup.Find(absl::StrCat("h", i), "a", kAge).status().message()),
                HasSubstr("is being looked up"));
  }
  EXPECT_THAT(std::string(lookup.Find("h16", "a", kAge).status().message()),
              HasSubstr("the caller has 16 of at most 16"));
  EXPECT_THAT(std::string(lookup.Find("fast", "b", kAge).status().message()),
              HasSubstr("is being looked up"));
  go.Notify();
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!lookup.Find("fast", "b", kAge).ok() && absl::Now() < end) {
  }
  EXPECT_TRUE(lookup.Find("fast", "b", kAge).ok());
}

TEST(ResolveHost, KnowsThisMachine) {
  const auto local = ResolveHost("localhost");
  ASSERT_TRUE(local.ok()) << local.status();
  for (const IpAddress& address : *local) EXPECT_TRUE(address.IsLoopback());
  EXPECT_EQ(ResolveHost("127.1")->front().ToString(), "127.0.0.1");
}

}  // namespace
}  // namespace hir
