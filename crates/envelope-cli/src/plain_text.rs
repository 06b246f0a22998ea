//! Text of others made harmless: a package must not be able to command the terminal.
//!
//! Everything that is printed goes through [`clean`] or [`clean_json`]: escape sequences, control
//! characters, and characters that turn the direction of writing come out as visible escapes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every unprintable character written as an escape such as `\u{1b}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    replace(text, |out, c| match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        c => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    })
}

/// A JSON text on one or more lines with every unprintable character escaped as JSON does it.
///
/// Such characters can stand only in strings, apart from the line breaks between the values.
pub(crate) fn clean_json(text: &str) -> Cow<'_, str> {
    replace(text, |out, c| match c {
        '\n' => out.push('\n'),
        c => {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    })
}

fn replace(text: &str, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unprintable(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Control characters, and those that are not seen but move, hide or turn what is.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_commands_a_terminal() {
        for (text, expected) in [
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\rb\nc\td", "a\\rb\\nc\\td"),
            ("safe\u{202e}txt.exe", "safe\\u{202e}txt.exe"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("\u{7f}", "\\u{7f}"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        for text in ["", "price [€]", "größe", "価格", "🙂", "a  b"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_means_the_same_after_cleaning() {
        let value = serde_json::json!({"a\u{9b}": ["\u{1b}[0m\u{202e}\n", 1], "b": "\u{e0041}"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let cleaned = clean_json(&text);
        assert!(!cleaned.contains(|c| c != '\n' && is_unprintable(c)));
        let parsed: serde_json::Value = serde_json::from_str(&cleaned).unwrap();
        assert_eq!(parsed, value);
    }
}
