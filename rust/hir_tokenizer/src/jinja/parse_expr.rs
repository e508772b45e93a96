//! Reads expressions, from the weakest binding to the strongest.

use super::ast::{Binary, Compare, Const, Expr};
use super::error::{other_error, Result};
use super::lexer::Token;
use super::parser::Parser;

/// Twice the parentheses in parentheses. Jinja2 itself ends at fewer, when Python's stack does.
const MAX_NESTING: usize = 200;
/// Operators, calls and filters of one tag, each of which may nest the tree once more.
const MAX_OPERATORS: usize = 1_500;

impl Parser {
    /// parse_tuple(): an expression, or several with commas between them. `end` is a name that ends it.
    pub(super) fn tuple(&mut self, conditional: bool, end: Option<&str>, parentheses: bool) -> Result<Expr> {
        let mut items = Vec::new();
        let mut commas = false;
        loop {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.at_tuple_end(end) {
                break;
            }
            items.push(self.expression(conditional)?);
            if !self.is_op(",") {
                break;
            }
            commas = true;
        }
        match (commas, items.pop()) {
            (false, Some(only)) => Ok(only),
            (false, None) if !parentheses => self.unexpected("an expression"),
            (_, last) => {
                items.extend(last);
                Ok(Expr::Tuple(items))
            }
        }
    }

    pub(super) fn at_tuple_end(&self, end: Option<&str>) -> bool {
        matches!(self.token(), Token::PrintEnd | Token::TagEnd | Token::Op(")"))
            || end.is_some_and(|end| self.is_name(end))
    }

    pub(super) fn expression(&mut self, conditional: bool) -> Result<Expr> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return other_error("an expression nests too deeply");
        }
        let line = self.line();
        let expr = if conditional { self.conditional() } else { self.or() };
        self.nesting -= 1;
        expr.map_err(|error| error.at(line.max(self.line())))
    }

    /// Counts what makes the tree deeper without a call of expression().
    pub(super) fn operator(&mut self) -> Result<()> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return other_error("a tag has too many operators");
        }
        Ok(())
    }

    fn conditional(&mut self) -> Result<Expr> {
        let mut value = self.or()?;
        while self.skip_name("if") {
            self.operator()?;
            let test = self.or()?;
            let otherwise = match self.skip_name("else") {
                true => Some(Box::new(self.expression(true)?)),
                false => None,
            };
            value = Expr::Cond(Box::new(test), Box::new(value), otherwise);
        }
        Ok(value)
    }

    fn or(&mut self) -> Result<Expr> {
        let mut left = self.and()?;
        while self.skip_name("or") {
            self.operator()?;
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let mut left = self.not()?;
        while self.skip_name("and") {
            self.operator()?;
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr> {
        let mut count = 0;
        while self.skip_name("not") {
            self.operator()?;
            count += 1;
        }
        let mut value = self.comparison()?;
        for _ in 0..count {
            value = Expr::Not(Box::new(value));
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Result<Expr> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let operator = match self.token() {
                Token::Op("==") => Compare::Eq,
                Token::Op("!=") => Compare::Ne,
                Token::Op("<") => Compare::Lt,
                Token::Op("<=") => Compare::Le,
                Token::Op(">") => Compare::Gt,
                Token::Op(">=") => Compare::Ge,
                _ if self.is_name("in") => Compare::In,
                _ if self.is_name("not") && matches!(self.after(), Token::Name(n) if &**n == "in") => {
                    self.advance();
                    Compare::NotIn
                }
                _ => break,
            };
            self.advance();
            rest.push((operator, self.sum()?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Compare(Box::new(first), rest) })
    }

    fn sum(&mut self) -> Result<Expr> {
        let mut left = self.concat()?;
        loop {
            let operator = match self.token() {
                Token::Op("+") => Binary::Add,
                Token::Op("-") => Binary::Sub,
                _ => return Ok(left),
            };
            self.operator()?;
            self.advance();
            left = Expr::Binary(operator, Box::new(left), Box::new(self.concat()?));
        }
    }

    fn concat(&mut self) -> Result<Expr> {
        let first = self.product()?;
        if !self.is_op("~") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.skip_op("~") {
            parts.push(self.product()?);
        }
        Ok(Expr::Concat(parts))
    }

    fn product(&mut self) -> Result<Expr> {
        let mut left = self.power()?;
        loop {
            let operator = match self.token() {
                Token::Op("*") => Binary::Mul,
                Token::Op("/") => Binary::Div,
                Token::Op("//") => Binary::FloorDiv,
                Token::Op("%") => Binary::Mod,
                _ => return Ok(left),
            };
            self.operator()?;
            self.advance();
            left = Expr::Binary(operator, Box::new(left), Box::new(self.power()?));
        }
    }

    fn power(&mut self) -> Result<Expr> {
        let mut left = self.unary(true)?;
        while self.skip_op("**") {
            self.operator()?;
            left = Expr::Binary(Binary::Pow, Box::new(left), Box::new(self.unary(true)?));
        }
        Ok(left)
    }

    fn unary(&mut self, filters: bool) -> Result<Expr> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return other_error("an expression nests too deeply");
        }
        let value = if self.skip_op("-") {
            Expr::Neg(Box::new(self.unary(false)?))
        } else if self.skip_op("+") {
            Expr::Pos(Box::new(self.unary(false)?))
        } else {
            self.primary()?
        };
        self.nesting -= 1;
        let value = self.postfix(value)?;
        if filters {
            self.filters_and_tests(value)
        } else {
            Ok(value)
        }
    }

    pub(super) fn primary(&mut self) -> Result<Expr> {
        Ok(match self.token().clone() {
            Token::Name(name) => {
                self.advance();
                match &*name {
                    "true" | "True" => Expr::Const(Const::Bool(true)),
                    "false" | "False" => Expr::Const(Const::Bool(false)),
                    "none" | "None" => Expr::Const(Const::None),
                    _ => Expr::Name(name),
                }
            }
            Token::Str(first) => {
                self.advance();
                let mut text = first;
                while let Token::Str(next) = self.token().clone() {
                    self.advance();
                    text = [&*text, &*next].concat().into();
                }
                Expr::Const(Const::Str(text))
            }
            Token::Int(value) => {
                self.advance();
                Expr::Const(Const::Int(value))
            }
            Token::Float(value) => {
                self.advance();
                Expr::Const(Const::Float(value))
            }
            Token::Op("(") => {
                self.advance();
                let value = self.tuple(true, None, true)?;
                self.expect_op(")")?;
                value
            }
            Token::Op("[") => {
                self.advance();
                Expr::List(self.separated("]", |parser| parser.expression(true))?)
            }
            Token::Op("{") => {
                self.advance();
                Expr::Dict(self.separated("}", |parser| {
                    let key = parser.expression(true)?;
                    parser.expect_op(":")?;
                    Ok((key, parser.expression(true)?))
                })?)
            }
            _ => return self.unexpected("an expression"),
        })
    }

    /// Items with commas between them, and perhaps one after the last, up to `close`.
    fn separated<T>(&mut self, close: &str, item: impl Fn(&mut Parser) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while !self.is_op(close) {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.is_op(close) {
                break;
            }
            items.push(item(self)?);
        }
        self.expect_op(close)?;
        Ok(items)
    }
}
