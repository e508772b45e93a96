//! Arguments of a call, and how they meet a function's parameters.

use std::sync::Arc;

use super::error::{type_error, Result};
use super::number;
use super::value::Value;

#[derive(Clone, Default)]
pub struct Args {
    pub positional: Vec<Value>,
    pub named: Vec<(Arc<str>, Value)>,
}

impl Args {
    pub fn nesting(&self) -> u32 {
        let named = self.named.iter().map(|(_, value)| value);
        self.positional.iter().chain(named).map(Value::nesting).max().unwrap_or(0)
    }

    /// The values of `parameters`, of which the first `required` must be given.
    pub fn bind<const N: usize>(
        self,
        function: &str,
        parameters: [&str; N],
        required: usize,
    ) -> Result<[Option<Value>; N]> {
        let mut bound = [const { None }; N];
        if self.positional.len() > N {
            return type_error(format!(
                "{function}() takes at most {N} arguments ({} given)",
                self.positional.len()
            ));
        }
        for (slot, value) in bound.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let Some(at) = parameters.iter().position(|parameter| *parameter == &*name) else {
                return type_error(format!("{function}() got an unexpected keyword argument '{name}'"));
            };
            if bound[at].replace(value).is_some() {
                return type_error(format!("{function}() got multiple values for argument '{name}'"));
            }
        }
        match bound[..required].iter().position(Option::is_none) {
            Some(at) => type_error(format!(
                "{function}() missing required argument '{}'",
                parameters[at]
            )),
            None => Ok(bound),
        }
    }

    /// As bind(), for functions whose arguments have no names.
    pub fn unnamed<const N: usize>(self, function: &str, required: usize) -> Result<[Option<Value>; N]> {
        if !self.named.is_empty() {
            return type_error(format!("{function}() takes no keyword arguments"));
        }
        self.bind(function, [""; N], required)
    }
}

/// The argument as an integer, where None and a missing one mean `default`.
pub fn int_or(value: Option<Value>, default: i64) -> Result<i64> {
    match value {
        None | Some(Value::None) => Ok(default),
        Some(value) => int(&value),
    }
}

pub fn int(value: &Value) -> Result<i64> {
    match number::index(value) {
        Some(index) => Ok(index),
        None => type_error(format!("'{}' object cannot be interpreted as an integer", value.type_name())),
    }
}

pub fn text<'a>(value: &'a Value, function: &str) -> Result<&'a str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => type_error(format!("{function}() argument must be str, not {}", value.type_name())),
    }
}
