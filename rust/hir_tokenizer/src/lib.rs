//! C ABI over `tokenizers` and the chat templates of jinja/; include/hir_tokenizer.h documents each
//! function.
//!
//! Every entry catches panics, so that nothing unwinds into C++.

mod jinja;
mod tokenizer;

use std::panic::{catch_unwind, AssertUnwindSafe};

pub struct HirTokenizer(tokenizer::ModelTokenizer);
pub struct HirChatTemplate(jinja::Template);

#[repr(C)]
pub struct HirBytes {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

#[repr(C)]
pub struct HirIds {
    data: *mut u32,
    size: usize,
    capacity: usize,
}

impl From<String> for HirBytes {
    fn from(text: String) -> Self {
        let mut bytes = std::mem::ManuallyDrop::new(text.into_bytes());
        HirBytes { data: bytes.as_mut_ptr(), size: bytes.len(), capacity: bytes.capacity() }
    }
}

impl From<Vec<u32>> for HirIds {
    fn from(ids: Vec<u32>) -> Self {
        let mut ids = std::mem::ManuallyDrop::new(ids);
        HirIds { data: ids.as_mut_ptr(), size: ids.len(), capacity: ids.capacity() }
    }
}

/// Runs `work`, stores its value or its error, and returns the status of the ABI.
///
/// # Safety
/// `out` and `error` must be valid for writes.
unsafe fn at_the_edge<T>(
    out: *mut T,
    error: *mut HirBytes,
    work: impl FnOnce() -> Result<T, String>,
) -> i32 {
    let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(format!("internal failure: {reason}"))
    });
    match result {
        Ok(value) => {
            out.write(value);
            0
        }
        Err(reason) => {
            error.write(reason.into());
            1
        }
    }
}

unsafe fn bytes_of<'a>(data: *const u8, size: usize) -> &'a [u8] {
    if size == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data, size)
    }
}

unsafe fn text_of<'a>(data: *const u8, size: usize) -> Result<&'a str, String> {
    std::str::from_utf8(bytes_of(data, size))
        .map_err(|e| format!("the text is not valid UTF-8 at byte {}", e.valid_up_to()))
}

/// # Safety
/// `bytes` must come from this library and not have been freed.
#[no_mangle]
pub unsafe extern "C" fn hir_bytes_free(bytes: HirBytes) {
    if !bytes.data.is_null() {
        drop(Vec::from_raw_parts(bytes.data, bytes.size, bytes.capacity));
    }
}

/// # Safety
/// `ids` must come from this library and not have been freed.
#[no_mangle]
pub unsafe extern "C" fn hir_ids_free(ids: HirIds) {
    if !ids.data.is_null() {
        drop(Vec::from_raw_parts(ids.data, ids.size, ids.capacity));
    }
}

/// # Safety
/// See include/hir_tokenizer.h; the pointers must be valid for their sizes.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_new(
    json: *const u8,
    size: usize,
    added_json: *const u8,
    added_size: usize,
    out: *mut *mut HirTokenizer,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        let tokenizer = tokenizer::ModelTokenizer::new(
            bytes_of(json, size),
            text_of(added_json, added_size)?,
        )?;
        Ok(Box::into_raw(Box::new(HirTokenizer(tokenizer))))
    })
}

/// # Safety
/// `tokenizer` must come from hir_tokenizer_new, or be null.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_free(tokenizer: *mut HirTokenizer) {
    if !tokenizer.is_null() {
        drop(Box::from_raw(tokenizer));
    }
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_encode(
    tokenizer: *const HirTokenizer,
    text: *const u8,
    size: usize,
    out: *mut HirIds,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        Ok((*tokenizer).0.encode(text_of(text, size)?)?.into())
    })
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_prompt_prefix(
    tokenizer: *const HirTokenizer,
    out: *mut HirIds,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || Ok((*tokenizer).0.prompt_prefix()?.into()))
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_decode(
    tokenizer: *const HirTokenizer,
    ids: *const u32,
    count: usize,
    skip_special_tokens: i32,
    out: *mut HirBytes,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        let ids = if count == 0 { &[] } else { std::slice::from_raw_parts(ids, count) };
        Ok((*tokenizer).0.decode(ids, skip_special_tokens != 0)?.into())
    })
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_showing(
    tokenizer: *const HirTokenizer,
    text: *const u8,
    size: usize,
    out: *mut *mut HirTokenizer,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        let showing = (*tokenizer).0.showing(text_of(text, size)?);
        Ok(Box::into_raw(Box::new(HirTokenizer(showing))))
    })
}

/// # Safety
/// `tokenizer` must be valid.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_vocabulary_size(tokenizer: *const HirTokenizer) -> u32 {
    (*tokenizer).0.vocabulary_size()
}

/// # Safety
/// `tokenizer` must be valid.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_added_count(tokenizer: *const HirTokenizer) -> usize {
    (*tokenizer).0.added_count()
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_tokenizer_token_id(
    tokenizer: *const HirTokenizer,
    token: *const u8,
    size: usize,
) -> i64 {
    catch_unwind(AssertUnwindSafe(|| {
        let token = text_of(token, size).ok()?;
        (*tokenizer).0.token_id(token).map(i64::from)
    }))
    .unwrap_or(None)
    .unwrap_or(-1)
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_chat_template_new(
    source: *const u8,
    size: usize,
    out: *mut *mut HirChatTemplate,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        let template = jinja::Template::new(text_of(source, size)?)?;
        Ok(Box::into_raw(Box::new(HirChatTemplate(template))))
    })
}

/// # Safety
/// `chat_template` must come from hir_chat_template_new, or be null.
#[no_mangle]
pub unsafe extern "C" fn hir_chat_template_free(chat_template: *mut HirChatTemplate) {
    if !chat_template.is_null() {
        drop(Box::from_raw(chat_template));
    }
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_chat_template_try(
    chat_template: *const HirChatTemplate,
    json: *const u8,
    size: usize,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(&mut (), error, || {
        let variables = serde_json::from_slice(bytes_of(json, size)).map_err(|e| e.to_string())?;
        (*chat_template).0.try_out(variables)
    })
}

/// # Safety
/// See include/hir_tokenizer.h.
#[no_mangle]
pub unsafe extern "C" fn hir_chat_template_render(
    chat_template: *const HirChatTemplate,
    json: *const u8,
    size: usize,
    now_unix_seconds: i64,
    out: *mut HirBytes,
    error: *mut HirBytes,
) -> i32 {
    at_the_edge(out, error, || {
        let variables = serde_json::from_slice(bytes_of(json, size)).map_err(|e| e.to_string())?;
        Ok((*chat_template).0.render(variables, now_unix_seconds)?.into())
    })
}
