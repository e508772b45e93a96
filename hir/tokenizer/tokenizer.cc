#include "hir/tokenizer/tokenizer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/json.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/tokenizer/rust_buffer.h"
#include "hir/tokenizer/tokenizer_files.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Parses `text` as a JSON value of the expected type; ordered, since templates print the fields.
absl::StatusOr<ordered_json> ParseOption(const char* name, const std::string& text,
                                         json::value_t type) {
  ordered_json value = ParseJson<ordered_json>(text).value_or(ordered_json());
  if (value.type() != type) {
    return absl::InvalidArgumentError(absl::StrCat(name, " must be a JSON ",
                                                   type == json::value_t::array ? "list" : "object",
                                                   ", got ", text));
  }
  return value;
}

absl::StatusOr<ordered_json> MessagesJson(absl::Span<const ChatMessage> messages) {
  ordered_json list = ordered_json::array();
  for (const ChatMessage& message : messages) {
    ordered_json entry = {{"role", message.role}, {"content", message.content}};
    if (!message.fields_json.empty()) {
      HIR_ASSIGN_OR_RETURN(
          ordered_json fields,
          ParseOption("ChatMessage.fields_json", message.fields_json, json::value_t::object));
      entry.update(fields);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

absl::Status CheckTextBytes(size_t bytes) {
  if (bytes <= kMaxTextBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the text has ", bytes, " bytes, but at most ",
                                                 kMaxTextBytes,
                                                 " are made into tokens; shorten it"));
}

// `path` names the file in errors.
absl::StatusOr<std::shared_ptr<HirTokenizer>> MakeTokenizer(const std::string& path,
                                                            const std::string& tokenizer_json,
                                                            const std::string& additions) {
  HirTokenizer* handle = nullptr;
  HirBytes error;
  if (hir_tokenizer_new(BytesOf(tokenizer_json), tokenizer_json.size(), BytesOf(additions),
                        additions.size(), &handle, &error) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a usable tokenizer: ", TakeText(error)));
  }
  return std::shared_ptr<HirTokenizer>(handle, hir_tokenizer_free);
}

// `path` names the file in errors.
absl::StatusOr<std::shared_ptr<HirChatTemplate>> MakeChatTemplate(const std::string& source,
                                                                  const std::string& path) {
  HirChatTemplate* handle = nullptr;
  HirBytes error;
  if (hir_chat_template_new(BytesOf(source), source.size(), &handle, &error) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " holds a chat template that can't be read: ", TakeText(error)));
  }
  return std::shared_ptr<HirChatTemplate>(handle, hir_chat_template_free);
}

absl::StatusOr<std::vector<int32_t>> PromptPrefix(const std::string& path, HirTokenizer* handle) {
  HirIds prefix;
  HirBytes error;
  if (hir_tokenizer_prompt_prefix(handle, &prefix, &error) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has a post-processor that can't be used: ", TakeText(error)));
  }
  return TakeIds(prefix);
}

// `ids` and `one_more`, unless that is negative, ascending and without repeats.
std::vector<int32_t> Distinct(std::vector<int32_t> ids, int32_t one_more) {
  if (one_more >= 0) ids.push_back(one_more);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> Tokenizer::Load(const std::string& model_folder) {
  const std::string path = (std::filesystem::path(model_folder) / "tokenizer.json").string();
  HIR_ASSIGN_OR_RETURN(TokenizerFiles files, ReadTokenizerFiles(model_folder));
  const std::string additions = files.tokens.additions.dump();
  std::unique_ptr<Tokenizer> tokenizer(new Tokenizer());
  HIR_ASSIGN_OR_RETURN(tokenizer->tokenizer_, MakeTokenizer(path, files.tokenizer_json, additions));
  HirTokenizer* handle = tokenizer->tokenizer_.get();
  tokenizer->template_variables_json_ = files.tokens.names.dump();
  if (files.chat_template.has_value()) {
    HIR_ASSIGN_OR_RETURN(tokenizer->chat_template_,
                         MakeChatTemplate(*files.chat_template, files.chat_template_file));
    if (const absl::Status tried = tokenizer->TryChatTemplate(); !tried.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(files.chat_template_file,
                       " holds a chat template that can't be used: ", tried.message()));
    }
  }
  // Without added tokens the digest is the one that older versions computed, so that ledgers stay
  // valid.
  const bool adds = hir_tokenizer_added_count(handle) > 0;
  tokenizer->digest_ =
      Sha256Hex(absl::StrCat(files.tokenizer_json, "\n", files.chat_template.value_or(""), "\n",
                             tokenizer->template_variables_json_, adds ? additions : ""));
  tokenizer->vocabulary_size_ = static_cast<int32_t>(hir_tokenizer_vocabulary_size(handle));
  tokenizer->model_rows_ = files.model_rows;
  if (const absl::Status row = tokenizer->CheckRow(tokenizer->vocabulary_size_ - 1); !row.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tokenizer in ", model_folder,
                     " does not belong to the model beside it: ", row.message()));
  }
  HIR_ASSIGN_OR_RETURN(tokenizer->prompt_prefix_, PromptPrefix(path, handle));
  tokenizer->stop_token_ids_ =
      Distinct(std::move(files.eos_token_ids),
               tokenizer->TokenId(files.tokens.names.value("eos_token", "")));
  return tokenizer;
}

absl::StatusOr<std::vector<int32_t>> Tokenizer::Encode(std::string_view text) const {
  HIR_RETURN_IF_ERROR(CheckTextBytes(text.size()));
  HirIds ids;
  HirBytes error;
  if (hir_tokenizer_encode(tokenizer_.get(), BytesOf(text), text.size(), &ids, &error) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("can't tokenise: ", TakeText(error)));
  }
  std::vector<int32_t> taken = TakeIds(ids);
  if (!taken.empty()) {
    HIR_RETURN_IF_ERROR(CheckRow(*std::max_element(taken.begin(), taken.end())));
  }
  return taken;
}

absl::Status Tokenizer::CheckRow(int32_t id) const {
  if (!model_rows_.has_value() || id < *model_rows_) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the token ", json(Decode({id}, false)).dump(),
                                                 " has id ", id, ", but the model has rows for ",
                                                 *model_rows_, " tokens only"));
}

std::string Tokenizer::Decode(absl::Span<const int32_t> ids, bool skip_special_tokens) const {
  std::vector<uint32_t> known;
  known.reserve(ids.size());
  for (int32_t id : ids) {
    if (id >= 0) known.push_back(static_cast<uint32_t>(id));
  }
  HirBytes text;
  HirBytes error;
  if (hir_tokenizer_decode(tokenizer_.get(), known.data(), known.size(), skip_special_tokens, &text,
                           &error) != 0) {
    // Decoding known ids fails only if tokenizer.json defines a faulty decoder.
    hir_bytes_free(error);
    return "";
  }
  return TakeText(text);
}

std::unique_ptr<Tokenizer> Tokenizer::Showing(std::string_view text) const {
  std::unique_ptr<Tokenizer> showing(new Tokenizer(*this));
  HirTokenizer* handle = nullptr;
  HirBytes error;
  if (hir_tokenizer_showing(tokenizer_.get(), BytesOf(text), text.size(), &handle, &error) == 0) {
    showing->tokenizer_.reset(handle, hir_tokenizer_free);
  } else {
    hir_bytes_free(error);  // Not UTF-8, so not the text of any token.
  }
  return showing;
}

absl::Status Tokenizer::TryChatTemplate() const {
  const ChatMessage system{"system", "Be brief.", ""}, user{"user", "Hello!", ""},
      assistant{"assistant", "Hi.", ""};
  for (const std::vector<ChatMessage>& messages :
       std::vector<std::vector<ChatMessage>>{{user}, {system, user}, {user, assistant, user}}) {
    HIR_ASSIGN_OR_RETURN(const std::string variables, TemplateVariables(messages, {}));
    HirBytes error;
    if (hir_chat_template_try(chat_template_.get(), BytesOf(variables), variables.size(), &error) !=
        0) {
      return absl::InvalidArgumentError(TakeText(error));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Tokenizer::TemplateVariables(absl::Span<const ChatMessage> messages,
                                                         const ChatOptions& options) const {
  size_t bytes = 0;
  for (const ChatMessage& message : messages) {
    bytes += message.content.size() + message.fields_json.size();
  }
  HIR_RETURN_IF_ERROR(CheckTextBytes(bytes));
  HIR_ASSIGN_OR_RETURN(auto variables, ParseJson<ordered_json>(template_variables_json_));
  HIR_ASSIGN_OR_RETURN(variables["messages"], MessagesJson(messages));
  // Transformers passes these two as None if they are not given, so they are always defined for
  // templates.
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  variables["add_generation_prompt"] = options.add_generation_prompt;
  if (!options.tools_json.empty()) {
    HIR_ASSIGN_OR_RETURN(variables["tools"], ParseOption("ChatOptions.tools_json",
                                                         options.tools_json, json::value_t::array));
  }
  HIR_ASSIGN_OR_RETURN(const std::string more, ParseChatTemplateKwargs(options.variables_json));
  if (!more.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto further, ParseJson<ordered_json>(more));
    variables.update(further);
  }
  try {
    return variables.dump();
  } catch (const json::exception&) {
    return absl::InvalidArgumentError("a chat message is not valid UTF-8");
  }
}

absl::StatusOr<std::string> Tokenizer::RenderChat(absl::Span<const ChatMessage> messages,
                                                  const ChatOptions& options) const {
  if (chat_template_ == nullptr) {
    return absl::FailedPreconditionError(
        "the model folder has no chat template; add chat_template.jinja, or chat_template to "
        "tokenizer_config.json");
  }
  HIR_ASSIGN_OR_RETURN(const std::string variables, TemplateVariables(messages, options));
  HirBytes text;
  HirBytes error;
  if (hir_chat_template_render(chat_template_.get(), BytesOf(variables), variables.size(),
                               options.now_unix_seconds, &text, &error) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("the chat template failed: ", TakeText(error)));
  }
  return TakeText(text);
}

int32_t Tokenizer::TokenId(std::string_view token) const {
  return static_cast<int32_t>(
      hir_tokenizer_token_id(tokenizer_.get(), BytesOf(token), token.size()));
}

}  // namespace hir
