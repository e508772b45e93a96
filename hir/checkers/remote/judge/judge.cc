#include "hir/checkers/remote/judge/judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"
#include "nlohmann/json.hpp"

extern "C" const char hir_judge_prompt_begin[], hir_judge_prompt_end[];

namespace hir::remote {
namespace {

using nlohmann::json;

// The longest pause, whatever a service asks for.
constexpr absl::Duration kLongestWait = absl::Seconds(60);

// Replaces names by their values in one pass: a name inside a value stays as it is.
std::string Fill(std::string_view prompt, std::string_view criterion, std::string_view response) {
  constexpr std::string_view kCriterion = "{criterion}", kResponse = "{response}";
  std::string filled;
  while (!prompt.empty()) {
    if (prompt.starts_with(kCriterion)) {
      filled.append(criterion);
      prompt.remove_prefix(kCriterion.size());
    } else if (prompt.starts_with(kResponse)) {
      filled.append(response);
      prompt.remove_prefix(kResponse.size());
    } else {
      filled += prompt.front();
      prompt.remove_prefix(1);
    }
  }
  return filled;
}

// The model's words in a chat completion. INVALID_ARGUMENT: `body` is not one.
absl::StatusOr<std::string> ContentOf(const std::string& body) {
  const json answer = ParseJson(body).value_or(json());
  const json::json_pointer content("/choices/0/message/content");
  if (!answer.contains(content) || !answer[content].is_string()) {
    return absl::InvalidArgumentError("The judge's answer is not a chat completion.");
  }
  return answer[content].get<std::string>();
}

// The first word of an answer, in capitals.
std::string FirstWord(std::string_view answer) {
  const auto begin = std::find_if(answer.begin(), answer.end(), absl::ascii_isalpha);
  const auto end = std::find_if_not(begin, answer.end(), absl::ascii_isalpha);
  return absl::AsciiStrToUpper(std::string(begin, end));
}

absl::Status OutOfRange(const char* flag, const std::string& value, const char* range) {
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " can't be ", value, "; it is ", range, "."));
}

class JudgedCriterion : public Checker {
 public:
  JudgedCriterion(std::shared_ptr<Judge> judge, std::string criterion)
      : judge_(std::move(judge)), criterion_(std::move(criterion)) {}

  CheckResult Check(const ResponseText& response) const override {
    return judge_->Decide(criterion_, python::EncodeUtf8(response.text()));
  }
  bool waits() const override { return true; }

 private:
  const std::shared_ptr<Judge> judge_;
  const std::string criterion_;
};

}  // namespace

std::string_view DefaultJudgePrompt() {
  return {hir_judge_prompt_begin,
          static_cast<size_t>(hir_judge_prompt_end - hir_judge_prompt_begin)};
}

absl::Status Validate(const JudgeOptions& options) {
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
    return OutOfRange("--judge-url", absl::StrCat("\"", options.url, "\""),
                      "the address of a service, such as http://127.0.0.1:8000/v1");
  }
  if (options.model.empty()) {
    return absl::InvalidArgumentError("--judge-model is missing; it names the service's model.");
  }
  for (const char* name : {"{criterion}", "{response}"}) {
    if (!absl::StrContains(options.prompt, name)) {
      return absl::InvalidArgumentError(absl::StrCat("the prompt of --judge-prompt has no ", name,
                                                     "; see data/judge_prompt.txt."));
    }
  }
  if (options.votes < 1 || options.votes > 64) {
    return OutOfRange("--judge-votes", absl::StrCat(options.votes), "1 to 64");
  }
  if (2 * options.agreeing <= options.votes || options.agreeing > options.votes) {
    return OutOfRange("--judge-agreeing", absl::StrCat(options.agreeing),
                      "more than half of --judge-votes, and at most all of them");
  }
  if (!(options.temperature >= 0 && options.temperature <= 2)) {
    return OutOfRange("--judge-temperature", absl::StrCat(options.temperature), "0 to 2");
  }
  if (options.timeout < absl::Milliseconds(1)) {
    return OutOfRange("--judge-timeout-seconds", absl::FormatDuration(options.timeout), "above 0");
  }
  if (options.concurrent < 1) {
    return OutOfRange("--judge-concurrent", absl::StrCat(options.concurrent), "at least 1");
  }
  if (!(options.requests_per_second >= 0)) {
    return OutOfRange("--judge-requests-per-second", absl::StrCat(options.requests_per_second),
                      "0 (no limit) or more");
  }
  return absl::OkStatus();
}

Judge::Judge(const JudgeOptions& options, Clock& clock)
    : options_(options),
      clock_(clock),
      client_(absl::StrCat(options.url, "/chat/completions"), options.key) {}

CheckResult Judge::Decide(std::string_view criterion, std::string_view response) {
  // Model, prompt, votes and temperature are the same for all questions of one judge.
  const std::string question =
      Sha256(std::to_string(criterion.size()).append(":").append(criterion).append(response));
  if (std::optional<CheckResult> known = Recall(question); known.has_value()) return *known;
  const absl::Cleanup asked = [&] {
    absl::MutexLock lock(&mutex_);
    asking_.erase(question);
  };
  const CheckResult result = Ask(criterion, response);
  Remember(question, result);
  return result;
}

std::optional<CheckResult> Judge::Recall(const std::string& question) {
  const auto free = [&]()
                        ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !asking_.contains(question); };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&free));
  if (const auto found = known_.find(question); found != known_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->second;
  }
  asking_.insert(question);
  return std::nullopt;
}

void Judge::Remember(const std::string& question, const CheckResult& result) {
  absl::MutexLock lock(&mutex_);
  if (result.verdict == Verdict::kUndecidable || options_.cached == 0) return;
  recent_.emplace_front(question, result);
  known_[question] = recent_.begin();
  if (recent_.size() <= options_.cached) return;
  known_.erase(recent_.back().first);
  recent_.pop_back();
}

CheckResult Judge::Ask(std::string_view criterion, std::string_view response) {
  const json message = {{"role", "user"}, {"content", Fill(options_.prompt, criterion, response)}};
  const json request = {{"model", options_.model},
                        {"messages", json::array({message})},
                        {"temperature", options_.temperature}};
  const std::string text = request.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto enough = static_cast<uint32_t>(options_.agreeing);
  Votes votes;
  uint32_t no = 0;
  std::string problem;
  while (votes.asked < static_cast<uint32_t>(options_.votes)) {
    const absl::StatusOr<Vote> vote = AskOnce(text);
    if (!vote.ok()) problem = std::string(vote.status().message());
    ++votes.asked;
    votes.yes += vote.ok() && *vote == Vote::kYes;
    no += vote.ok() && *vote == Vote::kNo;
    if (votes.yes >= enough) return {.verdict = Verdict::kPass, .votes = votes};
    if (no >= enough) return {.verdict = Verdict::kFail, .votes = votes};
    const uint32_t left = static_cast<uint32_t>(options_.votes) - votes.asked;
    if (std::max(votes.yes, no) + left < enough) break;
  }
  if (problem.empty()) {
    problem = absl::StrCat("The judge's votes are split: ", votes.yes, " yes, ", no, " no.");
  }
  return {.verdict = Verdict::kUndecidable, .reason = problem, .votes = votes};
}

absl::StatusOr<Judge::Vote> Judge::AskOnce(const std::string& request) {
  std::string body;
  const absl::Status status = Retry(
      clock_, options_.retry,
      [&]() -> absl::Status {
        AwaitTurn();
        const absl::Cleanup done = [this] {
          absl::MutexLock lock(&mutex_);
          --running_;
        };
        HIR_ASSIGN_OR_RETURN(HttpResponse response, client_.Post(request, options_.timeout));
        if (response.code == 429 || response.code >= 500) {
          clock_.Sleep(std::min(response.retry_after, kLongestWait));
          return absl::UnavailableError(absl::StrCat("it answers with status ", response.code));
        }
        if (response.code != 200) {
          return absl::InvalidArgumentError(absl::StrCat("it answers with status ", response.code));
        }
        body = std::move(response.body);
        return absl::OkStatus();
      },
      [] { return false; });
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("The judge fails: ", status.message(), "."));
  }
  HIR_ASSIGN_OR_RETURN(const std::string content, ContentOf(body));
  const std::string word = FirstWord(content);
  if (word == "YES") return Vote::kYes;
  if (word == "NO") return Vote::kNo;
  return absl::InvalidArgumentError("The judge's answer is neither yes nor no.");
}

void Judge::AwaitTurn() {
  absl::Duration wait;
  {
    const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return running_ < options_.concurrent;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&free));
    ++running_;
    if (options_.requests_per_second > 0) {
      const absl::Time now = clock_.Now();
      const absl::Time mine = std::max(now, next_request_);
      next_request_ = mine + absl::Seconds(1 / options_.requests_per_second);
      wait = mine - now;
    }
  }
  if (wait > absl::ZeroDuration()) clock_.Sleep(wait);
}

void EnableJudge(CheckerRegistry& registry, std::shared_ptr<Judge> judge) {
  registry.Enable(
      "judge:criterion", [judge = std::move(judge)](const Arguments& arguments) -> StatusOrChecker {
        HIR_ASSIGN_OR_RETURN(const std::u32string criterion, arguments.NotEmptyString("criterion"));
        return std::make_unique<JudgedCriterion>(judge, python::EncodeUtf8(criterion));
      });
}

}  // namespace hir::remote
