//! sorted() of Python.

use super::ast::Compare;
use super::error::Result;
use super::interp::Interp;
use super::ops::ordered;
use super::value::Value;

/// sorted(items, key=key, reverse=reverse), stable; only `<` decides.
pub fn sort<T: Clone>(
    interp: &Interp,
    items: Vec<T>,
    reverse: bool,
    key: impl Fn(&T) -> Result<Value>,
) -> Result<Vec<T>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((key(&item)?, item));
    }
    if reverse {
        keyed.reverse();
    }
    let mut sorted = merge_sort(interp, keyed)?;
    if reverse {
        sorted.reverse();
    }
    Ok(sorted.into_iter().map(|(_, item)| item).collect())
}

fn merge_sort<T: Clone>(interp: &Interp, mut items: Vec<(Value, T)>) -> Result<Vec<(Value, T)>> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = merge_sort(interp, items)?.into_iter().peekable();
    let mut right = merge_sort(interp, right)?.into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some((a, _)), Some((b, _))) = (left.peek(), right.peek()) {
        let from = if ordered(interp, Compare::Lt, b, a)? { &mut right } else { &mut left };
        merged.extend(from.next());
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
