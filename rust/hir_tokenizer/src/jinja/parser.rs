//! Reads statements. Expressions are in parse_expr.rs; both follow Jinja2's parser method by method.

use std::sync::Arc;

use super::ast::{Block, For, Macro, Stmt, StmtKind, Target};
use super::ast::{Const, Expr};
use super::error::{other_error, Error, Kind, Result};
use super::lexer::{Located, Token};

/// Statements in statements; Python has a limit near this, too.
const MAX_BLOCKS: usize = 90;

/// Tags of template inheritance and of automatic escapes: there is nothing to include or to inherit
/// from in a model folder, and escapes would break prompts.
const UNSUPPORTED_TAGS: [&str; 6] = ["block", "extends", "include", "import", "from", "autoescape"];

pub struct Parser {
    tokens: Vec<Located>,
    at: usize,
    blocks: usize,
    /// Loops around the current statement within its macro.
    loops: usize,
    /// Parentheses and operators of the current tag; see parse_expr.rs.
    pub(super) nesting: usize,
    pub(super) operators: usize,
}

pub fn parse(tokens: Vec<Located>) -> Result<Vec<Stmt>> {
    let mut parser = Parser { tokens, at: 0, blocks: 0, loops: 0, nesting: 0, operators: 0 };
    let body = parser.body(&[]);
    let body = body.map_err(|error| error.at(parser.line()))?;
    Ok(body)
}

impl Parser {
    pub(super) fn line(&self) -> usize {
        self.tokens[self.at].line
    }

    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.at].token
    }

    pub(super) fn after(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].token
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.token(), Token::Name(found) if &**found == name)
    }

    pub(super) fn is_op(&self, operator: &str) -> bool {
        matches!(self.token(), Token::Op(found) if *found == operator)
    }

    pub(super) fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn skip_op(&mut self, operator: &str) -> bool {
        let found = self.is_op(operator);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn unexpected<T>(&self, expected: &str) -> Result<T> {
        other_error(match self.token() {
            Token::End => format!("unexpected end of template, expected {expected}"),
            Token::Name(name) => format!("expected {expected}, got '{name}'"),
            Token::Op(operator) => format!("expected {expected}, got '{operator}'"),
            Token::PrintEnd => format!("expected {expected}, got '}}}}'"),
            Token::TagEnd => format!("expected {expected}, got '%}}'"),
            _ => format!("expected {expected}"),
        })
    }

    pub(super) fn expect_op(&mut self, operator: &str) -> Result<()> {
        if self.skip_op(operator) {
            return Ok(());
        }
        self.unexpected(&format!("'{operator}'"))
    }

    pub(super) fn expect_name(&mut self) -> Result<Arc<str>> {
        match self.token() {
            Token::Name(name) => {
                let name = name.clone();
                self.advance();
                Ok(name)
            }
            _ => self.unexpected("a name"),
        }
    }

    fn expect_tag_end(&mut self) -> Result<()> {
        if *self.token() != Token::TagEnd {
            return self.unexpected("'%}'");
        }
        self.advance();
        Ok(())
    }

    /// Statements up to one of the tags `ends`, whose name is the current token then.
    fn body(&mut self, ends: &[&str]) -> Result<Vec<Stmt>> {
        let mut body = Vec::new();
        loop {
            let line = self.line();
            self.operators = 0;
            let kind = match self.advance() {
                Token::End if ends.is_empty() => return Ok(body),
                Token::End => {
                    return other_error(format!(
                        "Unexpected end of template. Jinja was looking for the following tags: '{}'.",
                        ends.join("' or '")
                    ))
                }
                Token::Data(text) => StmtKind::Text(text),
                Token::PrintBegin => {
                    let value = self.tuple(true, None, false)?;
                    if *self.token() != Token::PrintEnd {
                        return self.unexpected("'}}'");
                    }
                    self.advance();
                    StmtKind::Print(value)
                }
                Token::TagBegin => {
                    if ends.iter().any(|end| self.is_name(end)) {
                        return Ok(body);
                    }
                    self.statement(line, &mut body)?;
                    self.expect_tag_end()?;
                    continue;
                }
                _ => return other_error("internal parsing error"),
            };
            body.push(Stmt { line, kind });
        }
    }

    /// The rest of an opening tag, its statements and the name of the tag that ends them.
    fn block(&mut self, ends: &[&str]) -> Result<Vec<Stmt>> {
        self.skip_op(":");
        self.expect_tag_end()?;
        self.blocks += 1;
        if self.blocks > MAX_BLOCKS {
            return other_error("the template nests too deeply");
        }
        let body = self.body(ends)?;
        self.blocks -= 1;
        Ok(body)
    }

    fn closed_block(&mut self, end: &str) -> Result<Block> {
        let body = self.block(&[end])?;
        self.advance();
        Ok(Block { body, ..Block::default() })
    }

    fn statement(&mut self, line: usize, body: &mut Vec<Stmt>) -> Result<()> {
        let Token::Name(tag) = self.token().clone() else {
            return other_error("tag name expected");
        };
        if UNSUPPORTED_TAGS.contains(&&*tag) {
            return other_error(format!(
                "the chat template uses the tag '{tag}', which belongs to template inheritance or to \
                 automatic escapes and is not supported"
            ));
        }
        self.advance();
        let kind = match &*tag {
            "for" => self.for_loop()?,
            "if" => self.if_else()?,
            "set" => self.set()?,
            "macro" => self.macro_definition(line)?,
            "call" => self.call_block(line)?,
            "filter" => {
                let filter = self.filter_chain(None, true)?;
                StmtKind::FilterBlock(self.closed_block("endfilter")?, filter)
            }
            "with" => self.with()?,
            "generation" => {
                let block = self.macro_block("endgeneration")?;
                StmtKind::Generation(self.macro_of("".into(), line, Vec::new(), Vec::new(), block))
            }
            "print" => {
                let mut first = true;
                while *self.token() != Token::TagEnd {
                    if !first {
                        self.expect_op(",")?;
                    }
                    first = false;
                    let value = self.expression(true)?;
                    body.push(Stmt { line, kind: StmtKind::Print(value) });
                }
                return Ok(());
            }
            "break" | "continue" if self.loops == 0 => {
                return other_error(format!("'{tag}' outside loop"));
            }
            "break" => StmtKind::Break,
            "continue" => StmtKind::Continue,
            _ => {
                return other_error(format!(
                    "the chat template uses the tag '{tag}', which Jinja2 doesn't have here"
                ))
            }
        };
        body.push(Stmt { line, kind });
        Ok(())
    }

    fn for_loop(&mut self) -> Result<StmtKind> {
        let target = self.target(Some("in"), false)?;
        if !self.skip_name("in") {
            return self.unexpected("'in'");
        }
        let iter = self.tuple(false, Some("recursive"), false)?;
        let test = if self.skip_name("if") { Some(self.expression(true)?) } else { None };
        let recursive = self.skip_name("recursive");
        self.loops += 1;
        let body = self.block(&["endfor", "else"])?;
        self.loops -= 1;
        let ended = matches!(self.advance(), Token::Name(name) if &*name == "endfor");
        let otherwise = if ended { Block::default() } else { self.closed_block("endfor")? };
        Ok(StmtKind::For(Arc::new(For {
            target,
            iter,
            test,
            test_scope: Default::default(),
            recursive,
            extended: recursive,
            body: Block { body, ..Block::default() },
            otherwise,
        })))
    }

    fn if_else(&mut self) -> Result<StmtKind> {
        let mut branches = Vec::new();
        loop {
            let test = self.tuple(false, None, false)?;
            branches.push((test, self.block(&["elif", "else", "endif"])?));
            let Token::Name(tag) = self.advance() else { return self.unexpected("'endif'") };
            match &*tag {
                "elif" => {}
                "else" => return Ok(StmtKind::If(branches, self.closed_block("endif")?.body)),
                _ => return Ok(StmtKind::If(branches, Vec::new())),
            }
        }
    }

    fn set(&mut self) -> Result<StmtKind> {
        let target = self.target(None, true)?;
        if self.skip_op("=") {
            return Ok(StmtKind::Set(target, self.tuple(true, None, false)?));
        }
        let filter = if self.is_op("|") { Some(self.filter_chain(None, false)?) } else { None };
        Ok(StmtKind::SetBlock(self.closed_block("endset")?, target, filter))
    }

    fn with(&mut self) -> Result<StmtKind> {
        let mut values = Vec::new();
        while !matches!(self.token(), Token::TagEnd) {
            if !values.is_empty() {
                self.expect_op(",")?;
            }
            let target = self.target(None, false)?;
            self.expect_op("=")?;
            values.push((target, self.expression(true)?));
        }
        Ok(StmtKind::With(values, self.closed_block("endwith")?))
    }

    /// The block of a macro, in which the loops around it can't be left.
    fn macro_block(&mut self, end: &str) -> Result<Block> {
        let loops = std::mem::take(&mut self.loops);
        let block = self.closed_block(end)?;
        self.loops = loops;
        Ok(block)
    }

    fn macro_of(
        &self,
        name: Arc<str>,
        line: usize,
        parameters: Vec<Arc<str>>,
        defaults: Vec<Expr>,
        body: Block,
    ) -> Arc<Macro> {
        let (caller, kwargs, varargs) = (false, false, false);
        Arc::new(Macro { name, line, parameters, defaults, body, caller, kwargs, varargs })
    }

    fn macro_definition(&mut self, line: usize) -> Result<StmtKind> {
        let name = self.name_target()?;
        let (parameters, defaults) = self.signature()?;
        let block = self.macro_block("endmacro")?;
        Ok(StmtKind::Macro(self.macro_of(name, line, parameters, defaults, block)))
    }

    fn call_block(&mut self, line: usize) -> Result<StmtKind> {
        let (parameters, defaults) = match self.is_op("(") {
            true => self.signature()?,
            false => (Vec::new(), Vec::new()),
        };
        let call = self.expression(true)?;
        if !matches!(call, Expr::Call(..)) {
            return other_error("expected call");
        }
        let block = self.macro_block("endcall")?;
        Ok(StmtKind::CallBlock(call, self.macro_of("".into(), line, parameters, defaults, block)))
    }

    fn signature(&mut self) -> Result<(Vec<Arc<str>>, Vec<Expr>)> {
        let (mut parameters, mut defaults) = (Vec::new(), Vec::new());
        self.expect_op("(")?;
        while !self.is_op(")") {
            if !parameters.is_empty() {
                self.expect_op(",")?;
            }
            let name = self.name_target()?;
            if parameters.contains(&name) {
                return other_error(format!("duplicate argument '{name}' in macro definition"));
            }
            if self.skip_op("=") {
                defaults.push(self.expression(true)?);
            } else if !defaults.is_empty() {
                return other_error("non-default argument follows default argument");
            }
            parameters.push(name);
        }
        self.expect_op(")")?;
        Ok((parameters, defaults))
    }

    fn name_target(&mut self) -> Result<Arc<str>> {
        let name = self.expect_name()?;
        if matches!(&*name, "true" | "false" | "none" | "True" | "False" | "None") {
            return other_error(format!("can't assign to '{name}'"));
        }
        Ok(name)
    }

    /// The target of an assignment; `end` is a name that ends a tuple of targets.
    fn target(&mut self, end: Option<&str>, attributes: bool) -> Result<Target> {
        let parsed = self.simple_tuple(end, attributes)?;
        to_target(parsed)
    }

    /// As parse_tuple(simplified=True): names, with commas between them.
    fn simple_tuple(&mut self, end: Option<&str>, attributes: bool) -> Result<Expr> {
        let mut items = Vec::new();
        let mut commas = false;
        loop {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.at_tuple_end(end) {
                break;
            }
            let namespace = attributes
                && matches!(self.token(), Token::Name(_))
                && matches!(self.after(), Token::Op("."));
            if namespace {
                let name = self.expect_name()?;
                self.advance();
                let attribute = self.expect_name()?;
                items.push(Expr::GetAttr(Box::new(Expr::Name(name)), attribute));
            } else {
                items.push(self.primary()?);
            }
            if !self.is_op(",") {
                break;
            }
            commas = true;
        }
        match (commas, items.pop()) {
            (false, Some(only)) => Ok(only),
            (false, None) => self.unexpected("an expression"),
            (true, last) => {
                items.extend(last);
                Ok(Expr::Tuple(items))
            }
        }
    }
}

fn to_target(parsed: Expr) -> Result<Target> {
    Ok(match parsed {
        Expr::Name(name) => Target::Name(name),
        Expr::GetAttr(object, attribute) => match *object {
            Expr::Name(name) => Target::Attribute(name, attribute),
            _ => return Err(Error::new(Kind::Other, "can't assign to 'getattr'")),
        },
        Expr::Tuple(items) => {
            Target::Tuple(items.into_iter().map(to_target).collect::<Result<Vec<_>>>()?)
        }
        Expr::Const(Const::None | Const::Bool(_)) => return other_error("can't assign to 'const'"),
        _ => return other_error("can't assign to an expression"),
    })
}
