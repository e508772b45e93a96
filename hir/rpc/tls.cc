#include "hir/rpc/tls.h"

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

struct Pem {
  std::string certificate;
  std::string key;
  std::string ca;
};

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  HIR_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  if (text.find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a PEM file."));
  }
  return text;
}

absl::StatusOr<Pem> ReadAll(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError(
        "TLS needs the certificate and its key: give --tls-cert and --tls-key, or neither.");
  }
  Pem pem;
  HIR_ASSIGN_OR_RETURN(pem.certificate, ReadPem(files.certificate));
  HIR_ASSIGN_OR_RETURN(pem.key, ReadPem(files.key));
  HIR_ASSIGN_OR_RETURN(pem.ca, ReadPem(files.ca));
  return pem;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files) {
  HIR_ASSIGN_OR_RETURN(Pem pem, ReadAll(files));
  if (pem.certificate.empty()) {
    if (!pem.ca.empty()) {
      return absl::InvalidArgumentError(
          "A server with --tls-ca also needs --tls-cert and --tls-key.");
    }
    return grpc::InsecureServerCredentials();
  }
  grpc::SslServerCredentialsOptions options(
      pem.ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                     : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = pem.ca;
  options.pem_key_cert_pairs.push_back({pem.key, pem.certificate});
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files) {
  HIR_ASSIGN_OR_RETURN(Pem pem, ReadAll(files));
  if (pem.certificate.empty() && pem.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pem.ca;
  options.pem_private_key = pem.key;
  options.pem_cert_chain = pem.certificate;
  return grpc::SslCredentials(options);
}

}  // namespace hir
