//! Refuses, before anything runs, templates that would not render as in Jinja2, naming the construct.

use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{CallArgs, Const, Expr, Stmt, StmtKind};
use super::error::{other_error, Error, Kind, Result};
use super::filters;
use super::fold::Folder;
use super::functions;
use super::methods;
use super::tests;
use super::walk::{undeclared, walk_body, Use, Visitor};

#[derive(Default)]
struct Names {
    /// Names that the template sets, takes as parameters, or asks for with a test.
    bound: HashSet<String>,
    /// Names under which an object's attribute may be a macro.
    attributes: HashSet<String>,
}

impl Visitor for Names {
    fn name(&mut self, name: &str, how: Use) {
        if how != Use::Load {
            self.bound.insert(name.to_owned());
        }
    }

    fn attribute_store(&mut self, attribute: &str) {
        self.attributes.insert(attribute.to_owned());
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Dict(items) => {
                for (key, _) in items {
                    if let Expr::Const(Const::Str(key)) = key {
                        self.attributes.insert(key.to_string());
                    }
                }
            }
            Expr::Call(_, args) => {
                self.attributes.extend(args.named.iter().map(|(name, _)| name.to_string()));
            }
            Expr::Test(value, name, _) if matches!(&**name, "defined" | "undefined" | "callable") => {
                if let Expr::Name(name) = &**value {
                    self.bound.insert(name.to_string());
                }
            }
            _ => {}
        }
    }
}

/// Macro definitions bind their names without a Name node.
fn bind_macros(body: &[Stmt], names: &mut Names) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Macro(node) => {
                names.bound.insert(node.name.to_string());
                bind_macros(&node.body.body, names);
            }
            StmtKind::CallBlock(_, node) | StmtKind::Generation(node) => {
                bind_macros(&node.body.body, names);
            }
            StmtKind::If(branches, otherwise) => {
                branches.iter().for_each(|(_, body)| bind_macros(body, names));
                bind_macros(otherwise, names);
            }
            StmtKind::For(node) => {
                bind_macros(&node.body.body, names);
                bind_macros(&node.otherwise.body, names);
            }
            StmtKind::SetBlock(block, ..) | StmtKind::FilterBlock(block, _) | StmtKind::With(_, block) => {
                bind_macros(&block.body, names);
            }
            _ => {}
        }
    }
}

/// Filters whose result is a generator: printed, it shows an address.
const GENERATORS: [&str; 9] =
    ["batch", "items", "map", "reject", "rejectattr", "select", "selectattr", "slice", "unique"];

struct Check {
    names: Names,
    folder: Folder,
    line: usize,
    refused: Option<Error>,
}

impl Check {
    fn refuse(&mut self, what: &str, name: &str, why: &str) {
        if self.refused.is_none() {
            let message = format!("the chat template uses the {what} '{name}', {why}");
            self.refused = Some(Error::new(Kind::Other, message).at(self.line));
        }
    }

    fn filter(&mut self, name: &str) {
        if filters::UNSUPPORTED.contains(&name) {
            self.refuse("filter", name, "which is not supported");
        } else if !filters::is_known(name) {
            self.refuse("filter", name, "which Jinja2 doesn't have");
        }
    }

    fn test(&mut self, name: &str) {
        if !tests::is_known(name) {
            self.refuse("test", name, "which Jinja2 doesn't have");
        }
    }

    /// map('name'), select('name') and selectattr('attribute', 'name') name others.
    fn filter_args(&mut self, filter: &str, args: &CallArgs) {
        let named = |at: usize| match args.positional.get(at) {
            Some(Expr::Const(Const::Str(name))) => Some(name.clone()),
            _ => None,
        };
        match filter {
            "map" => named(0).iter().for_each(|name| self.filter(name)),
            "select" | "reject" => named(0).iter().for_each(|name| self.test(name)),
            "selectattr" | "rejectattr" => named(1).iter().for_each(|name| self.test(name)),
            _ => {}
        }
    }

    /// An address is never the same, so that no two prompts would be.
    fn printed(&mut self, expr: &Expr) {
        let why = "and prints what comes of it, whose text is never the same; add | list or | join";
        match expr {
            Expr::Filter(_, name, _) if GENERATORS.contains(&&**name) => self.refuse("filter", name, why),
            Expr::Name(name) if functions::is_known(name) && !self.names.bound.contains(&**name) => {
                self.refuse("function", name, "and prints it, whose text is never the same; call it");
            }
            Expr::Concat(parts) => parts.iter().for_each(|part| self.printed(part)),
            Expr::Cond(_, value, otherwise) => {
                self.printed(value);
                otherwise.iter().for_each(|otherwise| self.printed(otherwise));
            }
            _ => {}
        }
    }

    fn test_args(&mut self, test: &str, args: &CallArgs) {
        if let ("sameas", Some(Expr::Const(Const::Str(_) | Const::Float(_)))) = (test, args.positional.first()) {
            let why = "with a text or a fraction; whether two that are equal are one depends on Python's memory";
            self.refuse("test", test, why);
        }
    }

    fn call(&mut self, callee: &Expr, args: &CallArgs) {
        match callee {
            Expr::Name(name) if &**name == "strftime_now" && !self.names.bound.contains(&**name) => {
                let named = args.named.iter().map(|(_, value)| value);
                if let Some(Expr::Const(Const::Str(format))) = args.positional.iter().chain(named).next() {
                    if functions::chrono_format(format).is_err() {
                        self.refuse("function", name, &format!("with {format:?}, which is not supported"));
                    }
                }
            }
            Expr::Name(name) => self.function(name),
            Expr::GetAttr(_, method) => {
                if methods::is_unsupported(method) {
                    self.refuse("method", method, "which is not supported");
                } else if !methods::is_known(method) && !self.names.attributes.contains(&**method) {
                    self.refuse("method", method, "which no value of a chat template has");
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, name: &Arc<str>) {
        if functions::UNSUPPORTED.contains(&&**name) {
            return;  // name() says so.
        }
        let special = ["caller", "loop", "varargs", "kwargs"].contains(&&**name);
        if !special && !functions::is_known(name) && !self.names.bound.contains(&**name) {
            self.refuse("function", name, "which Jinja2 doesn't have");
        }
    }
}

impl Visitor for Check {
    fn name(&mut self, name: &str, how: Use) {
        if how == Use::Load && functions::UNSUPPORTED.contains(&name) && !self.names.bound.contains(name) {
            self.refuse("function", name, "which is not supported");
        }
    }

    fn line(&mut self, line: usize) {
        self.line = line;
    }

    fn whole(&mut self, expr: &Expr, printed: bool) {
        if printed {
            self.printed(expr);
        }
        if let Some(problem) = self.folder.problem(expr, printed).filter(|_| self.refused.is_none()) {
            self.refused = Some(Error::new(Kind::Other, problem).at(self.line));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Filter(_, name, args) => {
                self.filter(name);
                self.filter_args(name, args);
            }
            Expr::Test(_, name, args) => {
                self.test(name);
                self.test_args(name, args);
            }
            Expr::Call(callee, args) => self.call(callee, args),
            _ => {}
        }
    }
}

pub fn check(body: &[Stmt]) -> Result<()> {
    if !undeclared(body, &["self"]).is_empty() {
        return other_error(
            "the chat template uses the name 'self', which belongs to template inheritance and is not supported",
        );
    }
    let mut names = Names::default();
    walk_body(body, &mut names);
    bind_macros(body, &mut names);
    let mut check = Check { names, folder: Folder::new(), line: 0, refused: None };
    walk_body(body, &mut check);
    check.refused.map_or(Ok(()), Err)
}
