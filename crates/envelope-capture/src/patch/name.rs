//! Names of files in a patch: quoted as C does where they hold anything unusual, see
//! <https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath>.

use std::fmt::Write as _;

/// The letters that stand for control characters behind a backslash.
const LETTERS: [(u8, u8); 9] = [
    (b'a', 7),
    (b'b', 8),
    (b't', 9),
    (b'n', 10),
    (b'v', 11),
    (b'f', 12),
    (b'r', 13),
    (b'"', b'"'),
    (b'\\', b'\\'),
];

/// Reads a name that begins with a quote, and gives it with what stands behind it.
pub(crate) fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut name = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Some((name, after)),
            [
                b'\\',
                high @ b'0'..=b'3',
                middle @ b'0'..=b'7',
                low @ b'0'..=b'7',
                after @ ..,
            ] => {
                name.push((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'));
                rest = after;
            }
            [b'\\', letter, after @ ..] => {
                let meant = LETTERS.iter().find(|(known, _)| known == letter)?;
                name.push(meant.1);
                rest = after;
            }
            [byte, after @ ..] => {
                name.push(*byte);
                rest = after;
            }
            [] => return None,
        }
    }
}

/// Writes a name for people: as it is, or quoted where it is no text or would not stay on its line.
pub(crate) fn shown(name: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(name)
        && !text.chars().any(char::is_control)
    {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for byte in name {
        match LETTERS.iter().find(|(_, meant)| meant == byte) {
            Some((letter, _)) => quoted.extend(['\\', char::from(*letter)]),
            None if byte.is_ascii_graphic() || *byte == b' ' => quoted.push(char::from(*byte)),
            None => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were() {
        let all: Vec<u8> = (1..=255).collect();
        for name in [
            &b"tab\there"[..],
            b"quote\" back\\slash",
            b"\xff\xfe",
            "ü".as_bytes(),
            &all,
        ] {
            let quoted = shown(name);
            if let Some((read, rest)) = unquote(quoted.as_bytes()) {
                assert_eq!((read.as_slice(), rest), (name, &b""[..]), "{quoted}");
            } else {
                assert_eq!(quoted.as_bytes(), name);
            }
        }
    }

    #[test]
    fn refuses_names_that_do_not_end_or_escape_nothing() {
        for text in ["\"open", "\"\\x\"", "\"\\", "plain"] {
            assert_eq!(unquote(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            unquote(b"\"a\\303\\274\" b/x"),
            Some(("aü".into(), &b" b/x"[..]))
        );
    }
}
