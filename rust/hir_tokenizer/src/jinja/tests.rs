//! Jinja2's tests.

use super::args::Args;
use super::ast::{Binary, Compare};
use super::error::{other_error, Kind, Result};
use super::filters;
use super::interp::Interp;
use super::iter::Iter;
use super::object::Object;
use super::ops;
use super::str_methods;
use super::text;
use super::value::Value;

const NAMES: [&str; 39] = [
    "odd", "even", "divisibleby", "defined", "undefined", "filter", "test", "none", "boolean", "false",
    "true", "integer", "float", "lower", "upper", "string", "mapping", "number", "sequence", "iterable",
    "callable", "sameas", "escaped", "in", "==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan",
    "ge", ">=", "<", "lt", "lessthan", "<=", "le",
];

pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Err where iter(value) raises a TypeError.
pub fn iterable(value: &Value) -> Result<()> {
    match value {
        Value::Object(object) if matches!(&**object, Object::Loop(_)) => Ok(()),
        _ => Iter::over(value).map(|_| ()),
    }
}

pub fn call(interp: &Interp, name: &str, value: &Value, args: Args) -> Result<bool> {
    interp.budget.steps(1)?;
    let comparison = match name {
        "==" | "eq" | "equalto" => Some(Compare::Eq),
        "!=" | "ne" => Some(Compare::Ne),
        ">" | "gt" | "greaterthan" => Some(Compare::Gt),
        ">=" | "ge" => Some(Compare::Ge),
        "<" | "lt" | "lessthan" => Some(Compare::Lt),
        "<=" | "le" => Some(Compare::Le),
        _ => None,
    };
    if let Some(operator) = comparison {
        let [other] = args.unnamed(name, 1)?;
        return ops::compare(interp, operator, value, &other.unwrap_or(Value::None));
    }
    match name {
        "divisibleby" => {
            let [number] = args.bind(name, ["num"], 1)?;
            rest_is(interp, value, &number.unwrap_or(Value::None), 0)
        }
        "sameas" => {
            let [other] = args.bind(name, ["other"], 1)?;
            ops::same(interp, value, &other.unwrap_or(Value::None))
        }
        "in" => {
            let [container] = args.bind(name, ["seq"], 1)?;
            ops::contains(interp, &container.unwrap_or(Value::None), value)
        }
        _ => {
            args.bind::<0>(name, [], 0)?;
            plain(interp, name, value)
        }
    }
}

fn hashable(value: &Value) -> Result<()> {
    match value.key() {
        Err(error) if error.kind == Kind::Type => Err(error),
        _ => Ok(()),
    }
}

fn rest_is(interp: &Interp, value: &Value, divisor: &Value, wanted: i64) -> Result<bool> {
    let rest = ops::binary(interp, Binary::Mod, value, divisor)?;
    ops::equal(interp, &rest, &Value::Int(wanted))
}

fn plain(interp: &Interp, name: &str, value: &Value) -> Result<bool> {
    Ok(match name {
        "odd" => rest_is(interp, value, &Value::Int(2), 1)?,
        "even" => rest_is(interp, value, &Value::Int(2), 0)?,
        "defined" => !value.is_undefined(),
        "undefined" => value.is_undefined(),
        "filter" => {
            hashable(value)?;
            value.as_str().is_some_and(|name| filters::is_known(name) || filters::UNSUPPORTED.contains(&name))
        }
        "test" => {
            hashable(value)?;
            value.as_str().is_some_and(is_known)
        }
        "none" => matches!(value, Value::None),
        "boolean" => matches!(value, Value::Bool(_)),
        "false" => matches!(value, Value::Bool(false)),
        "true" => matches!(value, Value::Bool(true)),
        "integer" => matches!(value, Value::Int(_) | Value::Big(_)),
        "float" => matches!(value, Value::Float(_)),
        "lower" | "upper" => {
            let subject = interp.to_str(value)?;
            interp.budget.scan(subject.len())?;
            str_methods::is_cased(&subject, if name == "lower" { text::is_lower } else { text::is_upper })
        }
        "string" => value.as_str().is_some(),
        "mapping" => matches!(value, Value::Dict(_)),
        "number" => matches!(value, Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_)),
        "sequence" => ops::len(value).is_some() && !matches!(value, Value::View(..)),
        "iterable" => iterable(value).is_ok(),
        "callable" => match value {
            Value::Undefined(_) => true,
            Value::Object(object) => !matches!(&**object, Object::Namespace(_) | Object::Cycler(..)),
            _ => false,
        },
        "escaped" => matches!(value, Value::Markup(_)),
        _ => return other_error(format!("No test named '{name}'.")),
    })
}
