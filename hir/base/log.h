// Structured logs: one JSON object per line on standard error, with the same keys everywhere.
//
//   Log(Severity::kInfo, "step frozen", {{"run", run}, {"step", step}});
//
// prints {"time":"…","level":"info","service":"hir-replay","message":"step
// frozen","run":…,"step":…}
#ifndef HIR_BASE_LOG_H_
#define HIR_BASE_LOG_H_

#include <string>
#include <string_view>

#include "nlohmann/json.hpp"

namespace hir {

// How serious a log line is, least first.
enum class Severity { kDebug, kInfo, kWarning, kError };

// Names the process in every line and drops lines below `least`. Call once, before threads start.
void InitLog(std::string service, Severity least = Severity::kInfo);

// Writes one line. `fields` is a JSON object; the usual keys are run, step, task, sample.
// Thread-safe; lines never mix.
void Log(Severity severity, std::string_view message, const nlohmann::json& fields = {});

// The line Log() would write, without the newline; `time` as RFC 3339.
std::string FormatLogLine(std::string_view time, std::string_view service, Severity severity,
                          std::string_view message, const nlohmann::json& fields);

}  // namespace hir

#endif  // HIR_BASE_LOG_H_
