// Reports when a server's certificate is about to expire or has expired.
#ifndef HIR_RPC_CERTIFICATE_WATCH_H_
#define HIR_RPC_CERTIFICATE_WATCH_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "hir/base/log.h"
#include "hir/rpc/tls.h"

namespace hir {

// Checks the files now and every `reload_seconds`, when new connections start to use them, and
// reports each change for the worse: a warning 14 days before the certificate expires, an error
// when it has expired or the files have become unusable. New handshakes then fail; open connections
// stay.
class CertificateWatch {
 public:
  using Report = std::function<void(Severity severity, const std::string& sentence)>;

  // Calls `report` for the first check from the constructor, later on a thread of its own.
  CertificateWatch(TlsFiles files, Report report);
  ~CertificateWatch();
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

 private:
  void Look();

  const TlsFiles files_;
  const Report report_;
  std::string said_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_RPC_CERTIFICATE_WATCH_H_
