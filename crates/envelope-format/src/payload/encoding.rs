//! Bytes to text, as Python's `json.loads` takes bytes: UTF-8, UTF-16 or UTF-32, with or without a
//! byte order mark.

use std::borrow::Cow;

use crate::refusal::Refusal;

/// How many bytes a character takes at least, and whether the first of them weighs most.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16 { is_big: bool },
    Utf32 { is_big: bool },
}

/// The text of a body.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let (encoding, skipped) = detect(bytes);
    let bytes = &bytes[skipped..];
    match encoding {
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(Refusal::parse(format!(
                "found byte {:#04x} at {}, expected text in UTF-8",
                bytes[error.valid_up_to()],
                error.valid_up_to()
            ))),
        },
        Encoding::Utf16 { is_big } => {
            let units = bytes.chunks(2).map(|pair| match pair {
                [a, b] if is_big => u16::from_be_bytes([*a, *b]),
                [a, b] => u16::from_le_bytes([*a, *b]),
                _ => 0xd800,
            });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            text.map(Cow::from)
                .map_err(|_| Refusal::parse("the body is not valid UTF-16"))
        }
        Encoding::Utf32 { is_big } => {
            let each = bytes.chunks(4).map(|four| {
                let unit: [u8; 4] = four.try_into().ok()?;
                let code = if is_big {
                    u32::from_be_bytes(unit)
                } else {
                    u32::from_le_bytes(unit)
                };
                char::from_u32(code)
            });
            let text: Option<String> = each.collect();
            text.map(Cow::from)
                .ok_or_else(|| Refusal::parse("the body is not valid UTF-32"))
        }
    }
}

/// The encoding by its mark, or by where zeros are in the first characters, which are ASCII; and the
/// length of the mark.
fn detect(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32 { is_big: true }, 4),
        [0xff, 0xfe, 0, 0, ..] => (Encoding::Utf32 { is_big: false }, 4),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { is_big: true }, 2),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { is_big: false }, 2),
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0, 0, 0, _, ..] => (Encoding::Utf32 { is_big: true }, 0),
        [0, _, _, _, ..] | [0, _] => (Encoding::Utf16 { is_big: true }, 0),
        [_, 0, 0, 0, ..] => (Encoding::Utf32 { is_big: false }, 0),
        [_, 0, _, _, ..] | [_, 0] => (Encoding::Utf16 { is_big: false }, 0),
        _ => (Encoding::Utf8, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_by_their_marks_or_zeros() {
        for bytes in [
            &b"[1]"[..],
            b"\xef\xbb\xbf[1]",
            b"[\x001\x00]\x00",
            b"\xff\xfe[\x001\x00]\x00",
            b"\x00[\x001\x00]",
            b"\xfe\xff\x00[\x001\x00]",
            b"[\0\0\x001\0\0\0]\0\0\0",
            b"\0\0\0[\0\0\x001\0\0\0]",
        ] {
            assert_eq!(decode(bytes).unwrap(), "[1]", "{bytes:?}");
        }
        for bytes in [
            &b"[\xff]"[..],
            b"\xff\xfe[\x001",
            b"\xff\xfe\x00\xd8",
            b"\x1f\x8b\x08\x00",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(decode(b"").unwrap(), "");
    }
}
