//! The filter wordwrap: Python's textwrap.

use super::args::{int, text, Args};
use super::error::{value_error, Result};
use super::interp::Interp;
use super::ops::{self, like};
use super::str_methods::join_texts;
use super::text as chars;
use super::value::Value;

pub fn filter(interp: &Interp, value: &Value, args: Args) -> Result<Value> {
    let parameters = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, break_words, wrap_string, hyphens] = args.bind("wordwrap", parameters, 0)?;
    ops::undefined_fails(value)?;
    let subject = text(value, "wordwrap")?;
    let width = width.map_or(Ok(79), |width| int(&width))?;
    if width <= 0 && !subject.is_empty() {
        return value_error(format!("invalid width {width} (must be > 0)"));
    }
    let separator = match wrap_string {
        None | Some(Value::None) => "\n".to_owned(),
        Some(separator) => text(&separator, "wordwrap")?.to_owned(),
    };
    let style = Style {
        width: width as usize,
        break_words: break_words.is_none_or(|value| value.truth()),
        hyphens: hyphens.is_none_or(|value| value.truth()),
    };
    let mut paragraphs = Vec::new();
    for line in chars::splitlines(subject, false) {
        let lines: Vec<Value> = style.wrap(interp, line)?.into_iter().map(Value::str).collect();
        paragraphs.push(Value::str(join_texts(interp, &separator, &lines)?));
    }
    Ok(like(&Value::str(""), &join_texts(interp, &separator, &paragraphs)?))
}

struct Style {
    width: usize,
    break_words: bool,
    hyphens: bool,
}

/// textwrap knows only ASCII white space.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn is_letter(c: char) -> bool {
    chars::is_word(c) && chars::decimal(c).is_none()
}

fn is_word_punctuation(c: char) -> bool {
    chars::is_word(c) || "!\"'&.,?".contains(c)
}

impl Style {
    fn wrap(&self, interp: &Interp, line: &str) -> Result<Vec<String>> {
        let letters: Vec<char> = line.chars().collect();
        interp.budget.steps(letters.len())?;
        let mut chunks = self.chunks(&letters);
        chunks.reverse();
        let mut lines: Vec<String> = Vec::new();
        while !chunks.is_empty() {
            interp.budget.steps(1)?;
            let mut current: Vec<&[char]> = Vec::new();
            let mut length = 0;
            let blank = |chunk: &&[char]| chunk.iter().all(|&c| chars::is_space(c));
            if !lines.is_empty() && chunks.last().is_some_and(blank) {
                chunks.pop();
            }
            while let Some(chunk) = chunks.pop() {
                if length + chunk.len() > self.width {
                    chunks.push(chunk);
                    break;
                }
                length += chunk.len();
                current.push(chunk);
            }
            if chunks.last().is_some_and(|chunk| chunk.len() > self.width) {
                self.long_word(&mut chunks, &mut current, length);
            }
            if current.last().is_some_and(blank) {
                current.pop();
            }
            if !current.is_empty() {
                lines.push(current.into_iter().flatten().collect());
            }
        }
        Ok(lines)
    }

    fn long_word<'c>(&self, chunks: &mut Vec<&'c [char]>, current: &mut Vec<&'c [char]>, length: usize) {
        let Some(chunk) = chunks.pop() else { return };
        if !self.break_words {
            if current.is_empty() {
                current.push(chunk);
            } else {
                chunks.push(chunk);
            }
            return;
        }
        let space = self.width.saturating_sub(length);
        let mut end = space;
        if self.hyphens && chunk.len() > space {
            let hyphen = chunk[..space].iter().rposition(|&c| c == '-');
            if let Some(hyphen) = hyphen.filter(|&at| at > 0 && chunk[..at].iter().any(|&c| c != '-')) {
                end = hyphen + 1;
            }
        }
        current.push(&chunk[..end]);
        chunks.push(&chunk[end..]);
    }

    /// Pieces between which a line may break.
    fn chunks<'c>(&self, letters: &'c [char]) -> Vec<&'c [char]> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < letters.len() {
            let end = if is_space(letters[start]) {
                run(letters, start, is_space)
            } else if self.hyphens {
                word_end(letters, start)
            } else {
                run(letters, start, |c| !is_space(c))
            };
            chunks.push(&letters[start..end]);
            start = end;
        }
        chunks
    }
}

fn run(letters: &[char], start: usize, passes: impl Fn(char) -> bool) -> usize {
    start + letters[start..].iter().take_while(|&&c| passes(c)).count()
}

/// Whether an em-dash (two hyphens or more) between words starts here.
fn dash(letters: &[char], at: usize) -> Option<usize> {
    let end = run(letters, at, |c| c == '-');
    let before = at > 0 && is_word_punctuation(letters[at - 1]);
    let word = letters.get(end).is_some_and(|&c| chars::is_word(c));
    (before && end >= at + 2 && word).then_some(end)
}

fn word_end(letters: &[char], start: usize) -> usize {
    if let Some(end) = dash(letters, start) {
        return end;
    }
    for end in start + 1..=letters.len() {
        if hyphenated(letters, end) {
            return end + 1;
        }
        if end == letters.len() || is_space(letters[end]) || dash(letters, end).is_some() {
            return end;
        }
    }
    letters.len()
}

/// Whether a word may break after the hyphen at `at`.
fn hyphenated(letters: &[char], at: usize) -> bool {
    let letter = |at: usize| letters.get(at).is_some_and(|&c| is_letter(c));
    if letters.get(at) != Some(&'-') || at < 2 {
        return false;
    }
    let before = letter(at - 1) && letter(at - 2)
        || at >= 3 && letter(at - 3) && letters[at - 2] == '-' && is_word_punctuation(letters[at - 1]);
    let after = letter(at + 1) && (letter(at + 2) || letters.get(at + 2) == Some(&'-') && letter(at + 3));
    before && after
}
