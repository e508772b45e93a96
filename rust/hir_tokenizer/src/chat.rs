//! Chat templates with the semantics Transformers gives them: Jinja2 with trim_blocks and
//! lstrip_blocks, loop controls, Python's string methods, `tojson` without HTML escapes,
//! `raise_exception`, `strftime_now` and `{% generation %}` blocks.
//!
//! Known difference: in a loop over the characters of a string `loop.last` is never true.

use std::fmt::Write;

use chrono::{DateTime, Local, Utc};
use minijinja::value::{from_args, Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use minijinja_contrib::pycompat;

use crate::python;

const NAME: &str = "chat_template";
/// Name under which render() hands the time to `strftime_now`.
const NOW: &str = "__hir_now_unix_seconds";

pub struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    pub fn new(source: &str) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_formatter(|out, _, value| Ok(write!(out, "{}", python::to_str(value)?)?));
        environment.set_unknown_method_callback(call_method);
        minijinja_contrib::add_to_environment(&mut environment);
        environment.add_filter("tojson", tojson);
        environment.add_filter("string", |value: Value| python::to_str(&value));
        environment.add_filter("trim", |text: String, chars: Option<String>| {
            python::strip(&text, chars.as_deref(), true, true).to_owned()
        });
        environment.add_function("raise_exception", raise_exception);
        environment.add_function("strftime_now", strftime_now);
        environment
            .add_template_owned(NAME, without_generation_blocks(source))
            .map_err(|e| describe(&e))?;
        Ok(ChatTemplate { environment })
    }

    pub fn render(&self, variables_json: &str, now_unix_seconds: i64) -> Result<String, String> {
        let variables: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(variables_json).map_err(|e| e.to_string())?;
        let mut variables = variables;
        variables.insert(NOW.to_owned(), now_unix_seconds.into());
        let template = self.environment.get_template(NAME).map_err(|e| describe(&e))?;
        template.render(Value::from_serialize(&variables)).map_err(|e| describe(&e))
    }
}

fn describe(error: &Error) -> String {
    let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{reason} (line {line} of the chat template)"),
        None => reason,
    }
}

/// `{% generation %}` only marks the assistant's text for a mask; as `{% with %}` it keeps its scope.
fn without_generation_blocks(source: &str) -> String {
    let mut result = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let end = rest[start..].find("%}").map_or(rest.len(), |length| start + length);
        let tag = &rest[start..end];
        let replaced = match tag[2..].trim_matches(|c: char| c.is_whitespace() || "-+".contains(c)) {
            "generation" => tag.replace("generation", "with"),
            "endgeneration" => tag.replace("endgeneration", "endwith"),
            _ => tag.to_owned(),
        };
        result.push_str(&rest[..start]);
        result.push_str(&replaced);
        rest = &rest[end..];
    }
    result + rest
}

fn tojson(value: Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<Value> = options.get("indent")?;
    let separators: Option<Vec<String>> = options.get("separators")?;
    let style = python::JsonStyle {
        ensure_ascii: options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sort_keys: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
        indent: match indent {
            Some(text) if text.kind() == ValueKind::String => Some(text.to_string()),
            Some(count) if !count.is_none() => {
                Some(" ".repeat(usize::try_from(count.clone()).unwrap_or(0)))
            }
            _ => None,
        },
        separators: separators.and_then(|pair| <[String; 2]>::try_from(pair).ok()),
    };
    options.assert_all_used()?;
    python::to_json(&value, &style)
}

fn raise_exception(message: Value) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, python::to_str(&message)?))
}

fn strftime_now(state: &State, format: &str) -> Result<String, Error> {
    let now = state.lookup(NOW).and_then(|value| i64::try_from(value).ok()).unwrap_or(-1);
    let mut text = String::new();
    let written = match DateTime::<Utc>::from_timestamp(now, 0) {
        Some(time) if now >= 0 => write!(text, "{}", time.format(format)),
        _ => write!(text, "{}", Local::now().format(format)),
    };
    written.map_err(|_| {
        Error::new(ErrorKind::InvalidOperation, format!("strftime_now does not know {format:?}"))
    })?;
    Ok(text)
}

/// Python methods on strings, lists and dicts; those whose notion of white space differs from
/// Rust's are done here, the rest by minijinja-contrib.
fn call_method(state: &State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let ends = match method {
        "strip" => Some((true, true)),
        "lstrip" => Some((true, false)),
        "rstrip" => Some((false, true)),
        _ => None,
    };
    if let (Some(text), Some((start, end))) = (value.as_str(), ends) {
        let (chars,): (Option<&str>,) = from_args(args)?;
        return Ok(python::strip(text, chars, start, end).into());
    }
    let result = pycompat::unknown_method_callback(state, value, method, args)?;
    // A lazy sequence has no length, and a loop over it no `loop.last`.
    if result.kind() == ValueKind::Iterable {
        return Ok(result.try_iter()?.collect());
    }
    Ok(result)
}
