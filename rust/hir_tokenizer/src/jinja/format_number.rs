//! Numbers as digits, for %-formatting and format specifications alike.

use num_bigint::BigInt;
use num_traits::Signed;

/// Digits after the point. Python stops at two thousand million, which no prompt has room for.
pub const MAX_PRECISION: usize = 60_000;

/// Digits of a finite or infinite float without its sign. `kind` is e, f or g in either case;
/// `alternate` keeps the point and g's trailing zeros.
pub fn float_digits(value: f64, kind: char, precision: usize, alternate: bool) -> String {
    let value = value.abs();
    let text = if !value.is_finite() {
        if value.is_nan() { "nan".to_owned() } else { "inf".to_owned() }
    } else {
        match kind.to_ascii_lowercase() {
            'e' => scientific(value, precision, alternate),
            'f' => fixed(value, precision, alternate),
            _ => general(value, precision, alternate, false),
        }
    };
    if kind.is_ascii_uppercase() {
        text.to_uppercase()
    } else {
        text
    }
}

fn fixed(value: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{value:.precision$}");
    if alternate && precision == 0 { text + "." } else { text }
}

fn scientific(value: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = if alternate && precision == 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{point}e{sign}{:02}", exponent.abs())
}

/// The g format; with `keeps_point`, that of an empty type, which shows that the number is a float.
pub fn general(value: f64, precision: usize, alternate: bool, keeps_point: bool) -> String {
    let precision = precision.max(1);
    let text = format!("{value:.*e}", precision - 1);
    let exponent: i32 = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let most = precision as i32 - i32::from(keeps_point);
    let (digits, tail) = if exponent < -4 || exponent >= most {
        let text = scientific(value, precision - 1, alternate);
        let (digits, tail) = text.split_once('e').unwrap_or((&text, ""));
        (digits.to_owned(), format!("e{tail}"))
    } else {
        let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
        (fixed(value, decimals, alternate), String::new())
    };
    if alternate || !digits.contains('.') {
        let point = if keeps_point && tail.is_empty() && !digits.contains('.') { ".0" } else { "" };
        return digits + point + &tail;
    }
    let kept = digits.trim_end_matches('0');
    let kept = match (kept.strip_suffix('.'), keeps_point && tail.is_empty()) {
        (Some(whole), false) => whole.to_owned(),
        (Some(_), true) => kept.to_owned() + "0",
        (None, _) => kept.to_owned(),
    };
    kept + &tail
}

/// Digits of an integer without its sign, in the base of d, b, o, x or X.
pub fn int_digits(value: &BigInt, kind: char) -> String {
    let value = value.abs();
    match kind {
        'b' => value.to_str_radix(2),
        'o' => value.to_str_radix(8),
        'x' => value.to_str_radix(16),
        'X' => value.to_str_radix(16).to_uppercase(),
        _ => value.to_string(),
    }
}

/// Puts `separator` between groups of `size` digits of the whole part: 3 decimal ones, 4 of another base.
pub fn group(digits: &str, separator: char, size: usize) -> String {
    let radix = if size == 3 { 10 } else { 16 };
    let whole = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let mut out = String::new();
    for (at, c) in digits[..whole].chars().enumerate() {
        if at > 0 && (whole - at) % size == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out + &digits[whole..]
}
