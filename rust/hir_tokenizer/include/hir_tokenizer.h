// C ABI of the Rust crate hir_tokenizer; written by hand, kept equal to src/lib.rs.
//
// Every function returns 0 and fills its output, or returns 1 and fills `error` with a UTF-8
// sentence. Nothing unwinds across this boundary. Buffers are freed with the matching free
// function. Any thread may use a handle, until it is freed.
#ifndef HIR_RUST_HIR_TOKENIZER_H_
#define HIR_RUST_HIR_TOKENIZER_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct HirTokenizer;
struct HirChatTemplate;

// Bytes owned by Rust.
struct HirBytes {
  uint8_t* data;
  size_t size;
  size_t capacity;
};

// Token ids owned by Rust.
struct HirIds {
  uint32_t* data;
  size_t size;
  size_t capacity;
};

void hir_bytes_free(struct HirBytes bytes);
void hir_ids_free(struct HirIds ids);

// Parses the content of tokenizer.json. Truncation and padding set in it are dropped. `added_json`
// is a list of tokens to add to it, in order: objects of content (text), single_word, lstrip,
// rstrip, normalized, special (flags), only_if_missing (a token of that text stays as it is), and
// id, if its place is known. Fails if an id is not the next one that a missing token would get.
int hir_tokenizer_new(const uint8_t* json, size_t size, const uint8_t* added_json,
                      size_t added_size, struct HirTokenizer** out, struct HirBytes* error);
void hir_tokenizer_free(struct HirTokenizer* tokenizer);

// Ids of UTF-8 `text`, without added special tokens.
int hir_tokenizer_encode(const struct HirTokenizer* tokenizer, const uint8_t* text, size_t size,
                         struct HirIds* out, struct HirBytes* error);
// The special tokens that the post-processor prepends to a text.
int hir_tokenizer_prompt_prefix(const struct HirTokenizer* tokenizer, struct HirIds* out,
                                struct HirBytes* error);
// The text of `ids`; unknown ids are ignored.
int hir_tokenizer_decode(const struct HirTokenizer* tokenizer, const uint32_t* ids, size_t count,
                         int skip_special_tokens, struct HirBytes* out, struct HirBytes* error);
// Another handle of the same tokenizer, whose decode never skips the special tokens whose text
// occurs in the UTF-8 `text`. It shares all large parts and is freed separately.
int hir_tokenizer_showing(const struct HirTokenizer* tokenizer, const uint8_t* text, size_t size,
                          struct HirTokenizer** out, struct HirBytes* error);
// One more than the largest id of tokenizer.json and of the tokens added with an id.
uint32_t hir_tokenizer_vocabulary_size(const struct HirTokenizer* tokenizer);
// How many tokens were added to tokenizer.json, or got other flags.
size_t hir_tokenizer_added_count(const struct HirTokenizer* tokenizer);
// The id of the token spelled `token`, or -1.
int64_t hir_tokenizer_token_id(const struct HirTokenizer* tokenizer, const uint8_t* token,
                               size_t size);

// Compiles a Jinja chat template.
int hir_chat_template_new(const uint8_t* source, size_t size, struct HirChatTemplate** out,
                          struct HirBytes* error);
void hir_chat_template_free(struct HirChatTemplate* chat_template);
// Renders with the variables of a JSON object and fails where that comes upon something that Jinja2
// would render and this doesn't; what the template itself raises is no failure.
int hir_chat_template_try(const struct HirChatTemplate* chat_template, const uint8_t* json,
                          size_t size, struct HirBytes* error);
// Renders with the variables of a JSON object. `now_unix_seconds` is what strftime_now formats, as
// UTC; negative = the local time of the machine.
int hir_chat_template_render(const struct HirChatTemplate* chat_template, const uint8_t* json,
                             size_t size, int64_t now_unix_seconds, struct HirBytes* out,
                             struct HirBytes* error);

#ifdef __cplusplus
}
#endif

#endif  // HIR_RUST_HIR_TOKENIZER_H_
