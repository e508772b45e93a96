//! Filters over sequences and dicts.

use std::collections::HashSet;

use super::args::Args;
use super::ast::{Binary, Compare};
use super::error::{other_error, type_error, Result};
use super::interp::Interp;
use super::iter::{Iter, Step};
use super::methods;
use super::ops;
use super::path::{fold_case, Path};
use super::sort;
use super::str_methods::join_texts;
use super::subscript;
use super::value::{Value, View};

pub fn length(interp: &Interp, value: &Value) -> Result<Value> {
    if let Value::Object(object) = value {
        if let super::object::Object::Loop(state) = &**object {
            return state.length(interp).map(Value::Int);
        }
    }
    interp.budget.bytes(value.as_str().map_or(0, |text| text.len() / 8))?;
    match ops::len(value) {
        Some(length) => Ok(Value::Int(length as i64)),
        None => type_error(format!("object of type '{}' has no len()", value.type_name())),
    }
}

pub fn call(interp: &Interp, name: &str, value: Value, args: Args) -> Result<Value> {
    match name {
        "batch" => {
            let [count, fill] = args.bind(name, ["linecount", "fill_with"], 1)?;
            let step = Step::Batch(count.unwrap_or(Value::None), fill.unwrap_or(Value::None));
            Iter::lazy(value, step).into_value()
        }
        "slice" => {
            let [count, fill] = args.bind(name, ["slices", "fill_with"], 1)?;
            let step = Step::Slice(count.unwrap_or(Value::None), fill.unwrap_or(Value::None));
            Iter::lazy(value, step).into_value()
        }
        "items" => {
            args.unnamed::<0>(name, 0)?;
            Iter::lazy(value, Step::Pairs).into_value()
        }
        "map" => Iter::lazy(value, Step::Map(args)).into_value(),
        "select" | "reject" | "selectattr" | "rejectattr" => {
            let step = Step::Select(args, name.ends_with("attr"), name.starts_with("select"));
            Iter::lazy(value, step).into_value()
        }
        "unique" => {
            let [sensitive, attribute] = args.bind(name, ["case_sensitive", "attribute"], 0)?;
            let path = Path::new(&attribute.unwrap_or(Value::None))?;
            let fold = !sensitive.is_some_and(|sensitive| sensitive.truth());
            Iter::lazy(value, Step::Unique(path, fold, HashSet::new())).into_value()
        }
        "dictsort" => dict_sort(interp, &value, args),
        "first" => {
            args.unnamed::<0>(name, 0)?;
            let first = Iter::over(&value)?.next(interp)?;
            Ok(first.unwrap_or_else(|| Value::undefined("No first item, sequence was empty.")))
        }
        "last" => {
            args.unnamed::<0>(name, 0)?;
            match methods::reversed(interp, &value)? {
                Some(mut iter) => Ok(iter
                    .next(interp)?
                    .unwrap_or_else(|| Value::undefined("No last item, sequence was empty."))),
                None => type_error(format!("'{}' object is not reversible", value.type_name())),
            }
        }
        "reverse" => {
            args.unnamed::<0>(name, 0)?;
            if value.as_str().is_some() {
                return subscript::slice(interp, &value, [None, None, Some(Value::Int(-1))]);
            }
            if let Some(iter) = methods::reversed(interp, &value)? {
                return iter.into_value();
            }
            let mut items = interp.collect(&value)?;
            items.reverse();
            Value::list(items)
        }
        "list" => args.unnamed::<0>(name, 0).and_then(|_| Value::list(interp.collect(&value)?)),
        "join" => join(interp, &value, args),
        "sum" => sum(interp, &value, args),
        "sort" => sort(interp, &value, args),
        "max" | "min" => extreme(interp, name, &value, args),
        _ => group_by(interp, &value, args),
    }
}

fn join(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [separator, attribute] = args.bind("join", ["d", "attribute"], 0)?;
    let separator = interp.to_str(&separator.unwrap_or_else(|| Value::str("")))?;
    let attribute = attribute.filter(|attribute| !matches!(attribute, Value::None));
    let path = attribute.as_ref().map(Path::new).transpose()?;
    let mut parts = Vec::new();
    for item in interp.collect(value)? {
        let item = match &path {
            Some(path) => path.get(interp, &item, None)?,
            None => item,
        };
        parts.push(match item {
            Value::Str(_) | Value::Markup(_) => item,
            _ => Value::str(interp.to_str(&item)?),
        });
    }
    Ok(Value::str(join_texts(interp, &separator, &parts)?))
}

fn sum(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [attribute, start] = args.bind("sum", ["attribute", "start"], 0)?;
    let attribute = attribute.filter(|attribute| !matches!(attribute, Value::None));
    let path = attribute.as_ref().map(Path::new).transpose()?;
    let mut total = start.unwrap_or(Value::Int(0));
    if total.as_str().is_some() {
        return type_error("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for item in interp.collect(value)? {
        let item = match &path {
            Some(path) => path.get(interp, &item, None)?,
            None => item,
        };
        total = ops::binary(interp, Binary::Add, &total, &item)?;
    }
    Ok(total)
}

fn dict_sort(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [sensitive, by, reverse] = args.bind("dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let at = match by.as_ref().map_or(Some("key"), Value::as_str) {
        Some("key") => 0,
        Some("value") => 1,
        _ => return other_error("You can only sort by either \"key\" or \"value\""),
    };
    let Value::Dict(dict) = value else {
        ops::undefined_fails(value)?;
        return other_error(format!("'{}' object has no attribute 'items'", value.type_name()));
    };
    let fold = !sensitive.is_some_and(|sensitive| sensitive.truth());
    let reverse = reverse.map_or(Ok(false), |reverse| reversal(&reverse))?;
    let pairs = interp.view(View::Items, dict)?;
    let sorted = sort::sort(interp, pairs, reverse, |pair| {
        let part = pair.items().and_then(|items| items.get(at)).cloned();
        Ok(fold_case(part.unwrap_or(Value::None), fold))
    })?;
    Value::list(sorted)
}

/// sorted() takes an integer as `reverse`.
fn reversal(value: &Value) -> Result<bool> {
    super::args::int(value).map(|reverse| reverse != 0)
}

fn sort(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [reverse, sensitive, attribute] =
        args.bind("sort", ["reverse", "case_sensitive", "attribute"], 0)?;
    let paths = Path::list(&attribute.unwrap_or(Value::None))?;
    let fold = !sensitive.is_some_and(|sensitive| sensitive.truth());
    let items = interp.collect(value)?;
    let reverse = reverse.map_or(Ok(false), |reverse| reversal(&reverse))?;
    let sorted = sort::sort(interp, items, reverse, |item| {
        Value::list(paths.iter().map(|path| path.get_folded(interp, item, fold)).collect::<Result<_>>()?)
    })?;
    Value::list(sorted)
}

fn extreme(interp: &Interp, name: &str, value: &Value, args: Args) -> Result<Value> {
    let [sensitive, attribute] = args.bind(name, ["case_sensitive", "attribute"], 0)?;
    let fold = !sensitive.is_some_and(|sensitive| sensitive.truth());
    let mut items = interp.collect(value)?.into_iter();
    let Some(mut best) = items.next() else {
        return Ok(Value::undefined("No aggregated item, sequence was empty."));
    };
    let path = Path::new(&attribute.unwrap_or(Value::None))?;
    let mut best_key = path.get_folded(interp, &best, fold)?;
    let operator = if name == "max" { Compare::Gt } else { Compare::Lt };
    for item in items {
        let key = path.get_folded(interp, &item, fold)?;
        if ops::ordered(interp, operator, &key, &best_key)? {
            (best, best_key) = (item, key);
        }
    }
    Ok(best)
}

fn group_by(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let [attribute, default, sensitive] =
        args.bind("groupby", ["attribute", "default", "case_sensitive"], 1)?;
    let path = Path::new(&attribute.unwrap_or(Value::None))?;
    let default = default.filter(|default| !matches!(default, Value::None));
    let fold = !sensitive.is_some_and(|sensitive| sensitive.truth());
    let key = |item: &Value| -> Result<Value> {
        Ok(fold_case(path.get(interp, item, default.as_ref())?, fold))
    };
    let sorted = sort::sort(interp, interp.collect(value)?, false, key)?;
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in sorted {
        let item_key = key(&item)?;
        match groups.last_mut() {
            Some((key, items)) if ops::equal(interp, key, &item_key)? => items.push(item),
            _ => groups.push((item_key, vec![item])),
        }
    }
    let mut tuples = Vec::new();
    for (key, items) in groups {
        // The key as the first item has it, not in lower case.
        let shown = if fold { path.get(interp, &items[0], default.as_ref())? } else { key };
        tuples.push(Value::group(shown, Value::list(items)?)?);
    }
    Value::list(tuples)
}
