//! Operators: comparison, membership, and arithmetic on every type.

use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::{Binary, Compare};
use super::error::{other_error, type_error, unsupported, Result};
use super::interp::Interp;
use super::iter::Iter;
use super::number::{self, number};
use super::object::Object;
use super::percent;
use super::text;
use super::value::{Value, View};

/// len(value); None if it has no length.
pub fn len(value: &Value) -> Option<usize> {
    Some(match value {
        Value::Undefined(_) => 0,
        Value::Str(text) | Value::Markup(text) => text::length(text),
        Value::List(seq) | Value::Tuple(seq) => seq.items.len(),
        Value::Dict(dict) | Value::View(_, dict) => dict.entries.len(),
        Value::Range(range) => range.len(),
        _ => return None,
    })
}

/// Python's `is`, as far as it doesn't depend on how Python stores texts and numbers.
pub fn same(interp: &Interp, left: &Value, right: &Value) -> Result<bool> {
    Ok(match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) if left != right || (-5..=256).contains(left) => {
            left == right
        }
        (Value::List(left), Value::List(right)) => Rc::ptr_eq(left, right),
        (Value::Dict(left), Value::Dict(right)) => Rc::ptr_eq(left, right),
        (Value::Object(_), Value::Object(_)) => equal(interp, left, right)?,
        (Value::Iter(left), Value::Iter(right)) => Rc::ptr_eq(left, right),
        _ if std::mem::discriminant(left) != std::mem::discriminant(right) => false,
        _ if !left.is_undefined() && !equal(interp, left, right)? => false,
        _ => {
            return unsupported(format!(
                "whether two equal values of type {} are the same one (sameas) is not defined",
                left.type_name()
            ))
        }
    })
}

pub fn equal(interp: &Interp, left: &Value, right: &Value) -> Result<bool> {
    let _level = interp.budget.level()?;
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        interp.budget.bytes(left.len().min(right.len()) / 16)?;
        return Ok(left == right);
    }
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(number::compare(&left, &right) == Some(Ordering::Equal));
    }
    Ok(match (left, right) {
        (Value::Undefined(_), Value::Undefined(_)) | (Value::None, Value::None) => true,
        (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
            left.items.len() == right.items.len()
                && first_difference(interp, &left.items, &right.items)?.is_none()
        }
        (Value::Dict(left), Value::Dict(right)) => {
            if left.entries.len() != right.entries.len() {
                return Ok(false);
            }
            for (key, (_, value)) in &left.entries {
                match right.entries.get(key) {
                    Some((_, other)) if equal(interp, value, other)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Value::View(View::Keys, left), Value::View(View::Keys, right)) => {
            left.entries.len() == right.entries.len()
                && left.entries.keys().all(|key| right.entries.contains_key(key))
        }
        (Value::View(View::Items, left), Value::View(View::Items, right)) => {
            equal(interp, &Value::Dict(left.clone()), &Value::Dict(right.clone()))?
        }
        (Value::View(View::Values, _), Value::View(..)) | (Value::View(..), Value::View(View::Values, _)) => {
            false
        }
        (Value::View(..), Value::View(..)) => len(left) == len(right) && is_part(interp, left, right, false)?,
        (Value::Range(left), Value::Range(right)) => {
            left.len() == right.len()
                && (left.len() == 0 || left.start == right.start)
                && (left.len() < 2 || left.step == right.step)
        }
        (Value::Iter(left), Value::Iter(right)) => Rc::ptr_eq(left, right),
        (Value::Object(left), Value::Object(right)) => match (&**left, &**right) {
            (Object::Function(left), Object::Function(right)) => left == right,
            (Object::Method(_, left), Object::Method(_, right)) if left == right => {
                return unsupported(format!("comparing the method '{left}' with itself is not supported"))
            }
            _ => Rc::ptr_eq(left, right),
        },
        _ => false,
    })
}

/// Whether every item of one view of a dict is in another, as Python compares sets.
fn is_part(interp: &Interp, part: &Value, whole: &Value, smaller: bool) -> Result<bool> {
    if len(part) > len(whole) || smaller && len(part) == len(whole) {
        return Ok(false);
    }
    for item in interp.collect(part)? {
        if !contains(interp, whole, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn first_difference(interp: &Interp, left: &[Value], right: &[Value]) -> Result<Option<usize>> {
    for (at, (left, right)) in left.iter().zip(right).enumerate() {
        if !equal(interp, left, right)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// <, <=, > and >=.
pub fn ordered(interp: &Interp, operator: Compare, left: &Value, right: &Value) -> Result<bool> {
    let _level = interp.budget.level()?;
    undefined_fails(left)?;
    undefined_fails(right)?;
    let ordering = if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        interp.budget.bytes(left.len().min(right.len()) / 16)?;
        Some(left.cmp(right))
    } else if let (Some(left), Some(right)) = (number(left), number(right)) {
        number::compare(&left, &right)
    } else {
        match (left, right) {
            (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
                if let Some(at) = first_difference(interp, &left.items, &right.items)? {
                    return ordered(interp, operator, &left.items[at], &right.items[at]);
                }
                Some(left.items.len().cmp(&right.items.len()))
            }
            (Value::View(View::Keys | View::Items, _), Value::View(View::Keys | View::Items, _)) => {
                return match operator {
                    Compare::Lt | Compare::Le => is_part(interp, left, right, operator == Compare::Lt),
                    _ => is_part(interp, right, left, operator == Compare::Gt),
                }
            }
            _ => {
                return type_error(format!(
                    "order not supported between instances of '{}' and '{}'",
                    left.type_name(),
                    right.type_name()
                ))
            }
        }
    };
    Ok(match (operator, ordering) {
        (_, None) => false,
        (Compare::Lt, Some(ordering)) => ordering.is_lt(),
        (Compare::Le, Some(ordering)) => ordering.is_le(),
        (Compare::Gt, Some(ordering)) => ordering.is_gt(),
        (_, Some(ordering)) => ordering.is_ge(),
    })
}

pub fn compare(interp: &Interp, operator: Compare, left: &Value, right: &Value) -> Result<bool> {
    match operator {
        Compare::Eq => equal(interp, left, right),
        Compare::Ne => Ok(!equal(interp, left, right)?),
        Compare::In => contains(interp, right, left),
        Compare::NotIn => Ok(!contains(interp, right, left)?),
        _ => ordered(interp, operator, left, right),
    }
}

/// `item in container`.
pub fn contains(interp: &Interp, container: &Value, item: &Value) -> Result<bool> {
    match container {
        Value::Str(text) | Value::Markup(text) => match item.as_str() {
            Some(part) => {
                interp.budget.bytes(text.len() / 4)?;
                Ok(text.contains(part))
            }
            None => type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                item.type_name()
            )),
        },
        Value::Dict(dict) | Value::View(View::Keys, dict) => Ok(dict.entries.contains_key(&item.key()?)),
        _ => {
            let mut iter = match Iter::over(container) {
                Ok(iter) => iter,
                Err(_) => {
                    return type_error(format!(
                        "argument of type '{}' is not iterable",
                        container.type_name()
                    ))
                }
            };
            while let Some(other) = iter.next(interp)? {
                interp.budget.steps(1)?;
                if equal(interp, &other, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

pub fn undefined_fails(value: &Value) -> Result<()> {
    match value {
        Value::Undefined(message) => other_error(&**message),
        _ => Ok(()),
    }
}

fn symbol(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "+",
        Binary::Sub => "-",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::FloorDiv => "//",
        Binary::Mod => "%",
        Binary::Pow => "**",
    }
}

pub fn binary(interp: &Interp, operator: Binary, left: &Value, right: &Value) -> Result<Value> {
    if let (Binary::Mod, Some(format)) = (operator, left.as_str()) {
        let escapes = matches!(left, Value::Markup(_));
        let result = percent::format(interp, format, right, escapes)?;
        return Ok(if escapes { Value::Markup(result.into()) } else { Value::str(result) });
    }
    undefined_fails(left)?;
    undefined_fails(right)?;
    if let (Some(left_number), Some(right_number)) = (number(left), number(right)) {
        interp.budget.steps(number::work(left, right))?;
        return number::arithmetic(operator, &left_number, &right_number);
    }
    match operator {
        Binary::Add => add(interp, left, right),
        Binary::Mul => multiply(interp, left, right),
        _ => None,
    }
    .unwrap_or_else(|| {
        type_error(format!(
            "unsupported operand type(s) for {}: '{}' and '{}'",
            symbol(operator),
            left.type_name(),
            right.type_name()
        ))
    })
}

fn add(interp: &Interp, left: &Value, right: &Value) -> Option<Result<Value>> {
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        return Some(interp.budget.bytes(a.len() + b.len()).map(|()| match (left, right) {
            (Value::Str(_), Value::Str(_)) => Value::str([a, b].concat()),
            (Value::Markup(_), Value::Markup(_)) => Value::Markup([a, b].concat().into()),
            (Value::Markup(_), _) => Value::Markup([a, &text::escape(b)].concat().into()),
            _ => Value::Markup([&text::escape(a), b].concat().into()),
        }));
    }
    let (a, b) = (left.items()?, right.items()?);
    let joined = || [a, b].concat();
    let counted = interp.budget.steps(a.len() + b.len());
    match (left, right) {
        (Value::List(_), Value::List(_)) => Some(counted.and_then(|()| Value::list(joined()))),
        (Value::Tuple(_), Value::Tuple(_)) => Some(counted.and_then(|()| Value::tuple(joined()))),
        _ => None,
    }
}

fn multiply(interp: &Interp, left: &Value, right: &Value) -> Option<Result<Value>> {
    let (sequence, count) = match (number::index(left), number::index(right)) {
        (None, Some(count)) => (left, count),
        (Some(count), None) => (right, count),
        _ => return None,
    };
    let count = usize::try_from(count).unwrap_or(0);
    if let Some(text) = sequence.as_str() {
        let counted = interp.budget.bytes(text.len().saturating_mul(count));
        return Some(counted.map(|()| match sequence {
            Value::Markup(_) => Value::Markup(text.repeat(count).into()),
            _ => Value::str(text.repeat(count)),
        }));
    }
    let items = sequence.items()?;
    let repeated = interp.budget.steps(items.len().saturating_mul(count)).map(|()| {
        let mut all = Vec::with_capacity(items.len() * count);
        (0..count).for_each(|_| all.extend_from_slice(items));
        all
    });
    Some(match sequence {
        Value::List(_) => repeated.and_then(Value::list),
        _ => repeated.and_then(Value::tuple),
    })
}

/// A text of the same type as `original`.
pub fn like(original: &Value, text: &str) -> Value {
    match original {
        Value::Markup(_) => Value::Markup(text.into()),
        _ => Value::str(text),
    }
}
