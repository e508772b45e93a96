//! Jinja2's filters: which there are, and those that change one value or text.

use super::args::{int, int_or, text, Args};
use super::error::{other_error, type_error, Error, Kind, Result};
use super::filters_list as list;
use super::filters_number;
use super::html;
use super::interp::Interp;
use super::methods;
use super::number;
use super::ops::{self, like};
use super::percent;
use super::repr::JsonStyle;
use super::str_methods;
use super::text as chars;
use super::value::Value;
use super::wrap;

const NAMES: [&str; 51] = [
    "abs", "attr", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape",
    "filesizeformat", "first", "float", "forceescape", "format", "groupby", "indent", "int", "items",
    "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "striptags", "sum",
    "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode", "wordcount", "wordwrap",
    "xmlattr",
];
/// Filters of Jinja2 that are refused when a template is read.
pub const UNSUPPORTED: [&str; 3] = ["pprint", "random", "urlize"];

pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

pub fn call(interp: &Interp, name: &str, value: Value, args: Args) -> Result<Value> {
    interp.budget.steps(1)?;
    match name {
        "abs" => args.unnamed::<0>(name, 0).and_then(|_| number::absolute(&value)),
        "attr" => attr(interp, &value, args),
        "count" | "length" => {
            args.unnamed::<0>(name, 0)?;
            list::length(interp, &value)
        }
        "d" | "default" => {
            let [default, boolean] = args.bind(name, ["default_value", "boolean"], 0)?;
            let missing = value.is_undefined() || boolean.is_some_and(|b| b.truth()) && !value.truth();
            Ok(if missing { default.unwrap_or_else(|| Value::str("")) } else { value })
        }
        "e" | "escape" => args.unnamed::<0>(name, 0).and_then(|_| html::escape(interp, &value)),
        "forceescape" => {
            args.unnamed::<0>(name, 0)?;
            html::escape(interp, &Value::str(interp.to_str(&value)?))
        }
        "safe" => {
            args.unnamed::<0>(name, 0)?;
            Ok(Value::Markup(interp.to_str(&value)?.into()))
        }
        "filesizeformat" => filters_number::file_size(interp, &value, args),
        "float" => filters_number::to_float(&value, args),
        "int" => filters_number::to_int(&value, args),
        "round" => filters_number::round(&value, args),
        "tojson" => to_json(interp, &value, args),
        "urlencode" => args.unnamed::<0>(name, 0).and_then(|_| url_encode(interp, &value)),
        "xmlattr" => xml_attr(interp, &value, args),
        "batch" | "dictsort" | "first" | "groupby" | "items" | "join" | "last" | "list" | "map" | "max"
        | "min" | "reject" | "rejectattr" | "reverse" | "select" | "selectattr" | "slice" | "sort"
        | "sum" | "unique" => list::call(interp, name, value, args),
        _ => text_filter(interp, name, value, args),
    }
}

/// Filters that begin with soft_str().
fn text_filter(interp: &Interp, name: &str, value: Value, args: Args) -> Result<Value> {
    let value = match (name, &value) {
        ("indent" | "truncate" | "wordwrap", _) | (_, Value::Str(_) | Value::Markup(_)) => value,
        ("replace", _) => value,
        _ => Value::str(interp.to_str(&value)?),
    };
    interp.budget.scan(value.as_str().map_or(0, str::len))?;
    match name {
        "string" => args.unnamed::<0>(name, 0).map(|_| value),
        "capitalize" | "lower" | "upper" => {
            args.unnamed::<0>(name, 0)?;
            str_methods::call(interp, &value, name, Args::default())
        }
        "center" => {
            let [width] = args.bind(name, ["width"], 0)?;
            let width = width.map_or(Ok(80), |width| int(&width))?;
            let subject = value.as_str().unwrap_or_default();
            Ok(like(&value, &str_methods::justified(interp, subject, name, width, " ")?))
        }
        "format" => format(interp, &value, args),
        "indent" => indent(interp, &value, args),
        "replace" => {
            let [old, new, count] = args.bind(name, ["old", "new", "count"], 2)?;
            let count = int_or(count, -1)?;
            let [subject, old, new] =
                [value, old.unwrap_or(Value::None), new.unwrap_or(Value::None)].map(|v| interp.to_str(&v));
            Ok(Value::str(str_methods::replace_text(interp, &subject?, &old?, &new?, count)?))
        }
        "striptags" => {
            args.unnamed::<0>(name, 0)?;
            Ok(Value::str(html::strip_tags(value.as_str().unwrap_or_default())))
        }
        "title" => args.unnamed::<0>(name, 0).map(|_| Value::str(title(value.as_str().unwrap_or_default()))),
        "trim" => {
            let [set] = args.bind(name, ["chars"], 0)?;
            let set = set.filter(|set| !matches!(set, Value::None));
            let set = set.as_ref().map(|set| text(set, name)).transpose()?;
            Ok(like(&value, chars::strip(value.as_str().unwrap_or_default(), set, true, true)))
        }
        "truncate" => truncate(interp, &value, args),
        "wordcount" => {
            args.unnamed::<0>(name, 0)?;
            let subject = value.as_str().unwrap_or_default();
            let words = subject.split(|c| !chars::is_word(c)).filter(|word| !word.is_empty());
            Ok(Value::Int(words.count() as i64))
        }
        "wordwrap" => wrap::filter(interp, &value, args),
        _ => other_error(format!("No filter named '{name}'.")),
    }
}

fn attr(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [name] = args.bind("attr", ["name"], 1)?;
    let name = name.unwrap_or(Value::None);
    let Some(name) = name.as_arc() else {
        return type_error("attribute name must be string");
    };
    Ok(match methods::attribute(interp, value, name)? {
        Some(value) => value,
        None => Value::undefined(format!("'{} object' has no attribute '{name}'", value.type_name())),
    })
}

fn format(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    if !args.positional.is_empty() && !args.named.is_empty() {
        return other_error("can't handle positional and keyword arguments at the same time");
    }
    let operand = if args.named.is_empty() {
        Value::tuple(args.positional)?
    } else {
        interp.dict(args.named.into_iter().map(|(name, value)| (Value::Str(name), value)).collect())?
    };
    let escapes = matches!(value, Value::Markup(_));
    let text = percent::format(interp, value.as_str().unwrap_or_default(), &operand, escapes)?;
    Ok(like(value, &text))
}

fn title(subject: &str) -> String {
    let begins = |c: char| "-({[<".contains(c) || chars::is_space(c);
    let mut out = String::with_capacity(subject.len());
    let mut start = true;
    for c in subject.chars() {
        if begins(c) {
            start = true;
            out.push(c);
        } else if start {
            start = false;
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

fn indent(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [width, first, blank] = args.bind("indent", ["width", "first", "blank"], 0)?;
    ops::undefined_fails(value)?;
    let subject = text(value, "indent")?;
    let indention = match width {
        None => "    ".to_owned(),
        Some(Value::Str(text) | Value::Markup(text)) => text.to_string(),
        Some(width) => {
            let count = usize::try_from(int(&width)?).unwrap_or(0);
            interp.budget.bytes(count)?;
            " ".repeat(count)
        }
    };
    let (first, blank) = (first.is_some_and(|v| v.truth()), blank.is_some_and(|v| v.truth()));
    let ended = format!("{subject}\n");
    let lines = chars::splitlines(&ended, false);
    interp.budget.bytes(subject.len() + lines.len().saturating_mul(indention.len()))?;
    let mut out = if first { indention.clone() } else { String::new() };
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
            if blank || !line.is_empty() {
                out.push_str(&indention);
            }
        }
        out.push_str(line);
    }
    Ok(like(value, &out))
}

fn truncate(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [length, kill, end, leeway] =
        args.bind("truncate", ["length", "killwords", "end", "leeway"], 0)?;
    let length = length.map_or(Ok(255), |length| int(&length))?;
    let end = end.unwrap_or_else(|| Value::str("..."));
    let end_length = match ops::len(&end) {
        Some(length) => length as i64,
        None => return type_error(format!("object of type '{}' has no len()", end.type_name())),
    };
    let leeway = int_or(leeway, 5)?;
    if length < end_length || leeway < 0 {
        return other_error(format!("expected length >= {end_length}, got {length}"));
    }
    let Some(size) = ops::len(value) else {
        return type_error(format!("object of type '{}' has no len()", value.type_name()));
    };
    if size as i64 <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    let subject = text(value, "truncate")?;
    let end = match end {
        Value::Str(_) | Value::Markup(_) => end,
        _ => return type_error("truncate() needs a text as end"),
    };
    let kept = &subject[..chars::offset(subject, (length - end_length) as usize)];
    let kept = if kill.is_some_and(|kill| kill.truth()) {
        kept
    } else {
        kept.rsplit_once(' ').map_or(kept, |(before, _)| before)
    };
    ops::binary(interp, super::ast::Binary::Add, &like(value, kept), &end)
}

fn to_json(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let parameters = ["ensure_ascii", "indent", "separators", "sort_keys"];
    let [ensure_ascii, indent, separators, sort_keys] = args.bind("tojson", parameters, 0)?;
    let indent = match indent {
        None | Some(Value::None) => None,
        Some(Value::Str(text) | Value::Markup(text)) => Some(text.to_string()),
        Some(width) => {
            let count = usize::try_from(int(&width)?).unwrap_or(0);
            interp.budget.bytes(count)?;
            Some(" ".repeat(count))
        }
    };
    let (comma, colon) = match separators {
        None | Some(Value::None) if indent.is_some() => (",".to_owned(), ": ".to_owned()),
        None | Some(Value::None) => (", ".to_owned(), ": ".to_owned()),
        Some(pair) => match interp.collect(&pair)?.as_slice() {
            [comma, colon] => {
                (text(comma, "separators")?.to_owned(), text(colon, "separators")?.to_owned())
            }
            _ => return super::error::value_error("separators must be two texts"),
        },
    };
    let style = JsonStyle {
        ensure_ascii: ensure_ascii.is_some_and(|value| value.truth()),
        sort_keys: sort_keys.is_some_and(|value| value.truth()),
        indent,
        comma,
        colon,
    };
    Ok(Value::str(interp.to_json(value, &style)?))
}

fn url_quote(interp: &Interp, value: &Value, query: bool) -> Result<String> {
    let text = interp.to_str(value)?;
    interp.budget.bytes(text.len().saturating_mul(3))?;
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(byte.into()),
            b'/' if !query => out.push('/'),
            b' ' if query => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out)
}

fn url_encode(interp: &Interp, value: &Value) -> Result<Value> {
    if value.as_str().is_some() || super::tests::iterable(value).is_err() {
        return Ok(Value::str(url_quote(interp, value, false)?));
    }
    let pairs = match value {
        Value::Dict(dict) => interp.view(super::value::View::Items, dict)?,
        _ => interp.collect(value)?,
    };
    let mut parts = Vec::new();
    for pair in pairs {
        match interp.collect(&pair)?.as_slice() {
            [key, value] => parts.push(format!(
                "{}={}",
                url_quote(interp, key, true)?,
                url_quote(interp, value, true)?
            )),
            _ => return Err(Error::new(Kind::Value, "urlencode needs pairs")),
        }
    }
    Ok(Value::str(parts.join("&")))
}

fn xml_attr(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [autospace] = args.bind("xmlattr", ["autospace"], 0)?;
    let Value::Dict(dict) = value else {
        ops::undefined_fails(value)?;
        return other_error(format!("'{}' object has no attribute 'items'", value.type_name()));
    };
    let mut out = String::new();
    for (key, value) in dict.entries.values() {
        if matches!(value, Value::None | Value::Undefined(_)) {
            continue;
        }
        let key = text(key, "xmlattr")?;
        if key.contains([' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '/', '>', '=']) {
            return other_error(format!("Invalid character in attribute name: '{key}'"));
        }
        let value = html::escape(interp, value)?;
        out.push_str(if out.is_empty() { "" } else { " " });
        out.push_str(&format!("{}=\"{}\"", chars::escape(key), value.as_str().unwrap_or_default()));
    }
    if !out.is_empty() && autospace.is_none_or(|autospace| autospace.truth()) {
        out.insert(0, ' ');
    }
    Ok(Value::str(out))
}

/// Whether map() was called in one of its two ways.
pub fn check_map(args: &Args) -> Result<()> {
    if !args.positional.is_empty() {
        return Ok(());
    }
    if !args.named.iter().any(|(name, _)| &**name == "attribute") {
        return other_error("map requires a filter argument");
    }
    match args.named.iter().find(|(name, _)| !matches!(&**name, "attribute" | "default")) {
        Some((name, _)) => other_error(format!("Unexpected keyword argument '{name}'")),
        None => Ok(()),
    }
}

/// The result of map() for one item.
pub fn map_item(interp: &Interp, item: Value, args: &Args) -> Result<Value> {
    let named = |wanted: &str| {
        args.named.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| value)
    };
    let Some(name) = args.positional.first() else {
        let path = super::path::Path::new(named("attribute").unwrap_or(&Value::None))?;
        let default = named("default").filter(|default| !matches!(default, Value::None));
        return path.get(interp, &item, default);
    };
    let name = match name.as_str() {
        Some(name) if is_known(name) => name,
        _ => return other_error(format!("No filter named {}.", interp.repr(name)?)),
    };
    let args = Args { positional: args.positional[1..].to_vec(), named: args.named.clone() };
    call(interp, name, item, args)
}
