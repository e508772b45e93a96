#include "hir/rpc/certificate_watch.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hir {

CertificateWatch::CertificateWatch(TlsFiles files, Report report)
    : files_(std::move(files)), report_(std::move(report)) {
  Look();
  thread_ = std::thread([this] {
    while (!stop_.WaitForNotificationWithTimeout(absl::Seconds(files_.reload_seconds))) Look();
  });
}

CertificateWatch::~CertificateWatch() {
  stop_.Notify();
  thread_.join();
}

void CertificateWatch::Look() {
  const absl::Time now = absl::Now();
  const absl::Status dates = CheckDates(files_, now);
  const std::string sentence =
      dates.ok() ? ExpiryWarning(files_, now) : std::string(dates.message());
  if (sentence == said_) return;
  said_ = sentence;
  if (!sentence.empty()) report_(dates.ok() ? Severity::kWarning : Severity::kError, sentence);
}

}  // namespace hir
