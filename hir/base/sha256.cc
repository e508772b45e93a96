#include "hir/base/sha256.h"

#include <openssl/evp.h>

#include <utility>

#include "absl/strings/escaping.h"

namespace hir {

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Sha256Stream::Finish() {
  std::string digest(32, '\0');
  unsigned int length = 0;
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()), &length);
  return digest;
}

FillingSha256::FillingSha256(const char* begin) : begin_(begin), thread_([this] { Work(); }) {}

FillingSha256::~FillingSha256() { End(); }

void FillingSha256::Fill(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  filled_ = bytes;
}

std::string FillingSha256::Finish() {
  End();
  return std::move(digest_);
}

void FillingSha256::End() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  thread_.join();
}

void FillingSha256::Work() {
  Sha256Stream stream;
  size_t hashed = 0;
  while (true) {
    size_t filled = 0;
    {
      absl::MutexLock lock(&mutex_);
      const auto more = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return ended_ || filled_ > hashed;
      };
      mutex_.Await(absl::Condition(&more));
      filled = filled_;
    }
    if (filled == hashed) break;
    stream.Update({begin_ + hashed, filled - hashed});
    hashed = filled;
  }
  digest_ = stream.Finish();
}

std::string Sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.Update(bytes);
  return stream.Finish();
}

std::string Sha256Hex(std::string_view bytes) { return absl::BytesToHexString(Sha256(bytes)); }

}  // namespace hir
