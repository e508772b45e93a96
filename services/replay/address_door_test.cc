#include "services/replay/address_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kCaller[] = "ipv4:10.0.0.7:50000";
constexpr char kLocal[] = "ipv4:127.0.0.1:50000";

// Resolves like DNS.
absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string& host) {
  static const std::map<std::string, std::vector<std::string>> kNames = {
      {"worker-7.ring", {"10.0.0.7"}},
      {"worker-8.ring", {"10.0.0.8"}},
      {"both.ring", {"10.0.0.7", "169.254.169.254"}},
      {"localhost", {"127.0.0.1", "::1"}},
      {"this-machine", {"127.0.1.1", "10.0.0.1", "fe80::1"}},
      {"2852039166", {"169.254.169.254"}}};
  const auto known = kNames.find(host);
  if (known == kNames.end()) return absl::UnavailableError("no such name");
  std::vector<IpAddress> addresses;
  for (const std::string& each : known->second) addresses.push_back(*IpAddress::Parse(each));
  return addresses;
}

class AddressDoorTest : public ::testing::Test {
 protected:
  explicit AddressDoorTest(const std::string& networks = "")
      : door_({.networks = *ParseIpNetworks(networks),
               .own = {*IpAddress::Parse("10.0.0.1"), *IpAddress::Parse("fe80::1")},
               .resolve = Resolve}) {}

  // Repeats the check until names are resolved.
  absl::Status Check(const std::string& address, const std::string& peer) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (true) {
      const absl::Status status = door_.Check("worker", address, peer);
      const bool busy = absl::StrContains(status.message(), "is being looked up");
      if (!busy || absl::Now() > end) return status;
    }
  }
  void Allows(const std::string& address, const std::string& peer) {
    EXPECT_EQ(Check(address, peer), absl::OkStatus()) << address << " " << peer;
  }
  void Refuses(const std::string& address, const std::string& peer,
               absl::StatusCode code = absl::StatusCode::kPermissionDenied) {
    EXPECT_EQ(Check(address, peer).code(), code) << address << " " << peer;
  }

  AddressDoor door_;
};

TEST_F(AddressDoorTest, TakesTheAddressThatACallComesFrom) {
  Allows("10.0.0.7:7002", kCaller);
  Allows("[::ffff:10.0.0.7]:7002", kCaller);
  Allows("10.0.0.7:7002", "ipv6:[::ffff:10.0.0.7]:50000");
  Allows("[fd00::7]:7002", "ipv6:%5Bfd00::7%5D:50000");
  Allows("[fe80::7%eth0]:7002", "ipv6:[fe80::7]:50000");
  Allows("worker-7.ring:7002", kCaller);
}

TEST_F(AddressDoorTest, RefusesEveryOtherHost) {
  for (const char* address :
       {"169.254.169.254:80", "10.0.0.8:7002", "127.0.0.1:6379", "0.0.0.0:80", "[::]:80",
        "[::1]:6379", "[::ffff:127.0.0.1]:80", "10.0.0.1:7000", "unix:/run/docker.sock"}) {
    Refuses(address, kCaller);
  }
  EXPECT_THAT(std::string(Check("169.254.169.254:80", kCaller).message()),
              AllOf(HasSubstr("worker \"169.254.169.254:80\" is not the caller's own, who calls "
                              "from 10.0.0.7"),
                    HasSubstr("--advertise"), HasSubstr("--advertise-networks")));
}

TEST_F(AddressDoorTest, ANameMustStandForTheCallerWithAllItsAddresses) {
  for (const char* address :
       {"worker-8.ring:7002", "both.ring:7002", "localhost:6379", "2852039166:80"}) {
    Refuses(address, kCaller, absl::StatusCode::kUnavailable);
  }
  EXPECT_THAT(std::string(Check("both.ring:80", kCaller).message()),
              HasSubstr("worker \"both.ring:80\" stands for 10.0.0.7 and 169.254.169.254, not the "
                        "caller's own, who calls from 10.0.0.7"));
  EXPECT_THAT(std::string(Check("none.ring:80", kCaller).message()), HasSubstr("no such name"));
}

TEST_F(AddressDoorTest, ACallerOnThisMachineMayNameAnyOfItsAddresses) {
  for (const char* peer : {kLocal, "ipv6:[::1]:50000", "unix:/run/hir.sock", "unix:"}) {
    Allows("127.0.0.1:7002", peer);
    Allows("127.3.2.1:7002", peer);
    Allows("[::1]:7002", peer);
    Allows("localhost:7002", peer);
    Allows("this-machine:7002", peer);
    Allows("10.0.0.1:7002", peer);
    Allows("unix:/run/worker.sock", peer);
    Refuses("10.0.0.7:7002", peer);
    Refuses("169.254.169.254:80", peer);
  }
  Allows("[fe80::1]:7002", "ipv4:10.0.0.1:50000");
  Refuses("127.0.0.1:6379", "ipv4:10.0.0.1:50000");
}

TEST_F(AddressDoorTest, RefusesWhatIsNoAddress) {
  for (const char* address :
       {"", "worker", ":80", "worker-7.ring:", "worker-7.ring:0", "worker-7.ring:65536",
        "10.0.0.7: 80", "ipv4:10.0.0.7:80", "ipv4:10.0.0.7:80,169.254.169.254:80",
        "dns://8.8.8.8/worker-7.ring:80", "http://10.0.0.7:80", "fd00::7:80", "[10.0.0:80",
        "[worker-7.ring]:80", "unix-abstract:a", "10.0.0.7\n:80"}) {
    Refuses(address, kCaller, absl::StatusCode::kInvalidArgument);
  }
  Refuses(std::string(300, 'w') + ":80", kCaller, absl::StatusCode::kInvalidArgument);
}

TEST_F(AddressDoorTest, WhoCallsFromNowhereHasNoAddress) {
  Refuses("127.0.0.1:80", "unknown");
  Refuses("unix:/run/worker.sock", "unknown");
}

// Behind NAT, a proxy or a service mesh.
class AddressDoorWithNetworks : public AddressDoorTest {
 protected:
  AddressDoorWithNetworks() : AddressDoorTest("10.0.0.0/24,fd00::/8") {}
};

TEST_F(AddressDoorWithNetworks, AnyAddressInThemMayBeNamed) {
  for (const char* peer : {kLocal, "ipv4:192.168.0.1:50000", "unknown"}) {
    Allows("10.0.0.8:7002", peer);
    Allows("worker-8.ring:7002", peer);
    Allows("[fd12::1]:7002", peer);
    Refuses("10.0.1.8:7002", peer);
    Refuses("169.254.169.254:80", peer);
    Refuses("both.ring:80", peer, absl::StatusCode::kUnavailable);
  }
}

}  // namespace
}  // namespace hir
