#include "hir/tokenizer/tokenizer_files.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

// Ordered, since tokens named in a file get their ids in its order.
using json = nlohmann::ordered_json;

// The JSON object in `path`; an empty object when there is no such file.
absl::StatusOr<json> ReadOptionalObject(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return json::object();
  HIR_RETURN_IF_ERROR(text.status());
  json value = ParseJson<json>(*text).value_or(json());
  if (!value.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a JSON object"));
  }
  return value;
}

absl::StatusOr<std::optional<std::string>> TemplateOf(const json& config, const std::string& path) {
  auto it = config.find("chat_template");
  if (it == config.end() || it->is_null()) return std::nullopt;
  if (it->is_string()) return it->get<std::string>();
  if (it->is_array()) {
    for (const json& entry : *it) {
      if (!entry.is_object() || entry.value("name", json()) != "default") continue;
      auto source = entry.find("template");
      if (source != entry.end() && source->is_string()) return source->get<std::string>();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": chat_template must be a text or a list with a template named \"default\""));
}

// eos_token_id is a number or a list of numbers.
absl::Status AddEosIds(const json& config, const std::string& path, std::vector<int32_t>& ids) {
  auto it = config.find("eos_token_id");
  if (it == config.end() || it->is_null()) return absl::OkStatus();
  const json list = it->is_array() ? *it : json::array({*it});
  for (const json& id : list) {
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": eos_token_id holds ", id.dump(), ", which is not a token id"));
    }
    ids.push_back(id.get<int32_t>());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenizerFiles> ReadTokenizerFiles(const std::string& model_folder) {
  const std::filesystem::path folder(model_folder);
  TokenizerFiles files;
  const std::string tokenizer_path = folder / "tokenizer.json";
  absl::StatusOr<std::string> tokenizer_json = ReadFile(tokenizer_path);
  if (absl::IsNotFound(tokenizer_json.status())) {
    return absl::NotFoundError(absl::StrCat(tokenizer_path,
                                            " is missing; the model folder needs the tokenizer of "
                                            "its model as tokenizer.json"));
  }
  HIR_RETURN_IF_ERROR(tokenizer_json.status());
  files.tokenizer_json = *std::move(tokenizer_json);

  const std::string config_path = folder / "tokenizer_config.json";
  HIR_ASSIGN_OR_RETURN(const json config, ReadOptionalObject(config_path));
  json map = json::object(), added = json::object();
  if (!config.contains("added_tokens_decoder")) {
    HIR_ASSIGN_OR_RETURN(map, ReadOptionalObject(folder / "special_tokens_map.json"));
    HIR_ASSIGN_OR_RETURN(added, ReadOptionalObject(folder / "added_tokens.json"));
  }
  absl::StatusOr<AddedTokens> tokens = ReadAddedTokens(config, map, added);
  if (!tokens.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(model_folder, ", tokens: ", tokens.status().message()));
  }
  files.tokens = *std::move(tokens);

  files.chat_template_file = folder / "chat_template.jinja";
  absl::StatusOr<std::string> source = ReadFile(files.chat_template_file);
  if (source.ok()) {
    files.chat_template = *std::move(source);
  } else if (absl::IsNotFound(source.status())) {
    files.chat_template_file = config_path;
    HIR_ASSIGN_OR_RETURN(files.chat_template, TemplateOf(config, config_path));
  } else {
    return source.status();
  }

  for (const char* name : {"generation_config.json", "config.json"}) {
    HIR_ASSIGN_OR_RETURN(const json settings, ReadOptionalObject(folder / name));
    HIR_RETURN_IF_ERROR(AddEosIds(settings, folder / name, files.eos_token_ids));
    // A vocab_size that is not a count is refused by the programs that read the model.
    const auto rows = settings.find("vocab_size");
    if (rows != settings.end() && rows->is_number_integer())
      files.model_rows = rows->get<int64_t>();
  }
  return files;
}

}  // namespace hir
