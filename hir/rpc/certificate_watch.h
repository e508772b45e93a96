// Says when the certificate that a server shows is about to expire, or has.
#ifndef HIR_RPC_CERTIFICATE_WATCH_H_
#define HIR_RPC_CERTIFICATE_WATCH_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "hir/base/log.h"
#include "hir/rpc/tls.h"

namespace hir {

// Looks at the files now and every `reload_seconds`, as they are taken for new connections then,
// and reports each change for the worse: a warning 14 days before the end, an error when it has
// come or files came that can't be used. Handshakes fail from then on; what is connected stays.
class CertificateWatch {
 public:
  using Report = std::function<void(Severity severity, const std::string& sentence)>;

  // `report` is called on a thread of the watch, or by this.
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
