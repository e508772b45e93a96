// Text to token ids and back, and chat messages to prompt text, exactly as the Hugging Face
// libraries do it for the same model folder.
//
// Implemented by the Rust crates `tokenizers` and hir_tokenizer, whose C ABI (rust/hir_tokenizer)
// only this folder calls.
#ifndef HIR_TOKENIZER_TOKENIZER_H_
#define HIR_TOKENIZER_TOKENIZER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

struct HirTokenizer;
struct HirChatTemplate;

namespace hir {

// The longest text that is tokenised or rendered, in bytes. A tokenizer needs up to 150 times as
// much memory while it works.
inline constexpr size_t kMaxTextBytes = size_t{4} << 20;

// One turn of a chat.
struct ChatMessage {
  std::string role;     // "system", "user", "assistant", "tool" or another that the template knows.
  std::string content;  // UTF-8.
  std::string
      fields_json;  // JSON object of further fields, e.g. {"tool_calls": [...]}; may be empty.
};

// Options of apply_chat_template.
struct ChatOptions {
  bool add_generation_prompt = true;  // End with the header of the assistant's turn.
  std::string tools_json;             // JSON list of tool schemas; empty = no tools.
  // JSON object of further template variables, e.g. {"enable_thinking": false}; empty = none. See
  // hir/base/chat_template_kwargs.h for the names that are refused.
  std::string variables_json;
  // The time that `strftime_now` uses, in seconds since 1970, as UTC; unset (< 0) = the machine's
  // clock.
  int64_t now_unix_seconds = -1;
};

// The tokenizer and chat template of one model folder. Thread-safe.
class Tokenizer {
 public:
  // Reads tokenizer.json (required), tokenizer_config.json, special_tokens_map.json,
  // added_tokens.json, chat_template.jinja, config.json and generation_config.json (each optional)
  // of `model_folder`. The chat template is that of chat_template.jinja, else that of
  // tokenizer_config.json; in a list of templates, "default". Adds the tokens that tokenizer.json
  // lacks like Transformers (hir/tokenizer/added_tokens.h).
  //
  // NOT_FOUND: no tokenizer.json. INVALID_ARGUMENT: a file that can't be parsed, a chat
  // template that would not be rendered as Jinja2 renders it, or a token whose id has no row in the
  // model of config.json; the message names it. UNAVAILABLE: a file that
  // can't be read.
  static absl::StatusOr<std::unique_ptr<Tokenizer>> Load(const std::string& model_folder);
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Returns the ids of `text`. Adds no special token of its own; special tokens written out in
  // `text` become their ids, as in Python with add_special_tokens=False. Ids are below
  // vocabulary_size(), except for tokens that a configuration only names (see there).
  //
  // INVALID_ARGUMENT: `text` is not valid UTF-8, has more than kMaxTextBytes, or holds a token for
  // which the model of config.json has no row.
  absl::StatusOr<std::vector<int32_t>> Encode(std::string_view text) const;

  // The special tokens that the tokenizer's post-processor puts before a text, such as BOS, with
  // which Transformers' `tokenizer(text)` begins. They belong before a prompt that was not made by
  // a chat template. Tokens that the post-processor appends (an EOS) would end the text and are
  // left out.
  const std::vector<int32_t>& prompt_prefix() const { return prompt_prefix_; }

  // Returns the text of `ids`. Invalid UTF-8 becomes U+FFFD; ids outside the vocabulary are
  // ignored. White space is not changed (Python's clean_up_tokenization_spaces=False).
  std::string Decode(absl::Span<const int32_t> ids, bool skip_special_tokens = true) const;

  // The same tokenizer, except that Decode() never skips special tokens whose text occurs in
  // `text`, such as a mark that ends the reasoning. Cheap, since all large parts are shared.
  std::unique_ptr<Tokenizer> Showing(std::string_view text) const;

  // Renders the model's chat template as `apply_chat_template(..., tokenize=False)` does. The
  // result holds every special token (also BOS), so Encode() it as it is.
  //
  // FAILED_PRECONDITION: the folder has no chat template. INVALID_ARGUMENT: the template raised or
  // failed, an option is not JSON or has a refused name, or the messages have more than
  // kMaxTextBytes; the message quotes the reason.
  absl::StatusOr<std::string> RenderChat(absl::Span<const ChatMessage> messages,
                                         const ChatOptions& options = {}) const;

  // SHA-256 (hex) over tokenizer.json, the chat template, its special tokens and added ones. Equal
  // digests give equal ids, and equal prompts except with templates that ask for the date.
  const std::string& digest() const { return digest_; }

  // Ids that end a response: eos_token_id of generation_config.json and of config.json, and the
  // eos_token of tokenizer_config.json or special_tokens_map.json. Ascending, without repeats; may
  // be empty.
  const std::vector<int32_t>& stop_token_ids() const { return stop_token_ids_; }

  // One more than the largest id of tokenizer.json and of the tokens that are added under an id.
  // The model's matrix may be larger. Special tokens that a configuration names without an id, and
  // that occur nowhere else, get ids from here on, e.g. a pad token that the model never sees.
  int32_t vocabulary_size() const { return vocabulary_size_; }

  // The id of the token spelled `token`, or -1.
  int32_t TokenId(std::string_view token) const;

  bool has_chat_template() const { return chat_template_ != nullptr; }

 private:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = default;

  // The JSON object that a chat template is rendered with. Errors as RenderChat().
  absl::StatusOr<std::string> TemplateVariables(absl::Span<const ChatMessage> messages,
                                                const ChatOptions& options) const;

  // Renders short conversations. INVALID_ARGUMENT: the chat template comes upon something that
  // Jinja2 would render and this does not, which can't be told from its text alone.
  absl::Status TryChatTemplate() const;

  // INVALID_ARGUMENT: `id` has no row in the model.
  absl::Status CheckRow(int32_t id) const;

  std::shared_ptr<HirTokenizer> tokenizer_;
  std::shared_ptr<HirChatTemplate> chat_template_;  // Null = none.
  std::string template_variables_json_;             // Special tokens by name, for the template.
  std::string digest_;
  std::vector<int32_t> prompt_prefix_;
  std::vector<int32_t> stop_token_ids_;
  int32_t vocabulary_size_ = 0;
  std::optional<int64_t> model_rows_;  // Of the embedding; none where the folder does not say.
};

}  // namespace hir

#endif  // HIR_TOKENIZER_TOKENIZER_H_
