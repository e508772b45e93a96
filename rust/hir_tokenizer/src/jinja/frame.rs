//! Variables while a template runs. As in the Python code that Jinja2 makes, every scope knows its
//! names before it runs, and a name without a value yet falls back only where scope.rs says so.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::error::{unsupported, Result};
use super::interp::Interp;
use super::scope::{Load, Scope};
use super::value::Value;

enum Slot {
    Missing,
    /// The scope has ended; what a macro defined in it would see now is undefined.
    Gone,
    Held(Value),
}

pub struct Frame {
    variables: RefCell<HashMap<Arc<str>, Slot>>,
    parent: Option<Rc<Frame>>,
}

impl Frame {
    pub fn new(parent: Option<Rc<Frame>>) -> Rc<Frame> {
        Rc::new(Frame { variables: RefCell::default(), parent })
    }

    /// Gives every name of `scope` its first value.
    pub fn enter(&self, scope: &Scope, interp: &Interp) -> Result<()> {
        let mut variables = self.variables.borrow_mut();
        for (name, load) in &scope.loads {
            let value = match load {
                Load::Parameter | Load::Undefined => None,
                Load::Resolve => interp.resolve(name),
                Load::Alias => match &self.parent {
                    Some(parent) => parent.get(name)?,
                    None => None,
                },
            };
            variables.insert(name.clone(), value.map_or(Slot::Missing, Slot::Held));
        }
        Ok(())
    }

    /// None if the name has no value.
    pub fn get(&self, name: &str) -> Result<Option<Value>> {
        let mut frame = self;
        loop {
            match frame.variables.borrow().get(name) {
                Some(Slot::Held(value)) => return Ok(Some(value.clone())),
                Some(Slot::Missing) => return Ok(None),
                Some(Slot::Gone) => {
                    return unsupported(format!("a macro uses '{name}' of a loop or block that has ended"))
                }
                None => {}
            }
            match frame.parent.as_deref() {
                Some(parent) => frame = parent,
                None => return Ok(None),
            }
        }
    }

    pub fn set(&self, name: &Arc<str>, value: Value) {
        self.variables.borrow_mut().insert(name.clone(), Slot::Held(value));
    }

    /// Forgets all values.
    pub fn leave(&self) {
        let old = std::mem::take(&mut *self.variables.borrow_mut());
        let names = old.keys().map(|name| (name.clone(), Slot::Gone)).collect();
        self.variables.replace(names);
    }
}
