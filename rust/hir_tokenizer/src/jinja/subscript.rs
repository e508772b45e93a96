//! `object.name`, `object[index]` and slices.

use std::sync::Arc;

use super::error::{type_error, value_error, Kind, Result};
use super::interp::Interp;
use super::methods;
use super::number;
use super::ops::{len, like, undefined_fails};
use super::text;
use super::value::{Range, Value};

fn missing(object: &Value, name: &Value, interp: &Interp) -> Result<Value> {
    let kind = match object {
        Value::None => "None".to_owned(),
        _ => format!("{} object", object.type_name()),
    };
    Ok(Value::undefined(match name.as_str() {
        Some(name) => format!("'{kind}' has no attribute '{name}'"),
        None => match interp.repr(name) {
            Ok(name) => format!("{kind} has no element {name}"),
            Err(_) => format!("{kind} has no element of type {}", name.type_name()),
        },
    }))
}

/// `object.name`: an attribute of the type, else an item.
pub fn get_attr(interp: &Interp, object: &Value, name: &Arc<str>) -> Result<Value> {
    if let Some(value) = methods::attribute(interp, object, name)? {
        return Ok(value);
    }
    undefined_fails(object)?;
    if let Value::Dict(dict) = object {
        if let Some(value) = dict.get(name) {
            return Ok(value.clone());
        }
    }
    missing(object, &Value::Str(name.clone()), interp)
}

/// `object[name]`: an item, else an attribute of the type.
pub fn get_item(interp: &Interp, object: &Value, name: &Value) -> Result<Value> {
    undefined_fails(object)?;
    match item(interp, object, name) {
        Ok(Some(value)) => return Ok(value),
        Ok(None) => {}
        Err(error) if matches!(error.kind, Kind::Type | Kind::Lookup) => {}
        Err(error) => return Err(error),
    }
    if let Some(name) = name.as_arc() {
        if let Some(value) = methods::attribute(interp, object, name)? {
            return Ok(value);
        }
    }
    missing(object, name, interp)
}

fn item(interp: &Interp, object: &Value, name: &Value) -> Result<Option<Value>> {
    if let Value::Dict(dict) = object {
        return Ok(dict.entries.get(&name.key()?).map(|(_, value)| value.clone()));
    }
    let (Some(index), Some(length)) = (number::index(name), len(object)) else { return Ok(None) };
    if matches!(object, Value::View(..)) {
        return Ok(None);
    }
    let at = if index < 0 { index.saturating_add(length as i64) } else { index };
    if at < 0 || at >= length as i64 {
        return Ok(None);
    }
    let at = at as usize;
    Ok(match object {
        Value::Str(text) | Value::Markup(text) => {
            interp.budget.bytes(if text.is_ascii() { 1 } else { text.len() })?;
            let start = text::offset(text, at);
            let found = &text[start..text::offset(text, at + 1)];
            Some(like(object, found))
        }
        Value::Range(range) => Some(range.get(at)),
        _ => object.items().and_then(|items| items.get(at)).cloned(),
    })
}

/// object[start:stop:step].
pub fn slice(interp: &Interp, object: &Value, parts: [Option<Value>; 3]) -> Result<Value> {
    undefined_fails(object)?;
    let length = match object {
        Value::Dict(_) => return type_error("unhashable type: 'slice'"),
        Value::View(..) => None,
        _ => len(object),
    };
    let Some(length) = length else {
        return type_error(format!("'{}' object is not subscriptable", object.type_name()));
    };
    let [start, stop, step] = parts.map(|part| match part {
        None | Some(Value::None) => Ok(None),
        Some(value) => match number::index(&value) {
            Some(index) => Ok(Some(index)),
            None => type_error("slice indices must be integers or None or have an __index__ method"),
        },
    });
    let (start, stop, step) = (start?, stop?, step?.unwrap_or(1));
    if step == 0 {
        return value_error("slice step cannot be zero");
    }
    let range = slice_range(length as i64, start, stop, step.max(-i64::MAX));
    interp.budget.steps(range.len() / 8)?;
    let indices = (0..range.len()).map(|at| (range.start + range.step * at as i64) as usize);
    Ok(match object {
        Value::Str(whole) | Value::Markup(whole) => {
            interp.budget.bytes(whole.len())?;
            if range.step == 1 || range.len() < 2 {
                let first = range.start.max(0) as usize;
                let from = text::offset(whole, first);
                like(object, &whole[from..text::offset(whole, first + range.len()).max(from)])
            } else {
                let chars: Vec<char> = whole.chars().collect();
                like(object, &indices.map(|at| chars[at]).collect::<String>())
            }
        }
        Value::Range(whole) => Value::Range(Range {
            start: whole.start.saturating_add(whole.step.saturating_mul(range.start)),
            stop: whole.start.saturating_add(whole.step.saturating_mul(range.stop)),
            step: whole.step.saturating_mul(range.step),
        }),
        _ => {
            let items = object.items().unwrap_or_default();
            let chosen = indices.map(|at| items[at].clone()).collect();
            match object {
                Value::List(_) => Value::list(chosen)?,
                _ => Value::tuple(chosen)?,
            }
        }
    })
}

fn slice_range(length: i64, start: Option<i64>, stop: Option<i64>, step: i64) -> Range {
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |index: i64| {
        let index = if index < 0 { index.saturating_add(length) } else { index };
        index.clamp(low, high)
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    Range { start: start.map_or(first, clamp), stop: stop.map_or(last, clamp), step }
}
