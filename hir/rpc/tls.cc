#include "hir/rpc/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/call_door.h"

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

struct Validity {
  absl::Time begin, end;
};

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// The validity of each certificate in the file; at least one.
absl::StatusOr<std::vector<Validity>> ReadValidities(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const auto pem, ReadPem(path));
  std::vector<Validity> validities;
  while (true) {
    const Owned<X509, X509_free> certificate(
        PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    validities.push_back({ToTime(X509_get0_notBefore(certificate.get())),
                          ToTime(X509_get0_notAfter(certificate.get()))});
  }
  ERR_clear_error();  // The read after the last certificate fails.
  if (!validities.empty()) return validities;
  return absl::InvalidArgumentError(absl::StrCat(path, " holds no certificate."));
}

std::string Date(absl::Time time) { return absl::FormatTime(time, absl::UTCTimeZone()); }

absl::Status CheckDates(const std::string& path, const Validity& validity, absl::Time now) {
  if (now >= validity.end) {
    return absl::InvalidArgumentError(absl::StrCat("The certificate in ", path, " expired at ",
                                                   Date(validity.end), "; put a valid one there."));
  }
  if (now < validity.begin) {
    return absl::InvalidArgumentError(
        absl::StrCat("The certificate in ", path, " is not valid before ", Date(validity.begin),
                     "; wait, put a valid one there, or set the clock right."));
  }
  return absl::OkStatus();
}

// gRPC does not report files that it can't use, so they are checked first.
absl::Status Check(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError(
        "TLS needs the certificate and its key: give --tls-cert and --tls-key, or neither.");
  }
  if (!files.certificate.empty()) HIR_RETURN_IF_ERROR(CheckPair(files));
  return CheckDates(files, absl::Now());
}

// Reads the files periodically for as long as credentials hold it.
std::shared_ptr<CertificateProviderInterface> Watch(const TlsFiles& files) {
  return std::make_shared<FileWatcherCertificateProvider>(files.key, files.certificate, files.ca,
                                                          files.reload_seconds);
}

}  // namespace

absl::Status CheckDates(const TlsFiles& files, absl::Time now) {
  if (!files.certificate.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto chain, ReadValidities(files.certificate));
    for (const Validity& each : chain) {
      HIR_RETURN_IF_ERROR(CheckDates(files.certificate, each, now));
    }
  }
  if (files.ca.empty()) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const auto authorities, ReadValidities(files.ca));
  // A bundle may also hold expired authorities and future ones; one valid one is enough.
  for (const Validity& each : authorities) {
    if (CheckDates(files.ca, each, now).ok()) return absl::OkStatus();
  }
  return CheckDates(files.ca, authorities.front(), now);
}

std::string ExpiryWarning(const TlsFiles& files, absl::Time now) {
  constexpr absl::Duration kSoon = absl::Hours(14 * 24);
  if (files.certificate.empty()) return "";
  const auto chain = ReadValidities(files.certificate);
  if (!chain.ok()) return "";
  for (const Validity& each : *chain) {
    if (each.end - now >= kSoon) continue;
    return absl::StrCat("the certificate in ", files.certificate, " expires at ", Date(each.end),
                        "; replace it there, no restart is needed");
  }
  return "";
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files) {
  HIR_RETURN_IF_ERROR(Check(files));
  if (files.certificate.empty()) {
    if (!files.ca.empty()) {
      return absl::InvalidArgumentError(
          "A server with --tls-ca also needs --tls-cert and --tls-key.");
    }
    return CheckedPlaintextCredentials();
  }
  grpc::experimental::TlsServerCredentialsOptions options(Watch(files));
  options.watch_identity_key_cert_pairs();
  if (!files.ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  const auto credentials = grpc::experimental::TlsServerCredentials(options);
  CheckCalls(*credentials);
  return credentials;
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
