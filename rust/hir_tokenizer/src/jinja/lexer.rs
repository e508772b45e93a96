//! Cuts a template into tokens as Jinja2's lexer does with trim_blocks and lstrip_blocks.

use std::sync::Arc;

use num_bigint::BigInt;

use super::error::{other_error, Result};
use super::escapes::unescape;
use super::text::is_space;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Data(Arc<str>),
    PrintBegin,
    PrintEnd,
    TagBegin,
    TagEnd,
    Name(Arc<str>),
    Str(Arc<str>),
    Int(BigInt),
    Float(f64),
    Op(&'static str),
    End,
}

pub struct Located {
    pub token: Token,
    pub line: usize,
}

/// Longest first.
const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";",
];

struct Lexer<'a> {
    source: &'a str,
    position: usize,
    line: usize,
    tokens: Vec<Located>,
    /// Whether the text before `position` ended a line.
    line_start: bool,
}

pub fn tokenize(source: &str) -> Result<Vec<Located>> {
    let mut source = source.replace("\r\n", "\n").replace('\r', "\n");
    if source.ends_with('\n') {
        source.pop();
    }
    let mut lexer =
        Lexer { source: &source, position: 0, line: 1, tokens: Vec::new(), line_start: true };
    lexer.run().map_err(|error| error.at(lexer.line))?;
    lexer.push(Token::End);
    Ok(lexer.tokens)
}

/// Bytes of the white space that `text` starts with.
fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_space).len()
}

/// Length of a tag's end (`close` with its sign and the white space it takes along), if `text` starts
/// with one.
fn closing(text: &str, close: &str, keeps_lines: bool) -> Option<usize> {
    if let Some(rest) = text.strip_prefix('-').and_then(|rest| rest.strip_prefix(close)) {
        return Some(1 + close.len() + leading_space(rest));
    }
    if keeps_lines {
        return text.starts_with(close).then_some(close.len());
    }
    if text.strip_prefix('+').is_some_and(|rest| rest.starts_with(close)) {
        return Some(1 + close.len());
    }
    let rest = text.strip_prefix(close)?;
    Some(close.len() + usize::from(rest.starts_with('\n')))
}

/// Length of `{% raw %}` or `{% endraw %}`, if `text` starts with it.
fn raw_tag(text: &str, word: &str, keeps_lines: bool) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest.trim_start_matches(is_space).strip_prefix(word)?;
    let rest = rest.trim_start_matches(is_space);
    // The begin of a raw block takes no line break along, and has no end with a plus.
    Some(text.len() - rest.len() + closing(rest, "%}", keeps_lines)?)
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.position..]
    }

    fn push(&mut self, token: Token) {
        self.tokens.push(Located { token, line: self.line });
    }

    fn skip(&mut self, length: usize) {
        let passed = &self.source[self.position..self.position + length];
        self.line += passed.matches('\n').count();
        self.line_start = passed.ends_with('\n');
        self.position += length;
    }

    fn run(&mut self) -> Result<()> {
        loop {
            let rest = self.rest();
            let start = rest.match_indices('{').map(|(at, _)| at).find(|&at| {
                matches!(rest.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'))
            });
            let Some(start) = start else {
                self.data(rest.len(), "");
                return Ok(());
            };
            let opened = &rest[start..];
            let kind = opened.as_bytes()[1];
            let sign = &opened[2..2 + usize::from(opened[2..].starts_with(['-', '+']))];
            self.data(start, if kind == b'{' && sign.is_empty() { "+" } else { sign });
            if let Some(length) = raw_tag(opened, "raw", true) {
                self.skip(length);
                self.raw()?;
                continue;
            }
            match kind {
                b'{' => self.push(Token::PrintBegin),
                b'%' => self.push(Token::TagBegin),
                _ => {}
            }
            self.skip(2 + sign.len());
            match kind {
                b'{' => self.expression("}}", Token::PrintEnd)?,
                b'%' => self.expression("%}", Token::TagEnd)?,
                _ => self.comment()?,
            }
        }
    }

    /// Text up to a tag that opens with `sign`: "-" takes the white space before it, none takes it
    /// where it stands alone on its line.
    fn data(&mut self, length: usize, sign: &str) {
        let text = &self.rest()[..length];
        let last = self.position + length == self.source.len();
        let kept = match sign {
            "-" => text.trim_end_matches(is_space),
            "" if !last => {
                let line = text.rfind('\n').map_or(0, |at| at + 1);
                let blank = line < text.len() && text[line..].chars().all(is_space);
                if blank && (line > 0 || self.line_start) { &text[..line] } else { text }
            }
            _ => text,
        };
        if !kept.is_empty() {
            self.push(Token::Data(kept.into()));
        }
        self.skip(length);
    }

    fn comment(&mut self) -> Result<()> {
        let rest = self.rest();
        let Some(end) = rest.find("#}") else {
            if rest.is_empty() {
                return Ok(());  // Jinja2 misses only what follows.
            }
            return other_error("Missing end of comment tag");
        };
        let signed = rest[..end].ends_with(['-', '+']);
        let start = end - usize::from(signed);
        let length = closing(&rest[start..], "#}", false).unwrap_or(0);
        self.skip(start + length);
        Ok(())
    }

    fn raw(&mut self) -> Result<()> {
        let rest = self.rest();
        let found = rest.match_indices("{%").find_map(|(at, _)| {
            raw_tag(&rest[at..], "endraw", false).map(|length| (at, length))
        });
        let Some((start, length)) = found else {
            if rest.is_empty() {
                return Ok(());
            }
            return other_error("Missing end of raw directive");
        };
        let sign = &rest[start + 2..start + 2 + usize::from(rest[start + 2..].starts_with(['-', '+']))];
        self.data(start, sign);
        self.skip(length);
        Ok(())
    }

    fn expression(&mut self, close: &'static str, end: Token) -> Result<()> {
        let mut open: Vec<&str> = Vec::new();
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(());  // The parser says what is missing.
            }
            if open.is_empty() {
                if let Some(length) = closing(rest, close, close == "}}") {
                    self.push(end);
                    self.skip(length);
                    return Ok(());
                }
            }
            let space = leading_space(rest);
            if space > 0 {
                self.skip(space);
            } else if let Some((token, length)) = self.number(rest)? {
                self.push(token);
                self.skip(length);
            } else if let Some(length) = name_length(rest) {
                self.name(&rest[..length])?;
                self.skip(length);
            } else if let Some(length) = string_length(rest) {
                self.push(Token::Str(unescape(&rest[1..length - 1])?.into()));
                self.skip(length);
            } else {
                self.operator(rest, &mut open)?;
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<()> {
        let first = name.chars().next().unwrap_or('0');
        if first != '_' && !first.is_alphabetic() {
            return other_error("Invalid character in identifier");
        }
        self.push(Token::Name(name.into()));
        Ok(())
    }

    fn operator(&mut self, rest: &str, open: &mut Vec<&str>) -> Result<()> {
        let Some(operator) = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)) else {
            let unexpected = rest.chars().next().unwrap_or(' ');
            return other_error(format!("unexpected char {unexpected:?}"));
        };
        match operator {
            "{" => open.push("}"),
            "(" => open.push(")"),
            "[" => open.push("]"),
            "}" | ")" | "]" => match open.pop() {
                Some(expected) if expected == operator => {}
                Some(expected) => {
                    return other_error(format!("unexpected '{operator}', expected '{expected}'"))
                }
                None => return other_error(format!("unexpected '{operator}'")),
            },
            _ => {}
        }
        self.push(Token::Op(operator));
        self.skip(operator.len());
        Ok(())
    }

    fn number(&self, rest: &str) -> Result<Option<(Token, usize)>> {
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(None);
        }
        let after_dot = self.source[..self.position].ends_with('.');
        if let Some(length) = float_length(rest).filter(|_| !after_dot) {
            let value = rest[..length].replace('_', "").parse().unwrap_or(f64::INFINITY);
            return Ok(Some((Token::Float(value), length)));
        }
        let (length, radix) = integer_length(rest);
        let digits = rest[if radix == 10 { 0 } else { 2 }..length].replace('_', "");
        if digits.len() > 4_300 {
            return other_error("an integer of more than 4300 digits");
        }
        let value = BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default();
        Ok(Some((Token::Int(value), length)))
    }
}

/// Digits with single underscores between them.
fn digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let next = if end > 0 && bytes[end] == b'_' { end + 1 } else { end };
        if !bytes.get(next).is_some_and(u8::is_ascii_digit) {
            break;
        }
        end = next + 1;
    }
    end
}

fn float_length(text: &str) -> Option<usize> {
    let whole = digits(text);
    let fraction = text[whole..].strip_prefix('.').map_or(0, digits);
    let mut end = whole + if fraction > 0 { 1 + fraction } else { 0 };
    let exponent = text[end..].strip_prefix(['e', 'E']).map_or(0, |rest| {
        let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let count = digits(unsigned);
        if count > 0 { 1 + rest.len() - unsigned.len() + count } else { 0 }
    });
    end += exponent;
    (fraction > 0 || exponent > 0).then_some(end)
}

fn integer_length(text: &str) -> (usize, u32) {
    for (prefix, radix) in [("0b", 2), ("0o", 8), ("0x", 16)] {
        if !text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            continue;
        }
        let bytes = text.as_bytes();
        let mut end = 2;
        loop {
            let next = if bytes.get(end) == Some(&b'_') { end + 1 } else { end };
            if !bytes.get(next).is_some_and(|&byte| char::from(byte).is_digit(radix)) {
                break;
            }
            end = next + 1;
        }
        if end > 2 {
            return (end, radix);
        }
    }
    if text.starts_with('0') {
        // Jinja2 reads 007 as 00 and 7.
        let mut end = 1;
        loop {
            let next = if text[end..].starts_with('_') { end + 1 } else { end };
            if !text[next..].starts_with('0') {
                return (end, 10);
            }
            end = next + 1;
        }
    }
    (digits(text), 10)
}

fn name_length(text: &str) -> Option<usize> {
    let end = text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len());
    (end > 0).then_some(end)
}

/// Length of the string literal that `text` starts with, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}
