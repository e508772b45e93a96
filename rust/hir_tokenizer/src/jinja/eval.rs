//! Evaluates expressions.

use std::rc::Rc;

use super::args::Args;
use super::ast::{CallArgs, Const, Expr};
use super::error::{other_error, type_error, Result};
use super::filters;
use super::frame::Frame;
use super::functions;
use super::interp::{insert, Interp};
use super::methods;
use super::number;
use super::object::{Entries, MacroValue, Object};
use super::ops;
use super::subscript;
use super::tests;
use super::value::{Dict, Value};

impl Interp {
    pub fn eval(&self, expr: &Expr, frame: &Rc<Frame>) -> Result<Value> {
        let _level = self.budget.level()?;
        match expr {
            Expr::Const(value) => Ok(constant(value)),
            Expr::Name(name) => Ok(match frame.get(name)? {
                Some(value) => value,
                None => Value::undefined(format!("'{name}' is undefined")),
            }),
            Expr::Tuple(items) => Value::tuple(self.eval_all(items, frame)?),
            Expr::List(items) => Value::list(self.eval_all(items, frame)?),
            Expr::Dict(items) => self.eval_dict(items, frame),
            Expr::Neg(value) => self.eval_sign(value, frame, true),
            Expr::Pos(value) => self.eval_sign(value, frame, false),
            Expr::Not(value) => Ok(Value::Bool(!self.eval(value, frame)?.truth())),
            Expr::And(left, right) => {
                let left = self.eval(left, frame)?;
                if left.truth() { self.eval(right, frame) } else { Ok(left) }
            }
            Expr::Or(left, right) => {
                let left = self.eval(left, frame)?;
                if left.truth() { Ok(left) } else { self.eval(right, frame) }
            }
            Expr::Binary(operator, left, right) => {
                let left = self.eval(left, frame)?;
                let right = self.eval(right, frame)?;
                ops::binary(self, *operator, &left, &right)
            }
            Expr::Concat(parts) => self.eval_concat(parts, frame),
            Expr::Compare(first, rest) => {
                let mut left = self.eval(first, frame)?;
                for (operator, right) in rest {
                    let right = self.eval(right, frame)?;
                    if !ops::compare(self, *operator, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Ok(Value::Bool(true))
            }
            Expr::Cond(test, value, otherwise) => {
                if self.eval(test, frame)?.truth() {
                    return self.eval(value, frame);
                }
                match otherwise {
                    Some(otherwise) => self.eval(otherwise, frame),
                    None => Ok(Value::undefined(
                        "the inline if-expression evaluated to false and no else section was defined.",
                    )),
                }
            }
            Expr::GetAttr(object, name) => {
                let object = self.eval(object, frame)?;
                subscript::get_attr(self, &object, name)
            }
            Expr::GetItem(object, index) => {
                let object = self.eval(object, frame)?;
                let index = self.eval(index, frame)?;
                subscript::get_item(self, &object, &index)
            }
            Expr::Slice(object, parts) => {
                let object = self.eval(object, frame)?;
                let part = |part: &Option<Expr>| part.as_ref().map(|part| self.eval(part, frame)).transpose();
                let parts = [part(&parts[0])?, part(&parts[1])?, part(&parts[2])?];
                subscript::slice(self, &object, parts)
            }
            Expr::Call(..) => self.eval_call(expr, frame, None),
            Expr::Filter(value, name, args) => {
                let Some(value) = value else {
                    return other_error("a filter needs a value");
                };
                let value = self.eval(value, frame)?;
                let args = self.eval_args(args, frame)?;
                filters::call(self, name, value, args)
            }
            Expr::Test(value, name, args) => {
                let value = self.eval(value, frame)?;
                let args = self.eval_args(args, frame)?;
                tests::call(self, name, &value, args).map(Value::Bool)
            }
        }
    }

    fn eval_all(&self, items: &[Expr], frame: &Rc<Frame>) -> Result<Vec<Value>> {
        items.iter().map(|item| self.eval(item, frame)).collect()
    }

    #[inline(never)]
    fn eval_dict(&self, items: &[(Expr, Expr)], frame: &Rc<Frame>) -> Result<Value> {
        let mut entries = Entries::new();
        for (key, value) in items {
            let key = self.eval(key, frame)?;
            insert(&mut entries, key, self.eval(value, frame)?)?;
        }
        Ok(Value::Dict(Dict::new(entries)?))
    }

    #[inline(never)]
    fn eval_sign(&self, value: &Expr, frame: &Rc<Frame>, negative: bool) -> Result<Value> {
        let value = self.eval(value, frame)?;
        ops::undefined_fails(&value)?;
        let negated = number::negate(&value);
        let result = if negative { negated } else { negated.and_then(|value| number::negate(&value)) };
        match result {
            Some(value) => Ok(value),
            None => type_error(format!("bad operand type for unary -: '{}'", value.type_name())),
        }
    }

    #[inline(never)]
    fn eval_concat(&self, parts: &[Expr], frame: &Rc<Frame>) -> Result<Value> {
        // All parts run before the first is written.
        let values = self.eval_all(parts, frame)?;
        let mut text = String::new();
        for value in &values {
            match value.as_str() {
                Some(part) => {
                    self.budget.bytes(part.len())?;
                    text.push_str(part);
                }
                None => text.push_str(&self.to_str(value)?),
            }
        }
        Ok(Value::str(text))
    }

    fn eval_args(&self, args: &CallArgs, frame: &Rc<Frame>) -> Result<Args> {
        let mut positional = self.eval_all(&args.positional, frame)?;
        let mut named = Vec::with_capacity(args.named.len());
        for (name, value) in &args.named {
            named.push((name.clone(), self.eval(value, frame)?));
        }
        if let Some(star) = &args.star {
            positional.extend(self.collect(&self.eval(star, frame)?)?);
        }
        if let Some(double_star) = &args.double_star {
            let Value::Dict(dict) = self.eval(double_star, frame)? else {
                return type_error("argument after ** must be a mapping");
            };
            for (key, value) in dict.entries.values() {
                let Some(name) = key.as_arc() else {
                    return type_error("keywords must be strings");
                };
                if named.iter().any(|(other, _)| other == name) {
                    return type_error(format!("got multiple values for keyword argument '{name}'"));
                }
                named.push((name.clone(), value.clone()));
            }
        }
        Ok(Args { positional, named })
    }

    #[inline(never)]
    pub fn eval_call(&self, call: &Expr, frame: &Rc<Frame>, caller: Option<Value>) -> Result<Value> {
        let Expr::Call(callee, args) = call else {
            return other_error("expected call");
        };
        let callee = self.eval(callee, frame)?;
        let mut args = self.eval_args(args, frame)?;
        if let Some(caller) = caller {
            if args.named.iter().any(|(name, _)| &**name == "caller") {
                return type_error("keyword argument repeated: caller");
            }
            args.named.push(("caller".into(), caller));
        }
        self.call(&callee, args)
    }

    pub fn call(&self, callee: &Value, args: Args) -> Result<Value> {
        ops::undefined_fails(callee)?;
        let Value::Object(object) = callee else {
            return type_error(format!("'{}' object is not callable", callee.type_name()));
        };
        match &**object {
            Object::Macro(value) => self.call_macro(value, args),
            Object::Method(receiver, name) => methods::call(self, receiver, name, args),
            Object::Function(name) => functions::call(self, name, args),
            Object::Joiner(separator, used) => {
                args.unnamed::<0>("joiner", 0)?;
                Ok(if used.replace(true) { separator.clone() } else { Value::str("") })
            }
            Object::Loop(state) => {
                let [source] = args.bind("loop", ["iterable"], 1)?;
                let Some((node, frame)) = &state.recurse else {
                    return type_error(
                        "The loop must have the 'recursive' marker to be called recursively.",
                    );
                };
                let source = source.unwrap_or(Value::None);
                self.recursive_loop(node, source, state.depth0 + 1, frame).map(Value::str)
            }
            other => type_error(format!("'{}' object is not callable", other.type_name())),
        }
    }

    fn call_macro(&self, value: &MacroValue, mut args: Args) -> Result<Value> {
        let _call = self.budget.call()?;
        let node = &value.node;
        let frame = Frame::new(Some(value.frame.clone()));
        frame.enter(&node.body.scope, self)?;
        let count = node.parameters.len();
        let given = args.positional.len();
        let mut found_caller = given >= count && node.parameters.iter().any(|name| &**name == "caller");
        let mut values = args.positional.drain(..given.min(count)).map(Some).collect::<Vec<_>>();
        for name in &node.parameters[values.len()..] {
            found_caller |= &**name == "caller";
            let at = args.named.iter().position(|(other, _)| other == name);
            values.push(at.map(|at| args.named.remove(at).1));
        }
        if node.caller && !found_caller {
            let at = args.named.iter().position(|(name, _)| &**name == "caller");
            let caller = at.map(|at| args.named.remove(at).1).filter(|caller| !matches!(caller, Value::None));
            frame.set(&"caller".into(), caller.unwrap_or_else(|| Value::undefined("No caller defined")));
        }
        if node.kwargs {
            let pairs = args.named.drain(..).map(|(name, value)| (Value::Str(name), value)).collect();
            frame.set(&"kwargs".into(), self.dict(pairs)?);
        } else if let Some((name, _)) = args.named.first() {
            return type_error(format!("macro '{}' takes no keyword argument '{name}'", node.name));
        }
        if node.varargs {
            frame.set(&"varargs".into(), Value::tuple(args.positional)?);
        } else if !args.positional.is_empty() {
            return type_error(format!("macro '{}' takes not more than {count} argument(s)", node.name));
        }
        self.set_parameters(node, values, &frame)?;
        let mut text = String::new();
        self.exec(&node.body.body, &frame, &mut text)?;
        Ok(Value::str(text))
    }

    fn set_parameters(
        &self,
        node: &super::ast::Macro,
        values: Vec<Option<Value>>,
        frame: &Rc<Frame>,
    ) -> Result<()> {
        let count = node.parameters.len();
        let mut missing = Vec::new();
        for (at, (name, value)) in node.parameters.iter().zip(values).enumerate() {
            match value {
                Some(value) => frame.set(name, value),
                None => missing.push((at, name)),
            }
        }
        for (at, name) in missing {
            let default = (at + node.defaults.len()).checked_sub(count).map(|at| &node.defaults[at]);
            let value = match default {
                Some(default) => self.eval(default, frame).map_err(|error| error.at(node.line))?,
                None => Value::undefined(format!("parameter '{name}' was not provided")),
            };
            frame.set(name, value);
        }
        Ok(())
    }

    /// Applies the filters of a block to its text.
    pub fn eval_filter_block(&self, filter: &Expr, text: String, frame: &Rc<Frame>) -> Result<Value> {
        let Expr::Filter(inner, name, args) = filter else {
            return other_error("a block needs filters");
        };
        let value = match inner {
            Some(inner) => self.eval_filter_block(inner, text, frame)?,
            None => Value::str(text),
        };
        let args = self.eval_args(args, frame)?;
        filters::call(self, name, value, args)
    }
}

fn constant(value: &Const) -> Value {
    match value {
        Const::None => Value::None,
        Const::Bool(value) => Value::Bool(*value),
        Const::Int(value) => number::int(value.clone()),
        Const::Float(value) => Value::Float(*value),
        Const::Str(text) => Value::Str(text.clone()),
    }
}
