//! Visits every name and expression of a template, in the order of Jinja2's own visitors.

use super::ast::{CallArgs, Expr, Macro, Stmt, StmtKind, Target};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Load,
    Store,
    Parameter,
}

pub trait Visitor {
    fn name(&mut self, name: &str, how: Use);
    /// Before the parts of the expression are visited.
    fn expr(&mut self, _expr: &Expr) {}
    /// An expression that is part of no other, before its parts; whether it is printed.
    fn whole(&mut self, _expr: &Expr, _printed: bool) {}
    fn attribute_store(&mut self, _attribute: &str) {}
    /// Line of what comes next.
    fn line(&mut self, _line: usize) {}
}

pub fn walk_body(body: &[Stmt], visitor: &mut dyn Visitor) {
    for stmt in body {
        visitor.line(stmt.line);
        match &stmt.kind {
            StmtKind::Text(_) | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Print(value) => {
                visitor.whole(value, true);
                walk_expr(value, visitor);
            },
            StmtKind::If(branches, otherwise) => {
                for (test, body) in branches {
                    walk_whole(test, visitor);
                    walk_body(body, visitor);
                }
                walk_body(otherwise, visitor);
            }
            StmtKind::For(node) => {
                walk_target(&node.target, Use::Store, visitor);
                walk_whole(&node.iter, visitor);
                walk_body(&node.body.body, visitor);
                walk_body(&node.otherwise.body, visitor);
                node.test.iter().for_each(|test| walk_whole(test, visitor));
            }
            StmtKind::Set(target, value) => {
                walk_target(target, Use::Store, visitor);
                walk_whole(value, visitor);
            }
            StmtKind::SetBlock(block, target, filter) => {
                walk_target(target, Use::Store, visitor);
                filter.iter().for_each(|filter| walk_whole(filter, visitor));
                walk_body(&block.body, visitor);
            }
            StmtKind::Macro(node) | StmtKind::Generation(node) => walk_macro(node, visitor),
            StmtKind::CallBlock(call, node) => {
                walk_whole(call, visitor);
                walk_macro(node, visitor);
            }
            StmtKind::FilterBlock(block, filter) => {
                walk_body(&block.body, visitor);
                walk_whole(filter, visitor);
            }
            StmtKind::With(values, block) => {
                values.iter().for_each(|(target, _)| walk_target(target, Use::Parameter, visitor));
                values.iter().for_each(|(_, value)| walk_whole(value, visitor));
                walk_body(&block.body, visitor);
            }
        }
    }
}

fn walk_macro(node: &Macro, visitor: &mut dyn Visitor) {
    node.parameters.iter().for_each(|name| visitor.name(name, Use::Parameter));
    node.defaults.iter().for_each(|default| walk_whole(default, visitor));
    walk_body(&node.body.body, visitor);
}

fn walk_whole(expr: &Expr, visitor: &mut dyn Visitor) {
    visitor.whole(expr, false);
    walk_expr(expr, visitor);
}

fn walk_target(target: &Target, how: Use, visitor: &mut dyn Visitor) {
    match target {
        Target::Name(name) => visitor.name(name, how),
        Target::Attribute(_, attribute) => visitor.attribute_store(attribute),
        Target::Tuple(items) => items.iter().for_each(|item| walk_target(item, how, visitor)),
    }
}

pub fn walk_expr(expr: &Expr, visitor: &mut dyn Visitor) {
    visitor.expr(expr);
    match expr {
        Expr::Name(name) => visitor.name(name, Use::Load),
        Expr::Const(_) => {}
        _ => for_each_part(expr, &mut |part| walk_expr(part, visitor)),
    }
}

/// The expressions directly below one.
pub fn for_each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match expr {
        Expr::Name(_) | Expr::Const(_) => {}
        Expr::Tuple(items) | Expr::List(items) | Expr::Concat(items) => items.iter().for_each(visit),
        Expr::Dict(items) => items.iter().for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
        Expr::Neg(value) | Expr::Pos(value) | Expr::Not(value) | Expr::GetAttr(value, _) => visit(value),
        Expr::Binary(_, left, right)
        | Expr::And(left, right)
        | Expr::Or(left, right)
        | Expr::GetItem(left, right) => {
            visit(left);
            visit(right);
        }
        Expr::Compare(first, rest) => {
            visit(first);
            rest.iter().for_each(|(_, value)| visit(value));
        }
        Expr::Cond(test, value, otherwise) => {
            visit(test);
            visit(value);
            otherwise.iter().for_each(|otherwise| visit(otherwise));
        }
        Expr::Slice(value, parts) => {
            visit(value);
            parts.iter().flatten().for_each(visit);
        }
        Expr::Call(value, args) | Expr::Test(value, _, args) => {
            visit(value);
            for_each_arg(args, visit);
        }
        Expr::Filter(value, _, args) => {
            value.iter().for_each(|value| visit(value));
            for_each_arg(args, visit);
        }
    }
}

fn for_each_arg<'e>(args: &'e CallArgs, visit: &mut dyn FnMut(&'e Expr)) {
    args.positional.iter().for_each(&mut *visit);
    args.named.iter().for_each(|(_, arg)| visit(arg));
    args.star.iter().chain(&args.double_star).for_each(visit);
}

struct Undeclared<'n> {
    open: Vec<&'n str>,
    found: Vec<&'n str>,
    done: bool,
}

impl Visitor for Undeclared<'_> {
    fn name(&mut self, name: &str, how: Use) {
        let at = self.open.iter().position(|open| *open == name).filter(|_| !self.done);
        let Some(at) = at else { return };
        if how != Use::Load {
            self.open.remove(at);
        } else if !self.found.contains(&self.open[at]) {
            self.found.push(self.open[at]);
            self.done = self.found.len() == self.open.len();
        }
    }
}

/// Those of `names` that are read before anything in the body sets them.
pub fn undeclared<'n>(body: &[Stmt], names: &[&'n str]) -> Vec<&'n str> {
    let mut visitor = Undeclared { open: names.to_vec(), found: Vec::new(), done: false };
    walk_body(body, &mut visitor);
    visitor.found
}

struct Stores<'n>(&'n str, bool);

impl Visitor for Stores<'_> {
    fn name(&mut self, name: &str, how: Use) {
        self.1 |= how == Use::Store && name == self.0;
    }
}

/// Whether anything in the body assigns to the name.
pub fn stores_in(body: &[Stmt], name: &str) -> bool {
    let mut visitor = Stores(name, false);
    walk_body(body, &mut visitor);
    visitor.1
}

/// Whether a target assigns to the name.
pub fn stores(target: &Target, name: &str) -> bool {
    let mut visitor = Stores(name, false);
    walk_target(target, Use::Store, &mut visitor);
    visitor.1
}
