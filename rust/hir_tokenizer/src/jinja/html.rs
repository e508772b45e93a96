//! What markupsafe does with text.

use super::error::{other_error, Result};
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
pub fn strip_tags(text: &str) -> Result<String> {
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

/// html.unescape(text), for the entities that markup of prompts has.
pub fn unescape(text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
        let end = end.map_or(rest.len(), |end| end + 1);
        let (name, closed) = (&rest[1..end], rest[end..].starts_with(';'));
        if name.is_empty() || name == "#" {
            out.push('&');
            rest = &rest[1..];
            continue;
        }
        let c = match (name, closed) {
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", true) => '\'',
            ("nbsp", true) => '\u{a0}',
            ("#34", true) => '"',
            ("#39", true) => '\'',
            ("#38", true) => '&',
            ("#60", true) => '<',
            ("#62", true) => '>',
            _ => {
                return other_error(format!(
                    "the HTML entity &{name} is not supported in striptags and unescape"
                ))
            }
        };
        out.push(c);
        rest = &rest[end + usize::from(closed)..];
    }
    out.push_str(rest);
    Ok(out)
}
