//! Runs the statements of a template.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::args::Args;
use super::ast::{Block, Expr, For, Stmt, StmtKind, Target};
use super::budget::Budget;
use super::error::{other_error, type_error, value_error, Result};
use super::frame::Frame;
use super::functions;
use super::iter::Iter;
use super::object::{LoopState, MacroValue, Object};
use super::scope::Scope;
use super::value::{Dict, Key, Value};

/// How a list of statements ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    Break,
    Continue,
}

/// One rendering.
pub struct Interp {
    pub budget: Budget,
    /// Unix seconds for strftime_now(); negative for the machine's clock in local time.
    pub now: i64,
    variables: HashMap<Arc<str>, Value>,
    /// Values that may contain themselves; emptied at the end so that they are freed.
    frames: RefCell<Vec<Rc<Frame>>>,
    namespaces: RefCell<Vec<Rc<Object>>>,
}

impl Drop for Interp {
    fn drop(&mut self) {
        self.frames.borrow().iter().for_each(|frame| frame.leave());
        for namespace in self.namespaces.borrow().iter() {
            if let Object::Namespace(entries) = &**namespace {
                let entries = std::mem::take(&mut *entries.borrow_mut());
                drop(entries);
            }
        }
    }
}

impl Interp {
    pub fn new(variables: HashMap<Arc<str>, Value>, now: i64) -> Self {
        Interp {
            budget: Budget::new(),
            now,
            variables,
            frames: RefCell::default(),
            namespaces: RefCell::default(),
        }
    }

    pub fn render(&self, body: &[Stmt], scope: &Scope) -> Result<String> {
        let frame = self.frame(None, scope)?;
        let mut out = String::new();
        self.exec(body, &frame, &mut out)?;
        Ok(out)
    }

    /// A variable of the rendering, or one of Jinja2's functions.
    pub fn resolve(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned().or_else(|| functions::find(name))
    }

    fn frame(&self, parent: Option<&Rc<Frame>>, scope: &Scope) -> Result<Rc<Frame>> {
        let frame = Frame::new(parent.cloned());
        frame.enter(scope, self)?;
        Ok(frame)
    }

    pub fn namespace(&self, entries: super::object::Entries) -> Result<Value> {
        self.budget.steps(8)?;
        let namespace = Rc::new(Object::Namespace(RefCell::new(entries)));
        self.namespaces.borrow_mut().push(namespace.clone());
        Ok(Value::Object(namespace))
    }

    pub fn dict(&self, pairs: Vec<(Value, Value)>) -> Result<Value> {
        self.budget.steps(pairs.len())?;
        let mut entries = super::object::Entries::new();
        for (key, value) in pairs {
            insert(&mut entries, key, value)?;
        }
        Ok(Value::Dict(Dict::new(entries)?))
    }

    pub fn exec(&self, body: &[Stmt], frame: &Rc<Frame>, out: &mut String) -> Result<Flow> {
        let _level = self.budget.level()?;
        for stmt in body {
            let flow = self.exec_stmt(stmt, frame, out).map_err(|error| error.at(stmt.line))?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn exec_stmt(&self, stmt: &Stmt, frame: &Rc<Frame>, out: &mut String) -> Result<Flow> {
        match &stmt.kind {
            StmtKind::Text(text) => self.write(out, text)?,
            StmtKind::Print(value) => {
                let value = self.eval(value, frame)?;
                match value.as_str() {
                    Some(text) => self.write(out, text)?,
                    None => self.write(out, &self.to_str(&value)?)?,
                }
            }
            StmtKind::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.eval(test, frame)?.truth() {
                        return self.exec(body, frame, out);
                    }
                }
                return self.exec(otherwise, frame, out);
            }
            StmtKind::For(node) => return self.exec_for(node, frame, out),
            StmtKind::Set(target, value) => {
                self.check_namespaces(target, frame)?;
                let value = self.eval(value, frame)?;
                self.assign(target, value, frame)?;
            }
            StmtKind::SetBlock(block, target, filter) => {
                return self.exec_set_block(block, target, filter.as_ref(), frame)
            }
            StmtKind::Macro(node) => {
                let value = self.new_macro(node, frame)?;
                frame.set(&node.name, value);
            }
            StmtKind::CallBlock(call, node) => {
                let caller = self.new_macro(node, frame)?;
                let value = self.eval_call(call, frame, Some(caller))?;
                self.write(out, &self.to_str(&value)?)?;
            }
            StmtKind::Generation(node) => {
                let block = self.new_macro(node, frame)?;
                let value = self.call(&block, Args::default())?;
                self.write(out, &self.to_str(&value)?)?;
            }
            StmtKind::FilterBlock(block, filter) => {
                let inner = self.frame(Some(frame), &block.scope)?;
                let (text, flow) = self.capture(&block.body, &inner)?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
                let value = self.eval_filter_block(filter, text, &inner)?;
                self.write(out, &self.to_str(&value)?)?;
                inner.leave();
            }
            StmtKind::With(values, block) => {
                let inner = self.frame(Some(frame), &block.scope)?;
                for (target, value) in values {
                    let value = self.eval(value, frame)?;
                    self.assign(target, value, &inner)?;
                }
                let flow = self.exec(&block.body, &inner, out)?;
                inner.leave();
                return Ok(flow);
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn write(&self, out: &mut String, text: &str) -> Result<()> {
        self.budget.bytes(text.len())?;
        out.push_str(text);
        Ok(())
    }

    fn capture(&self, body: &[Stmt], frame: &Rc<Frame>) -> Result<(String, Flow)> {
        let mut text = String::new();
        let flow = self.exec(body, frame, &mut text)?;
        Ok((text, flow))
    }

    fn exec_set_block(
        &self,
        block: &Block,
        target: &Target,
        filter: Option<&Expr>,
        frame: &Rc<Frame>,
    ) -> Result<Flow> {
        let inner = self.frame(Some(frame), &block.scope)?;
        let (text, flow) = self.capture(&block.body, &inner)?;
        if flow != Flow::Next {
            return Ok(flow);
        }
        let value = match filter {
            Some(filter) => self.eval_filter_block(filter, text, &inner)?,
            None => Value::str(text),
        };
        self.assign(target, value, frame)?;
        inner.leave();
        Ok(Flow::Next)
    }

    /// Every macro's frame may hold the macro itself.
    fn new_macro(&self, node: &Arc<super::ast::Macro>, frame: &Rc<Frame>) -> Result<Value> {
        self.budget.steps(8)?;
        let mut frames = self.frames.borrow_mut();
        if !frames.last().is_some_and(|last| Rc::ptr_eq(last, frame)) {
            frames.push(frame.clone());
        }
        let value = MacroValue { node: node.clone(), frame: frame.clone() };
        Ok(Value::object(Object::Macro(value)))
    }

    fn check_namespaces(&self, target: &Target, frame: &Rc<Frame>) -> Result<()> {
        match target {
            Target::Name(_) => Ok(()),
            Target::Tuple(items) => items.iter().try_for_each(|item| self.check_namespaces(item, frame)),
            Target::Attribute(name, _) => match frame.get(name)? {
                Some(Value::Object(object)) if matches!(&*object, Object::Namespace(_)) => Ok(()),
                _ => other_error("cannot assign attribute on non-namespace object"),
            },
        }
    }

    pub fn assign(&self, target: &Target, value: Value, frame: &Rc<Frame>) -> Result<()> {
        match target {
            Target::Name(name) => frame.set(name, value),
            Target::Attribute(name, attribute) => {
                let namespace = frame.get(name)?;
                let Some(Value::Object(object)) = namespace else {
                    return other_error("cannot assign attribute on non-namespace object");
                };
                let Object::Namespace(entries) = &*object else {
                    return other_error("cannot assign attribute on non-namespace object");
                };
                let key = Value::Str(attribute.clone());
                let old = entries.borrow_mut().insert(Key::Str(attribute.clone()), (key, value));
                drop(old);
            }
            Target::Tuple(targets) => {
                let mut iter = match Iter::over(&value) {
                    Ok(iter) => iter,
                    Err(_) => {
                        return type_error(format!("cannot unpack non-iterable {} object", value.type_name()))
                    }
                };
                let mut values = Vec::new();
                while values.len() <= targets.len() {
                    let Some(item) = iter.next(self)? else { break };
                    values.push(item);
                }
                if values.len() != targets.len() {
                    return value_error(format!(
                        "not the right number of values to unpack (expected {})",
                        targets.len()
                    ));
                }
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value, frame)?;
                }
            }
        }
        Ok(())
    }

    fn exec_for(&self, node: &Arc<For>, frame: &Rc<Frame>, out: &mut String) -> Result<Flow> {
        if !node.recursive {
            let source = self.eval(&node.iter, frame)?;
            return self.run_loop(node, source, 0, frame, out);
        }
        let source = self.eval(&node.iter, frame)?;
        let text = self.recursive_loop(node, source, 0, frame)?;
        self.write(out, &text)?;
        Ok(Flow::Next)
    }

    /// The text of a recursive loop, or of one level of it.
    pub fn recursive_loop(
        &self,
        node: &Arc<For>,
        source: Value,
        depth: i64,
        frame: &Rc<Frame>,
    ) -> Result<String> {
        let _call = self.budget.call()?;
        let mut text = String::new();
        self.run_loop(node, source, depth, frame, &mut text)?;
        Ok(text)
    }

    fn run_loop(
        &self,
        node: &Arc<For>,
        source: Value,
        depth: i64,
        frame: &Rc<Frame>,
        out: &mut String,
    ) -> Result<Flow> {
        let mut iter = Iter::over(&source)?;
        if node.test.is_some() {
            let test_frame = self.frame(Some(frame), &node.test_scope)?;
            iter = Iter::Filtered(Box::new(iter), node.clone(), test_frame);
        }
        let recurse = node.recursive.then(|| (node.clone(), frame.clone()));
        let state = LoopState::new(source, iter, depth, recurse);
        let object = Rc::new(Object::Loop(state));
        let Object::Loop(state) = &*object else { return Ok(Flow::Next) };
        let inner = Frame::new(Some(frame.clone()));
        let loop_name: Arc<str> = "loop".into();
        let mut otherwise = true;
        while let Some(item) = state.advance(self)? {
            self.budget.steps(1)?;
            inner.enter(&node.body.scope, self)?;
            self.assign(&node.target, item, &inner)?;
            if node.extended {
                inner.set(&loop_name, Value::Object(object.clone()));
            }
            match self.exec(&node.body.body, &inner, out)? {
                Flow::Next => otherwise = false,
                Flow::Break => break,
                // As in Jinja2, a turn that was cut short does not count for `else`.
                Flow::Continue => {}
            }
        }
        // It may contain the loop itself.
        state.changed.take();
        if !node.recursive || !node.otherwise.body.is_empty() {
            inner.leave();
        }
        if otherwise && !node.otherwise.body.is_empty() {
            let frame = self.frame(Some(frame), &node.otherwise.scope)?;
            return self.exec(&node.otherwise.body, &frame, out);
        }
        Ok(Flow::Next)
    }

    /// Whether the `if` of a loop lets the item through.
    pub fn passes(&self, node: &For, item: &Value, frame: &Rc<Frame>) -> Result<bool> {
        let Some(test) = &node.test else { return Ok(true) };
        frame.enter(&node.test_scope, self)?;
        self.assign(&node.target, item.clone(), frame)?;
        Ok(self.eval(test, frame)?.truth())
    }
}

pub fn insert(entries: &mut super::object::Entries, key: Value, value: Value) -> Result<()> {
    let hashed = key.key()?;
    match entries.get_mut(&hashed) {
        Some(entry) => entry.1 = value,
        None => _ = entries.insert(hashed, (key, value)),
    }
    Ok(())
}
