//! Reads what follows a value: attributes, subscripts, calls, filters and tests.

use std::sync::Arc;

use super::ast::{CallArgs, Const, Expr};
use super::error::{other_error, Result};
use super::lexer::Token;
use super::parser::Parser;

impl Parser {
    pub(super) fn postfix(&mut self, mut value: Expr) -> Result<Expr> {
        loop {
            value = match self.token() {
                Token::Op(".") => self.attribute(value)?,
                Token::Op("[") => self.subscript(value)?,
                Token::Op("(") => self.call(value)?,
                _ => return Ok(value),
            };
            self.operator()?;
        }
    }

    fn attribute(&mut self, value: Expr) -> Result<Expr> {
        self.advance();
        Ok(match self.token().clone() {
            Token::Name(name) => {
                self.advance();
                Expr::GetAttr(Box::new(value), name)
            }
            Token::Int(index) => {
                self.advance();
                Expr::GetItem(Box::new(value), Box::new(Expr::Const(Const::Int(index))))
            }
            _ => return self.unexpected("name or number"),
        })
    }

    fn subscript(&mut self, value: Expr) -> Result<Expr> {
        self.advance();
        let mut items = Vec::new();
        let mut slice = None;
        while !self.is_op("]") {
            if !items.is_empty() || slice.is_some() {
                self.expect_op(",")?;
            }
            match self.subscribed()? {
                Ok(item) => items.push(item),
                Err(parts) if slice.is_none() && items.is_empty() => slice = Some(parts),
                Err(_) => return other_error("invalid syntax: a slice beside another subscript"),
            }
        }
        self.expect_op("]")?;
        Ok(match (slice, items.len()) {
            (Some(parts), 0) => Expr::Slice(Box::new(value), Box::new(parts)),
            (Some(_), _) => return other_error("invalid syntax: a slice beside another subscript"),
            (None, 1) => Expr::GetItem(Box::new(value), Box::new(items.remove(0))),
            (None, _) => Expr::GetItem(Box::new(value), Box::new(Expr::Tuple(items))),
        })
    }

    /// An index, or the three parts of a slice as the error.
    fn subscribed(&mut self) -> Result<std::result::Result<Expr, [Option<Expr>; 3]>> {
        let mut parts = [None, None, None];
        if !self.is_op(":") {
            let first = self.expression(true)?;
            if !self.is_op(":") {
                return Ok(Ok(first));
            }
            parts[0] = Some(first);
        }
        self.advance();
        if !self.is_op(":") && !self.is_op("]") && !self.is_op(",") {
            parts[1] = Some(self.expression(true)?);
        }
        if self.skip_op(":") && !self.is_op("]") && !self.is_op(",") {
            parts[2] = Some(self.expression(true)?);
        }
        Ok(Err(parts))
    }

    fn call(&mut self, value: Expr) -> Result<Expr> {
        let args = self.call_args()?;
        Ok(Expr::Call(Box::new(value), Box::new(args)))
    }

    fn call_args(&mut self) -> Result<CallArgs> {
        let mut args = CallArgs::default();
        self.expect_op("(")?;
        let mut first = true;
        while !self.is_op(")") {
            if !first {
                self.expect_op(",")?;
                if self.is_op(")") {
                    break;
                }
            }
            first = false;
            let valid = self.argument(&mut args)?;
            if !valid {
                return other_error("invalid syntax for function call expression");
            }
        }
        self.expect_op(")")?;
        Ok(args)
    }

    /// Whether the argument is allowed at its position.
    fn argument(&mut self, args: &mut CallArgs) -> Result<bool> {
        let (star, double_star) = (args.star.is_some(), args.double_star.is_some());
        if self.skip_op("*") {
            args.star = Some(self.expression(true)?);
            return Ok(!star && !double_star);
        }
        if self.skip_op("**") {
            args.double_star = Some(self.expression(true)?);
            return Ok(!double_star);
        }
        if matches!(self.token(), Token::Name(_)) && matches!(self.after(), Token::Op("=")) {
            let name = self.expect_name()?;
            self.advance();
            if args.named.iter().any(|(other, _)| *other == name) {
                return other_error(format!("keyword argument repeated: {name}"));
            }
            let value = self.expression(true)?;
            args.named.push((name, value));
            return Ok(!double_star);
        }
        let value = self.expression(true)?;
        args.positional.push(value);
        Ok(!star && !double_star && args.named.is_empty())
    }

    pub(super) fn filters_and_tests(&mut self, mut value: Expr) -> Result<Expr> {
        loop {
            value = if self.is_op("|") {
                self.filter_chain(Some(value), false)?
            } else if self.is_name("is") {
                self.test(value)?
            } else if self.is_op("(") {
                self.call(value)?
            } else {
                return Ok(value);
            };
            self.operator()?;
        }
    }

    /// A dotted name.
    fn dotted_name(&mut self) -> Result<Arc<str>> {
        let mut name = self.expect_name()?;
        while self.skip_op(".") {
            name = format!("{name}.{}", self.expect_name()?).into();
        }
        Ok(name)
    }

    /// `|filter|filter`; `inline` where the first has no bar before it.
    pub(super) fn filter_chain(&mut self, mut value: Option<Expr>, mut inline: bool) -> Result<Expr> {
        while inline || self.skip_op("|") {
            inline = false;
            self.operator()?;
            let name = self.dotted_name()?;
            let args = if self.is_op("(") { self.call_args()? } else { CallArgs::default() };
            value = Some(Expr::Filter(value.map(Box::new), name, Box::new(args)));
        }
        value.map_or_else(|| self.unexpected("a filter"), Ok)
    }

    fn test(&mut self, value: Expr) -> Result<Expr> {
        self.advance();
        let negated = self.skip_name("not");
        let name = self.dotted_name()?;
        let mut args = CallArgs::default();
        let operand = match self.token() {
            Token::Name(name) => !matches!(&**name, "else" | "or" | "and"),
            Token::Str(_) | Token::Int(_) | Token::Float(_) => true,
            Token::Op("[" | "{") => true,
            _ => false,
        };
        if self.is_op("(") {
            args = self.call_args()?;
        } else if operand {
            if self.is_name("is") {
                return other_error("You cannot chain multiple tests with is");
            }
            let operand = self.primary()?;
            args.positional.push(self.postfix(operand)?);
        }
        let test = Expr::Test(Box::new(value), name, Box::new(args));
        Ok(if negated { Expr::Not(Box::new(test)) } else { test })
    }
}
