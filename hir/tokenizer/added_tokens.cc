#include "hir/tokenizer/added_tokens.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                  "pad_token", "cls_token", "mask_token"};
constexpr const char* kExtra = "extra_special_tokens";
constexpr const char* kOldExtra = "additional_special_tokens";  // Its name before Transformers 5.
constexpr const char* kDecoder = "added_tokens_decoder";

bool IsToken(const ordered_json& value) {
  return value.is_string() ||
         (value.is_object() && value.contains("content") && value.find("content")->is_string());
}

// Converts `value` for hir_tokenizer_new(). A text is a special token; an object says whether it is
// one.
absl::StatusOr<json> TokenOf(const std::string& field, const ordered_json& value) {
  if (!IsToken(value)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, " holds ", value.dump().substr(0, 100),
                     ", which is not a token: a text, or an object with its text as content"));
  }
  const auto flag = [&value](const char* name, bool otherwise) {
    return value.is_object() && value.value(name, ordered_json()).is_boolean()
               ? value.find(name)->get<bool>()
               : otherwise;
  };
  const bool special = flag("special", value.is_string());
  return json{{"content", value.is_string() ? value : *value.find("content")},
              {"single_word", flag("single_word", false)},
              {"lstrip", flag("lstrip", false)},
              {"rstrip", flag("rstrip", false)},
              {"normalized", flag("normalized", !special)},
              {"special", special},
              {"only_if_missing", true}};
}

bool IsOwnName(const std::string& name) {
  return std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames);
}

const ordered_json* Find(const ordered_json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

// Marks a token as special, as all in special_tokens_map.json are.
ordered_json Special(ordered_json token) {
  if (token.is_object()) token["special"] = true;
  return token;
}

// Collects the tokens of the files, then makes the list.
class Reader {
 public:
  absl::Status ReadConfig(const ordered_json& config) {
    named_ = config;
    const ordered_json* extra = Find(config, kExtra);
    return AddExtra(extra != nullptr ? extra : Find(config, kOldExtra));
  }

  absl::Status ReadMap(const ordered_json& map) {
    for (const auto& [name, value] : map.items()) {
      if (name != kExtra && name != kOldExtra) named_[name] = Special(value);
    }
    const ordered_json* extra = Find(map, kExtra);
    if (extra == nullptr && extra_.empty()) extra = Find(map, kOldExtra);
    if (extra == nullptr) return absl::OkStatus();
    ordered_json special = *extra;
    for (ordered_json& value : special) value = Special(value);
    return AddExtra(&special);
  }

  absl::Status ReadDecoder(const ordered_json& decoder) {
    if (!decoder.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(kDecoder, " must be an object"));
    }
    for (const auto& [key, value] : decoder.items()) {
      int32_t id = -1;
      if (!absl::SimpleAtoi(key, &id) || id < 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(kDecoder, " has the key \"", key, "\", which is not a token id"));
      }
      HIR_ASSIGN_OR_RETURN(json token, TokenOf(absl::StrCat(kDecoder, " ", key), value));
      token["id"] = id;
      token["only_if_missing"] = false;
      if (value.is_string()) token["special"] = false;
      with_id_[id] = std::move(token);
    }
    return absl::OkStatus();
  }

  absl::Status ReadOldAddedTokens(const ordered_json& added) {
    for (const auto& [text, id] : added.items()) {
      if (!id.is_number_integer() || id < 0 || id > INT32_MAX) {
        return absl::InvalidArgumentError(absl::StrCat("added_tokens.json gives \"", text,
                                                       "\" the id ", id.dump().substr(0, 100),
                                                       ", which is not a token id"));
      }
      HIR_ASSIGN_OR_RETURN(json token, TokenOf("added_tokens.json", text));
      token["id"] = id;
      const bool special = IsNamed(text) || IsExtra(text);
      token["special"] = special;
      token["normalized"] = !special;
      with_id_[id.get<int32_t>()] = std::move(token);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<AddedTokens> Take() const {
    AddedTokens result = {.names = json::object(), .additions = json::array()};
    std::vector<json> named;
    const auto take = [&](const std::string& name, const ordered_json& value) -> absl::Status {
      HIR_ASSIGN_OR_RETURN(json token, TokenOf(name, value));
      token["special"] = true;
      result.names[name] = token["content"];
      named.push_back(std::move(token));
      return absl::OkStatus();
    };
    for (const char* name : kNames) {
      if (const ordered_json* value = Find(named_, name)) HIR_RETURN_IF_ERROR(take(name, *value));
    }
    for (const auto& [name, value] : named_.items()) {
      const bool names_a_token = absl::EndsWith(name, "_token") || extra_names_.contains(name);
      if (names_a_token && IsOwnName(name) && IsToken(value)) {
        HIR_RETURN_IF_ERROR(take(name, value));
      }
    }
    for (const auto& [id, token] : with_id_) {
      result.additions.push_back(token);
      const std::string& content = token["content"].get_ref<const std::string&>();
      const bool is_named = std::any_of(named.begin(), named.end(),
                                        [&](const json& n) { return n["content"] == content; });
      if (is_named) result.additions.back()["special"] = true;
    }
    for (const json& token : named) result.additions.push_back(token);
    for (const json& token : extra_) result.additions.push_back(token);
    return result;
  }

 private:
  absl::Status AddExtra(const ordered_json* extra) {
    if (extra == nullptr) return absl::OkStatus();
    if (extra->is_object()) {
      named_.update(*extra);
      for (const auto& [name, value] : extra->items()) extra_names_.insert(name);
      return absl::OkStatus();
    }
    if (!extra->is_array()) {
      return absl::InvalidArgumentError(absl::StrCat(kExtra, " must be a list or an object"));
    }
    for (const ordered_json& value : *extra) {
      HIR_ASSIGN_OR_RETURN(json token, TokenOf(kExtra, value));
      extra_.push_back(std::move(token));
    }
    return absl::OkStatus();
  }

  bool IsNamed(const std::string& text) const {
    return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* name) {
      const ordered_json* value = Find(named_, name);
      return value != nullptr && IsToken(*value) &&
             (value->is_string() ? *value : *value->find("content")) == text;
    });
  }

  bool IsExtra(const std::string& text) const {
    return std::any_of(extra_.begin(), extra_.end(),
                       [&](const json& token) { return token["content"] == text; });
  }

  ordered_json named_;       // Tokens by name, among other fields of the configuration.
  std::vector<json> extra_;  // In order.
  std::set<std::string> extra_names_;
  std::map<int32_t, json> with_id_;
};

}  // namespace

absl::StatusOr<AddedTokens> ReadAddedTokens(const ordered_json& config,
                                            const ordered_json& special_tokens_map,
                                            const ordered_json& added_tokens) {
  Reader reader;
  HIR_RETURN_IF_ERROR(reader.ReadConfig(config));
  if (config.contains(kDecoder)) {
    HIR_RETURN_IF_ERROR(reader.ReadDecoder(*config.find(kDecoder)));
  }
  HIR_RETURN_IF_ERROR(reader.ReadMap(special_tokens_map));
  HIR_RETURN_IF_ERROR(reader.ReadOldAddedTokens(added_tokens));
  return reader.Take();
}

}  // namespace hir
