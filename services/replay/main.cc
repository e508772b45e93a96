// hir-replay: the ledger of runs, on Redis.
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/metrics/service_metrics.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/process/service_main.h"
#include "hir/rpc/retry.h"
#include "hir/store/redis_replay_store.h"
#include "services/replay/replay_service.h"

ABSL_FLAG(std::string, redis, "redis://127.0.0.1:6379",
          "Redis: redis://[[user]:password@]host[:port][/database], rediss:// for TLS, or "
          "unix:///path. One that cannot be reached is tried for 5 s.");
ABSL_FLAG(std::string, redis_password_file, "",
          "File with the password to log in with, instead of that of --redis; the user is that of "
          "--redis (redis://user:@host).");
ABSL_FLAG(std::string, redis_ca, "", "PEM authority of a rediss:// server; empty = the system's.");
ABSL_FLAG(std::string, redis_cert, "", "PEM certificate to show to a rediss:// server.");
ABSL_FLAG(std::string, redis_key, "", "PEM key of that certificate.");
ABSL_FLAG(std::string, advertise_networks, "",
          "Networks, as 10.0.0.0/8,fd00::/8, in which workers and learners may name addresses that "
          "their calls do not come from: behind NAT, a proxy or a service mesh.");
ABSL_FLAG(std::string, model, "",
          "Model folder, for its tokenizer, chat template and config.json.");

namespace hir {
namespace {

absl::StatusOr<RedisAddress> AddressFromFlags() {
  HIR_ASSIGN_OR_RETURN(RedisAddress address, ParseRedisUrl(absl::GetFlag(FLAGS_redis)));
  const std::string path = absl::GetFlag(FLAGS_redis_password_file);
  if (path.empty()) return address;
  HIR_ASSIGN_OR_RETURN(const std::string password, ReadFile(path));
  address.password = std::string(absl::StripTrailingAsciiWhitespace(password));
  if (!address.password.empty()) return address;
  return absl::InvalidArgumentError(
      absl::StrCat("--redis-password-file ", path, " holds no password"));
}

absl::StatusOr<std::vector<IpNetwork>> NetworksFromFlags() {
  auto networks = ParseIpNetworks(absl::GetFlag(FLAGS_advertise_networks));
  if (networks.ok()) return networks;
  return absl::InvalidArgumentError(
      absl::StrCat("--advertise-networks: ", networks.status().message()));
}

absl::Status Run(ServiceContext& context) {
  const std::string model = absl::GetFlag(FLAGS_model);
  if (model.empty()) return absl::InvalidArgumentError("--model is missing; name a model folder");
  HIR_ASSIGN_OR_RETURN(RedisAddress address, AddressFromFlags());
  HIR_ASSIGN_OR_RETURN(const std::vector<IpNetwork> networks, NetworksFromFlags());
  HIR_ASSIGN_OR_RETURN(const std::shared_ptr<const Tokenizer> tokenizer, Tokenizer::Load(model));
  HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(model));
  const ModelLimits limits = {.vocabulary = architecture.vocab_size,
                              .context = architecture.max_position};
  const ModelPromptEncoder encoder(tokenizer);
  const ModelResponseDecoder decoder(tokenizer);
  RedisReplayStore store({.address = std::move(address),
                          .tls_ca_file = absl::GetFlag(FLAGS_redis_ca),
                          .tls_certificate_file = absl::GetFlag(FLAGS_redis_cert),
                          .tls_key_file = absl::GetFlag(FLAGS_redis_key)});
  RealClock clock;
  const absl::Status durable = Retry(
      clock, {.max_elapsed = absl::Seconds(5)}, [&store] { return store.CheckDurable(); },
      [&context] { return context.stop().stopped(); });
  if (context.stop().stopped()) return absl::OkStatus();
  if (!durable.ok() && !absl::IsFailedPrecondition(durable)) return durable;
  if (!durable.ok()) Log(Severity::kWarning, std::string(durable.message()));
  ReplayMetrics metrics(context.registry());
  ReplayService service(store, encoder, decoder, limits, metrics,
                        {.addresses = {.networks = networks}});
  HIR_ASSIGN_OR_RETURN(auto server, context.StartServer({{"hir.replay.v1.Replay", &service}}));
  context.stop().Wait();
  server->SetServing(false);
  service.Stop();
  server->Drain(context.drain_deadline());
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) {
  return hir::ServiceMain(
      argc, argv,
      {.name = "hir-replay",
       .summary = "Keeps the ledger of runs on Redis and freezes their batches.",
       .run = hir::Run});
}
