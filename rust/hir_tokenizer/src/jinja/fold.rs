//! What Jinja2 computes when it compiles a template: the values of constant expressions, which it
//! writes into the Python code that it makes. There inf and nan are names that nothing defines, so a
//! template with such a constant fails in Jinja2 wherever it isn't printed as a whole.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::Expr;
use super::error::Kind;
use super::frame::Frame;
use super::interp::Interp;
use super::value::Value;
use super::walk::for_each_part;

/// Filters that ask for the context of a rendering, and so are never constant.
const OF_THE_CONTEXT: [&str; 6] = ["map", "random", "reject", "rejectattr", "select", "selectattr"];

pub struct Folder {
    /// One for all expressions of a template, so that its budget is for all of them.
    interp: Interp,
    frame: Rc<Frame>,
}

impl Folder {
    pub fn new() -> Self {
        Folder { interp: Interp::new(HashMap::new(), -1), frame: Frame::new(None) }
    }

    /// What of the expression would not be as in Jinja2; `printed` where it is printed as a whole, which
    /// Jinja2 does without code.
    pub fn problem(&self, expr: &Expr, printed: bool) -> Option<String> {
        if is_constant(expr) {
            match (self.interp.eval(expr, &self.frame), expr) {
                (Ok(value), _) => match is_finite(&value) {
                    Some(true) => return None,
                    Some(false) if !printed => {
                        return Some("a constant of the template is inf or nan, with which Jinja2 fails".to_owned())
                    }
                    _ if printed => return None,
                    _ => {}
                },
                (Err(error), _) if error.kind == Kind::Unsupported => return Some(error.message),
                (Err(_), Expr::Slice(whole, _)) if self.is_value(whole) => {
                    return Some("the template slices a constant that has no parts".to_owned())
                }
                _ => {}
            }
        }
        let mut problem = None;
        for_each_part(expr, &mut |part| problem = problem.take().or_else(|| self.problem(part, false)));
        problem
    }

    fn is_value(&self, constant: &Expr) -> bool {
        self.interp.eval(constant, &self.frame).is_ok_and(|value| !value.is_undefined())
    }
}

fn is_constant(expr: &Expr) -> bool {
    let own = match expr {
        Expr::Name(_) | Expr::Call(..) | Expr::Filter(None, ..) => false,
        Expr::Filter(_, name, _) => !OF_THE_CONTEXT.contains(&&**name),
        _ => true,
    };
    let mut constant = own;
    for_each_part(expr, &mut |part| constant = constant && is_constant(part));
    constant
}

/// Whether all numbers in it are finite; None where Jinja2 does not write the value into code.
fn is_finite(value: &Value) -> Option<bool> {
    match value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Range(_) => Some(true),
        Value::Str(_) | Value::Markup(_) => Some(true),
        Value::Float(value) => Some(value.is_finite()),
        Value::List(seq) => are_finite(seq.items.iter()),
        Value::Tuple(seq) if !seq.group => are_finite(seq.items.iter()),
        Value::Dict(dict) => are_finite(dict.entries.values().flat_map(|(key, value)| [key, value])),
        _ => None,
    }
}

fn are_finite<'v>(mut values: impl Iterator<Item = &'v Value>) -> Option<bool> {
    values.try_fold(true, |all, value| is_finite(value).map(|finite| all && finite))
}
