//! Iterators, and the lazy generators that filters return.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::args::Args;
use super::ast::For;
use super::error::{other_error, type_error, Result};
use super::filters;
use super::frame::Frame;
use super::interp::Interp;
use super::number;
use super::path::Path;
use super::tests;
use super::value::{Dict, Key, Range, Seq, Value, View};

pub enum Iter {
    Empty,
    Items(Rc<Seq>, usize),
    Owned(std::vec::IntoIter<Value>, u32),
    Chars(Arc<str>, usize),
    Entries(View, Rc<Dict>, usize),
    Numbers(Range, usize),
    /// Continues where another walker of the same iterator stopped.
    Shared(Rc<RefCell<Iter>>),
    Lazy(Box<Lazy>),
    /// The items of a loop that its `if` lets through.
    Filtered(Box<Iter>, Arc<For>, Rc<Frame>),
}

/// A generator of a filter.
pub struct Lazy {
    source: Value,
    opened: Option<Iter>,
    step: Step,
}

pub enum Step {
    /// map(), with the arguments of the filter.
    Map(Args),
    /// select() and its kin: arguments, whether they begin with an attribute, and which verdict stays.
    Select(Args, bool, bool),
    Unique(Path, bool, HashSet<Key>),
    /// Length of a row and what fills the last.
    Batch(Value, Value),
    Slice(Value, Value),
    Pairs,
}

impl Iter {
    /// iter(value).
    pub fn over(value: &Value) -> Result<Iter> {
        Ok(match value {
            Value::Undefined(_) => Iter::Empty,
            Value::Str(text) | Value::Markup(text) => Iter::Chars(text.clone(), 0),
            Value::List(seq) | Value::Tuple(seq) => Iter::Items(seq.clone(), 0),
            Value::Dict(dict) => Iter::Entries(View::Keys, dict.clone(), 0),
            Value::View(view, dict) => Iter::Entries(*view, dict.clone(), 0),
            Value::Range(range) => Iter::Numbers(*range, 0),
            Value::Iter(iter) => Iter::Shared(iter.clone()),
            _ => return type_error(format!("'{}' object is not iterable", value.type_name())),
        })
    }

    pub fn lazy(source: Value, step: Step) -> Iter {
        Iter::Lazy(Box::new(Lazy { source, opened: None, step }))
    }

    pub fn owned(items: Vec<Value>) -> Iter {
        let nesting = items.iter().map(Value::nesting).max().unwrap_or(0);
        Iter::Owned(items.into_iter(), nesting + 1)
    }

    pub fn into_value(self) -> Result<Value> {
        if self.nesting() > 100 {
            return other_error("the template nests generators too deeply");
        }
        Ok(Value::Iter(Rc::new(RefCell::new(self))))
    }

    pub fn nesting(&self) -> u32 {
        match self {
            Iter::Items(seq, _) => Value::List(seq.clone()).nesting() + 1,
            Iter::Owned(_, nesting) => *nesting,
            Iter::Entries(_, dict, _) => Value::Dict(dict.clone()).nesting() + 1,
            Iter::Shared(iter) => Value::Iter(iter.clone()).nesting() + 1,
            Iter::Lazy(lazy) => lazy.source.nesting().max(lazy.step.nesting()) + 1,
            Iter::Filtered(iter, _, _) => iter.nesting() + 1,
            _ => 0,
        }
    }

    pub fn next(&mut self, interp: &Interp) -> Result<Option<Value>> {
        Ok(match self {
            Iter::Empty => None,
            Iter::Items(seq, at) => {
                *at += 1;
                seq.items.get(*at - 1).cloned()
            }
            Iter::Owned(items, _) => items.next(),
            Iter::Chars(text, at) => {
                let c = text[*at..].chars().next();
                *at += c.map_or(0, char::len_utf8);
                c.map(|c| Value::str(c.encode_utf8(&mut [0; 4]) as &str))
            }
            Iter::Entries(view, dict, at) => {
                *at += 1;
                match dict.entries.get_index(*at - 1) {
                    Some((_, entry)) => Some(view.of(entry)?),
                    None => None,
                }
            }
            Iter::Numbers(range, at) => {
                *at += 1;
                (*at <= range.len()).then(|| range.get(*at - 1))
            }
            Iter::Shared(iter) => {
                let _level = interp.budget.level()?;
                match iter.try_borrow_mut() {
                    Ok(mut iter) => iter.next(interp)?,
                    Err(_) => return other_error("generator already executing"),
                }
            }
            Iter::Lazy(lazy) => {
                let _level = interp.budget.level()?;
                let item = lazy.next(interp);
                if !matches!(item, Ok(Some(_))) {
                    *self = Iter::Empty;  // A generator that ended or failed stays at its end.
                }
                item?
            }
            Iter::Filtered(iter, node, frame) => loop {
                interp.budget.steps(1)?;
                let Some(item) = iter.next(interp)? else { break None };
                if interp.passes(node, &item, frame)? {
                    break Some(item);
                }
            },
        })
    }
}

impl Step {
    fn nesting(&self) -> u32 {
        match self {
            Step::Map(args) | Step::Select(args, _, _) => args.nesting(),
            Step::Batch(_, fill) | Step::Slice(_, fill) => fill.nesting(),
            Step::Unique(..) | Step::Pairs => 0,
        }
    }
}

impl Lazy {
    fn next(&mut self, interp: &Interp) -> Result<Option<Value>> {
        if self.opened.is_none() {
            let opened = self.open(interp)?;
            self.opened = Some(opened);
        }
        let Some(source) = self.opened.as_mut() else { return Ok(None) };
        match &mut self.step {
            Step::Batch(count, fill) if count.truth() => return batch(interp, source, count, fill),
            Step::Batch(..) | Step::Slice(..) | Step::Pairs => return source.next(interp),
            _ => {}
        }
        while let Some(item) = source.next(interp)? {
            interp.budget.steps(1)?;
            if let Some(item) = self.step.apply(interp, item)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// What runs before the first item.
    fn open(&mut self, interp: &Interp) -> Result<Iter> {
        match &self.step {
            Step::Map(_) | Step::Select(..) if !self.source.truth() => Ok(Iter::Empty),
            Step::Slice(count, fill) => slice(interp, &self.source, count, fill),
            // Rows of no length: the first is full before the first item comes, and the next never.
            Step::Batch(count, _) if !count.truth() => {
                let items = interp.collect(&self.source)?;
                let rows = if items.is_empty() { vec![] } else { vec![vec![], items] };
                Ok(Iter::owned(rows.into_iter().map(Value::list).collect::<Result<_>>()?))
            }
            Step::Pairs => match &self.source {
                Value::Undefined(_) => Ok(Iter::Empty),
                Value::Dict(dict) => Ok(Iter::Entries(View::Items, dict.clone(), 0)),
                _ => type_error("Can only get item pairs from a mapping."),
            },
            Step::Map(args) => {
                filters::check_map(args)?;
                Iter::over(&self.source)
            }
            Step::Select(args, true, _) if args.positional.is_empty() => {
                other_error("Missing parameter for attribute name")
            }
            _ => Iter::over(&self.source),
        }
    }
}

impl Step {
    /// The item to hand on, or None to go to the next.
    fn apply(&mut self, interp: &Interp, item: Value) -> Result<Option<Value>> {
        match self {
            Step::Map(args) => filters::map_item(interp, item, args).map(Some),
            Step::Select(args, by_attribute, keeps) => {
                let skipped = usize::from(*by_attribute);
                let subject = match args.positional.first().filter(|_| *by_attribute) {
                    Some(attribute) => Path::new(attribute)?.get(interp, &item, None)?,
                    None => item.clone(),
                };
                let verdict = match args.positional.get(skipped) {
                    Some(name) => {
                        let Some(name) = name.as_str() else {
                            return other_error("No test named by something other than a text");
                        };
                        let rest = args.positional[skipped + 1..].to_vec();
                        let args = Args { positional: rest, named: args.named.clone() };
                        tests::call(interp, name, &subject, args)?
                    }
                    None => subject.truth(),
                };
                Ok((verdict == *keeps).then_some(item))
            }
            Step::Unique(path, fold, seen) => {
                let key = path.get_folded(interp, &item, *fold)?.key()?;
                Ok(seen.insert(key).then_some(item))
            }
            _ => Ok(Some(item)),
        }
    }
}

fn batch(interp: &Interp, source: &mut Iter, count: &Value, fill: &Value) -> Result<Option<Value>> {
    let mut row = Vec::new();
    let full = match number::number(count) {
        Some(number) => number::float_of(&number)?,
        None => -1.0,
    };
    while let Some(item) = source.next(interp)? {
        interp.budget.steps(1)?;
        row.push(item);
        if row.len() as f64 == full {
            break;
        }
    }
    if row.is_empty() {
        return Ok(None);
    }
    if !matches!(fill, Value::None) && number::number(count).is_none() {
        return type_error("'<' not supported between the length of a row and its count");
    }
    if !matches!(fill, Value::None) && (row.len() as f64) < full {
        let missing = full - row.len() as f64;
        if !matches!(count, Value::Int(_) | Value::Bool(_)) {
            return type_error("can't multiply sequence by non-int of type 'float'");
        }
        interp.budget.steps(missing as usize)?;
        row.resize(row.len() + missing as usize, fill.clone());
    }
    Value::list(row).map(Some)
}

fn slice(interp: &Interp, source: &Value, count: &Value, fill: &Value) -> Result<Iter> {
    let items = interp.collect(source)?;
    let Some(slices) = number::index(count) else {
        return type_error("slice() needs an integer");
    };
    if slices == 0 {
        return other_error("integer division or modulo by zero");
    }
    let mut rows = Vec::new();
    if slices > 0 {
        interp.budget.steps(slices as usize)?;
        let slices = slices as usize;
        let (each, extra) = (items.len() / slices, items.len() % slices);
        let mut start = 0;
        for number in 0..slices {
            let end = start + each + usize::from(number < extra);
            let mut row = items[start..end].to_vec();
            if !matches!(fill, Value::None) && number >= extra {
                row.push(fill.clone());
            }
            rows.push(Value::list(row)?);
            start = end;
        }
    }
    Ok(Iter::owned(rows))
}
