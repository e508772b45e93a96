//! Attributes and methods of Python's types, as far as the immutable sandbox gives them.

use std::rc::Rc;
use std::sync::Arc;

use super::args::{int_or, Args};
use super::error::{other_error, type_error, unsupported, value_error, Result};
use super::interp::Interp;
use super::iter::Iter;
use super::number;
use super::object::Object;
use super::ops;
use super::str_methods;
use super::value::{Dict, Value, View};

const LIST: [&str; 3] = ["index", "count", "copy"];
const LIST_CHANGES: [&str; 8] =
    ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
const TUPLE: [&str; 2] = ["index", "count"];
const DICT: [&str; 6] = ["get", "items", "keys", "values", "copy", "fromkeys"];
const DICT_CHANGES: [&str; 5] = ["clear", "pop", "popitem", "setdefault", "update"];
const INT: [&str; 4] = ["bit_length", "bit_count", "conjugate", "as_integer_ratio"];
const FLOAT: [&str; 3] = ["is_integer", "conjugate", "as_integer_ratio"];
const LOOP: [&str; 2] = ["cycle", "changed"];
const CYCLER: [&str; 2] = ["next", "reset"];

/// Methods and attributes of Python's types that are not implemented here.
const UNSUPPORTED: [(&str, &[&str]); 7] = [
    ("str", &["encode", "maketrans", "translate"]),
    ("Markup", &["encode", "maketrans", "translate"]),
    ("int", &["to_bytes", "from_bytes"]),
    ("float", &["hex", "fromhex"]),
    ("generator", &["send", "throw", "close", "gi_code", "gi_frame", "gi_running", "gi_yieldfrom"]),
    ("dict_keys", &["isdisjoint", "mapping"]),
    ("dict_items", &["isdisjoint", "mapping"]),
];

/// Attributes that every object has, and that the sandbox hides.
const HIDDEN: [&str; 25] = [
    "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__",
    "__getattribute__", "__getstate__", "__gt__", "__hash__", "__init__", "__init_subclass__",
    "__le__", "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__",
    "__setattr__", "__sizeof__", "__str__", "__subclasshook__", "__len__",
];

/// Whether a method of that name exists for any value, which is what can be told before rendering.
pub fn is_known(name: &str) -> bool {
    [&LIST[..], &LIST_CHANGES, &TUPLE, &DICT, &DICT_CHANGES, &INT, &FLOAT, &LOOP, &CYCLER]
        .iter()
        .any(|names| names.contains(&name))
        || str_methods::find(name).is_some()
        || str_methods::find_markup(name).is_some()
        || name.starts_with('_')
}

/// Whether Python has a method of that name that is not implemented here.
pub fn is_unsupported(name: &str) -> bool {
    UNSUPPORTED.iter().any(|(_, names)| names.contains(&name)) && !is_known(name)
}

fn unsafe_access(object: &Value, name: &str) -> Value {
    let kind = object.type_name();
    Value::undefined(format!("access to attribute '{name}' of '{kind}' object is unsafe."))
}

fn find(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|known| **known == name).copied()
}

/// getattr(object, name) in the sandbox; None if the type has no such attribute.
pub fn attribute(interp: &Interp, object: &Value, name: &Arc<str>) -> Result<Option<Value>> {
    let method = |found: Option<&'static str>| {
        found.map(|name| Value::object(Object::Method(object.clone(), name)))
    };
    if name.starts_with("__") && HIDDEN.contains(&&**name) {
        return Ok(Some(unsafe_access(object, name)));
    }
    let kind = object.type_name();
    if UNSUPPORTED.iter().any(|(of, names)| *of == kind && names.contains(&&**name)) {
        return unsupported(format!("the method '{name}' of {kind} is not supported"));
    }
    Ok(match object {
        Value::Undefined(message) => return other_error(&**message),
        Value::Str(_) => method(str_methods::find(name)),
        Value::Markup(_) => {
            method(str_methods::find(name).or_else(|| str_methods::find_markup(name)))
        }
        Value::List(_) if LIST_CHANGES.contains(&&**name) => Some(unsafe_access(object, name)),
        Value::Dict(_) if DICT_CHANGES.contains(&&**name) => Some(unsafe_access(object, name)),
        Value::List(_) => method(find(&LIST, name)),
        Value::Dict(_) => method(find(&DICT, name)),
        Value::Tuple(seq) => match &**name {
            "grouper" if seq.group => seq.items.first().cloned(),
            "list" if seq.group => seq.items.get(1).cloned(),
            _ => method(find(&TUPLE, name)),
        },
        Value::Bool(_) | Value::Int(_) | Value::Big(_) => match &**name {
            "real" | "numerator" => Some(number::negate(object).and_then(|n| number::negate(&n)).unwrap_or(Value::None)),
            "imag" => Some(Value::Int(0)),
            "denominator" => Some(Value::Int(1)),
            _ => method(find(&INT, name)),
        },
        Value::Float(_) => match &**name {
            "real" => Some(object.clone()),
            "imag" => Some(Value::Float(0.0)),
            _ => method(find(&FLOAT, name)),
        },
        Value::Range(range) => match &**name {
            "start" => Some(Value::Int(range.start)),
            "stop" => Some(Value::Int(range.stop)),
            "step" => Some(Value::Int(range.step)),
            _ => method(find(&TUPLE, name)),
        },
        Value::Object(inner) => match &**inner {
            Object::Namespace(entries) => {
                let entries = entries.borrow();
                let found = entries.get(&super::value::Key::Str(name.clone()));
                found.map(|(_, value)| value.clone()).map(|value| {
                    if name.starts_with('_') { unsafe_access(object, name) } else { value }
                })
            }
            Object::Loop(state) => match state.attribute(interp, name)? {
                Some(value) => Some(value),
                None => method(find(&LOOP, name)),
            },
            Object::Cycler(items, at) => match &**name {
                "items" => Some(Value::Tuple(items.clone())),
                "pos" => Some(Value::Int(at.get() as i64)),
                "current" => items.items.get(at.get()).cloned(),
                _ => method(find(&CYCLER, name)),
            },
            Object::Joiner(separator, used) => match &**name {
                "sep" => Some(separator.clone()),
                "used" => Some(Value::Bool(used.get())),
                _ => None,
            },
            Object::Macro(value) => match &**name {
                "name" if value.node.name.is_empty() => Some(Value::None),
                "name" => Some(Value::Str(value.node.name.clone())),
                "arguments" => {
                    let names = value.node.parameters.iter().cloned().map(Value::Str);
                    Some(Value::tuple(names.collect())?)
                }
                "catch_kwargs" => Some(Value::Bool(value.node.kwargs)),
                "catch_varargs" => Some(Value::Bool(value.node.varargs)),
                "caller" => Some(Value::Bool(value.node.caller)),
                "explicit_caller" => {
                    Some(Value::Bool(value.node.parameters.iter().any(|name| &**name == "caller")))
                }
                _ => None,
            },
            Object::Method(..) | Object::Function(_) => None,
        },
        _ => None,
    })
}

pub fn call(interp: &Interp, receiver: &Value, name: &'static str, args: Args) -> Result<Value> {
    match receiver {
        Value::Str(_) | Value::Markup(_) => str_methods::call(interp, receiver, name, args),
        Value::Dict(dict) => call_dict(interp, dict, name, args),
        Value::List(_) | Value::Tuple(_) | Value::Range(_) => call_sequence(interp, receiver, name, args),
        Value::Object(object) => call_object(interp, object, name, args),
        _ => call_number(receiver, name, args),
    }
}

fn call_dict(interp: &Interp, dict: &Rc<Dict>, name: &str, args: Args) -> Result<Value> {
    if name == "get" {
        let [key, default] = args.unnamed("get", 1)?;
        let key = key.unwrap_or(Value::None).key()?;
        let found = dict.entries.get(&key).map(|(_, value)| value.clone());
        return Ok(found.or(default).unwrap_or(Value::None));
    }
    if name == "fromkeys" {
        let [keys, value] = args.unnamed("fromkeys", 1)?;
        let keys = interp.collect(&keys.unwrap_or(Value::None))?;
        let value = value.unwrap_or(Value::None);
        return interp.dict(keys.into_iter().map(|key| (key, value.clone())).collect());
    }
    args.unnamed::<0>(name, 0)?;
    Ok(match name {
        "items" => Value::View(View::Items, dict.clone()),
        "keys" => Value::View(View::Keys, dict.clone()),
        "values" => Value::View(View::Values, dict.clone()),
        _ => {
            interp.budget.steps(dict.entries.len())?;
            Value::Dict(Dict::new(dict.entries.clone())?)
        }
    })
}

fn call_sequence(interp: &Interp, receiver: &Value, name: &str, args: Args) -> Result<Value> {
    if name == "copy" {
        args.unnamed::<0>(name, 0)?;
        return Value::list(interp.collect(receiver)?);
    }
    let [wanted, start, stop] = args.unnamed(name, 1)?;
    let wanted = wanted.unwrap_or(Value::None);
    if name == "count" {
        if start.is_some() {
            return type_error("count() takes exactly one argument");
        }
        let mut count = 0;
        for item in interp.collect(receiver)? {
            count += i64::from(ops::equal(interp, &item, &wanted)?);
        }
        return Ok(Value::Int(count));
    }
    let items = interp.collect(receiver)?;
    let bound = |value: Option<Value>, default: i64| -> Result<usize> {
        let index = int_or(value, default)?;
        let index = if index < 0 { index.saturating_add(items.len() as i64) } else { index };
        Ok(index.clamp(0, items.len() as i64) as usize)
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, i64::MAX)?);
    for (at, item) in items.iter().enumerate().take(stop).skip(start) {
        if ops::equal(interp, item, &wanted)? {
            return Ok(Value::Int(at as i64));
        }
    }
    value_error(format!("{} is not in {}", interp.repr(&wanted)?, receiver.type_name()))
}

fn call_object(interp: &Interp, object: &Object, name: &str, args: Args) -> Result<Value> {
    match (object, name) {
        (Object::Loop(state), "cycle") => {
            if args.positional.is_empty() {
                return type_error("no items for cycling given");
            }
            let count = args.positional.len() as i64;
            let at = state.index0.get().rem_euclid(count) as usize;
            Ok(args.positional[at].clone())
        }
        (Object::Loop(state), _) => {
            let old = state.changed.take();
            let now = args.positional;
            let changed = match &old {
                Some(old) => !ops::equal(interp, &Value::tuple(old.clone())?, &Value::tuple(now.clone())?)?,
                None => true,
            };
            state.changed.replace(Some(now));
            Ok(Value::Bool(changed))
        }
        (Object::Cycler(items, at), "next") => {
            args.unnamed::<0>(name, 0)?;
            let value = items.items[at.get()].clone();
            at.set((at.get() + 1) % items.items.len());
            Ok(value)
        }
        (Object::Cycler(_, at), _) => {
            args.unnamed::<0>(name, 0)?;
            at.set(0);
            Ok(Value::None)
        }
        _ => other_error(format!("{} has no method {name}", object.type_name())),
    }
}

fn call_number(receiver: &Value, name: &str, args: Args) -> Result<Value> {
    args.unnamed::<0>(name, 0)?;
    match (number::number(receiver), name) {
        (Some(number::Number::Int(value)), "bit_length") => Ok(Value::Int(value.bits() as i64)),
        (Some(number::Number::Int(value)), "bit_count") => {
            let ones: u32 = value.iter_u32_digits().map(u32::count_ones).sum();
            Ok(Value::Int(i64::from(ones)))
        }
        (Some(number::Number::Int(value)), "conjugate") => Ok(number::int(value)),
        (Some(number::Number::Int(value)), _) => Value::tuple(vec![number::int(value), Value::Int(1)]),
        (Some(number::Number::Float(value)), "is_integer") => {
            Ok(Value::Bool(number::integral(value).is_some()))
        }
        (Some(number::Number::Float(value)), "conjugate") => Ok(Value::Float(value)),
        _ => unsupported(format!("the method '{name}' of {} is not supported", receiver.type_name())),
    }
}

/// reversed(value), or None where the type can't be walked backwards.
pub fn reversed(interp: &Interp, value: &Value) -> Result<Option<Iter>> {
    if ops::len(value).is_none() {
        return Ok(None);
    }
    let mut items = interp.collect(value)?;
    items.reverse();
    Ok(Some(Iter::owned(items)))
}
