#include "hir/store/redis_client.h"

#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

struct ContextDeleter {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct ReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct TlsDeleter {
  void operator()(redisSSLContext* context) const { redisFreeSSLContext(context); }
};
using ContextPtr = std::unique_ptr<redisContext, ContextDeleter>;
using ReplyPtr = std::unique_ptr<redisReply, ReplyDeleter>;
using TlsPtr = std::unique_ptr<redisSSLContext, TlsDeleter>;

// While it lives, a write to a connection that Redis has closed fails on this thread instead of
// ending the process by SIGPIPE, which hiredis does not prevent. The process' signal handling is
// unchanged.
class SigpipeHeld {
 public:
  SigpipeHeld() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    pending_before_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &mask_before_);
  }
  ~SigpipeHeld() {
    const timespec at_once = {};
    if (!pending_before_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  SigpipeHeld(const SigpipeHeld&) = delete;
  SigpipeHeld& operator=(const SigpipeHeld&) = delete;

 private:
  sigset_t pipe_;
  sigset_t mask_before_;
  bool pending_before_;
};

// Keeps the idle connections of many instances together below Redis' default limit.
constexpr size_t kMaxIdle = 64;

RedisReply Convert(const redisReply& reply) {
  RedisReply result;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      result.kind = RedisReply::Kind::kInteger;
      result.integer = reply.integer;
      break;
    case REDIS_REPLY_NIL:
      break;
    case REDIS_REPLY_ARRAY:
      result.kind = RedisReply::Kind::kArray;
      result.elements.reserve(reply.elements);
      for (size_t i = 0; i < reply.elements; ++i) {
        result.elements.push_back(Convert(*reply.element[i]));
      }
      break;
    default:
      result.kind = RedisReply::Kind::kText;
      result.text.assign(reply.str, reply.len);
  }
  return result;
}

// `complaint` is what Redis said, e.g. "NOAUTH Authentication required."
absl::Status ComplaintStatus(absl::string_view complaint, const std::string& address) {
  for (absl::string_view code : {"MOVED", "ASK"}) {
    if (absl::StartsWith(complaint, absl::StrCat(code, " "))) {
      return absl::FailedPreconditionError(
          absl::StrCat("Redis at ", address, " is a node of a cluster: ", complaint,
                       "; Redis Cluster is not supported yet; name a single server"));
    }
  }
  const std::string message = absl::StrCat("Redis at ", address, " refused a command: ", complaint);
  for (absl::string_view code : {"LOADING", "READONLY", "MISCONF", "OOM", "CLUSTERDOWN",
                                 "MASTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS"}) {
    if (absl::StartsWith(complaint, absl::StrCat(code, " "))) {
      return absl::UnavailableError(message);
    }
  }
  for (absl::string_view code : {"NOAUTH", "WRONGPASS", "NOPERM"}) {
    if (absl::StartsWith(complaint, absl::StrCat(code, " "))) {
      return absl::UnauthenticatedError(message);
    }
  }
  return absl::InternalError(message);
}

const char* OrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

absl::StatusOr<TlsPtr> MakeTls(const RedisOptions& options) {
  for (const std::string* file :
       {&options.tls_ca_file, &options.tls_certificate_file, &options.tls_key_file}) {
    // Checked here, since OpenSSL would block on a FIFO.
    const absl::Status status = file->empty() ? absl::OkStatus() : ReadFile(*file).status();
    if (absl::IsInvalidArgument(status)) return status;
  }
  redisSSLOptions tls = {};
  tls.cacert_filename = OrNull(options.tls_ca_file);
  tls.cert_filename = OrNull(options.tls_certificate_file);
  tls.private_key_filename = OrNull(options.tls_key_file);
  tls.server_name = options.address.host.c_str();
  tls.verify_mode = REDIS_SSL_VERIFY_PEER;
  tls.verify_name = options.address.host.c_str();
  redisSSLContextError error = REDIS_SSL_CTX_NONE;
  TlsPtr context(redisCreateSSLContextWithOptions(&tls, &error));
  if (context == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "TLS to Redis at ", options.address.Display(),
        " cannot be set up: ", redisSSLContextGetError(error), " (ca '", options.tls_ca_file,
        "', certificate '", options.tls_certificate_file, "', key '", options.tls_key_file, "')"));
  }
  return context;
}

std::string Sha1Hex(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace

RedisScript::RedisScript(std::string source)
    : source_(std::move(source)), sha1_(Sha1Hex(source_)) {}

// One connection; used by one thread at a time.
class RedisClient::Connection {
 public:
  Connection(TlsPtr tls, ContextPtr context) : tls_(std::move(tls)), context_(std::move(context)) {}

  // Null when the connection broke; broken() and timed_out() say why.
  ReplyPtr Send(absl::Span<const std::string> words) {
    const SigpipeHeld held;
    std::vector<const char*> data;
    std::vector<size_t> sizes;
    for (const std::string& word : words) {
      data.push_back(word.data());
      sizes.push_back(word.size());
    }
    ReplyPtr reply(static_cast<redisReply*>(redisCommandArgv(
        context_.get(), static_cast<int>(words.size()), data.data(), sizes.data())));
    timed_out_ = reply == nullptr && (context_->err == REDIS_ERR_TIMEOUT ||
                                      (context_->err == REDIS_ERR_IO && errno == EAGAIN));
    return reply;
  }

  std::string broken() const { return context_->errstr; }
  bool timed_out() const { return timed_out_; }

 private:
  TlsPtr tls_;  // Must outlive the context that uses it.
  ContextPtr context_;
  bool timed_out_ = false;
};

RedisClient::RedisClient(RedisOptions options) : options_(std::move(options)) {}

RedisClient::~RedisClient() = default;

absl::Status RedisClient::Unreachable(absl::string_view why) const {
  return absl::UnavailableError(absl::StrCat("Redis at ", address(), " cannot be reached: ", why));
}

absl::Status RedisClient::Broken(const Connection& connection) const {
  if (!connection.timed_out()) return Unreachable(connection.broken());
  return absl::UnavailableError(absl::StrCat("Redis at ", address(), " did not answer within ",
                                             absl::FormatDuration(options_.command_timeout)));
}

absl::StatusOr<std::unique_ptr<RedisClient::Connection>> RedisClient::Connect() {
  const SigpipeHeld held;
  const RedisAddress& target = options_.address;
  const timeval connect_timeout = absl::ToTimeval(options_.connect_timeout);
  const timeval command_timeout = absl::ToTimeval(options_.command_timeout);
  redisOptions settings = {};
  settings.options = REDIS_OPT_SET_SOCK_CLOEXEC;
  settings.connect_timeout = &connect_timeout;
  settings.command_timeout = &command_timeout;
  if (target.socket_path.empty()) {
    REDIS_OPTIONS_SET_TCP(&settings, target.host.c_str(), target.port);
  } else {
    REDIS_OPTIONS_SET_UNIX(&settings, target.socket_path.c_str());
  }
  ContextPtr context(redisConnectWithOptions(&settings));
  if (context == nullptr) return Unreachable("out of memory");
  if (context->err != 0) return Unreachable(context->errstr);
  TlsPtr tls;
  if (target.tls) {
    HIR_ASSIGN_OR_RETURN(tls, MakeTls(options_));
    if (redisInitiateSSLWithContext(context.get(), tls.get()) != REDIS_OK) {
      return Unreachable(absl::StrCat("TLS failed: ", context->errstr));
    }
  }
  auto connection = std::make_unique<Connection>(std::move(tls), std::move(context));
  std::vector<std::vector<std::string>> greetings;
  if (!target.password.empty()) {
    greetings.push_back({"AUTH", target.user.empty() ? "default" : target.user, target.password});
  }
  if (target.database != 0) greetings.push_back({"SELECT", absl::StrCat(target.database)});
  for (const std::vector<std::string>& greeting : greetings) {
    const ReplyPtr reply = connection->Send(greeting);
    if (reply == nullptr) return Broken(*connection);
    if (reply->type == REDIS_REPLY_ERROR) return ComplaintStatus(reply->str, address());
  }
  return connection;
}

std::unique_ptr<RedisClient::Connection> RedisClient::TakeIdle() {
  absl::MutexLock lock(&mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

absl::StatusOr<RedisReply> RedisClient::Command(absl::Span<const std::string> words) {
  std::unique_ptr<Connection> connection = TakeIdle();
  ReplyPtr reply;
  if (connection != nullptr) reply = connection->Send(words);
  if (reply == nullptr) {
    if (connection != nullptr) {
      // The other idle connections are older than the break, too.
      absl::MutexLock lock(&mutex_);
      idle_.clear();
    }
    if (connection != nullptr && connection->timed_out()) return Broken(*connection);
    HIR_ASSIGN_OR_RETURN(connection, Connect());
    reply = connection->Send(words);
  }
  if (reply == nullptr) return Broken(*connection);
  {
    absl::MutexLock lock(&mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    return ComplaintStatus(absl::string_view(reply->str, reply->len), address());
  }
  return Convert(*reply);
}

absl::StatusOr<RedisReply> RedisClient::Run(const RedisScript& script, const std::string& key,
                                            std::vector<std::string> arguments) {
  std::vector<std::string> words = {"EVALSHA", script.sha1(), "1", key};
  // Moved: one of them may be a whole response.
  std::move(arguments.begin(), arguments.end(), std::back_inserter(words));
  absl::StatusOr<RedisReply> reply = Command(words);
  if (reply.ok() || !absl::StrContains(reply.status().message(), "NOSCRIPT")) return reply;
  words[0] = "EVAL";
  words[1] = script.source();
  return Command(words);
}

}  // namespace hir
