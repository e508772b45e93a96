//! str(), repr() and json.dumps().

use std::fmt::Write;

use super::error::{type_error, unsupported, Result};
use super::interp::Interp;
use super::iter::Iter;
use super::number::{big_text, float_text};
use super::object::Object;
use super::sort;
use super::text::is_printable;
use super::value::{Dict, Value, View};

/// Options of json.dumps.
pub struct JsonStyle {
    pub ensure_ascii: bool,
    pub sort_keys: bool,
    /// White space of one level; None keeps everything on one line.
    pub indent: Option<String>,
    pub comma: String,
    pub colon: String,
}

impl Interp {
    /// str(value).
    pub fn to_str(&self, value: &Value) -> Result<String> {
        let mut out = String::new();
        match value {
            Value::Undefined(_) => {}
            Value::Str(text) | Value::Markup(text) => {
                self.budget.bytes(text.len())?;
                out.push_str(text);
            }
            _ => self.write_repr(&mut out, value)?,
        }
        Ok(out)
    }

    /// repr(value).
    pub fn repr(&self, value: &Value) -> Result<String> {
        let mut out = String::new();
        self.write_repr(&mut out, value)?;
        Ok(out)
    }

    /// ascii(value).
    pub fn ascii(&self, value: &Value) -> Result<String> {
        let text = self.repr(value)?;
        self.budget.scan(text.len())?;
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_ascii() { out.push(c) } else { write_escape(&mut out, c) }
        }
        Ok(out)
    }

    fn write_repr(&self, out: &mut String, value: &Value) -> Result<()> {
        let _level = self.budget.level()?;
        match value {
            Value::Undefined(_) => out.push_str("Undefined"),
            Value::None => out.push_str("None"),
            Value::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
            Value::Int(value) => _ = write!(out, "{value}"),
            Value::Big(value) => {
                self.budget.scan(value.bits() as usize)?;
                out.push_str(&big_text(value)?);
            }
            Value::Float(value) => out.push_str(&float_text(*value)),
            Value::Str(text) => self.write_repr_text(out, text)?,
            Value::Markup(text) => {
                out.push_str("Markup(");
                self.write_repr_text(out, text)?;
                out.push(')');
            }
            Value::List(seq) => self.write_repr_items(out, '[', &seq.items, "]")?,
            Value::Tuple(seq) => {
                let end = if seq.items.len() == 1 { ",)" } else { ")" };
                self.write_repr_items(out, '(', &seq.items, end)?;
            }
            Value::Dict(dict) => self.write_repr_dict(out, dict)?,
            Value::View(view, dict) => {
                out.push_str(value.type_name());
                let items = dict.entries.values().map(|entry| view.of(entry));
                let items = items.collect::<Result<Vec<_>>>()?;
                out.push('(');
                self.write_repr_items(out, '[', &items, "]")?;
                out.push(')');
            }
            Value::Range(range) => {
                _ = write!(out, "range({}, {}", range.start, range.stop);
                if range.step != 1 {
                    _ = write!(out, ", {}", range.step);
                }
                out.push(')');
            }
            Value::Object(object) => self.write_repr_object(out, object)?,
            Value::Iter(_) => return unsupported("the template prints a generator, whose text is never the same"),
        }
        Ok(())
    }

    fn write_repr_object(&self, out: &mut String, object: &Object) -> Result<()> {
        match object {
            Object::Namespace(attributes) => {
                out.push_str("<Namespace ");
                let entries = attributes.borrow().clone();
                self.write_repr_entries(out, entries.values())?;
                out.push('>');
            }
            Object::Macro(value) if value.node.name.is_empty() => out.push_str("<Macro anonymous>"),
            Object::Macro(value) => {
                out.push_str("<Macro ");
                self.write_repr_text(out, &value.node.name)?;
                out.push('>');
            }
            Object::Loop(state) => {
                _ = write!(out, "<LoopContext {}/{}>", state.index0.get() + 1, state.length(self)?);
            }
            _ => {
                return unsupported(format!(
                    "the template prints a {}, whose text is never the same",
                    object.type_name()
                ))
            }
        }
        Ok(())
    }

    fn write_repr_items(&self, out: &mut String, open: char, items: &[Value], close: &str) -> Result<()> {
        out.push(open);
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            self.write_repr(out, item)?;
        }
        out.push_str(close);
        Ok(())
    }

    fn write_repr_dict(&self, out: &mut String, dict: &Dict) -> Result<()> {
        self.write_repr_entries(out, dict.entries.values())
    }

    fn write_repr_entries<'a>(
        &self,
        out: &mut String,
        entries: impl Iterator<Item = &'a (Value, Value)>,
    ) -> Result<()> {
        out.push('{');
        for (i, (key, value)) in entries.enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            self.write_repr(out, key)?;
            out.push_str(": ");
            self.write_repr(out, value)?;
        }
        out.push('}');
        Ok(())
    }

    fn write_repr_text(&self, out: &mut String, text: &str) -> Result<()> {
        self.budget.scan(text.len())?;
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        out.push(quote);
        for c in text.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c == quote => out.extend(['\\', c]),
                c if is_printable(c) => out.push(c),
                c => write_escape(out, c),
            }
        }
        out.push(quote);
        Ok(())
    }

    /// json.dumps(value, ...).
    pub fn to_json(&self, value: &Value, style: &JsonStyle) -> Result<String> {
        let mut out = String::new();
        self.write_json(&mut out, value, style, 0)?;
        Ok(out)
    }

    fn write_json(&self, out: &mut String, value: &Value, style: &JsonStyle, depth: usize) -> Result<()> {
        let _level = self.budget.level()?;
        match value {
            Value::None => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Float(value) if !value.is_finite() => out.push_str(json_name(*value)),
            Value::Int(_) | Value::Big(_) | Value::Float(_) => self.write_repr(out, value)?,
            Value::Str(text) | Value::Markup(text) => self.write_json_text(out, text, style)?,
            Value::List(seq) | Value::Tuple(seq) => {
                self.write_json_items(out, "[]", &seq.items, style, depth, |out, item| {
                    self.write_json(out, item, style, depth + 1)
                })?;
            }
            Value::Dict(dict) => {
                let mut entries: Vec<(Value, Value)> = dict.entries.values().cloned().collect();
                if style.sort_keys {
                    entries = sort::sort(self, entries, false, |(key, _)| Ok(key.clone()))?;
                }
                self.write_json_items(out, "{}", &entries, style, depth, |out, (key, value)| {
                    let name = self.json_key(key)?;
                    self.write_json_text(out, &name, style)?;
                    out.push_str(&style.colon);
                    self.write_json(out, value, style, depth + 1)
                })?;
            }
            _ => {
                return type_error(format!(
                    "Object of type {} is not JSON serializable",
                    value.type_name()
                ))
            }
        }
        Ok(())
    }

    fn json_key(&self, key: &Value) -> Result<String> {
        Ok(match key {
            Value::Str(text) | Value::Markup(text) => text.to_string(),
            Value::None => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Float(value) if !value.is_finite() => json_name(*value).to_owned(),
            Value::Int(_) | Value::Big(_) | Value::Float(_) => self.repr(key)?,
            _ => {
                return type_error(format!(
                    "keys must be str, int, float, bool or None, not {}",
                    key.type_name()
                ))
            }
        })
    }

    /// Writes brackets, separators and line breaks around what `write_item` writes.
    fn write_json_items<T>(
        &self,
        out: &mut String,
        brackets: &str,
        items: &[T],
        style: &JsonStyle,
        depth: usize,
        mut write_item: impl FnMut(&mut String, &T) -> Result<()>,
    ) -> Result<()> {
        let break_line = |out: &mut String, depth: usize| {
            if let Some(indent) = &style.indent {
                self.budget.bytes(indent.len() * depth + 1)?;
                out.push('\n');
                out.push_str(&indent.repeat(depth));
            }
            Ok(())
        };
        out.push_str(&brackets[..1]);
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { &style.comma });
            break_line(out, depth + 1)?;
            write_item(out, item)?;
        }
        if !items.is_empty() {
            break_line(out, depth)?;
        }
        out.push_str(&brackets[1..]);
        Ok(())
    }

    fn write_json_text(&self, out: &mut String, text: &str, style: &JsonStyle) -> Result<()> {
        self.budget.scan(text.len())?;
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' || (style.ensure_ascii && c > '~') => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        _ = write!(out, "\\u{unit:04x}");
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
        Ok(())
    }

    /// All that an iterable holds.
    pub fn collect(&self, value: &Value) -> Result<Vec<Value>> {
        let mut iter = Iter::over(value)?;
        let mut items = Vec::new();
        while let Some(item) = iter.next(self)? {
            self.budget.steps(1)?;
            items.push(item);
        }
        Ok(items)
    }

    /// The items of a view of a dict.
    pub fn view(&self, view: View, dict: &Dict) -> Result<Vec<Value>> {
        self.budget.steps(dict.entries.len())?;
        dict.entries.values().map(|entry| view.of(entry)).collect()
    }
}

/// The escape of a character that isn't printed as it is.
fn write_escape(out: &mut String, c: char) {
    let code = c as u32;
    _ = match code {
        0..0x100 => write!(out, "\\x{code:02x}"),
        0x100..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

fn json_name(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
