//! Methods of str and of markupsafe's Markup.

use super::args::{int, int_or, text, Args};
use super::error::{type_error, value_error, Result};
use super::format;
use super::html;
use super::interp::Interp;
use super::ops::like;
use super::text as chars;
use super::value::Value;

const NAMES: [&str; 44] = [
    "capitalize", "casefold", "center", "count", "endswith", "expandtabs", "find", "format",
    "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier",
    "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower",
    "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
    "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase",
    "title", "upper", "zfill",
];
const MARKUP_NAMES: [&str; 3] = ["escape", "striptags", "unescape"];

pub fn find(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|known| *known == name)
}

pub fn find_markup(name: &str) -> Option<&'static str> {
    MARKUP_NAMES.into_iter().find(|known| *known == name)
}

pub fn call(interp: &Interp, receiver: &Value, name: &str, args: Args) -> Result<Value> {
    let subject = receiver.as_str().unwrap_or_default();
    interp.budget.scan(subject.len())?;
    match name {
        "format" => format::format_text_with(interp, receiver, &args),
        "format_map" => format_map(interp, receiver, args),
        "join" => join(interp, receiver, args),
        "replace" => replace(interp, receiver, args),
        "split" | "rsplit" => split(interp, receiver, name, args),
        "splitlines" => {
            let [keep] = args.bind(name, ["keepends"], 0)?;
            let keep = keep.is_some_and(|keep| keep.truth());
            texts(interp, receiver, chars::splitlines(subject, keep))
        }
        "partition" | "rpartition" => partition(receiver, name, args),
        "startswith" | "endswith" => affix(subject, name, args),
        "count" | "find" | "index" | "rfind" | "rindex" => search(subject, name, args),
        "strip" | "lstrip" | "rstrip" => {
            let [set] = args.unnamed(name, 0)?;
            let set = set.filter(|set| !matches!(set, Value::None));
            let set = set.as_ref().map(|set| text(set, name)).transpose()?;
            Ok(like(receiver, chars::strip(subject, set, name != "rstrip", name != "lstrip")))
        }
        "removeprefix" | "removesuffix" => {
            let [affix] = args.unnamed(name, 1)?;
            let affix = affix.unwrap_or(Value::None);
            let affix = text(&affix, name)?;
            let rest = match name {
                "removeprefix" => subject.strip_prefix(affix),
                _ => subject.strip_suffix(affix),
            };
            Ok(like(receiver, rest.unwrap_or(subject)))
        }
        "center" | "ljust" | "rjust" => justify(interp, receiver, name, args),
        "zfill" => {
            let [width] = args.unnamed(name, 1)?;
            let width = int(&width.unwrap_or(Value::None))?;
            let missing = (width.max(0) as usize).saturating_sub(chars::length(subject));
            interp.budget.bytes(missing)?;
            let digits = subject.strip_prefix(['+', '-']).unwrap_or(subject);
            let sign = &subject[..subject.len() - digits.len()];
            Ok(like(receiver, &format!("{sign}{}{digits}", "0".repeat(missing))))
        }
        "expandtabs" => {
            let [size] = args.bind(name, ["tabsize"], 0)?;
            let size = size.map_or(Ok(8), |size| int(&size))?;
            expand_tabs(interp, receiver, size)
        }
        "escape" => {
            let [value] = args.unnamed(name, 1)?;
            html::escape(interp, &value.unwrap_or(Value::None))
        }
        _ => {
            args.unnamed::<0>(name, 0)?;
            interp.budget.scan(subject.len().saturating_mul(3))?;
            plain(receiver, subject, name)
        }
    }
}

/// Methods without arguments.
fn plain(receiver: &Value, subject: &str, name: &str) -> Result<Value> {
    let changed = match name {
        "capitalize" => chars::capitalize(subject),
        "casefold" => chars::case_fold(subject),
        "lower" => subject.to_lowercase(),
        "swapcase" => chars::swap_case(subject),
        "title" => chars::title(subject),
        "upper" => subject.to_uppercase(),
        "striptags" => return Ok(Value::str(html::strip_tags(subject))),
        "unescape" => return Ok(Value::str(html::unescape(subject))),
        _ => return Ok(Value::Bool(is(subject, name))),
    };
    Ok(like(receiver, &changed))
}

fn is(subject: &str, name: &str) -> bool {
    let all = |test: fn(char) -> bool| !subject.is_empty() && subject.chars().all(test);
    match name {
        "isalnum" => all(chars::is_alnum),
        "isalpha" => all(chars::is_alpha),
        "isascii" => subject.is_ascii(),
        "isdecimal" => all(|c| chars::decimal(c).is_some()),
        "isdigit" => all(chars::is_digit),
        "isidentifier" => {
            let mut letters = subject.chars();
            letters.next().is_some_and(chars::starts_name) && letters.all(chars::continues_name)
        }
        "islower" => is_cased(subject, chars::is_lower),
        "isnumeric" => all(chars::is_numeric),
        "isprintable" => subject.chars().all(chars::is_printable),
        "isspace" => all(chars::is_space),
        "isupper" => is_cased(subject, chars::is_upper),
        _ => is_title(subject),
    }
}

/// Whether all letters with case have the wanted one, and there is one at least.
pub fn is_cased(subject: &str, wanted: fn(char) -> bool) -> bool {
    let mut found = false;
    for c in subject.chars().filter(|&c| chars::is_cased(c)) {
        if !wanted(c) {
            return false;
        }
        found = true;
    }
    found
}

fn is_title(subject: &str) -> bool {
    let (mut found, mut inside) = (false, false);
    for c in subject.chars() {
        let upper = chars::is_cased(c) && !chars::is_lower(c);
        if (upper && inside) || (chars::is_lower(c) && !inside) {
            return false;
        }
        inside = chars::is_cased(c);
        found |= inside;
    }
    found
}

fn texts(interp: &Interp, receiver: &Value, parts: Vec<&str>) -> Result<Value> {
    interp.budget.steps(parts.len())?;
    Value::list(parts.into_iter().map(|part| like(receiver, part)).collect())
}

fn format_map(interp: &Interp, receiver: &Value, args: Args) -> Result<Value> {
    let [mapping] = args.unnamed("format_map", 1)?;
    let named = match mapping {
        Some(Value::Dict(dict)) => {
            let entries = dict.entries.values();
            entries.filter_map(|(key, value)| Some((key.as_arc()?.clone(), value.clone()))).collect()
        }
        _ => return type_error("format_map() needs a dict"),
    };
    format::format_text_with(interp, receiver, &Args { positional: Vec::new(), named })
}

fn join(interp: &Interp, receiver: &Value, args: Args) -> Result<Value> {
    let [items] = args.unnamed("join", 1)?;
    let mut parts = Vec::new();
    for (at, item) in interp.collect(&items.unwrap_or(Value::None))?.into_iter().enumerate() {
        parts.push(match (receiver, &item) {
            (Value::Markup(_), _) => html::escape(interp, &item)?,
            (_, Value::Str(_) | Value::Markup(_)) => item,
            _ => {
                return type_error(format!(
                    "sequence item {at}: expected str instance, {} found",
                    item.type_name()
                ))
            }
        });
    }
    Ok(like(receiver, &join_texts(interp, receiver.as_str().unwrap_or_default(), &parts)?))
}

pub fn join_texts(interp: &Interp, separator: &str, parts: &[Value]) -> Result<String> {
    let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
    let length: usize = texts.iter().map(|text| text.len()).sum();
    interp.budget.bytes(length.saturating_add(separator.len().saturating_mul(parts.len())))?;
    Ok(texts.join(separator))
}

fn replace(interp: &Interp, receiver: &Value, args: Args) -> Result<Value> {
    let [old, new, count] = args.unnamed("replace", 2)?;
    let (old, new) = (old.unwrap_or(Value::None), new.unwrap_or(Value::None));
    let new = match receiver {
        Value::Markup(_) => html::escape(interp, &new)?,
        _ => new,
    };
    let count = count.map_or(Ok(-1), |count| int(&count))?;
    let subject = receiver.as_str().unwrap_or_default();
    Ok(like(receiver, &replace_text(interp, subject, text(&old, "replace")?, text(&new, "replace")?, count)?))
}

/// A negative count replaces all.
pub fn replace_text(interp: &Interp, subject: &str, old: &str, new: &str, count: i64) -> Result<String> {
    let found = if old.is_empty() { subject.len() + 1 } else { subject.matches(old).count() };
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(found);
    interp.budget.bytes(subject.len() + count.saturating_mul(new.len()))?;
    Ok(subject.replacen(old, new, count))
}

fn split(interp: &Interp, receiver: &Value, name: &str, args: Args) -> Result<Value> {
    let [separator, most] = args.bind(name, ["sep", "maxsplit"], 0)?;
    let most = most.map_or(Ok(-1), |most| int(&most))?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let subject = receiver.as_str().unwrap_or_default();
    let separator = separator.filter(|separator| !matches!(separator, Value::None));
    let mut parts: Vec<&str> = match &separator {
        None if name == "split" => split_space(subject, most),
        None => rsplit_space(subject, most),
        Some(separator) => {
            let separator = text(separator, name)?;
            if separator.is_empty() {
                return value_error("empty separator");
            }
            let pieces = most.saturating_add(1);
            if name == "split" {
                return texts(interp, receiver, subject.splitn(pieces, separator).collect());
            }
            subject.rsplitn(pieces, separator).collect()
        }
    };
    if name == "rsplit" {
        parts.reverse();
    }
    texts(interp, receiver, parts)
}

/// str.split().
pub fn split_space_all(subject: &str) -> Vec<&str> {
    split_space(subject, usize::MAX)
}

fn split_space(subject: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = subject.trim_start_matches(chars::is_space);
    while !rest.is_empty() {
        let end = rest.find(chars::is_space).filter(|_| parts.len() < most);
        let Some(end) = end else {
            parts.push(rest);
            break;
        };
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(chars::is_space);
    }
    parts
}

/// From the last part to the first.
fn rsplit_space(subject: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = subject.trim_end_matches(chars::is_space);
    while !rest.is_empty() {
        let start = rest.char_indices().rev().find(|&(_, c)| chars::is_space(c));
        let Some((start, space)) = start.filter(|_| parts.len() < most) else {
            parts.push(rest);
            break;
        };
        parts.push(&rest[start + space.len_utf8()..]);
        rest = rest[..start].trim_end_matches(chars::is_space);
    }
    parts
}

fn partition(receiver: &Value, name: &str, args: Args) -> Result<Value> {
    let [separator] = args.unnamed(name, 1)?;
    let separator = separator.unwrap_or(Value::None);
    let separator = text(&separator, name)?;
    if separator.is_empty() {
        return value_error("empty separator");
    }
    let subject = receiver.as_str().unwrap_or_default();
    let parts = if name == "partition" {
        subject.split_once(separator).map_or([subject, "", ""], |(a, b)| [a, separator, b])
    } else {
        subject.rsplit_once(separator).map_or(["", "", subject], |(a, b)| [a, separator, b])
    };
    Value::tuple(parts.into_iter().map(|part| like(receiver, part)).collect())
}

/// The characters from start to stop, and the index of the first; None where start lies behind.
fn window(subject: &str, start: Option<Value>, stop: Option<Value>) -> Result<Option<(usize, &str)>> {
    let length = chars::length(subject) as i64;
    let bound = |value: Option<Value>, default: i64| -> Result<i64> {
        let index = int_or(value, default)?;
        Ok(if index < 0 { index.saturating_add(length).max(0) } else { index })
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, i64::MAX)?.min(length));
    if start > stop {
        return Ok(None);
    }
    let (start, stop) = (start as usize, stop as usize);
    let from = chars::offset(subject, start);
    Ok(Some((start, &subject[from..chars::offset(subject, stop)])))
}

fn affix(subject: &str, name: &str, args: Args) -> Result<Value> {
    let [affix, start, stop] = args.unnamed(name, 1)?;
    let affix = affix.unwrap_or(Value::None);
    let choices = match &affix {
        Value::Tuple(seq) => seq.items.clone(),
        other => vec![other.clone()],
    };
    let window = window(subject, start, stop)?;
    for choice in &choices {
        let choice = text(choice, name)?;
        let Some((_, part)) = window else { continue };
        if if name == "startswith" { part.starts_with(choice) } else { part.ends_with(choice) } {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn search(subject: &str, name: &str, args: Args) -> Result<Value> {
    let [wanted, start, stop] = args.unnamed(name, 1)?;
    let wanted = wanted.unwrap_or(Value::None);
    let wanted = text(&wanted, name)?;
    let window = window(subject, start, stop)?;
    if name == "count" {
        return Ok(Value::Int(window.map_or(0, |(_, part)| match wanted {
            "" => chars::length(part) as i64 + 1,
            _ => part.matches(wanted).count() as i64,
        })));
    }
    let found = window.and_then(|(first, part)| {
        let at = if name.starts_with('r') { part.rfind(wanted) } else { part.find(wanted) };
        at.map(|at| (first + chars::length(&part[..at])) as i64)
    });
    match found {
        Some(index) => Ok(Value::Int(index)),
        None if name.ends_with("find") => Ok(Value::Int(-1)),
        None => value_error("substring not found"),
    }
}

fn justify(interp: &Interp, receiver: &Value, name: &str, args: Args) -> Result<Value> {
    let [width, fill] = args.unnamed(name, 1)?;
    let width = int(&width.unwrap_or(Value::None))?;
    let fill = fill.unwrap_or_else(|| Value::str(" "));
    let fill = match receiver {
        Value::Markup(_) => html::escape(interp, &fill)?,
        _ => fill,
    };
    let fill = text(&fill, name)?;
    if chars::length(fill) != 1 {
        return type_error("The fill character must be exactly one character long");
    }
    let subject = receiver.as_str().unwrap_or_default();
    Ok(like(receiver, &justified(interp, subject, name, width, fill)?))
}

pub fn justified(interp: &Interp, subject: &str, name: &str, width: i64, fill: &str) -> Result<String> {
    let width = usize::try_from(width).unwrap_or(0);
    let missing = width.saturating_sub(chars::length(subject));
    interp.budget.bytes(missing.saturating_mul(fill.len()))?;
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        _ => missing / 2 + (missing & width & 1),
    };
    Ok(format!("{}{subject}{}", fill.repeat(left), fill.repeat(missing - left)))
}

fn expand_tabs(interp: &Interp, receiver: &Value, size: i64) -> Result<Value> {
    let mut out = String::new();
    let mut column = 0i64;
    for c in receiver.as_str().unwrap_or_default().chars() {
        match c {
            '\t' if size > 0 => {
                let count = size - column % size;
                interp.budget.bytes(count as usize)?;
                out.push_str(&" ".repeat(count as usize));
                column += count;
            }
            '\t' => {}
            c => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(like(receiver, &out))
}
