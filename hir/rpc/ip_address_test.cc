#include "hir/rpc/ip_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(IpAddress, IsReadFromEitherFamily) {
  EXPECT_EQ(IpAddress::Parse("10.0.0.7")->ToString(), "10.0.0.7");
  EXPECT_EQ(IpAddress::Parse("FE80::1%eth0")->ToString(), "fe80::1");
  for (const char* text : {"", "10.0.0", "10.0.0.7:80", "0x7f.1", "[::1]", "host", "1.2.3.4.5"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(IpAddress, Ipv4MappedIntoIpv6IsTheSame) {
  EXPECT_EQ(IpAddress::Parse("::ffff:10.0.0.7"), IpAddress::Parse("10.0.0.7"));
  EXPECT_EQ(IpAddress::Parse("::ffff:a00:7")->ToString(), "10.0.0.7");
  EXPECT_NE(IpAddress::Parse("::10.0.0.7"), IpAddress::Parse("10.0.0.7"));
}

TEST(IpAddress, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "0.0.0.0", "::", "fe80::1", "::2"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
}

TEST(IpAddress, IsReadFromSockets) {
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0a000007);
  EXPECT_EQ(IpAddress::FromSocket(reinterpret_cast<const sockaddr&>(v4))->ToString(), "10.0.0.7");
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::FromSocket(reinterpret_cast<const sockaddr&>(v6))->ToString(), "::1");
  sockaddr other = {};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::FromSocket(other).has_value());
}

bool Contains(const std::string& network, const std::string& address) {
  return IpNetwork::Parse(network)->Contains(*IpAddress::Parse(address));
}

TEST(IpNetwork, ContainsWhatBeginsWithItsBits) {
  EXPECT_TRUE(Contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(Contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(Contains("10.1.2.3/20", "10.1.15.255"));
  EXPECT_FALSE(Contains("10.1.2.3/20", "10.1.16.0"));
  EXPECT_TRUE(Contains("10.0.0.7", "::ffff:10.0.0.7"));
  EXPECT_FALSE(Contains("10.0.0.7", "10.0.0.6"));
  EXPECT_TRUE(Contains("fd00::/8", "fdff::1"));
  EXPECT_FALSE(Contains("fd00::/8", "fe00::1"));
  EXPECT_TRUE(Contains("0.0.0.0/0", "169.254.169.254"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "fd00::1"));
  EXPECT_TRUE(Contains("::/0", "10.0.0.7"));
}

TEST(IpNetwork, AListIsSeparatedByCommas) {
  EXPECT_EQ(ParseIpNetworks("")->size(), 0u);
  EXPECT_EQ(ParseIpNetworks("10.0.0.0/8,fd00::/8,10.0.0.7")->size(), 3u);
  for (const char* list : {",", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "fd00::/129", "host/8",
                           "10.0.0.0/8,", "10.0.0.0/8/8"}) {
    const auto networks = ParseIpNetworks(list);
    EXPECT_EQ(networks.status().code(), absl::StatusCode::kInvalidArgument) << list;
    EXPECT_THAT(std::string(networks.status().message()),
                testing::HasSubstr("write it as 10.0.0.0/8"));
  }
}

TEST(AddressOfPeer, IsThatOfAnIpConnection) {
  EXPECT_EQ(AddressOfPeer("ipv4:10.0.0.7:4711")->ToString(), "10.0.0.7");
  EXPECT_EQ(AddressOfPeer("ipv6:[fe80::1]:4711")->ToString(), "fe80::1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::1%5D:4711")->ToString(), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5Bfe80::1%25eth0%5D:4711")->ToString(), "fe80::1");
  EXPECT_EQ(AddressOfPeer("ipv6:[::ffff:10.0.0.7]:4711")->ToString(), "10.0.0.7");
  for (const char* peer : {"unix:/run/hir", "unix:", "unknown", "", "ipv4:", "ipv6:x"}) {
    EXPECT_FALSE(AddressOfPeer(peer).has_value()) << peer;
  }
}

TEST(AddressesOfThisMachine, LeaveLoopbackOut) {
  for (const IpAddress& address : AddressesOfThisMachine()) EXPECT_FALSE(address.IsLoopback());
}

}  // namespace
}  // namespace hir
