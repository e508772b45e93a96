// The bodies of a vLLM server's requests and answers. Pure functions.
//
// Source: vLLM 0.32.0, vllm/entrypoints/scale_out/token_in_token_out/protocol.py (tokens in, tokens
// out) and vllm/entrypoints/openai/completion/protocol.py (OpenAI's completions).
#ifndef HIR_VLLM_MESSAGES_H_
#define HIR_VLLM_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/domain/weights_id.h"
#include "hir/engine/engine.h"

namespace hir {

// The two interfaces that take and give token ids.
enum class VllmApi {
  kTokens,       // Needs --enable-scale-out; names the version of the weights in every answer.
  kCompletions,  // Always there.
};

// Below the server's URL.
const char* PathOf(VllmApi api);

// "INCARNATION.VERSION": what the server calls weights.
std::string VersionName(const WeightsId& weights);

// The served model.
struct VllmModel {
  std::string name;
  int64_t context = 0;  // Tokens; 0 = the server does not say.
};

// The body of a request that streams all responses of `request`, each of at most `max_tokens`.
std::string GenerateBody(VllmApi api, const std::string& model, const GenerationRequest& request,
                         int64_t max_tokens);
// The body of a request for the log-probabilities of `tokens`, and of the `top` likeliest ones in
// place of each.
std::string ScoreBody(VllmApi api, const std::string& model, const std::vector<int32_t>& tokens,
                      int top);
// The body of a request that a server refuses if its model lacks `token`. Only stop tokens are
// compared with the vocabulary; a prompt's tokens beyond it would break the server.
std::string TokenBody(VllmApi api, const std::string& model, int64_t token);

// The tokens [begin, end) of a response were drawn with the weights that the server calls
// `version`.
struct VllmSpan {
  std::string version;
  int64_t begin = 0;
  int64_t end = 0;
};

// More of one response. Its numbers are as the server sent them.
struct VllmPiece {
  int64_t choice = 0;  // From 0, in the order of the request's samples.
  std::vector<int64_t> tokens;
  std::vector<double> log_probabilities;  // One per token.
  // One list per token; see ReadCandidates(). Empty where the server sends none.
  std::vector<std::vector<TokenLogprob>> candidates;
  std::string finish_reason;    // Empty = the response goes on.
  std::vector<VllmSpan> spans;  // Of the whole response, with its last piece; kTokens.
};

// All readers: FAILED_PRECONDITION: the text is not the JSON that is expected; the message is a
// sentence without its subject, the server.

// Whether the code of an answer, or of an error in a stream, says that the request itself is wrong.
bool IsRefusedRequest(int http);

// An event of the stream that GenerateBody() asks for. INVALID_ARGUMENT: the server refuses the
// request. UNAVAILABLE: it reports another error.
absl::StatusOr<std::vector<VllmPiece>> ReadEvent(VllmApi api, std::string_view event);
// The answer to ScoreBody(), as FinishedResponse::prompt_scores has it.
absl::StatusOr<std::vector<ScoredToken>> ReadScores(VllmApi api, std::string_view body,
                                                    const std::vector<int32_t>& tokens, int top);
// The only model of GET /v1/models.
absl::StatusOr<VllmModel> ReadModel(std::string_view body);
// The answers of GET /is_paused and GET /weight_info.
absl::StatusOr<bool> ReadIsPaused(std::string_view body);
absl::StatusOr<std::string> ReadVersion(std::string_view body);
// The answer of POST /collective_rpc to get_model_inspection: what all ranks say.
absl::StatusOr<std::string> ReadInspection(std::string_view body);
// Whether POST /reset_prefix_cache succeeded; some versions only answer 200.
bool ReadIsReset(std::string_view body);
// What an answer other than 200 says, to be quoted: its error's message, else its first bytes.
std::string ReadError(std::string_view body);

}  // namespace hir

#endif  // HIR_VLLM_MESSAGES_H_
