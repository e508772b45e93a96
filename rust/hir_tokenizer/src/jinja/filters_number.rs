//! Filters that make or change numbers.

use super::args::{int, Args};
use super::ast::Binary;
use super::error::{other_error, type_error, value_error, Kind, Result};
use super::format_number::float_digits;
use super::interp::Interp;
use super::number::{self, number, Number};
use super::ops;
use super::value::Value;

pub fn to_int(value: &Value, args: Args) -> Result<Value> {
    let [default, base] = args.bind("int", ["default", "base"], 0)?;
    let default = default.unwrap_or(Value::Int(0));
    let base = base.unwrap_or(Value::Int(10));
    let first = match value.as_str() {
        Some(text) => int(&base).and_then(|base| number::parse_int(text, base)),
        None => int_of(value),
    };
    match first {
        Err(error) if matches!(error.kind, Kind::Type | Kind::Value) => {}
        other => return other,
    }
    let second = match value.as_str() {
        Some(text) => number::parse_float(text)
            .map_or_else(|| type_error("no number"), number::int_of_float),
        None => int_of(value),
    };
    match second {
        Err(error) if matches!(error.kind, Kind::Type | Kind::Value | Kind::Overflow) => Ok(default),
        other => other,
    }
}

/// int(value) of anything but a text.
fn int_of(value: &Value) -> Result<Value> {
    ops::undefined_fails(value)?;
    match number(value) {
        Some(Number::Int(value)) => Ok(number::int(value)),
        Some(Number::Float(value)) => number::int_of_float(value),
        None => type_error(format!("int() argument must be a number, not '{}'", value.type_name())),
    }
}

fn float_of(value: &Value) -> Result<f64> {
    ops::undefined_fails(value)?;
    match (value.as_str(), number(value)) {
        (Some(text), _) => match number::parse_float(text) {
            Some(value) => Ok(value),
            None => value_error(format!("could not convert string to float: '{text}'")),
        },
        (_, Some(number)) => number::float_of(&number),
        _ => type_error(format!("float() argument must be a number, not '{}'", value.type_name())),
    }
}

pub fn to_float(value: &Value, args: Args) -> Result<Value> {
    let [default] = args.bind("float", ["default"], 0)?;
    match float_of(value) {
        Ok(value) => Ok(Value::Float(value)),
        Err(error) if matches!(error.kind, Kind::Type | Kind::Value) => {
            Ok(default.unwrap_or(Value::Float(0.0)))
        }
        Err(error) => Err(error),
    }
}

pub fn round(value: &Value, args: Args) -> Result<Value> {
    let [precision, method] = args.bind("round", ["precision", "method"], 0)?;
    let method = method.unwrap_or_else(|| Value::str("common"));
    ops::undefined_fails(value)?;
    match method.as_str() {
        Some("common") => match precision {
            Some(Value::None) => match number(value) {
                Some(Number::Float(value)) => number::round_whole(value).map(number::int),
                _ => number::round(value, 0),
            },
            precision => number::round(value, precision.map_or(Ok(0), |precision| int(&precision))?),
        },
        Some(kind @ ("ceil" | "floor")) => {
            let Some(subject) = number(value) else {
                return type_error(format!("must be real number, not {}", value.type_name()));
            };
            let precision = precision.unwrap_or(Value::Int(0));
            let Some(power) = number(&precision) else {
                return type_error("unsupported operand type(s) for **");
            };
            let scale = number::arithmetic(Binary::Pow, &Number::Int(10.into()), &power)?;
            let scale = number(&scale).unwrap_or(Number::Float(1.0));
            let scaled = number::arithmetic(Binary::Mul, &subject, &scale)?;
            let whole = match number(&scaled) {
                Some(Number::Float(scaled)) => {
                    number::int_of_float(if kind == "ceil" { scaled.ceil() } else { scaled.floor() })?
                }
                _ => scaled,
            };
            let whole = number(&whole).unwrap_or(Number::Float(0.0));
            number::arithmetic(Binary::Div, &whole, &scale)
        }
        _ => other_error("method must be common, ceil or floor"),
    }
}

pub fn file_size(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [binary] = args.bind("filesizeformat", ["binary"], 0)?;
    let binary = binary.is_some_and(|binary| binary.truth());
    let bytes = float_of(value)?;
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    if bytes == 1.0 {
        return Ok(Value::str("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::str(interp.repr(&number::int_of_float(bytes)?)? + " Bytes"));
    }
    let infix = if binary { "i" } else { "" };
    let letters = if binary { "KMGTPEZY" } else { "kMGTPEZY" };
    let mut unit = base;
    for (at, letter) in letters.chars().enumerate() {
        unit *= base;
        if bytes < unit || at == 7 {
            let digits = float_digits(base * bytes / unit, 'f', 1, false);
            return Ok(Value::str(format!("{digits} {letter}{infix}B")));
        }
    }
    Ok(Value::None)
}
