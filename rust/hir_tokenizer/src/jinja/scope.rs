//! Which names a scope has and where each gets its first value: Jinja2's idtracking. It decides before
//! rendering, so that a name set in one branch of an `if` still falls back to the outer one in the
//! other, and a loop's own names start afresh in each iteration.

use std::sync::Arc;

use super::ast::{Block, Expr, For, Macro, Stmt, StmtKind, Target};
use super::error::{other_error, Result};
use super::walk::{for_each_part, stores, stores_in, undeclared};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// Set by whoever opens the scope.
    Parameter,
    /// From the variables of the rendering.
    Resolve,
    /// From the scope around.
    Alias,
    Undefined,
}

#[derive(Default)]
pub struct Scope {
    pub loads: Vec<(Arc<str>, Load)>,
}

#[derive(Clone)]
struct Symbols<'p> {
    loads: Vec<(Arc<str>, Load)>,
    stores: Vec<Arc<str>>,
    parent: Option<&'p Symbols<'p>>,
}

impl<'p> Symbols<'p> {
    fn new(parent: Option<&'p Symbols<'p>>) -> Self {
        Symbols { loads: Vec::new(), stores: Vec::new(), parent }
    }

    fn has(&self, name: &str) -> bool {
        self.loads.iter().any(|(known, _)| &**known == name)
    }

    fn finds(&self, name: &str) -> bool {
        self.has(name) || self.parent.is_some_and(|parent| parent.finds(name))
    }

    fn define(&mut self, name: &Arc<str>, load: Load) {
        match self.loads.iter_mut().find(|(known, _)| known == name) {
            Some(entry) => entry.1 = load,
            None => self.loads.push((name.clone(), load)),
        }
    }

    fn outer(&self, name: &str) -> bool {
        self.parent.is_some_and(|parent| parent.finds(name))
    }

    fn store(&mut self, name: &Arc<str>) {
        if !self.stores.contains(name) {
            self.stores.push(name.clone());
        }
        if !self.has(name) {
            self.define(name, if self.outer(name) { Load::Alias } else { Load::Undefined });
        }
    }

    fn parameter(&mut self, name: &Arc<str>) {
        if !self.stores.contains(name) {
            self.stores.push(name.clone());
        }
        self.define(name, Load::Parameter);
    }

    fn load(&mut self, name: &Arc<str>) {
        if !self.finds(name) {
            self.define(name, Load::Resolve);
        }
    }

    /// A name that only some branches set keeps what it had before.
    fn merge(&mut self, branches: Vec<Symbols<'p>>) {
        let mut stored: Vec<Arc<str>> = Vec::new();
        for branch in &branches {
            for name in &branch.stores {
                if !self.stores.contains(name) && !stored.contains(name) {
                    stored.push(name.clone());
                }
            }
        }
        for branch in branches {
            for (name, load) in &branch.loads {
                self.define(name, *load);
            }
        }
        for name in stored {
            let load = if self.outer(&name) { Load::Alias } else { Load::Resolve };
            self.define(&name, load);
            self.stores.push(name);
        }
    }

    fn scope(&self) -> Scope {
        Scope { loads: self.loads.clone() }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Name(name) => self.load(name),
            _ => for_each_part(expr, &mut |part| self.expr(part)),
        }
    }

    fn target(&mut self, target: &Target, parameter: bool) {
        match target {
            Target::Name(name) if parameter => self.parameter(name),
            Target::Name(name) => self.store(name),
            Target::Attribute(name, _) => self.load(name),
            Target::Tuple(items) => items.iter().for_each(|item| self.target(item, parameter)),
        }
    }

    /// Visits statements of this scope, and stops where another begins.
    fn body(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Text(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Generation(_) => {}
                StmtKind::Print(value) => self.expr(value),
                StmtKind::If(branches, otherwise) => self.branches(branches, otherwise),
                StmtKind::For(node) => self.expr(&node.iter),
                StmtKind::Set(target, value) => {
                    self.expr(value);
                    self.target(target, false);
                }
                StmtKind::SetBlock(_, target, _) => self.target(target, false),
                StmtKind::Macro(node) => self.store(&node.name),
                StmtKind::CallBlock(call, _) => self.expr(call),
                StmtKind::FilterBlock(_, filter) => self.expr(filter),
                StmtKind::With(values, _) => values.iter().for_each(|(_, value)| self.expr(value)),
            }
        }
    }

    /// Jinja2 has `elif` as an `if` within the list of branches.
    fn branches(&mut self, branches: &[(Expr, Vec<Stmt>)], otherwise: &[Stmt]) {
        let Some(((test, body), elifs)) = branches.split_first() else { return };
        self.expr(test);
        let mut first = self.clone();
        first.body(body);
        let mut middle = self.clone();
        for elif in elifs {
            middle.branches(std::slice::from_ref(elif), &[]);
        }
        let mut last = self.clone();
        last.body(otherwise);
        self.merge(vec![first, middle, last]);
    }
}

/// Fills in the scopes of a whole template and returns that of its top.
pub fn resolve(body: &mut [Stmt]) -> Result<Scope> {
    let mut symbols = Symbols::new(None);
    symbols.body(body);
    resolve_body(body, &symbols)?;
    Ok(symbols.scope())
}

fn resolve_body(body: &mut [Stmt], symbols: &Symbols) -> Result<()> {
    for stmt in body {
        let line = stmt.line;
        resolve_stmt(stmt, symbols).map_err(|error| error.at(line))?;
    }
    Ok(())
}

fn resolve_stmt(stmt: &mut Stmt, symbols: &Symbols) -> Result<()> {
    match &mut stmt.kind {
        StmtKind::If(branches, otherwise) => {
            for (_, body) in branches {
                resolve_body(body, symbols)?;
            }
            resolve_body(otherwise, symbols)
        }
        StmtKind::For(node) => resolve_for(only(node)?, symbols),
        StmtKind::SetBlock(block, _, filter) => {
            let mut inner = Symbols::new(Some(symbols));
            inner.body(&block.body);
            if let Some(filter) = filter {
                // Jinja2 forgets to look for names in the filter, and fails where one is new.
                let known = inner.loads.len();
                inner.expr(filter);
                if inner.loads.len() > known {
                    let name = &inner.loads[known].0;
                    return other_error(format!("the filter of a set block uses the unknown name '{name}'"));
                }
            }
            resolve_block(block, &inner)
        }
        StmtKind::FilterBlock(block, filter) => {
            let mut inner = Symbols::new(Some(symbols));
            inner.body(&block.body);
            inner.expr(filter);
            resolve_block(block, &inner)
        }
        StmtKind::With(values, block) => {
            let mut inner = Symbols::new(Some(symbols));
            values.iter().for_each(|(target, _)| inner.target(target, true));
            inner.body(&block.body);
            resolve_block(block, &inner)
        }
        StmtKind::Macro(node) | StmtKind::CallBlock(_, node) | StmtKind::Generation(node) => {
            resolve_macro(only(node)?, symbols)
        }
        _ => Ok(()),
    }
}

/// A node that only the tree holds as yet.
fn only<T>(node: &mut Arc<T>) -> Result<&mut T> {
    match Arc::get_mut(node) {
        Some(node) => Ok(node),
        None => other_error("internal failure: a node of the template is shared too early"),
    }
}

fn resolve_block(block: &mut Block, symbols: &Symbols) -> Result<()> {
    block.scope = symbols.scope();
    resolve_body(&mut block.body, symbols)
}

fn resolve_for(node: &mut For, symbols: &Symbols) -> Result<()> {
    let bodies = [&node.body.body, &node.otherwise.body];
    if stores(&node.target, "loop") || bodies.into_iter().any(|body| stores_in(body, "loop")) {
        return other_error("Can't assign to special loop variable in for-loop target");
    }
    node.extended = node.recursive || undeclared(&node.body.body, &["loop"]).contains(&"loop");
    let mut inner = Symbols::new(Some(symbols));
    if node.extended {
        inner.parameter(&"loop".into());
    }
    inner.target(&node.target, true);
    inner.body(&node.body.body);
    resolve_block(&mut node.body, &inner)?;
    let mut otherwise = Symbols::new(Some(symbols));
    otherwise.body(&node.otherwise.body);
    resolve_block(&mut node.otherwise, &otherwise)?;
    if let Some(test) = &node.test {
        let mut inner = Symbols::new(Some(symbols));
        inner.target(&node.target, true);
        inner.expr(test);
        node.test_scope = inner.scope();
    }
    Ok(())
}

fn resolve_macro(node: &mut Macro, symbols: &Symbols) -> Result<()> {
    let special = undeclared(&node.body.body, &["caller", "kwargs", "varargs"]);
    let has = |name: &str| node.parameters.iter().position(|parameter| &**parameter == name);
    let mut inner = Symbols::new(Some(symbols));
    node.parameters.iter().for_each(|name| inner.parameter(name));
    if special.contains(&"caller") {
        match has("caller") {
            Some(at) if at + node.defaults.len() < node.parameters.len() => {
                return other_error(
                    "When defining macros or call blocks the special \"caller\" argument must be \
                     omitted or be given a default.",
                )
            }
            Some(_) => {}
            None => inner.parameter(&"caller".into()),
        }
    }
    node.caller = special.contains(&"caller");
    node.kwargs = special.contains(&"kwargs") && has("kwargs").is_none();
    node.varargs = special.contains(&"varargs") && has("varargs").is_none();
    if node.kwargs {
        inner.parameter(&"kwargs".into());
    }
    if node.varargs {
        inner.parameter(&"varargs".into());
    }
    node.defaults.iter().for_each(|default| inner.expr(default));
    inner.body(&node.body.body);
    resolve_block(&mut node.body, &inner)
}
