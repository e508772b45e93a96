//! Python's values as far as a chat template can meet them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use num_bigint::BigInt;

use super::error::{other_error, type_error, unsupported, Result};
use super::iter::Iter;
use super::object::Object;

/// Containers inside containers; deeper ones would overflow the stack when they are dropped.
const MAX_NESTING: u32 = 250;

#[derive(Clone)]
pub enum Value {
    /// Holds the message of the error that an operation on it raises.
    Undefined(Arc<str>),
    None,
    Bool(bool),
    Int(i64),
    /// Only integers that don't fit in i64; see number::int().
    Big(Rc<BigInt>),
    Float(f64),
    Str(Arc<str>),
    /// markupsafe's Markup: a str that joins only with escaped text.
    Markup(Arc<str>),
    List(Rc<Seq>),
    Tuple(Rc<Seq>),
    Dict(Rc<Dict>),
    View(View, Rc<Dict>),
    Range(Range),
    /// An iterator or generator, which can be walked through once.
    Iter(Rc<RefCell<Iter>>),
    Object(Rc<Object>),
}

pub struct Seq {
    pub items: Vec<Value>,
    /// groupby's tuples have the attributes grouper and list.
    pub group: bool,
    nesting: u32,
}

/// Keys keep the order in which they came.
pub struct Dict {
    pub entries: IndexMap<Key, (Value, Value)>,
    nesting: u32,
}

/// A key by Python's equality: 1, 1.0 and True are one key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Undefined,
    None,
    Int(BigInt),
    Float(u64),
    Str(Arc<str>),
    Tuple(Vec<Key>),
    /// Length, start and step, as far as they count.
    Range(usize, i64, i64),
    Function(&'static str),
    /// Where the value lies: it equals nothing but itself.
    Identity(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum View {
    Keys,
    Values,
    Items,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

impl Range {
    pub fn len(&self) -> usize {
        let (low, high, step) = if self.step > 0 {
            (self.start, self.stop, self.step)
        } else {
            (self.stop, self.start, -self.step)
        };
        if low >= high {
            0
        } else {
            ((i128::from(high) - i128::from(low) - 1) / i128::from(step) + 1) as usize
        }
    }

    pub fn get(&self, index: usize) -> Value {
        Value::Int(self.start + self.step * index as i64)
    }
}

fn nesting_above<'a>(values: impl Iterator<Item = &'a Value>) -> Result<u32> {
    let nesting = values.map(Value::nesting).max().unwrap_or(0) + 1;
    if nesting > MAX_NESTING {
        return other_error("the template nests lists or dicts too deeply");
    }
    Ok(nesting)
}

impl Seq {
    pub fn new(items: Vec<Value>) -> Result<Rc<Seq>> {
        let nesting = nesting_above(items.iter())?;
        Ok(Rc::new(Seq { items, group: false, nesting }))
    }
}

impl Dict {
    pub fn new(entries: IndexMap<Key, (Value, Value)>) -> Result<Rc<Dict>> {
        let nesting = nesting_above(entries.values().flat_map(|(key, value)| [key, value]))?;
        Ok(Rc::new(Dict { entries, nesting }))
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(&Key::Str(name.into())).map(|(_, value)| value)
    }
}

impl View {
    pub fn of(self, entry: &(Value, Value)) -> Result<Value> {
        match self {
            View::Keys => Ok(entry.0.clone()),
            View::Values => Ok(entry.1.clone()),
            View::Items => Value::tuple(vec![entry.0.clone(), entry.1.clone()]),
        }
    }
}

impl Value {
    pub fn str(text: impl Into<Arc<str>>) -> Value {
        Value::Str(text.into())
    }

    pub fn list(items: Vec<Value>) -> Result<Value> {
        Ok(Value::List(Seq::new(items)?))
    }

    pub fn tuple(items: Vec<Value>) -> Result<Value> {
        Ok(Value::Tuple(Seq::new(items)?))
    }

    /// The named tuple of groupby.
    pub fn group(grouper: Value, list: Value) -> Result<Value> {
        let items = vec![grouper, list];
        let nesting = nesting_above(items.iter())?;
        Ok(Value::Tuple(Rc::new(Seq { items, group: true, nesting })))
    }

    pub fn object(object: Object) -> Value {
        Value::Object(Rc::new(object))
    }

    pub fn undefined(message: impl Into<Arc<str>>) -> Value {
        Value::Undefined(message.into())
    }

    pub fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined(_))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) | Value::Markup(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a str, whether Markup or not.
    pub fn as_arc(&self) -> Option<&Arc<str>> {
        match self {
            Value::Str(text) | Value::Markup(text) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::List(seq) | Value::Tuple(seq) => Some(&seq.items),
            _ => None,
        }
    }

    /// type(value).__name__.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Undefined(_) => "Undefined",
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Big(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Markup(_) => "Markup",
            Value::List(_) => "list",
            Value::Tuple(seq) => if seq.group { "_GroupTuple" } else { "tuple" },
            Value::Dict(_) => "dict",
            Value::View(View::Keys, _) => "dict_keys",
            Value::View(View::Values, _) => "dict_values",
            Value::View(View::Items, _) => "dict_items",
            Value::Range(_) => "range",
            Value::Iter(_) => "generator",
            Value::Object(object) => object.type_name(),
        }
    }

    pub fn nesting(&self) -> u32 {
        match self {
            Value::List(seq) | Value::Tuple(seq) => seq.nesting,
            Value::Dict(dict) | Value::View(_, dict) => dict.nesting,
            Value::Iter(iter) => iter.try_borrow().map_or(MAX_NESTING, |iter| iter.nesting()),
            Value::Object(object) => object.nesting(),
            _ => 0,
        }
    }

    /// bool(value).
    pub fn truth(&self) -> bool {
        match self {
            Value::Undefined(_) | Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Big(_) | Value::Iter(_) => true,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) | Value::Markup(text) => !text.is_empty(),
            Value::List(seq) | Value::Tuple(seq) => !seq.items.is_empty(),
            Value::Dict(dict) | Value::View(_, dict) => !dict.entries.is_empty(),
            Value::Range(range) => range.len() > 0,
            Value::Object(_) => true,
        }
    }

    fn no_key(&self) -> Result<Key> {
        unsupported(format!("a {} as a key is not supported", self.type_name()))
    }

    /// hash(value), as far as dicts and sets need it.
    pub fn key(&self) -> Result<Key> {
        Ok(match self {
            Value::Undefined(_) => Key::Undefined,
            Value::None => Key::None,
            Value::Bool(value) => Key::Int(BigInt::from(i32::from(*value))),
            Value::Int(value) => Key::Int(BigInt::from(*value)),
            Value::Big(value) => Key::Int((**value).clone()),
            Value::Float(value) => match super::number::integral(*value) {
                Some(whole) => Key::Int(whole),
                None => Key::Float(value.to_bits()),
            },
            Value::Str(text) | Value::Markup(text) => Key::Str(text.clone()),
            Value::Tuple(seq) => {
                Key::Tuple(seq.items.iter().map(Value::key).collect::<Result<Vec<_>>>()?)
            }
            Value::List(_) | Value::Dict(_) | Value::View(View::Keys | View::Items, _) => {
                return type_error(format!("unhashable type: '{}'", self.type_name()))
            }
            Value::Range(range) => match range.len() {
                0 => Key::Range(0, 0, 0),
                1 => Key::Range(1, range.start, 0),
                length => Key::Range(length, range.start, range.step),
            },
            Value::Iter(iter) => Key::Identity(Rc::as_ptr(iter) as usize),
            Value::Object(object) => match &**object {
                Object::Function(name) => Key::Function(name),
                Object::Method(..) => return self.no_key(),
                _ => Key::Identity(Rc::as_ptr(object) as usize),
            },
            Value::View(View::Values, _) => return self.no_key(),
        })
    }
}
