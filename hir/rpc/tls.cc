#include "hir/rpc/tls.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

using grpc::experimental::CertificateProviderInterface;
using grpc::experimental::FileWatcherCertificateProvider;

template <typename T, auto Free>
using Owned = std::unique_ptr<T, std::integral_constant<decltype(Free), Free>>;

absl::StatusOr<Owned<BIO, BIO_free_all>> ReadPem(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (text.find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a PEM file."));
  }
  Owned<BIO, BIO_free_all> memory(BIO_new(BIO_s_mem()));
  BIO_write(memory.get(), text.data(), static_cast<int>(text.size()));
  return memory;
}

absl::Status CheckPair(const TlsFiles& files) {
  HIR_ASSIGN_OR_RETURN(const auto certificate_pem, ReadPem(files.certificate));
  HIR_ASSIGN_OR_RETURN(const auto key_pem, ReadPem(files.key));
  const Owned<X509, X509_free> certificate(
      PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(files.certificate, " holds no certificate."));
  }
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.key, " is not the key of the certificate ", files.certificate, "."));
  }
  return absl::OkStatus();
}

// gRPC says nothing of files that it can't use: they are looked at first.
absl::Status Check(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError(
        "TLS needs the certificate and its key: give --tls-cert and --tls-key, or neither.");
  }
  if (!files.certificate.empty()) HIR_RETURN_IF_ERROR(CheckPair(files));
  if (!files.ca.empty()) HIR_RETURN_IF_ERROR(ReadPem(files.ca).status());
  return absl::OkStatus();
}

// Reads the files again and again, for as long as credentials hold it.
std::shared_ptr<CertificateProviderInterface> Watch(const TlsFiles& files) {
  return std::make_shared<FileWatcherCertificateProvider>(files.key, files.certificate, files.ca,
                                                          files.reload_seconds);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files) {
  HIR_RETURN_IF_ERROR(Check(files));
  if (files.certificate.empty()) {
    if (!files.ca.empty()) {
      return absl::InvalidArgumentError(
          "A server with --tls-ca also needs --tls-cert and --tls-key.");
    }
    return grpc::InsecureServerCredentials();
  }
  grpc::experimental::TlsServerCredentialsOptions options(Watch(files));
  options.watch_identity_key_cert_pairs();
  if (!files.ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files) {
  HIR_RETURN_IF_ERROR(Check(files));
  if (files.certificate.empty() && files.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(files));
  if (!files.ca.empty()) options.watch_root_certs();
  if (!files.certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace hir
