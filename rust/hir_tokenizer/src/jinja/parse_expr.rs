//! Reads expressions, from the weakest binding to the strongest.

use std::sync::Arc;

use super::ast::{Binary, CallArgs, Compare, Const, Expr};
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
    fn operator(&mut self) -> Result<()> {
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

    fn postfix(&mut self, mut value: Expr) -> Result<Expr> {
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

    /// Whether the argument may stand where it does.
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

    fn filters_and_tests(&mut self, mut value: Expr) -> Result<Expr> {
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

    /// A name with dots in it.
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
