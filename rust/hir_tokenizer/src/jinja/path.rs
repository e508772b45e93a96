//! Attribute paths of filters: "a.b.0", an integer, or nothing for the item itself.

use super::error::Result;
use super::interp::Interp;
use super::number;
use super::subscript;
use super::value::Value;

pub struct Path(Vec<Value>);

impl Path {
    pub fn new(attribute: &Value) -> Result<Path> {
        let parts = match attribute {
            Value::None => Vec::new(),
            Value::Str(text) | Value::Markup(text) => {
                text.split('.').map(part).collect::<Result<Vec<_>>>()?
            }
            other => vec![other.clone()],
        };
        Ok(Path(parts))
    }

    /// Several paths, separated with commas.
    pub fn list(attribute: &Value) -> Result<Vec<Path>> {
        match attribute.as_str() {
            Some(text) => text.split(',').map(|path| Path::new(&Value::str(path))).collect(),
            None => Ok(vec![Path::new(attribute)?]),
        }
    }

    /// The item's attribute; an undefined step becomes `default`.
    pub fn get(&self, interp: &Interp, item: &Value, default: Option<&Value>) -> Result<Value> {
        let mut item = item.clone();
        for part in &self.0 {
            item = subscript::get_item(interp, &item, part)?;
            if let (true, Some(default)) = (item.is_undefined(), default) {
                item = default.clone();
            }
        }
        Ok(item)
    }

    /// As get(), with texts in lower case where `fold` is set.
    pub fn get_folded(&self, interp: &Interp, item: &Value, fold: bool) -> Result<Value> {
        Ok(fold_case(self.get(interp, item, None)?, fold))
    }
}

/// "007" is the integer 7, as of str.isdigit().
fn part(text: &str) -> Result<Value> {
    if !text.is_empty() && text.chars().all(super::text::is_digit) {
        return number::parse_int(text, 10);
    }
    Ok(Value::str(text))
}

pub fn fold_case(value: Value, fold: bool) -> Value {
    match (&value, fold) {
        (Value::Str(text), true) => Value::str(text.to_lowercase()),
        (Value::Markup(text), true) => Value::Markup(text.to_lowercase().into()),
        _ => value,
    }
}
