//! Python's numbers: integers of any size, floats, and bool as an integer.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

use super::ast::Binary;
use super::error::{other_error, type_error, unsupported, value_error, Error, Kind, Result};
use super::value::Value;

/// Bits of the largest integer; Python has no limit, but a prompt needs none above this.
const MAX_BITS: u64 = 1 << 15;
/// The longest integer that Python converts to text or back.
const MAX_DIGITS: usize = 4_300;

pub enum Number {
    Int(BigInt),
    Float(f64),
}

/// None if the value is not a number.
pub fn number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Bool(value) => Number::Int(BigInt::from(i32::from(*value))),
        Value::Int(value) => Number::Int(BigInt::from(*value)),
        Value::Big(value) => Number::Int((**value).clone()),
        Value::Float(value) => Number::Float(*value),
        _ => return None,
    })
}

pub fn int(value: BigInt) -> Value {
    value.to_i64().map_or_else(|| Value::Big(Rc::new(value)), Value::Int)
}

/// The value of bool and int as i64, which is what lengths, indices and counts need; larger ones are
/// cut to the ends of i64.
pub fn index(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Int(value) => Some(*value),
        Value::Big(value) => Some(if value.is_negative() { i64::MIN } else { i64::MAX }),
        _ => None,
    }
}

/// The integer that a float equals.
pub fn integral(value: f64) -> Option<BigInt> {
    (value.is_finite() && value.fract() == 0.0).then(|| truncate(value))
}

/// int() of a finite float.
pub fn truncate(value: f64) -> BigInt {
    num_traits::FromPrimitive::from_f64(value.trunc()).unwrap_or_default()
}

fn overflow<T>(message: &str) -> Result<T> {
    Err(Error::new(Kind::Overflow, message))
}

pub fn to_float(value: &BigInt) -> Result<f64> {
    match value.to_f64() {
        Some(float) if float.is_finite() => Ok(float),
        _ => overflow("int too large to convert to float"),
    }
}

/// float(value) of a number.
pub fn float_of(value: &Number) -> Result<f64> {
    match value {
        Number::Int(value) => to_float(value),
        Number::Float(value) => Ok(*value),
    }
}

pub fn arithmetic(operator: Binary, left: &Number, right: &Number) -> Result<Value> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => integers(operator, left, right),
        _ => floats(operator, float_of(left)?, float_of(right)?),
    }
}

fn bounded(value: BigInt) -> Result<Value> {
    if value.bits() > MAX_BITS {
        return other_error("an integer of the template grows too large");
    }
    Ok(int(value))
}

fn integers(operator: Binary, left: &BigInt, right: &BigInt) -> Result<Value> {
    if right.is_zero() && matches!(operator, Binary::Div | Binary::FloorDiv | Binary::Mod) {
        return other_error("integer division or modulo by zero");
    }
    match operator {
        Binary::Add => bounded(left + right),
        Binary::Sub => bounded(left - right),
        Binary::Mul => bounded(left * right),
        Binary::Div => true_division(left, right).map(Value::Float),
        Binary::FloorDiv => bounded(left.div_floor(right)),
        Binary::Mod => bounded(left.mod_floor(right)),
        Binary::Pow if right.is_negative() => {
            floats(Binary::Pow, to_float(left)?, to_float(right)?)
        }
        Binary::Pow => {
            let exponent = right.to_u64().unwrap_or(u64::MAX);
            if left.bits() > 1 && left.bits().saturating_mul(exponent) > 2 * MAX_BITS {
                return other_error("an integer of the template grows too large");
            }
            if left.bits() <= 1 {
                // -1, 0 and 1 to any power.
                let odd = right.is_odd();
                let negative = left.is_negative() && !odd;
                let value = if right.is_zero() { BigInt::from(1) } else { left.clone() };
                return Ok(int(if negative { -value } else { value }));
            }
            bounded(left.pow(exponent as u32))
        }
    }
}

/// The float nearest to left / right.
fn true_division(left: &BigInt, right: &BigInt) -> Result<f64> {
    let exact = 1i64 << 53;
    if let (Some(a), Some(b)) = (left.to_i64(), right.to_i64()) {
        if a.unsigned_abs() <= exact as u64 && b.unsigned_abs() <= exact as u64 {
            return Ok(a as f64 / b as f64);
        }
    }
    // A quotient of at least 66 bits whose last bit stands for all that follow rounds as the exact one.
    let shift = (66 + right.bits() as i64 - left.bits() as i64).max(0);
    let (quotient, remainder): (BigInt, BigInt) = (left.abs() << shift).div_rem(&right.abs());
    let sticky = if remainder.is_zero() { BigInt::zero() } else { BigInt::from(1) };
    let doubled: BigInt = (quotient << 1u32) | sticky;
    let magnitude = doubled.to_f64().unwrap_or(f64::INFINITY);
    let result = magnitude * 2f64.powi(-(shift as i32) - 1);
    if !result.is_finite() {
        return overflow("integer division result too large for a float");
    }
    Ok(if left.sign() == right.sign() || left.is_zero() { result } else { -result })
}

fn floats(operator: Binary, left: f64, right: f64) -> Result<Value> {
    if right == 0.0 && matches!(operator, Binary::Div | Binary::FloorDiv | Binary::Mod) {
        return other_error("float division by zero");
    }
    Ok(Value::Float(match operator {
        Binary::Add => left + right,
        Binary::Sub => left - right,
        Binary::Mul => left * right,
        Binary::Div => left / right,
        Binary::FloorDiv => divide_and_rest(left, right).0,
        Binary::Mod => divide_and_rest(left, right).1,
        Binary::Pow => return power(left, right),
    }))
}

/// Python's divmod of floats: the rest has the sign of the divisor.
fn divide_and_rest(left: f64, right: f64) -> (f64, f64) {
    let mut rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest == 0.0 {
        rest = 0f64.copysign(right);
    } else if (right < 0.0) != (rest < 0.0) {
        rest += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(left / right), rest);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

fn power(base: f64, exponent: f64) -> Result<Value> {
    if base == 0.0 && exponent < 0.0 {
        return other_error("0.0 cannot be raised to a negative power");
    }
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.fract() != 0.0 {
        return unsupported("the template makes a complex number, which is not supported");
    }
    let result = base.powf(exponent);
    if result.is_infinite() && base.is_finite() && exponent.is_finite() {
        return overflow("Numerical result out of range");
    }
    Ok(Value::Float(result))
}

/// Work of an operation on two numbers, in steps: long integers take the product of their lengths.
pub fn work(left: &Value, right: &Value) -> usize {
    let words = |value: &Value| match value {
        Value::Big(value) => value.bits() as usize / 64 + 1,
        _ => 1,
    };
    words(left) * words(right) / 64
}

pub fn negate(value: &Value) -> Option<Value> {
    Some(match number(value)? {
        Number::Int(value) => int(-value),
        Number::Float(value) => Value::Float(-value),
    })
}

pub fn absolute(value: &Value) -> Result<Value> {
    match number(value) {
        Some(Number::Int(value)) => Ok(int(value.abs())),
        Some(Number::Float(value)) => Ok(Value::Float(value.abs())),
        None => type_error(format!("bad operand type for abs(): '{}'", value.type_name())),
    }
}

/// None for NaN.
pub fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(right)),
        (Number::Float(left), Number::Float(right)) => left.partial_cmp(right),
        (Number::Float(left), Number::Int(right)) => compare_mixed(*left, right),
        (Number::Int(left), Number::Float(right)) => {
            compare_mixed(*right, left).map(Ordering::reverse)
        }
    }
}

fn compare_mixed(float: f64, integer: &BigInt) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = truncate(float).cmp(integer);
    let fraction = float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    Some(whole.then(fraction))
}

/// round(value, digits) as a value of the same type.
pub fn round(value: &Value, digits: i64) -> Result<Value> {
    match number(value) {
        Some(Number::Int(value)) if digits >= 0 => Ok(int(value)),
        Some(Number::Int(value)) => Ok(int(round_to_ten(&value, -digits, false))),
        Some(Number::Float(value)) if !value.is_finite() => Ok(Value::Float(value)),
        Some(Number::Float(value)) if digits >= 0 => {
            let text = format!("{value:.*}", digits.min(400) as usize);
            Ok(Value::Float(text.parse().unwrap_or(value)))
        }
        Some(Number::Float(value)) => {
            let whole = round_to_ten(&truncate(value), -digits, value.fract() != 0.0);
            Ok(Value::Float(to_float(&whole)?.abs().copysign(value)))
        }
        None => type_error(format!("type {} doesn't define __round__ method", value.type_name())),
    }
}

/// round(value): half to even, as an integer.
pub fn round_whole(value: f64) -> Result<BigInt> {
    if !value.is_finite() {
        return overflow("cannot convert float infinity or NaN to integer");
    }
    Ok(truncate(value.round_ties_even()))
}

/// To the nearest multiple of 10^power, half to even; `more` where the value has a fraction, too.
fn round_to_ten(value: &BigInt, power: i64, more: bool) -> BigInt {
    if power > 400 {
        return BigInt::zero();
    }
    let unit = BigInt::from(10).pow(power as u32);
    let (quotient, rest) = value.abs().div_rem(&unit);
    let up = match (&rest * 2u32).cmp(&unit) {
        Ordering::Less => false,
        Ordering::Equal => more || quotient.is_odd(),
        Ordering::Greater => true,
    };
    let rounded = (quotient + u32::from(up)) * unit;
    if value.sign() == Sign::Minus { -rounded } else { rounded }
}

/// int(value) of a float.
pub fn int_of_float(value: f64) -> Result<Value> {
    if value.is_nan() {
        return value_error("cannot convert float NaN to integer");
    }
    if value.is_infinite() {
        return overflow("cannot convert float infinity to integer");
    }
    Ok(int(truncate(value)))
}

/// int(text, base).
pub fn parse_int(text: &str, base: i64) -> Result<Value> {
    let invalid = || value_error(format!("invalid literal for int() with base {base}: '{text}'"));
    if base != 0 && !(2..=36).contains(&base) {
        return value_error("int() base must be >= 2 and <= 36, or 0");
    }
    let trimmed = ascii_digits(trimmed(text));
    let unsigned = trimmed.strip_prefix(['+', '-']).unwrap_or(&trimmed);
    let mut radix = base as u32;
    let mut digits = unsigned;
    let mut prefixed = false;
    for (prefix, of_prefix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let start = unsigned.get(..2).map(str::to_ascii_lowercase);
        if start.as_deref() == Some(prefix) && (base == 0 || base == i64::from(of_prefix)) {
            radix = of_prefix;
            digits = &unsigned[2..];
            prefixed = true;
        }
    }
    if base == 0 && !prefixed {
        radix = 10;
        let zeros = digits.chars().all(|c| c == '0' || c == '_');
        if digits.starts_with('0') && !zeros {
            return invalid();
        }
    }
    let digits = if prefixed { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    let plain = !digits.is_empty() && !digits.starts_with('_') && !digits.ends_with('_');
    if !plain || digits.contains("__") || !digits.chars().all(|c| c == '_' || c.is_digit(radix)) {
        return invalid();
    }
    let digits = digits.replace('_', "");
    if digits.len() > MAX_DIGITS && !radix.is_power_of_two() {
        return value_error("Exceeds the limit (4300 digits) for integer string conversion");
    }
    let value = BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default();
    bounded(if trimmed.starts_with('-') { -value } else { value })
}

/// Without outer white space; in ASCII texts, Python strips only C's white space.
fn trimmed(text: &str) -> &str {
    if text.is_ascii() {
        text.trim_matches(|c: char| c == '\u{b}' || c.is_ascii_whitespace())
    } else {
        text.trim_matches(super::text::is_space)
    }
}

/// Decimal digits of other scripts count as digits, too.
fn ascii_digits(text: &str) -> String {
    text.chars().map(|c| super::text::decimal(c).map_or(c, |digit| char::from(b'0' + digit))).collect()
}

/// float(text); None if it is not a number.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = ascii_digits(trimmed(text));
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let between = at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if *byte == b'_' && !between {
            return None;
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text).to_ascii_lowercase();
    let word = matches!(unsigned.as_str(), "inf" | "infinity" | "nan");
    if !word && !unsigned.chars().all(|c| c.is_ascii_digit() || "._e+-".contains(c)) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// repr(value) of an integer.
pub fn big_text(value: &BigInt) -> Result<String> {
    // Digits are at most bits * 0.302.
    let text = value.to_string();
    if text.trim_start_matches('-').len() > MAX_DIGITS {
        return value_error("Exceeds the limit (4300 digits) for integer string conversion");
    }
    Ok(text)
}

/// repr(value) of a float.
pub fn float_text(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string().replace("NaN", "nan");
    }
    // As many digits as Rust's shortest text, but the nearest such text: of two equally near, Rust takes the upper one
    // and Python the even one.
    let shortest = format!("{value:e}");
    let decimals = shortest.split_once('e').map_or(0, |(digits, _)| {
        digits.split_once('.').map_or(0, |(_, fraction)| fraction.len())
    });
    let nearest = format!("{value:.decimals$e}");
    let scientific = if nearest.parse() == Ok(value) { nearest } else { shortest };
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let fraction = usize::try_from(decimals as i32 - exponent).unwrap_or(0).max(1);
    let fixed = format!("{value:.fraction$}");
    if fixed.parse() == Ok(value) {
        fixed
    } else {
        format!("{value:?}")
    }
}
