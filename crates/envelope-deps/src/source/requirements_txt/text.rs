//! The text of one file: its bytes as UTF-8, how they were encoded, and its lines.
//!
//! Lines end with LF, CRLF or CR. Bytes that are no UTF-8 are kept, since a comment may hold them.

use crate::error::Error;
use memchr::memchr2;
use std::path::PathBuf;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Text {
    /// Where it is, for messages.
    pub(super) path: PathBuf,
    /// Its path from the folder of the first file, with `/`, for output.
    pub(super) name: String,
    /// What it holds, without a byte order mark; UTF-8 wherever the file was UTF-16.
    pub(super) bytes: Vec<u8>,
    pub(super) encoding: Encoding,
}

/// How a file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16LittleEndian,
    Utf16BigEndian,
}

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LITTLE_ENDIAN_MARK: &[u8] = b"\xFF\xFE";
const UTF16_BIG_ENDIAN_MARK: &[u8] = b"\xFE\xFF";
const UTF32_MARKS: [&[u8]; 2] = [b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"];

impl Text {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for UTF-32, and for UTF-16 that could not be written back as it was.
    pub(super) fn new(path: PathBuf, name: String, mut bytes: Vec<u8>) -> Result<Self, Error> {
        if UTF32_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
            let message = "the text is UTF-32, expected UTF-8 or UTF-16";
            return Err(Error::syntax(&path, 0, 0, message));
        }
        let encoding = if bytes.starts_with(UTF8_MARK) {
            bytes.drain(..UTF8_MARK.len());
            Encoding::Utf8WithMark
        } else if bytes.starts_with(UTF16_LITTLE_ENDIAN_MARK) {
            Encoding::Utf16LittleEndian
        } else if bytes.starts_with(UTF16_BIG_ENDIAN_MARK) {
            Encoding::Utf16BigEndian
        } else {
            Encoding::Utf8
        };
        if let Some(unit) = encoding.unit_from_bytes() {
            let text = decode_utf16(&bytes[2..], unit);
            let message = "the text is not UTF-16, though its byte order mark says so";
            let text = text.ok_or_else(|| Error::syntax(&path, 0, 0, message))?;
            bytes = text.into_bytes();
        }
        Ok(Self {
            path,
            name,
            bytes,
            encoding,
        })
    }

    /// The end of its first line, or LF.
    pub(super) fn line_end(&self) -> &'static [u8] {
        let Some(end) = memchr2(b'\n', b'\r', &self.bytes) else {
            return b"\n";
        };
        match &self.bytes[end..] {
            [b'\r', b'\n', ..] => b"\r\n",
            [b'\r', ..] => b"\r",
            _ => b"\n",
        }
    }

    /// Whether its last line is ended.
    pub(super) fn is_ended(&self) -> bool {
        self.bytes.is_empty() || self.bytes.ends_with(b"\n") || self.bytes.ends_with(b"\r")
    }

    /// The column of a byte in its line, in characters from 1.
    pub(super) fn column(&self, at: usize) -> usize {
        let before = &self.bytes[..at.min(self.bytes.len())];
        let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |end| end + 1);
        1 + String::from_utf8_lossy(&before[start..]).chars().count()
    }
}

impl Encoding {
    /// Writes a text as the file was written, byte order mark and all.
    pub(super) fn encode(self, text: Vec<u8>) -> Vec<u8> {
        let unit_to_bytes = match self {
            Self::Utf8 => return text,
            Self::Utf8WithMark => return [UTF8_MARK, &text].concat(),
            Self::Utf16LittleEndian => u16::to_le_bytes,
            Self::Utf16BigEndian => u16::to_be_bytes,
        };
        let text = String::from_utf8_lossy(&text);
        let units = std::iter::once('\u{FEFF}').chain(text.chars());
        let mut bytes = Vec::with_capacity(2 * text.len() + 2);
        for character in units {
            for unit in character.encode_utf16(&mut [0; 2]) {
                bytes.extend(unit_to_bytes(*unit));
            }
        }
        bytes
    }

    fn unit_from_bytes(self) -> Option<fn([u8; 2]) -> u16> {
        match self {
            Self::Utf8 | Self::Utf8WithMark => None,
            Self::Utf16LittleEndian => Some(u16::from_le_bytes),
            Self::Utf16BigEndian => Some(u16::from_be_bytes),
        }
    }

    /// Whether only characters can be written, and not any bytes.
    pub(super) fn needs_characters(self) -> bool {
        self.unit_from_bytes().is_some()
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}

/// One line: what it holds, and where the next one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// What it holds, without its end.
    pub(super) content: &'a [u8],
    /// Its end: LF, CRLF, CR or nothing.
    pub(super) end: &'a [u8],
}

impl<'a> Line<'a> {
    /// The first line of a text; `None` at its end.
    pub(super) fn first_of(text: &'a [u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let at = memchr2(b'\n', b'\r', text).unwrap_or(text.len());
        let end = match &text[at..] {
            [b'\r', b'\n', ..] => 2,
            [_, ..] => 1,
            [] => 0,
        };
        Some(Self {
            content: &text[..at],
            end: &text[at..at + end],
        })
    }

    /// How many bytes it takes.
    pub(super) fn len(self) -> usize {
        self.content.len() + self.end.len()
    }
}

/// The lines of a text.
pub(super) fn lines(mut text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    std::iter::from_fn(move || {
        let line = Line::first_of(text)?;
        text = &text[line.len()..];
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<Text, Error> {
        Text::new(PathBuf::from("r.txt"), "r.txt".to_owned(), bytes.to_vec())
    }

    #[test]
    fn lines_end_in_three_ways() {
        let ends: Vec<(&[u8], &[u8])> = lines(b"a\nb\r\nc\rd\n\r\r\n")
            .map(|line| (line.content, line.end))
            .collect();
        let expected: [(&[u8], &[u8]); 6] = [
            (b"a", b"\n"),
            (b"b", b"\r\n"),
            (b"c", b"\r"),
            (b"d", b"\n"),
            (b"", b"\r"),
            (b"", b"\r\n"),
        ];
        assert_eq!(ends, expected);
    }

    #[test]
    fn every_encoding_is_written_as_it_was() {
        for bytes in [
            &b"a==1\n"[..],
            b"\xEF\xBB\xBFa==1\r\n",
            b"\xFF\xFEa\0=\0=\x001\0\n\0\x3D\xD8\x00\xDE",
            b"\xFE\xFF\0a\0=\0=\x001",
            b"# \xFF\xC0\n",
            b"",
        ] {
            let text = text(bytes).expect("a text");
            assert_eq!(text.encoding.encode(text.bytes), bytes);
        }
    }

    #[test]
    fn refuses_what_could_not_be_written_back() {
        for bytes in [
            &b"\xFF\xFEa"[..],
            b"\xFF\xFE\x00\xD8",
            b"\xFF\xFE\0\0a\0\0\0",
        ] {
            assert!(text(bytes).is_err(), "{bytes:?}");
        }
    }
}
