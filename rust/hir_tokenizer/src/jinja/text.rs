//! Characters and strings as Python's str sees them.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The 29 code points of str.isspace().
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Where str.splitlines() ends a line.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub fn splitlines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_line_break(c) {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|&(_, next)| next == '\n') {
            chars.next();
            end += 1;
        }
        lines.push(&text[start..if keep_ends { end } else { at }]);
        start = end;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// str.strip, lstrip and rstrip; without `chars`, of white space.
pub fn strip<'a>(text: &'a str, chars: Option<&str>, start: bool, end: bool) -> &'a str {
    let drop = |c: char| chars.map_or_else(|| is_space(c), |set| set.contains(c));
    let text = if start { text.trim_start_matches(drop) } else { text };
    if end {
        text.trim_end_matches(drop)
    } else {
        text
    }
}

/// Whether str.isprintable() holds, so that repr() keeps the character.
pub fn is_printable(c: char) -> bool {
    // Code points that no version of Unicode has assigned yet are not printable.
    c == ' '
        || !matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::Surrogate
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::SpaceSeparator
        )
}

pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    c.general_category_group() == GeneralCategoryGroup::Letter
}

/// Value of a character of str.isdecimal().
pub fn decimal(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|digit| digit as u8);
    }
    if c.general_category() != GeneralCategory::DecimalNumber {
        return None;
    }
    // Decimal digits come in runs of ten; mathematical ones in five runs after each other.
    let code = c as u32;
    if (0x1D7CE..=0x1D7FF).contains(&code) {
        return Some(((code - 0x1D7CE) % 10) as u8);
    }
    let below = |back: u32| char::from_u32(code - back).filter(|c| {
        c.general_category() == GeneralCategory::DecimalNumber
    });
    (1..=9).take_while(|&back| below(back).is_some()).last().or(Some(0)).map(|back| back as u8)
}

/// Digits of str.isdigit() that aren't decimal: superscripts, circled digits and the like.
const OTHER_DIGITS: [(u32, u32); 20] = [
    (0xB2, 0xB3), (0xB9, 0xB9), (0x1369, 0x1371), (0x19DA, 0x19DA), (0x2070, 0x2070),
    (0x2074, 0x2079), (0x2080, 0x2089), (0x2460, 0x2468), (0x2474, 0x247C), (0x2488, 0x2490),
    (0x24EA, 0x24EA), (0x24F5, 0x24FD), (0x24FF, 0x24FF), (0x2776, 0x277E), (0x2780, 0x2788),
    (0x278A, 0x2792), (0x10A40, 0x10A43), (0x10E60, 0x10E68), (0x11052, 0x1105A), (0x1F100, 0x1F10A),
];

pub fn is_digit(c: char) -> bool {
    decimal(c).is_some()
        || OTHER_DIGITS.iter().any(|&(first, last)| (first..=last).contains(&(c as u32)))
}

/// Whether a Python name can start with the character.
pub fn starts_name(c: char) -> bool {
    c == '_' || is_alpha(c) || c.general_category() == GeneralCategory::LetterNumber
}

pub fn continues_name(c: char) -> bool {
    starts_name(c)
        || decimal(c).is_some()
        || matches!(
            c.general_category(),
            GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::ConnectorPunctuation
        )
}

/// \w of Python's re.
pub fn is_word(c: char) -> bool {
    c == '_' || is_alpha(c) || c.general_category_group() == GeneralCategoryGroup::Number
}

/// CJK numerals, which are letters by category.
const NUMERIC_LETTERS: &str = "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零\u{f96b}\u{f973}\u{f978}\u{f9b2}\u{f9d1}\u{f9d3}\u{f9fd}\u{20001}\u{20064}\u{200e2}\u{20121}\u{2092a}\u{20983}\u{2098c}\u{2099c}\u{20aea}\u{20afd}\u{20b19}\u{22390}\u{22998}\u{23b1b}\u{2626d}\u{2f890}";

pub fn is_numeric(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Number || NUMERIC_LETTERS.contains(c)
}

pub fn is_alnum(c: char) -> bool {
    is_alpha(c) || is_numeric(c)
}

/// str.casefold().
pub fn case_fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ı' => out.push(c),
            'ẞ' => out.push_str("ss"),
            // Cherokee folds to its capitals.
            '\u{13a0}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => out.extend(c.to_uppercase()),
            _ => out.extend(c.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    out
}

pub fn is_upper(c: char) -> bool {
    c.is_uppercase()
}

pub fn is_lower(c: char) -> bool {
    c.is_lowercase()
}

/// Title case of a character: that of the few digraphs differs from their upper case.
pub fn to_title(c: char) -> String {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => "ǅ".to_owned(),
        'Ǉ' | 'ǈ' | 'ǉ' => "ǈ".to_owned(),
        'Ǌ' | 'ǋ' | 'ǌ' => "ǋ".to_owned(),
        'Ǳ' | 'ǲ' | 'ǳ' => "ǲ".to_owned(),
        'ŉ' => "ʼN".to_owned(),
        // Georgian has no title case.
        'ა'..='ჺ' | 'ჽ'..='ჿ' => c.to_string(),
        // Greek with a subscript iota keeps it below.
        '\u{1f80}'..='\u{1faf}' => char::from_u32(c as u32 | 8).unwrap_or(c).to_string(),
        'ᾳ' | 'ᾼ' => "ᾼ".to_owned(),
        'ῃ' | 'ῌ' => "ῌ".to_owned(),
        'ῳ' | 'ῼ' => "ῼ".to_owned(),
        '\u{1fb0}'..='\u{1fff}' => c.to_uppercase().collect::<String>().replace('Ι', "\u{345}"),
        _ => {
            // Ligatures and ß: the first letter only.
            let mut upper = c.to_uppercase();
            let first = upper.next().unwrap_or(c);
            let rest: String = upper.collect();
            format!("{first}{}", rest.to_lowercase())
        }
    }
}

pub fn is_cased(c: char) -> bool {
    is_upper(c) || is_lower(c) || c.general_category() == GeneralCategory::TitlecaseLetter
}

pub fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => {
            // Lowered together with what stands before, so that a final sigma is one.
            let lower = text.to_lowercase();
            let skipped = first.to_lowercase().count();
            to_title(first) + &lower.chars().skip(skipped).collect::<String>()
        }
        None => String::new(),
    }
}

/// Every character with its small form, which for a sigma depends on what stands around it.
fn with_lower(text: &str, mut visit: impl FnMut(char, &str)) {
    let lower = text.to_lowercase();
    let mut rest = lower.as_str();
    for c in text.chars() {
        let (own, after) = rest.split_at(c.to_lowercase().map(char::len_utf8).sum());
        visit(c, own);
        rest = after;
    }
}

/// str.title(): a letter after a letter is small, every other one has title case.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    with_lower(text, |c, lower| {
        if inside {
            out.push_str(lower);
        } else {
            out.push_str(&to_title(c));
        }
        inside = is_cased(c);
    });
    out
}

pub fn swap_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    with_lower(text, |c, lower| {
        if is_upper(c) {
            out.push_str(lower);
        } else if is_lower(c) {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    });
    out
}

/// Byte offset of a character's index; the length for those after the end.
pub fn offset(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

pub fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// markupsafe.escape.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
