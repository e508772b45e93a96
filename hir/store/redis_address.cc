#include "hir/store/redis_address.h"

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace hir {
namespace {

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the Redis URL ", what,
                   "; write redis://[[user]:password@]host[:port][/database], the same with "
                   "rediss:// for TLS, or unix:///path/to/socket"));
}

std::optional<std::string> PercentDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) ||
        !absl::ascii_isxdigit(text[i + 2])) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  return decoded;
}

// `login` is the part before the last "@".
absl::Status ReadLogin(absl::string_view login, RedisAddress& address) {
  const size_t colon = login.find(':');
  if (colon == absl::string_view::npos) return Malformed("has a user without a password");
  const std::optional<std::string> user = PercentDecode(login.substr(0, colon));
  const std::optional<std::string> password = PercentDecode(login.substr(colon + 1));
  if (!user || !password) return Malformed("has a broken percent code before the '@'");
  address.user = *user;
  address.password = *password;
  return absl::OkStatus();
}

absl::Status ReadHostAndPort(absl::string_view authority, RedisAddress& address) {
  absl::string_view host = authority, port;
  if (absl::ConsumePrefix(&host, "[")) {  // An IPv6 address: [::1]:6379.
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return Malformed("has a '[' without a ']'");
    port = host.substr(end + 1);
    host = host.substr(0, end);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) {
      return Malformed("has something other than a port after ']'");
    }
  } else if (const size_t colon = host.rfind(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (port.empty()) return Malformed("has an empty port");
  }
  if (host.empty()) return Malformed("names no host");
  if (!port.empty() &&
      (!absl::SimpleAtoi(port, &address.port) || address.port < 1 || address.port > 65535)) {
    return Malformed(absl::StrCat("has '", port, "' as its port"));
  }
  address.host = std::string(host);
  return absl::OkStatus();
}

}  // namespace

std::string RedisAddress::Display() const {
  if (!socket_path.empty()) return absl::StrCat("unix://", socket_path);
  const bool ipv6 = absl::StrContains(host, ":");
  return absl::StrCat(tls ? "rediss://" : "redis://", ipv6 ? "[" : "", host, ipv6 ? "]" : "", ":",
                      port);
}

absl::StatusOr<RedisAddress> ParseRedisUrl(const std::string& url) {
  RedisAddress address;
  absl::string_view rest = url;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (rest.empty() || rest[0] != '/') return Malformed("needs an absolute path after unix://");
    address.socket_path = std::string(rest);
    return address;
  }
  address.tls = absl::ConsumePrefix(&rest, "rediss://");
  if (!address.tls && !absl::ConsumePrefix(&rest, "redis://")) {
    return Malformed("begins with none of redis://, rediss://, unix://");
  }
  if (const size_t at = rest.rfind('@'); at != absl::string_view::npos) {
    if (absl::Status status = ReadLogin(rest.substr(0, at), address); !status.ok()) return status;
    rest = rest.substr(at + 1);
  }
  if (const size_t slash = rest.find('/'); slash != absl::string_view::npos) {
    const absl::string_view database = rest.substr(slash + 1);
    if (!database.empty() &&
        (!absl::SimpleAtoi(database, &address.database) || address.database < 0)) {
      return Malformed(absl::StrCat("has '", database, "' as its database"));
    }
    rest = rest.substr(0, slash);
  }
  if (absl::Status status = ReadHostAndPort(rest, address); !status.ok()) return status;
  return address;
}

}  // namespace hir
