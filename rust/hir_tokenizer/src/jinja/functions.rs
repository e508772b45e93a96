//! The functions that every template can call.

use std::cell::Cell;
use std::fmt::Write;

use chrono::{DateTime, Local, Utc};

use super::args::{int, text, Args};
use super::error::{other_error, type_error, unsupported, value_error, Error, Kind, Result};
use super::interp::{insert, Interp};
use super::object::{Entries, Object};
use super::value::{Range, Seq, Value};

const NAMES: [&str; 7] =
    ["range", "dict", "cycler", "joiner", "namespace", "raise_exception", "strftime_now"];
/// A function of Jinja2 that makes random text; refused.
pub const UNSUPPORTED: [&str; 1] = ["lipsum"];

/// The longest range that the sandbox allows.
const MAX_RANGE: usize = 100_000;

pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

pub fn find(name: &str) -> Option<Value> {
    let name = NAMES.into_iter().find(|known| *known == name)?;
    Some(Value::object(Object::Function(name)))
}

pub fn call(interp: &Interp, name: &str, args: Args) -> Result<Value> {
    match name {
        "range" => range(args),
        "dict" => {
            let entries = entries(interp, args)?;
            Ok(Value::Dict(super::value::Dict::new(entries)?))
        }
        "namespace" => interp.namespace(entries(interp, args)?),
        "cycler" => {
            if !args.named.is_empty() {
                return type_error("Cycler() takes no keyword arguments");
            }
            if args.positional.is_empty() {
                return other_error("at least one item has to be provided");
            }
            let items = Seq::new(args.positional)?;
            flat(Value::object(Object::Cycler(items, Cell::new(0))))
        }
        "joiner" => {
            let [separator] = args.bind("joiner", ["sep"], 0)?;
            let separator = separator.unwrap_or_else(|| Value::str(", "));
            flat(Value::object(Object::Joiner(separator, Cell::new(false))))
        }
        "raise_exception" => {
            let [message] = args.bind(name, ["message"], 1)?;
            other_error(interp.to_str(&message.unwrap_or(Value::None))?)
        }
        _ => strftime_now(interp, args),
    }
}

/// Objects that hold others are bounded in depth as lists are.
fn flat(value: Value) -> Result<Value> {
    if value.nesting() > 100 {
        return other_error("the template nests values too deeply");
    }
    Ok(value)
}

fn range(args: Args) -> Result<Value> {
    let [first, second, third] = args.unnamed("range", 1)?;
    let bound = |value: &Option<Value>, default: i64| -> Result<i64> {
        match value {
            Some(Value::Undefined(_)) => type_error("'Undefined' object cannot be interpreted as an integer"),
            Some(value) => int(value),
            None => Ok(default),
        }
    };
    let range = match second {
        None => Range { start: 0, stop: bound(&first, 0)?, step: 1 },
        second => Range { start: bound(&first, 0)?, stop: bound(&second, 0)?, step: bound(&third, 1)? },
    };
    if range.step == 0 {
        return value_error("range() arg 3 must not be zero");
    }
    let huge = [range.start, range.stop, range.step].into_iter().any(|bound| bound.unsigned_abs() > 1 << 60);
    if huge || range.len() > MAX_RANGE {
        return Err(Error::new(
            Kind::Overflow,
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).",
        ));
    }
    Ok(Value::Range(range))
}

/// dict(mapping or pairs, **named).
fn entries(interp: &Interp, mut args: Args) -> Result<Entries> {
    let named = std::mem::take(&mut args.named);
    let [start] = args.unnamed("dict", 0)?;
    let mut entries = Entries::new();
    match start {
        None => {}
        Some(Value::Dict(dict)) => {
            interp.budget.steps(dict.entries.len())?;
            entries = dict.entries.clone();
        }
        Some(Value::Undefined(message)) => return other_error(&*message),
        Some(pairs) => {
            for pair in interp.collect(&pairs)? {
                match interp.collect(&pair)?.as_slice() {
                    [key, value] => insert(&mut entries, key.clone(), value.clone())?,
                    _ => return value_error("dictionary update sequence elements need length 2"),
                }
            }
        }
    }
    for (name, value) in named {
        insert(&mut entries, Value::Str(name), value)?;
    }
    Ok(entries)
}

fn strftime_now(interp: &Interp, args: Args) -> Result<Value> {
    let [format] = args.bind("strftime_now", ["format"], 1)?;
    let format = format.unwrap_or(Value::None);
    let format = text(&format, "strftime_now")?;
    interp.budget.scan(format.len().saturating_mul(32))?;
    let format = &chrono_format(format)?;
    let mut out = String::new();
    let written = match DateTime::<Utc>::from_timestamp(interp.now, 0) {
        Some(time) if interp.now >= 0 => write!(out, "{}", time.naive_utc().format(format)),
        _ => write!(out, "{}", Local::now().naive_local().format(format)),
    };
    match written {
        Ok(()) => Ok(Value::str(out)),
        Err(_) => unsupported(format!("strftime_now with {format:?} is not supported")),
    }
}

/// The format with what Python means by it; datetime.now() has no time zone.
pub fn chrono_format(format: &str) -> Result<String> {
    let mut out = String::with_capacity(format.len());
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut letter = chars.next();
        let flag = letter.filter(|flag| "-_0".contains(*flag));
        if flag.is_some() {
            letter = chars.next();
        }
        match letter {
            Some('z' | 'Z') => {}
            Some('f') if flag.is_none() => out.push_str("%6f"),
            Some(letter) if "aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyY%".contains(letter) => {
                out.push('%');
                // Names take no flags.
                out.extend(flag.filter(|_| "CdegGHIjklmMSuUVwWyY".contains(letter)));
                out.push(letter);
            }
            _ => return unsupported(format!("strftime_now with {format:?} is not supported")),
        }
    }
    Ok(out)
}
