//! `format % arguments`.

use super::error::{other_error, type_error, value_error, Error, Kind, Result};
use super::format_number::{float_digits, int_digits, MAX_PRECISION};
use super::interp::Interp;
use super::number::{self, number, Number};
use super::ops;
use super::text;
use super::value::Value;

#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

struct Arguments<'a> {
    value: &'a Value,
    next: usize,
    mapping: bool,
}

impl<'a> Arguments<'a> {
    fn next(&mut self) -> Result<Value> {
        let given = match self.value {
            Value::Tuple(seq) => seq.items.get(self.next).cloned(),
            other => (self.next == 0).then(|| other.clone()),
        };
        self.next += 1;
        given.map_or_else(|| type_error("not enough arguments for format string"), Ok)
    }

    fn rest(&self) -> bool {
        match self.value {
            Value::Tuple(seq) => self.next < seq.items.len(),
            _ => self.next == 0 && !self.mapping,
        }
    }

    fn number(&mut self) -> Result<i64> {
        match self.next()? {
            Value::Int(value) => Ok(value),
            Value::Bool(value) => Ok(i64::from(value)),
            _ => type_error("* wants int"),
        }
    }
}

/// With `escapes`, what Markup does: texts are escaped before they go in.
pub fn format(interp: &Interp, format: &str, value: &Value, escapes: bool) -> Result<String> {
    let mapping = matches!(
        value,
        Value::Dict(_) | Value::List(_) | Value::Range(_) | Value::Undefined(_)
    );
    let mut arguments = Arguments { value, next: 0, mapping };
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let mut named = None;
        if rest.starts_with('(') {
            let (key, after) = key(rest)?;
            rest = after;
            if !mapping {
                return type_error("format requires a mapping");
            }
            named = Some(lookup(interp, value, key)?);
        }
        let (spec, after) = spec(rest, &mut arguments)?;
        let Some(kind) = after.chars().next() else {
            return value_error("incomplete format");
        };
        rest = &after[kind.len_utf8()..];
        let argument = match named {
            Some(value) => value,
            None => arguments.next()?,
        };
        let piece = piece(interp, kind, &spec, &argument, escapes)?;
        interp.budget.bytes(piece.len())?;
        out.push_str(&piece);
    }
    out.push_str(rest);
    interp.budget.bytes(format.len())?;
    if arguments.rest() {
        return type_error("not all arguments converted during string formatting");
    }
    Ok(out)
}

fn key(text: &str) -> Result<(&str, &str)> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Ok((&text[1..at], &text[at + 1..]));
        }
    }
    value_error("incomplete format key")
}

fn lookup(interp: &Interp, value: &Value, key: &str) -> Result<Value> {
    ops::undefined_fails(value)?;
    let Value::Dict(dict) = value else {
        return type_error("indices must be integers or slices, not str");
    };
    match dict.get(key) {
        Some(value) => Ok(value.clone()),
        None => Err(Error::new(Kind::Lookup, interp.repr(&Value::str(key))?)),
    }
}

fn spec<'t>(text: &'t str, arguments: &mut Arguments) -> Result<(Spec, &'t str)> {
    let mut spec = Spec::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next().filter(|c| "-+ #0".contains(*c)) {
        match flag {
            '-' => spec.left = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            '#' => spec.alternate = true,
            _ => spec.zero = true,
        }
        rest = &rest[1..];
    }
    if let Some(after) = rest.strip_prefix('*') {
        let width = arguments.number()?;
        spec.left |= width < 0;
        spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        rest = after;
    } else {
        (spec.width, rest) = count(rest)?;
    }
    if let Some(after) = rest.strip_prefix('.') {
        if let Some(after) = after.strip_prefix('*') {
            spec.precision = Some(usize::try_from(arguments.number()?).unwrap_or(0));
            rest = after;
        } else {
            let (precision, after) = count(after)?;
            spec.precision = Some(precision);
            rest = after;
        }
    }
    Ok((spec, rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest)))
}

fn count(text: &str) -> Result<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    match text[..end].parse() {
        Ok(count) => Ok((count, &text[end..])),
        Err(_) if end == 0 => Ok((0, text)),
        Err(_) => value_error("width too big"),
    }
}

fn piece(interp: &Interp, kind: char, spec: &Spec, value: &Value, escapes: bool) -> Result<String> {
    interp.budget.bytes(spec.width.saturating_add(spec.precision.unwrap_or(0)))?;
    match kind {
        's' | 'r' | 'a' => {
            let text = match kind {
                's' => interp.to_str(value)?,
                'r' => interp.repr(value)?,
                _ => interp.ascii(value)?,
            };
            let safe = kind == 's' && matches!(value, Value::Markup(_));
            let text = if escapes && !safe { text::escape(&text) } else { text };
            let end = spec.precision.map_or(text.len(), |most| text::offset(&text, most));
            Ok(pad("", &text[..end], spec, false))
        }
        'c' => {
            let text = match (value, number::index(value)) {
                (Value::Str(text) | Value::Markup(text), _) if text::length(text) == 1 => text.to_string(),
                (_, Some(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                    Some(c) => c.to_string(),
                    None => return other_error("%c arg not in range(0x110000)"),
                },
                _ => return type_error("%c requires int or char"),
            };
            Ok(pad("", &text, spec, false))
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => integer(kind, spec, value),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            ops::undefined_fails(value)?;
            let Some(number) = number(value) else {
                return type_error(format!("must be real number, not {}", value.type_name()));
            };
            let float = number::float_of(&number)?;
            if spec.precision.is_some_and(|precision| precision > MAX_PRECISION) {
                return value_error("precision too large");
            }
            let digits = float_digits(float, kind, spec.precision.unwrap_or(6), spec.alternate);
            let negative = float.is_sign_negative() && !float.is_nan();
            Ok(pad(sign(negative, spec), &digits, spec, float.is_finite() || spec.zero))
        }
        _ => value_error(format!("unsupported format character '{kind}'")),
    }
}

fn integer(kind: char, spec: &Spec, value: &Value) -> Result<String> {
    ops::undefined_fails(value)?;
    let whole = match number(value) {
        Some(Number::Int(value)) => value,
        Some(Number::Float(value)) if matches!(kind, 'd' | 'i' | 'u') => {
            match number(&number::int_of_float(value)?) {
                Some(Number::Int(value)) => value,
                _ => return value_error("not a number"),
            }
        }
        _ => {
            return type_error(format!(
                "%{kind} format: a number is required, not {}",
                value.type_name()
            ))
        }
    };
    let negative = whole.sign() == num_bigint::Sign::Minus;
    let digits = int_digits(&whole, kind);
    let zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    let prefix = match (kind, spec.alternate) {
        ('o', true) => "0o",
        ('x', true) => "0x",
        ('X', true) => "0X",
        _ => "",
    };
    let prefix = sign(negative, spec).to_owned() + prefix;
    Ok(pad(&prefix, &("0".repeat(zeros) + &digits), spec, true))
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn pad(prefix: &str, digits: &str, spec: &Spec, numeric: bool) -> String {
    let width = spec.width.saturating_sub(text::length(prefix) + text::length(digits));
    if spec.left {
        format!("{prefix}{digits}{}", " ".repeat(width))
    } else if spec.zero && numeric {
        format!("{prefix}{}{digits}", "0".repeat(width))
    } else {
        format!("{}{prefix}{digits}", " ".repeat(width))
    }
}
