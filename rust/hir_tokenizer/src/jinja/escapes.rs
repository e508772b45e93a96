//! The escapes of string literals.

use super::error::{other_error, Result};

/// Decodes a literal like Python's unicode-escape codec after non-ASCII characters were escaped, as Jinja2 does.
pub fn unescape(literal: &str) -> Result<String> {
    let mut out = String::with_capacity(literal.len());
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escape) = chars.next() else {
            return other_error("\\ at end of string");
        };
        let code = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => escape as u32,
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' => hex(&mut chars, 2)?,
            'u' => hex(&mut chars, 4)?,
            'U' => hex(&mut chars, 8)?,
            'N' => return other_error("a string has the escape \\N, which is not supported"),
            '0'..='7' => octal(escape, &mut chars),
            // The backslash doubles before the escape of a non-ASCII character, which stays as text.
            c if (c as u32) > 0xFFFF => {
                out.push_str(&format!("\\U{:08x}", c as u32));
                continue;
            }
            c if (c as u32) > 0xFF => {
                out.push_str(&format!("\\u{:04x}", c as u32));
                continue;
            }
            c if (c as u32) > 0x7F => {
                out.push_str(&format!("\\x{:02x}", c as u32));
                continue;
            }
            c => {
                out.extend(['\\', c]);
                continue;
            }
        };
        match char::from_u32(code) {
            Some(c) => out.push(c),
            None => return other_error(format!("a string has the escape of U+{code:04X}, which is not a character")),
        }
    }
    Ok(out)
}

fn hex(chars: &mut std::str::Chars<'_>, count: usize) -> Result<u32> {
    let digits: String = chars.by_ref().take(count).collect();
    match u32::from_str_radix(&digits, 16) {
        Ok(code) if digits.len() == count && !digits.starts_with('+') => Ok(code),
        _ => other_error("a string has an escape with too few hexadecimal digits"),
    }
}

fn octal(first: char, chars: &mut std::str::Chars<'_>) -> u32 {
    let mut code = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(8)) else { break };
        code = code * 8 + digit;
        chars.next();
    }
    code
}
