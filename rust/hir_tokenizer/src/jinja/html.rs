//! The text functions of markupsafe.

use super::error::Result;
use super::html_entities::{NAMES, NUMBERS};
use super::interp::Interp;
use super::str_methods::split_space_all;
use super::text;
use super::value::Value;

/// markupsafe.escape(value).
pub fn escape(interp: &Interp, value: &Value) -> Result<Value> {
    if let Value::Markup(_) = value {
        return Ok(value.clone());
    }
    let text = interp.to_str(value)?;
    interp.budget.bytes(text.len().saturating_mul(2))?;
    Ok(Value::Markup(text::escape(&text).into()))
}

/// Markup(text).striptags().
pub fn strip_tags(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start..];
        let end = match tag.strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|at| at + 7),
            None => tag.find('>').map(|at| at + 1),
        };
        let Some(end) = end else { break };
        kept.push_str(&rest[..start]);
        rest = &tag[end..];
    }
    kept.push_str(rest);
    unescape(&split_space_all(&kept).join(" "))
}

/// html.unescape(text).
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let taken = match rest.strip_prefix('#') {
            Some(number) => numeric(number, &mut out).map(|taken| taken + 1),
            None => named(rest, &mut out),
        };
        match taken {
            Some(taken) => rest = &rest[taken..],
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

/// Writes the character of a number; the bytes that were read, None where there is no number.
fn numeric(text: &str, out: &mut String) -> Option<usize> {
    let (prefix, radix) = if text.starts_with(['x', 'X']) { (1, 16) } else { (0, 10) };
    let digits = text[prefix..].find(|c: char| !c.is_digit(radix)).unwrap_or(text.len() - prefix);
    if digits == 0 {
        return None;
    }
    let end = prefix + digits;
    let code = u32::from_str_radix(&text[prefix..end], radix).unwrap_or(u32::MAX);
    if let Ok(at) = NUMBERS.binary_search_by_key(&code, |(code, _)| *code) {
        out.push_str(NUMBERS[at].1);
    } else if code > 0x10FFFF {
        out.push('\u{FFFD}');
    } else if !matches!(code, 0x1..=0x8 | 0xB | 0xE..=0x1F | 0x7F..=0x9F | 0xFDD0..=0xFDEF)
        && code & 0xFFFE != 0xFFFE
    {
        out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
    }
    Some(end + usize::from(text[end..].starts_with(';')))
}

/// Writes what a name stands for, or what its longest beginning does; the bytes of it.
fn named(text: &str, out: &mut String) -> Option<usize> {
    let stops = |c: char| matches!(c, '\t' | '\n' | '\x0c' | ' ' | '<' | '&' | '#' | ';');
    let longest = text.char_indices().nth(32).map_or(text.len(), |(at, _)| at);
    let end = text[..longest].find(stops).unwrap_or(longest);
    let end = end + usize::from(end > 0 && text[end..].starts_with(';'));
    (2..=end).rev().filter(|at| text.is_char_boundary(*at)).find_map(|at| {
        let found = NAMES.binary_search_by_key(&&text[..at], |(name, _)| name).ok()?;
        out.push_str(NAMES[found].1);
        Some(at)
    })
}
