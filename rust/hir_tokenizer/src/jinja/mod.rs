//! Jinja2 as chat templates use it, with Python's values.
//!
//! Why not an existing engine: a chat template is Python in disguise. It asks for the length of an
//! undefined name, prints tuples, formats with %, walks a generator once, and counts on what Jinja2's
//! compiler makes of names in loops and branches. minijinja has its own values and scopes, on which
//! those can't be laid (a tuple is a list there, an undefined name has no length, a filter's result is
//! a list), and prompts that differ by a space from those of Transformers cost a model its quality. So
//! this follows Jinja2 3.1.6 and CPython method by method; chat_template_expressions.jsonl and
//! chat_template_texts.jsonl in tests/fixtures/tokenizer hold it to what those print. What is not done
//! is refused when a template is read (check.rs) or tried out, and every rendering is bounded (budget.rs).

mod args;
mod ast;
mod budget;
mod check;
mod error;
mod escapes;
mod eval;
mod filters;
mod filters_list;
mod filters_number;
mod format;
mod format_number;
mod fold;
mod frame;
mod functions;
mod html;
mod html_entities;
mod interp;
mod iter;
mod lexer;
mod methods;
mod number;
mod object;
mod ops;
mod parse_expr;
mod parse_postfix;
mod parser;
mod path;
mod percent;
mod repr;
mod scope;
mod sort;
mod str_methods;
mod subscript;
mod tests;
mod text;
mod value;
mod walk;
mod wrap;

use std::collections::HashMap;
use std::sync::Arc;

use error::{Error, Kind, Result};
use interp::Interp;
use value::Value;

pub struct Template {
    body: Vec<ast::Stmt>,
    scope: scope::Scope,
}

impl Template {
    pub fn new(source: &str) -> std::result::Result<Self, String> {
        read(source).map_err(describe)
    }

    /// `now`: Unix seconds for strftime_now(); negative for the machine's clock in local time.
    pub fn render(
        &self,
        variables: serde_json::Map<String, serde_json::Value>,
        now: i64,
    ) -> std::result::Result<String, String> {
        self.run(variables, now).map_err(describe)
    }

    /// Whether a rendering comes upon something that Jinja2 would render and this doesn't. What else
    /// it fails with is the template's own, such as raise_exception().
    pub fn try_out(
        &self,
        variables: serde_json::Map<String, serde_json::Value>,
    ) -> std::result::Result<(), String> {
        match self.run(variables, -1) {
            Err(error) if error.kind == Kind::Unsupported => Err(describe(error)),
            _ => Ok(()),
        }
    }

    fn run(&self, variables: serde_json::Map<String, serde_json::Value>, now: i64) -> Result<String> {
        let mut values = HashMap::new();
        for (name, value) in variables {
            values.insert(Arc::from(name), from_json(value)?);
        }
        Interp::new(values, now).render(&self.body, &self.scope)
    }
}

fn read(source: &str) -> Result<Template> {
    let mut body = parser::parse(lexer::tokenize(source)?)?;
    let scope = scope::resolve(&mut body)?;
    check::check(&body)?;
    Ok(Template { body, scope })
}

fn describe(error: Error) -> String {
    match error.line {
        0 => error.message,
        line => format!("{} (line {line} of the chat template)", error.message),
    }
}

fn from_json(value: serde_json::Value) -> Result<Value> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::Null => Value::None,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => number::int(value.into()),
            _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::str(text),
        Json::Array(items) => {
            Value::list(items.into_iter().map(from_json).collect::<Result<Vec<_>>>()?)?
        }
        Json::Object(entries) => {
            let mut dict = object::Entries::new();
            for (key, value) in entries {
                interp::insert(&mut dict, Value::str(key), from_json(value)?)?;
            }
            Value::Dict(value::Dict::new(dict)?)
        }
    })
}
