#include "hir/generate/scheduler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/generate/prompt_rows.h"

namespace hir {
namespace {

// Rows of a pass that has prompts. So many share one reading of the weights that more would hardly
// be cheaper per row; the responses that are being drawn wait for one such pass, not for a prompt.
constexpr int64_t kRows = 256;
// Prompts get at least so many rows, however many responses are being drawn.
constexpr int64_t kLeastPromptRows = 32;
// Rows of prompts that are scored. Each needs a line of logits, by far the largest buffer.
constexpr int64_t kScoredRows = 32;

int64_t MaxRows(const EngineOptions& options) {
  return std::max(kRows, int64_t{options.max_running_sequences} + kLeastPromptRows);
}

// Removes the sequences for which `ended`, called once for each in order, is true.
template <typename Ended>
void RemoveEnded(std::vector<Sequence>& sequences, Ended ended) {
  size_t kept = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (ended(sequences[i])) continue;
    if (kept != i) sequences[kept] = std::move(sequences[i]);
    ++kept;
  }
  sequences.resize(kept);
}

}  // namespace

struct Scheduler::Pass {
  // A chunk of a prompt.
  struct Prompt {
    std::shared_ptr<Group> group;
    size_t first_draw;  // Its scores and then its first tokens, in `draws`.
    size_t scores;
    size_t first_index;  // Of the response that gets the first of the first tokens.
  };

  std::vector<DecodeRow> rows;
  std::vector<DrawRequest> wanted;  // First one per running response.
  std::vector<Draw> draws;
  std::vector<Prompt> prompts;
};

Scheduler::Scheduler(const Architecture& architecture, const EngineOptions& options,
                     WeightsId serving, Decoder& decoder)
    : architecture_(architecture),
      slots_(static_cast<size_t>(options.max_running_sequences)),
      max_rows_(MaxRows(options)),
      serving_(std::move(serving)),
      decoder_(decoder) {}

int64_t Scheduler::ResponseLimit(int64_t prompt_tokens, int64_t response_tokens) const {
  return std::min(response_tokens, architecture_.max_position - prompt_tokens);
}

absl::Status Scheduler::CheckLengths(int64_t prompt_tokens, int64_t response_tokens) const {
  const int64_t limit = ResponseLimit(prompt_tokens, response_tokens);
  const int64_t needed = decoder_.RoundUpToPage(prompt_tokens) + decoder_.RoundUpToPage(limit);
  if (needed <= decoder_.CapacityTokens()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a prompt of ", prompt_tokens, " tokens and a response of ", limit, " take ",
                   needed, " tokens of the cache, which holds ", decoder_.CapacityTokens(),
                   "; raise rollout.kv_cache_gb or allow fewer tokens"));
}

void Scheduler::Add(uint64_t id, GenerationRequest request) {
  auto group = std::make_shared<Group>();
  group->id = id;
  group->response_limit = ResponseLimit(static_cast<int64_t>(request.prompt.size()),
                                        request.settings.max_response_tokens);
  group->request = std::move(request);
  waiting_ += static_cast<int>(group->request.samples.size());
  queue_.push_back(std::move(group));
}

void Scheduler::Cancel(const std::set<uint64_t>& ids) {
  if (ids.empty()) return;
  const absl::Status cancelled = absl::CancelledError("the request was cancelled");
  std::erase_if(queue_, [&](const std::shared_ptr<Group>& group) {
    if (!ids.contains(group->id)) return false;
    EndWaiting(*group, cancelled);
    return true;
  });
  RemoveEnded(running_, [&](const Sequence& sequence) {
    if (!ids.contains(sequence.group->id)) return false;
    sequence.group->request.on_done(sequence.sample(), cancelled);
    return true;
  });
}

void Scheduler::Step(bool admit) {
  if (admit) Admit();
  Pass pass = Plan();
  if (pass.rows.empty()) return;
  pass.draws.resize(pass.wanted.size());
  decoder_.Step(pass.rows, pass.wanted, absl::MakeSpan(pass.draws));
  TakePrompts(pass);
  size_t next = 0;
  RemoveEnded(running_, [&](Sequence& sequence) {
    if (sequence.state != nullptr) return TakeToken(sequence, pass.draws[next++]);
    return sequence.group->prompt_is_complete() && BeginDrawing(sequence);
  });
}

bool Scheduler::HasRoomFor(const Group& group) const {
  int64_t needed = decoder_.RoundUpToPage(group.response_limit);
  if (group.prompt == nullptr) needed += decoder_.RoundUpToPage(group.prompt_tokens());
  // Kept free for responses that wait for their prompts.
  for (const Sequence& sequence : running_) {
    if (sequence.state == nullptr) needed += decoder_.RoundUpToPage(sequence.group->response_limit);
  }
  return needed <= decoder_.FreeTokens();
}

void Scheduler::Admit() {
  while (!queue_.empty() && running_.size() < slots_ && HasRoomFor(*queue_.front())) {
    const std::shared_ptr<Group> group = queue_.front();
    if (group->prompt == nullptr) {
      group->prompt = decoder_.NewState(nullptr, group->prompt_tokens());
    }
    running_.push_back({.group = group, .index = group->begun++});
    --waiting_;
    if (group->begun == group->request.samples.size()) queue_.pop_front();
    if (group->prompt_is_complete() && BeginDrawing(running_.back())) running_.pop_back();
  }
}

bool Scheduler::BeginDrawing(Sequence& sequence) {
  Group& group = *sequence.group;
  sequence.state = decoder_.NewState(group.prompt, group.response_limit);
  sequence.response.prompt_scores = group.scores;
  return TakeToken(sequence, group.first[sequence.index]);
}

bool Scheduler::TakeToken(Sequence& sequence, Draw& draw) {
  ++generated_tokens_;
  return Append(sequence, draw, serving_);
}

Scheduler::Pass Scheduler::Plan() const {
  Pass pass;
  for (const Sequence& sequence : running_) {
    if (sequence.state == nullptr) continue;
    const std::vector<int32_t>& tokens = sequence.response.tokens;
    pass.wanted.push_back(
        {.row = static_cast<int64_t>(pass.rows.size()),
         .settings = SettingsFor(sequence.group->request, sequence.index, tokens.size())});
    pass.rows.push_back({tokens.back(), sequence.state.get()});
  }
  // The first response of each group that waits for its prompt; those of one group are neighbours.
  std::vector<const Sequence*> first;
  std::vector<PromptLeft> left;
  for (const Sequence& sequence : running_) {
    const Group& group = *sequence.group;
    if (sequence.state != nullptr) continue;
    if (!first.empty() && first.back()->group == sequence.group) continue;
    first.push_back(&sequence);
    left.push_back({.tokens = group.prompt_tokens() - group.prompt->tokens(),
                    .scored = group.request.settings.score_prompt});
  }
  const std::vector<int64_t> shares =
      ShareRows(left, max_rows_ - static_cast<int64_t>(pass.rows.size()), kScoredRows);
  for (size_t i = 0; i < first.size(); ++i) {
    if (shares[i] > 0) AddPrompt(*first[i], shares[i], pass);
  }
  return pass;
}

void Scheduler::AddPrompt(const Sequence& sequence, int64_t count, Pass& pass) const {
  const Group& group = *sequence.group;
  const GenerationRequest& request = group.request;
  const int64_t length = group.prompt_tokens();
  const int64_t begin = group.prompt->tokens();
  Pass::Prompt chunk = {.group = sequence.group,
                        .first_draw = pass.wanted.size(),
                        .scores = 0,
                        .first_index = sequence.index};
  for (int64_t i = begin; i < begin + count; ++i) {
    const int64_t row = static_cast<int64_t>(pass.rows.size());
    pass.rows.push_back({request.prompt[i], group.prompt.get(), length});
    // Scores of a prompt are those of temperature 1.
    if (request.settings.score_prompt && i + 1 < length) {
      pass.wanted.push_back({.row = row,
                             .settings = {.top_logprobs = request.settings.top_logprobs},
                             .given = request.prompt[i + 1]});
      ++chunk.scores;
    }
    // The last token of the prompt gives the first one of every response that has none.
    for (size_t k = sequence.index; i + 1 == length && k < request.samples.size(); ++k) {
      pass.wanted.push_back({.row = row, .settings = SettingsFor(request, k, 0)});
    }
  }
  pass.prompts.push_back(std::move(chunk));
}

void Scheduler::TakePrompts(Pass& pass) {
  for (const Pass::Prompt& chunk : pass.prompts) {
    Group& group = *chunk.group;
    auto draw = pass.draws.begin() + static_cast<int64_t>(chunk.first_draw);
    if (group.request.settings.score_prompt && group.scores == nullptr) {
      // Nothing comes before the first token, so it has no probability.
      group.scores = std::make_shared<std::vector<ScoredToken>>(
          1, ScoredToken{group.request.prompt[0], 0, {}});
    }
    for (size_t i = 0; i < chunk.scores; ++i, ++draw) {
      group.scores->push_back({draw->token, draw->log_probability, std::move(draw->likeliest)});
    }
    if (group.prompt->tokens() < group.prompt_tokens()) continue;
    group.first.resize(group.request.samples.size());
    for (size_t k = chunk.first_index; k < group.first.size(); ++k) {
      group.first[k] = std::move(*draw++);
    }
  }
}

void Scheduler::OnNewWeights(WeightsId serving) {
  serving_ = std::move(serving);
  for (const std::shared_ptr<Group>& group : queue_) group->ForgetPrompt();
  for (const Sequence& sequence : running_) {
    if (sequence.state == nullptr) sequence.group->ForgetPrompt();
  }
  // No response has continued these prompts, so their pages have just become free.
  for (const Sequence& sequence : running_) {
    Group& group = *sequence.group;
    if (sequence.state == nullptr && group.prompt == nullptr) {
      group.prompt = decoder_.NewState(nullptr, group.prompt_tokens());
    }
  }
}

void Scheduler::EndRunning(const absl::Status& status) {
  for (const Sequence& sequence : running_) {
    sequence.group->request.on_done(sequence.sample(), status);
  }
  running_.clear();
  for (const std::shared_ptr<Group>& group : queue_) group->ForgetPrompt();
}

void Scheduler::EndWaiting(const absl::Status& status) {
  for (const std::shared_ptr<Group>& group : queue_) EndWaiting(*group, status);
  queue_.clear();
}

void Scheduler::EndWaiting(Group& group, const absl::Status& status) {
  for (; group.begun < group.request.samples.size(); ++group.begun, --waiting_) {
    group.request.on_done(group.request.samples[group.begun], status);
  }
}

}  // namespace hir
