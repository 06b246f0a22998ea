//! Python's lenient reader of base64: characters of no meaning are skipped.

/// The bytes of a text in base64; `None` where its length is wrong.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut place, mut padding, mut left) = (0_u8, 0_u8, 0_u8);
    for byte in text.bytes() {
        if byte == b'=' {
            padding += u8::from(place >= 2);
            if place >= 2 && place + padding >= 4 {
                return Some(bytes);
            }
            continue;
        }
        let Some(value) = value(byte) else { continue };
        padding = 0;
        match place {
            0 => {}
            1 => bytes.push(left << 2 | value >> 4),
            2 => bytes.push(left << 4 | value >> 2),
            _ => bytes.push(left << 6 | value),
        }
        left = value;
        place = (place + 1) % 4;
    }
    (place == 0).then_some(bytes)
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_python_reads_it() {
        for (text, expected) in [
            ("", Some(&b""[..])),
            ("!!!!", Some(b"")),
            ("YWJj", Some(b"abc")),
            ("YW\nI=", Some(b"ab")),
            ("YQ==", Some(b"a")),
            ("YQ==YWJj", Some(b"a")),
            ("Y Q = =", Some(b"a")),
            ("abc", None),
            ("Y", None),
            ("YQ=", None),
            ("YQ", None),
        ] {
            assert_eq!(decode(text).as_deref(), expected, "{text}");
        }
    }
}
