#include "hir/base/log.h"

#include <unistd.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hir {
namespace {

struct LogState {
  std::string service = "hir";
  Severity least = Severity::kInfo;
};

LogState& State() {
  static LogState* const state = new LogState;
  return *state;
}

const char* Name(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void InitLog(std::string service, Severity least) { State() = {std::move(service), least}; }

std::string FormatLogLine(std::string_view time, std::string_view service, Severity severity,
                          std::string_view message, const nlohmann::json& fields) {
  nlohmann::ordered_json line = {
      {"time", time}, {"level", Name(severity)}, {"service", service}, {"message", message}};
  for (const auto& [key, value] : fields.items()) line[key] = value;
  // Model output may reach a field; with `replace`, a byte that is not UTF-8 does not cost the
  // line.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Log(Severity severity, std::string_view message, const nlohmann::json& fields) {
  if (severity < State().least) return;
  const std::string now = absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone());
  const std::string line = FormatLogLine(now, State().service, severity, message, fields) + "\n";
  // One write call per line, so that lines of several threads and processes do not mix.
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace hir
