//! Passwords in `.netrc`, each on a line of its own below the one of its machine, see
//! <https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>.

use super::judge::is_placeholder;
use super::scan::{Hit, Span, unite};
use memchr::memmem;
use std::collections::BTreeMap;

const RULE: &str = "netrc-password";

/// As many lines below a machine may be about it.
const LIMIT_LINES: usize = 4;

/// Adds the passwords to the hits of each line, of which the first has a number.
pub(super) fn add(text: &[u8], first: usize, lines: &[Span], hits: &mut BTreeMap<usize, Vec<Hit>>) {
    let mut left = 0;
    for (place, line) in lines.iter().enumerate() {
        let bytes = &text[line.clone()];
        if is_machine(bytes) {
            left = LIMIT_LINES;
        } else if left > 0 {
            left -= 1;
            let Some(range) = password(bytes) else {
                continue;
            };
            let range = line.start + range.start..line.start + range.end;
            let hit = Hit { range, rule: RULE };
            unite(hits.entry(first + place).or_default(), hit);
        }
    }
}

/// `machine NAME`, and perhaps the user.
fn is_machine(line: &[u8]) -> bool {
    let Some(rest) = line.trim_ascii_start().strip_prefix(b"machine ") else {
        return false;
    };
    let words = rest.split(u8::is_ascii_whitespace);
    let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
    matches!(words[..], [_] | [_, b"login", _])
}

/// Where the password is in a line that says nothing else.
fn password(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let at = memmem::find(line, b"password ")?;
    let start = at + b"password ".len();
    let value = line[start..].trim_ascii();
    let is_alone = line[..at].trim_ascii().is_empty() && !value.contains(&b' ');
    let is_one = is_alone && !value.is_empty() && !is_placeholder(&String::from_utf8_lossy(value));
    let start = start + line[start..].len() - line[start..].trim_ascii_start().len();
    is_one.then(|| start..start + value.len())
}

#[cfg(test)]
mod tests {
    use super::super::redact_text;

    #[test]
    fn passwords_below_a_machine_are_masked() {
        let with = |password: &str| {
            format!("machine h.example\n  login me\n  password {password}\nmachine other\n")
        };
        assert_eq!(redact_text(&with("hunter2")), with("***"));
        for innocent in [
            with("<yours>"),
            with("is asked for later"),
            "the machine learns\n\n  password hunter2\n".to_owned(),
            "machine h\n\n\n\n\npassword hunter2\n".to_owned(),
        ] {
            assert_eq!(redact_text(&innocent), innocent);
        }
    }
}
