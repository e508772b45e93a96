//! str.format() and format specifications, by the rules of Jinja2's sandboxed formatter.

use std::sync::Arc;

use super::args::Args;
use super::error::{type_error, value_error, Error, Kind, Result};
use super::format_number::{float_digits, general, group, int_digits, MAX_PRECISION};
use super::interp::Interp;
use super::number::{self, number, Number};
use super::ops;
use super::subscript;
use super::text;
use super::value::Value;

/// Fields in format specifications of fields.
const MAX_NESTING: usize = 2;

pub struct Formatter<'a> {
    pub interp: &'a Interp,
    pub args: &'a Args,
    /// What Markup does: every field is escaped.
    pub escapes: bool,
    /// Next automatic field; None once fields are numbered by hand.
    pub automatic: Option<usize>,
}

impl Formatter<'_> {
    pub fn format(&mut self, format: &str) -> Result<String> {
        self.format_nested(format, MAX_NESTING)
    }

    fn format_nested(&mut self, format: &str, depth: usize) -> Result<String> {
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = rest.as_bytes()[at];
            if rest.as_bytes().get(at + 1) == Some(&brace) {
                out.push(char::from(brace));
                rest = &rest[at + 2..];
                continue;
            }
            if brace == b'}' {
                return value_error("Single '}' encountered in format string");
            }
            let end = field_end(&rest[at + 1..])? + at + 1;
            let piece = self.field(&rest[at + 1..end], depth)?;
            self.interp.budget.bytes(piece.len())?;
            out.push_str(&piece);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Result<String> {
        let (name, conversion, spec) = split_field(field)?;
        let mut value = self.lookup(name)?;
        if let Some(conversion) = conversion {
            value = match conversion {
                's' => Value::str(self.interp.to_str(&value)?),
                'r' => Value::str(self.interp.repr(&value)?),
                'a' => Value::str(self.interp.ascii(&value)?),
                other => return value_error(format!("Unknown conversion specifier {other}")),
            };
        }
        let Some(depth) = depth.checked_sub(1) else {
            return value_error("Max string recursion exceeded");
        };
        let spec = self.format_nested(spec, depth)?;
        if matches!(value, Value::Markup(_)) && self.escapes {
            if !spec.is_empty() {
                return value_error("Unsupported format specification for Markup.");
            }
            return self.interp.to_str(&value);
        }
        let text = format_value(self.interp, &value, &spec)?;
        Ok(if self.escapes { text::escape(&text) } else { text })
    }

    /// The value of a field name such as `0.name[key]`.
    fn lookup(&mut self, name: &str) -> Result<Value> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let mut value = self.first(&name[..end])?;
        let mut rest = &name[end..];
        while !rest.is_empty() {
            if let Some(attribute) = rest.strip_prefix('.') {
                let end = attribute.find(['.', '[']).unwrap_or(attribute.len());
                if end == 0 {
                    return value_error("Empty attribute in format string");
                }
                value = subscript::get_attr(self.interp, &value, &Arc::from(&attribute[..end]))?;
                rest = &attribute[end..];
            } else {
                let Some(end) = rest.find(']') else {
                    return value_error("Missing ']' in format string");
                };
                let key = &rest[1..end];
                if key.is_empty() {
                    return value_error("Empty attribute in format string");
                }
                let plain = key.bytes().all(|byte| byte.is_ascii_digit());
                let key = if plain { number::parse_int(key, 10)? } else { Value::str(key) };
                value = subscript::get_item(self.interp, &value, &key)?;
                rest = &rest[end + 1..];
                if !rest.is_empty() && !rest.starts_with(['.', '[']) {
                    return value_error("Only '.' or '[' may follow ']' in format field specifier");
                }
            }
        }
        Ok(value)
    }

    fn first(&mut self, name: &str) -> Result<Value> {
        let position = if name.is_empty() {
            let Some(next) = self.automatic.filter(|&next| next != usize::MAX) else {
                return value_error(
                    "cannot switch from manual field specification to automatic field numbering",
                );
            };
            self.automatic = Some(next + 1);
            Some(next)
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if self.automatic.is_some_and(|next| next > 0) {
                return value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                );
            }
            self.automatic = None;
            Some(name.parse().unwrap_or(usize::MAX))
        } else {
            None
        };
        let found = match position {
            Some(position) => self.args.positional.get(position),
            None => self.args.named.iter().find(|(key, _)| &**key == name).map(|(_, value)| value),
        };
        match found {
            Some(value) => Ok(value.clone()),
            None => Err(Error::new(Kind::Lookup, format!("format() has no argument '{name}'"))),
        }
    }
}

/// Where the field that starts `text` ends, nested braces counted.
fn field_end(text: &str) -> Result<usize> {
    let mut depth = 1;
    let mut bracket = false;
    for (at, c) in text.char_indices() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '{' if !bracket => depth += 1,
            '}' if !bracket => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    value_error("expected '}' before end of string")
}

fn split_field(field: &str) -> Result<(&str, Option<char>, &str)> {
    let mut bracket = false;
    for (at, c) in field.char_indices() {
        match c {
            '{' => return value_error("unexpected '{' in field name"),
            '[' => bracket = true,
            ']' => bracket = false,
            ':' if !bracket => return Ok((&field[..at], None, &field[at + 1..])),
            '!' if !bracket => {
                let after = &field[at + 1..];
                let Some(conversion) = after.chars().next() else {
                    return value_error("end of string while looking for conversion specifier");
                };
                let rest = &after[conversion.len_utf8()..];
                return match rest.strip_prefix(':') {
                    Some(spec) => Ok((&field[..at], Some(conversion), spec)),
                    None if rest.is_empty() => Ok((&field[..at], Some(conversion), "")),
                    None => value_error("expected ':' after conversion specifier"),
                };
            }
            _ => {}
        }
    }
    Ok((field, None, ""))
}

struct Spec {
    fill: char,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse_spec(text: &str, numeric: bool, interp: &Interp) -> Result<Spec> {
    let mut chars: Vec<char> = text.chars().rev().collect();
    let mut spec = Spec {
        fill: ' ',
        align: None,
        sign: None,
        alternate: false,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };
    let is_align = |c: &char| matches!(c, '<' | '>' | '=' | '^');
    let count = chars.len();
    let filled = count > 1 && is_align(&chars[count - 2]);
    if filled {
        spec.fill = chars[count - 1];
        spec.align = Some(chars[count - 2]);
        chars.truncate(count - 2);
    } else if chars.last().is_some_and(is_align) {
        spec.align = chars.pop();
    }
    spec.sign = pop_if(&mut chars, |c| matches!(c, '+' | '-' | ' '));
    spec.alternate = pop_if(&mut chars, |c| *c == '#').is_some();
    if !filled && chars.last() == Some(&'0') {
        chars.pop();
        spec.fill = '0';
        if spec.align.is_none() && numeric {
            spec.align = Some('=');
        }
    }
    let digits = |chars: &mut Vec<char>| -> Result<Option<usize>> {
        let mut number = None;
        while let Some(digit) = pop_if(chars, |c| c.is_ascii_digit()) {
            let value = digit.to_digit(10).unwrap_or(0) as usize;
            number = Some(number.unwrap_or(0usize).saturating_mul(10).saturating_add(value));
        }
        interp.budget.bytes(number.unwrap_or(0))?;
        Ok(number)
    };
    spec.width = digits(&mut chars)?.unwrap_or(0);
    spec.grouping = pop_if(&mut chars, |c| matches!(c, ',' | '_'));
    if pop_if(&mut chars, |c| *c == '.').is_some() {
        spec.precision = digits(&mut chars)?;
        if spec.precision.is_none() {
            return value_error("Format specifier missing precision");
        }
    }
    spec.kind = chars.pop();
    if chars.is_empty() {
        Ok(spec)
    } else {
        value_error("Invalid format specifier")
    }
}

/// The last character, taken away where it passes.
fn pop_if(chars: &mut Vec<char>, passes: impl Fn(&char) -> bool) -> Option<char> {
    if chars.last().is_some_and(passes) {
        chars.pop()
    } else {
        None
    }
}

/// format(value, spec).
fn format_value(interp: &Interp, value: &Value, text: &str) -> Result<String> {
    if text.is_empty() {
        return interp.to_str(value);
    }
    if let Some(content) = value.as_str() {
        return format_text(content, &parse_spec(text, false, interp)?);
    }
    match number(value) {
        Some(Number::Int(whole)) => {
            let spec = parse_spec(text, true, interp)?;
            match spec.kind {
                Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
                    format_float(number::to_float(&whole)?, &spec)
                }
                _ => format_int(&whole, &spec),
            }
        }
        Some(Number::Float(float)) => format_float(float, &parse_spec(text, true, interp)?),
        None => type_error(format!(
            "unsupported format string passed to {}.__format__",
            value.type_name()
        )),
    }
}

fn format_text(content: &str, spec: &Spec) -> Result<String> {
    if !matches!(spec.kind, None | Some('s')) {
        return value_error("Unknown format code for object of type 'str'");
    }
    if spec.sign.is_some() || spec.alternate || spec.grouping.is_some() || spec.align == Some('=') {
        return value_error("Sign, '=', '#' and ',' are not allowed in string format specifier");
    }
    let end = spec.precision.map_or(content.len(), |most| text::offset(content, most));
    Ok(align("", &content[..end], spec, '<'))
}

fn format_int(value: &num_bigint::BigInt, spec: &Spec) -> Result<String> {
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    let kind = spec.kind.unwrap_or('d');
    let (size, prefix) = match kind {
        'd' | 'n' => (3, ""),
        'b' => (4, "0b"),
        'o' => (4, "0o"),
        'x' => (4, "0x"),
        'X' => (4, "0X"),
        'c' => {
            let code = number::index(&number::int(value.clone())).unwrap_or(-1);
            return match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(c) if spec.sign.is_none() && !spec.alternate => Ok(align("", &c.to_string(), spec, '<')),
                _ => value_error("sign and '#' are not allowed with integer format specifier 'c'"),
            };
        }
        _ => return value_error(format!("Unknown format code '{kind}' for object of type 'int'")),
    };
    if spec.grouping == Some(',') && size == 4 || spec.grouping.is_some() && kind == 'n' {
        return value_error(format!("Cannot specify '{}' with '{kind}'.", spec.grouping.unwrap_or(',')));
    }
    let negative = value.sign() == num_bigint::Sign::Minus;
    let prefix = sign(negative, spec).to_owned() + if spec.alternate { prefix } else { "" };
    Ok(grouped(&prefix, &int_digits(value, kind), spec, size))
}

fn format_float(value: f64, spec: &Spec) -> Result<String> {
    if spec.precision.is_some_and(|precision| precision > MAX_PRECISION) {
        return value_error("precision too large");
    }
    if spec.grouping.is_some() && spec.kind == Some('n') {
        return value_error("Cannot specify a grouping with 'n'.");
    }
    let negative = value.is_sign_negative() && !value.is_nan();
    let digits = match spec.kind {
        None if value.is_finite() => match spec.precision {
            Some(precision) => general(value.abs(), precision, spec.alternate, true),
            None => {
                let text = number::float_text(value.abs());
                // Only a text with an exponent can lack the point.
                if spec.alternate && !text.contains('.') { text.replace('e', ".e") } else { text }
            }
        },
        None => float_digits(value, 'g', 6, false),
        Some('%') => {
            float_digits(value * 100.0, 'f', spec.precision.unwrap_or(6), spec.alternate) + "%"
        }
        Some('n') => float_digits(value, 'g', spec.precision.unwrap_or(6), spec.alternate),
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
            float_digits(value, kind, spec.precision.unwrap_or(6), spec.alternate)
        }
        Some(kind) => {
            return value_error(format!("Unknown format code '{kind}' for object of type 'float'"))
        }
    };
    Ok(grouped(sign(negative, spec), &digits, spec, 3))
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (_, Some('+')) => "+",
        (_, Some(' ')) => " ",
        _ => "",
    }
}

/// Groups the digits; where zeros fill the width, they are grouped, too.
fn grouped(prefix: &str, digits: &str, spec: &Spec, size: usize) -> String {
    let Some(separator) = spec.grouping else {
        return align(prefix, digits, spec, '>');
    };
    let mut digits = digits.to_owned();
    if spec.fill == '0' && spec.align == Some('=') {
        while group(&format!("0{digits}"), separator, size).len() + prefix.len() <= spec.width {
            digits.insert(0, '0');
        }
        let text = group(&digits, separator, size);
        if text.len() + prefix.len() < spec.width {
            // The separator would come first: Python puts one more zero before it.
            digits.insert(0, '0');
        }
    }
    align(prefix, &group(&digits, separator, size), spec, '>')
}

fn align(prefix: &str, digits: &str, spec: &Spec, default: char) -> String {
    let pad = spec.width.saturating_sub(text::length(prefix) + text::length(digits));
    let fill = |count: usize| spec.fill.to_string().repeat(count);
    match spec.align.unwrap_or(default) {
        '<' => format!("{prefix}{digits}{}", fill(pad)),
        '^' => format!("{}{prefix}{digits}{}", fill(pad / 2), fill(pad - pad / 2)),
        '=' => format!("{prefix}{}{digits}", fill(pad)),
        _ => format!("{}{prefix}{digits}", fill(pad)),
    }
}

/// Of the filter and of the method alike.
pub fn format_text_with(interp: &Interp, receiver: &Value, args: &Args) -> Result<Value> {
    let escapes = matches!(receiver, Value::Markup(_));
    let format = receiver.as_str().unwrap_or_default();
    let mut formatter = Formatter { interp, args, escapes, automatic: Some(0) };
    Ok(ops::like(receiver, &formatter.format(format)?))
}
