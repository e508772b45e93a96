#include "hir/run/tensorboard_log.h"

#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "boost/crc.hpp"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/config/eval_suites.h"
#include "hir/run/paths.h"
#include "hir/run/run_lines.h"

namespace hir {
namespace {

using tensorboard::v1::Event;

// What readers take for the newest form of these files.
constexpr char kFileVersion[] = "brain.Event:2";

std::string LittleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

// A CRC32C (Castagnoli), turned and shifted by a constant, since it is itself kept beside data that
// may be summed again.
uint32_t MaskedCrc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const uint32_t sum = crc.checksum();
  return ((sum >> 15) | (sum << 17)) + 0xA282EAD8;
}

Event EventAt(int64_t step, absl::Time time) {
  Event event;
  event.set_wall_time(absl::ToDoubleSeconds(time - absl::UnixEpoch()));
  event.set_step(step);
  return event;
}

void AddValue(const std::string& tag, double value, Event& event) {
  tensorboard::v1::Summary::Value& added = *event.mutable_summary()->add_value();
  added.set_tag(tag);
  added.set_simple_value(static_cast<float>(value));
}

}  // namespace

std::string FramedRecord(std::string_view bytes) {
  const std::string length = LittleEndian(bytes.size(), 8);
  return absl::StrCat(length, LittleEndian(MaskedCrc(length), 4), std::string(bytes),
                      LittleEndian(MaskedCrc(bytes), 4));
}

absl::Status TensorBoardLog::AddStep(const learner::v1::StepReport& report) {
  const absl::Time time =
      report.has_time() ? absl::FromUnixSeconds(report.time().seconds()) : absl::Now();
  if (!begun_) HIR_RETURN_IF_ERROR(Begin(report.step(), time));
  begun_ = true;
  Event event = EventAt(report.step(), time);
  // In order, so that the same run gives the same bytes.
  for (const auto& [name, value] :
       std::map<std::string, double>(report.metrics().begin(), report.metrics().end())) {
    AddValue(name, value, event);
  }
  return event.has_summary() ? Append(event) : absl::OkStatus();
}

absl::Status TensorBoardLog::AddEvaluation(const std::string& suite, int64_t step) {
  return AddEvaluations(suite, step, step, absl::Now());
}

absl::Status TensorBoardLog::Begin(int64_t step, absl::Time time) {
  Event event = EventAt(step, time);
  event.mutable_session_log()->set_status(tensorboard::v1::SessionLog::STATUS_START);
  HIR_RETURN_IF_ERROR(Append(event));
  for (const std::string& suite : EvaluatedSuites(run_dir_)) {
    HIR_RETURN_IF_ERROR(AddEvaluations(suite, step, std::numeric_limits<int64_t>::max(), time));
  }
  return absl::OkStatus();
}

absl::Status TensorBoardLog::AddEvaluations(const std::string& suite, int64_t first, int64_t last,
                                            absl::Time time) {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines,
                       ReadStepLines(EvaluationsPath(run_dir_, suite)));
  for (const StepLine& line : lines) {
    if (line.step < first || line.step > last) continue;
    Event event = EventAt(line.step, time);
    for (const auto& [name, value] : line.object.items()) {
      if (name != "step" && value.is_number()) {
        AddValue(MetricPrefix(suite) + name, value.get<double>(), event);
      }
    }
    HIR_RETURN_IF_ERROR(Append(event));
  }
  return absl::OkStatus();
}

absl::Status TensorBoardLog::Append(const Event& event) {
  if (!path_.empty()) return AppendToFile(path_, FramedRecord(event.SerializeAsString()));
  path_ = NewEventFile(run_dir_, absl::ToUnixSeconds(absl::Now()));
  Event version = EventAt(0, absl::Now());
  version.set_file_version(kFileVersion);
  return AppendToFile(path_, absl::StrCat(FramedRecord(version.SerializeAsString()),
                                          FramedRecord(event.SerializeAsString())));
}

}  // namespace hir
