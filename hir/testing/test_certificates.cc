#include "hir/testing/test_certificates.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::StatusOr<std::unique_ptr<TestCertificates>> TestCertificates::Make() {
  std::string folder = (std::filesystem::temp_directory_path() / "hir-tls-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("no temporary folder ", folder));
  }
  std::unique_ptr<TestCertificates> made(new TestCertificates(folder));
  HIR_RETURN_IF_ERROR(WriteFileAtomically(made->Path("ext"), "subjectAltName=IP:127.0.0.1"));
  HIR_RETURN_IF_ERROR(made->MakeAuthority("ca"));
  HIR_RETURN_IF_ERROR(made->MakeAuthority("stranger"));
  HIR_RETURN_IF_ERROR(made->Issue("server", 2));
  HIR_RETURN_IF_ERROR(made->Issue("client", 2));
  HIR_RETURN_IF_ERROR(made->Issue("expired", -1));
  return made;
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::Status TestCertificates::OpenSsl(const std::string& arguments) const {
  const std::string command = absl::StrCat("cd ", folder_, " && openssl ", arguments, " 2>err");
  if (system(command.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("openssl ", arguments, " failed"));
}

absl::Status TestCertificates::MakeAuthority(const std::string& name) const {
  return OpenSsl(absl::StrCat("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=", name,
                              " -keyout ", name, ".key -out ", name, ".pem"));
}

absl::Status TestCertificates::Issue(const std::string& name, int days) const {
  HIR_RETURN_IF_ERROR(OpenSsl(absl::StrCat("req -newkey rsa:2048 -nodes -subj /CN=", name,
                                           " -keyout ", name, ".key -out ", name, ".csr")));
  return OpenSsl(absl::StrCat("x509 -req -in ", name,
                              ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -days ",
                              days, " -out ", name, ".pem"));
}

}  // namespace hir
