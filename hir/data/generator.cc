#include "hir/data/generator.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/data/catalog.h"
#include "hir/data/conflicts.h"

namespace hir {
namespace {

constexpr int kDrawsPerConstraint = 40;
constexpr int kTriesPerInstruction = 200;

// Streams of the generator's random numbers; each split has its own, so that the size of one does
// not change the instructions of the other.
constexpr uint64_t kSplitStream = 0;
constexpr uint64_t kTrainStream = 1;
constexpr uint64_t kHeldOutStream = 2;

absl::Status CheckOptions(const GeneratorOptions& options, size_t tasks) {
  if (options.count < 1) {
    return absl::InvalidArgumentError(absl::StrCat("count must be >= 1, got ", options.count));
  }
  if (options.held_out < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("held-out must be >= 0, got ", options.held_out));
  }
  if (options.min_constraints < 1 || options.max_constraints > 8 ||
      options.min_constraints > options.max_constraints) {
    return absl::InvalidArgumentError(
        absl::StrCat("constraints must be from 1 to 8 with min <= max, got ",
                     options.min_constraints, " to ", options.max_constraints));
  }
  if (tasks < (options.held_out > 0 ? 2u : 1u)) {
    return absl::InvalidArgumentError(
        absl::StrCat(tasks, " tasks are too few to share between training and held-out"));
  }
  return absl::OkStatus();
}

void Shuffle(std::vector<std::string>& items, CounterRandom& random) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.Below(i)]);
}

const ConstraintTemplate& DrawTemplate(bool easy, CounterRandom& random) {
  const std::vector<ConstraintTemplate>& catalog = ConstraintCatalog();
  auto weight = [easy](const ConstraintTemplate& t) { return easy ? t.easy_weight : t.weight; };
  uint64_t total = 0;
  for (const ConstraintTemplate& shape : catalog) total += weight(shape);
  uint64_t at = random.Below(total);
  size_t i = 0;
  while (at >= static_cast<uint64_t>(weight(catalog[i]))) at -= weight(catalog[i++]);
  return catalog[i];
}

// Lets a constraint follow the last one that refers to it, if there is such a kind and no conflict.
void AddDependent(const std::string& task, const DrawContext& context,
                  std::vector<Constraint>& chosen) {
  std::optional<Constraint> dependent = DrawFrequencyOf(chosen.back(), chosen.size() - 1, context);
  if (!dependent.has_value()) return;
  chosen.push_back(*std::move(dependent));
  if (FindConflict(task, chosen).has_value()) chosen.pop_back();
}

// Draws constraints for `task`; nullopt if those drawn conflict.
std::optional<std::vector<Constraint>> DrawConstraints(const std::string& task,
                                                       const GeneratorOptions& options,
                                                       CounterRandom& random) {
  const DrawContext context = {task, options.easy, random};
  const int wanted = context.Between(options.min_constraints, options.max_constraints);
  std::vector<Constraint> chosen;
  for (int draw = 0; draw < wanted * kDrawsPerConstraint; ++draw) {
    chosen.push_back(DrawConstraint(DrawTemplate(options.easy, random), context));
    if (FindConflict(task, chosen).has_value()) {
      chosen.pop_back();
      continue;
    }
    if (static_cast<int>(chosen.size()) == wanted) return chosen;
    if (options.dependent && random.Below(2) == 0) AddDependent(task, context, chosen);
    if (static_cast<int>(chosen.size()) == wanted) return chosen;
  }
  return std::nullopt;
}

// A key that is equal for instructions that a reader would call equal.
std::string Identity(const InstructionRecord& record) {
  std::string identity = record.question;
  for (const Constraint& constraint : record.constraints) {
    absl::StrAppend(&identity, "\n", constraint.kind, constraint.arguments.dump());
  }
  return identity;
}

// Goes through the tasks in rounds, each in another order, so that all tasks are used about equally
// often.
absl::StatusOr<std::vector<InstructionRecord>> Compose(std::vector<std::string> tasks, int count,
                                                       const std::string& name,
                                                       const GeneratorOptions& options,
                                                       CounterRandom random) {
  std::vector<InstructionRecord> records;
  std::set<std::string> seen;
  size_t next = tasks.size();
  for (int failures = 0; static_cast<int>(records.size()) < count;) {
    if (next == tasks.size()) {
      Shuffle(tasks, random);
      next = 0;
    }
    InstructionRecord record;
    record.question = tasks[next++];
    record.layout = kLayouts[random.Below(kLayouts.size())];
    auto constraints = DrawConstraints(record.question, options, random);
    if (constraints.has_value()) record.constraints = *std::move(constraints);
    if (record.constraints.empty() || !seen.insert(Identity(record)).second) {
      if (++failures > kTriesPerInstruction * count) {
        return absl::ResourceExhaustedError(
            absl::StrCat("only ", records.size(), " of ", count, " different ", name,
                         " instructions could be composed; give more tasks or allow other numbers "
                         "of constraints"));
      }
      continue;
    }
    record.source_id = absl::StrFormat("%s-%06d", name, records.size() + 1);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadTasks(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<std::string> tasks;
  std::set<std::string> seen;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::string task(absl::StripAsciiWhitespace(line));
    if (task.empty() || task[0] == '#') continue;
    if (!seen.insert(task).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": the task appears twice: ", task));
    }
    tasks.push_back(task);
  }
  if (tasks.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no task"));
  return tasks;
}

absl::StatusOr<GeneratedData> GenerateInstructions(const std::vector<std::string>& tasks,
                                                   const GeneratorOptions& options) {
  HIR_RETURN_IF_ERROR(CheckOptions(options, tasks.size()));
  std::vector<std::string> shuffled = tasks;
  CounterRandom split_random(options.seed, kSplitStream);
  Shuffle(shuffled, split_random);
  size_t held_out_tasks = 0;
  if (options.held_out > 0) {
    const double share = static_cast<double>(options.held_out) / (options.count + options.held_out);
    held_out_tasks =
        std::clamp<size_t>(static_cast<size_t>(share * tasks.size() + 0.5), 1, tasks.size() - 1);
  }
  const auto border = shuffled.begin() + static_cast<ptrdiff_t>(held_out_tasks);
  GeneratedData data;
  HIR_ASSIGN_OR_RETURN(data.held_out,
                       Compose({shuffled.begin(), border}, options.held_out, "held-out", options,
                               CounterRandom(options.seed, kHeldOutStream)));
  HIR_ASSIGN_OR_RETURN(data.train, Compose({border, shuffled.end()}, options.count, "train",
                                           options, CounterRandom(options.seed, kTrainStream)));
  return data;
}

}  // namespace hir
