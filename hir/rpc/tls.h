// Transport security by files: PEM certificate, key and certificate authority.
#ifndef HIR_RPC_TLS_H_
#define HIR_RPC_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace hir {

// Paths of PEM files. All empty = no encryption. New connections use replaced files within
// `reload_seconds`; open ones are not affected. Replace certificate and key together (by switching
// a symbolic link, as Kubernetes does with secrets): handshakes fail while they do not match.
struct TlsFiles {
  std::string certificate;  // Of this side. A server needs one; a client only for mutual TLS.
  std::string key;          // Of `certificate`; both or neither.
  std::string
      ca;  // Signs the other side. On a server: clients must show a certificate (mutual TLS).
  int reload_seconds = 10;  // >= 1.
};

// INVALID_ARGUMENT: at `now` a certificate is not yet or no longer valid, or that is so of all in
// `ca`; the message names file and date. Other errors: those of MakeServerCredentials().
absl::Status CheckDates(const TlsFiles& files, absl::Time now);

// One sentence if the certificate expires within 14 days of `now`, else "". REQUIRES: CheckDates()
// is OK.
std::string ExpiryWarning(const TlsFiles& files, absl::Time now);

// NOT_FOUND or UNAVAILABLE: a file can't be read. INVALID_ARGUMENT: certificate without key or the
// other way round, a key that is not the certificate's, a server with only `ca`, or CheckDates().
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files);
// As above. With only `ca`: ordinary TLS; with all three: mutual TLS.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files);

}  // namespace hir

#endif  // HIR_RPC_TLS_H_
