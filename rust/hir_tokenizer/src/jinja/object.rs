//! Values with attributes: namespaces, macros, loops and the small helpers of Jinja2.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::ast::{For, Macro};
use super::error::Result;
use super::frame::Frame;
use super::interp::Interp;
use super::iter::Iter;
use super::ops;
use super::value::{Key, Seq, Value};

pub type Entries = IndexMap<Key, (Value, Value)>;

pub enum Object {
    Namespace(RefCell<Entries>),
    Macro(MacroValue),
    Loop(LoopState),
    Cycler(Rc<Seq>, Cell<usize>),
    Joiner(Value, Cell<bool>),
    /// A method that was read and not called yet.
    Method(Value, &'static str),
    Function(&'static str),
}

pub struct MacroValue {
    pub node: Arc<Macro>,
    /// Where it was defined.
    pub frame: Rc<Frame>,
}

/// The variable `loop` in the body of a loop.
pub struct LoopState {
    source: Value,
    /// Whether the source's own length is that of the loop.
    sized: bool,
    iter: RefCell<Iter>,
    pub index0: Cell<i64>,
    length: Cell<Option<i64>>,
    before: RefCell<Option<Value>>,
    current: RefCell<Option<Value>>,
    after: RefCell<Option<Value>>,
    pub changed: RefCell<Option<Vec<Value>>>,
    pub depth0: i64,
    /// The loop and its surroundings, for `loop(...)` in a recursive one.
    pub recurse: Option<(Arc<For>, Rc<Frame>)>,
    nesting: u32,
}

impl Object {
    pub fn type_name(&self) -> &'static str {
        match self {
            Object::Namespace(_) => "Namespace",
            Object::Macro(_) => "Macro",
            Object::Loop(_) => "LoopContext",
            Object::Cycler(..) => "Cycler",
            Object::Joiner(..) => "Joiner",
            Object::Method(..) => "builtin_function_or_method",
            Object::Function(_) => "function",
        }
    }

    /// Namespaces and macros count as flat: the interpreter empties them itself.
    pub fn nesting(&self) -> u32 {
        match self {
            Object::Namespace(_) | Object::Macro(_) | Object::Function(_) => 0,
            Object::Loop(state) => state.nesting,
            Object::Cycler(items, _) => Value::Tuple(items.clone()).nesting() + 1,
            Object::Joiner(separator, _) => separator.nesting() + 1,
            Object::Method(receiver, _) => receiver.nesting() + 1,
        }
    }
}

impl LoopState {
    pub fn new(
        source: Value,
        iter: Iter,
        depth0: i64,
        recurse: Option<(Arc<For>, Rc<Frame>)>,
    ) -> LoopState {
        let sized = !matches!(iter, Iter::Filtered(..));
        let nesting = source.nesting() + 1;
        LoopState {
            source,
            sized,
            iter: RefCell::new(iter),
            index0: Cell::new(-1),
            length: Cell::new(None),
            before: RefCell::new(None),
            current: RefCell::new(None),
            after: RefCell::new(None),
            changed: RefCell::new(None),
            depth0,
            recurse,
            nesting,
        }
    }

    fn pull(&self, interp: &Interp) -> Result<Option<Value>> {
        match self.iter.try_borrow_mut() {
            Ok(mut iter) => iter.next(interp),
            Err(_) => super::error::other_error("generator already executing"),
        }
    }

    pub fn advance(&self, interp: &Interp) -> Result<Option<Value>> {
        let peeked = self.after.take();
        let item = match peeked {
            Some(item) => Some(item),
            None => self.pull(interp)?,
        };
        if let Some(item) = &item {
            self.index0.set(self.index0.get() + 1);
            let old = self.current.replace(Some(item.clone()));
            self.before.replace(old);
        }
        Ok(item)
    }

    fn peek(&self, interp: &Interp) -> Result<Option<Value>> {
        if self.after.borrow().is_none() {
            let next = self.pull(interp)?;
            self.after.replace(next);
        }
        Ok(self.after.borrow().clone())
    }

    pub fn length(&self, interp: &Interp) -> Result<i64> {
        if let Some(length) = self.length.get() {
            return Ok(length);
        }
        let length = match ops::len(&self.source).filter(|_| self.sized) {
            Some(length) => length as i64,
            None => {
                let mut rest = Vec::new();
                while let Some(item) = self.pull(interp)? {
                    interp.budget.steps(1)?;
                    rest.push(item);
                }
                let peeked = i64::from(self.after.borrow().is_some());
                let length = rest.len() as i64 + self.index0.get() + 1 + peeked;
                self.iter.replace(Iter::owned(rest));
                length
            }
        };
        self.length.set(Some(length));
        Ok(length)
    }

    /// An attribute of `loop` that is not a method.
    pub fn attribute(&self, interp: &Interp, name: &str) -> Result<Option<Value>> {
        let index0 = self.index0.get();
        Ok(Some(match name {
            "index" => Value::Int(index0 + 1),
            "index0" => Value::Int(index0),
            "revindex" => Value::Int(self.length(interp)? - index0),
            "revindex0" => Value::Int(self.length(interp)? - index0 - 1),
            "first" => Value::Bool(index0 == 0),
            "last" => Value::Bool(self.peek(interp)?.is_none()),
            "length" => Value::Int(self.length(interp)?),
            "depth" => Value::Int(self.depth0 + 1),
            "depth0" => Value::Int(self.depth0),
            "previtem" => match self.before.borrow().clone().filter(|_| index0 != 0) {
                Some(item) => item,
                None => Value::undefined("there is no previous item"),
            },
            "nextitem" => match self.peek(interp)? {
                Some(item) => item,
                None => Value::undefined("there is no next item"),
            },
            _ => return Ok(None),
        }))
    }
}
