// PEM files for tests of TLS: two authorities, and certificates of the first.
#ifndef HIR_TESTING_TEST_CERTIFICATES_H_
#define HIR_TESTING_TEST_CERTIFICATES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace hir {

// ca.pem signed server.pem and client.pem, which are valid for 127.0.0.1 and two days and have
// their keys in server.key and client.key; expired.pem expired yesterday. stranger.pem is an
// authority that signed nothing. Made by the openssl program in a temporary folder, which the
// destructor removes.
class TestCertificates {
 public:
  // UNAVAILABLE: openssl is not installed or failed.
  static absl::StatusOr<std::unique_ptr<TestCertificates>> Make();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  explicit TestCertificates(std::string folder) : folder_(std::move(folder)) {}
  absl::Status OpenSsl(const std::string& arguments) const;
  absl::Status MakeAuthority(const std::string& name) const;
  absl::Status Issue(const std::string& name, int days) const;

  std::string folder_;
};

}  // namespace hir

#endif  // HIR_TESTING_TEST_CERTIFICATES_H_
