//! Contents of a file as bytes in a patch: compressed, in base 85, as a whole or as what changes.
//!
//! `git apply` takes such a section exactly where the file is the one that its `index` line names.
//! The form has no documentation but git's source, `diff.c`, `base85.c` and, for what changes,
//! <https://git-scm.com/docs/gitformat-pack#_deltified_representation>.

use super::Patch;
use crate::error::Error;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;

const ALPHABET: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// The most bytes on a line.
const BYTES_PER_LINE: usize = 52;

/// The most bytes that one instruction copies, and inserts.
const COPY_LIMIT: usize = 0xffff;
const INSERT_LIMIT: usize = 0x7f;

/// Git takes no fewer instructions; a file that becomes empty needs none.
const LEAST_DELTA_BYTES: usize = 4;

/// New contents, as a patch tells them in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BinaryHunk {
    /// The whole of them.
    Literal(Vec<u8>),
    /// Instructions that make them of the old ones.
    Delta(Vec<u8>),
}

impl BinaryHunk {
    /// Writes it, with the line that announces it. The way back is left out, since it would tell the
    /// old contents, and `git apply` does without it.
    pub(crate) fn write(&self) -> Vec<u8> {
        let (word, bytes) = match self {
            Self::Literal(bytes) => ("literal", bytes),
            Self::Delta(bytes) => ("delta", bytes),
        };
        let mut text = format!("GIT binary patch\n{word} {}\n", bytes.len()).into_bytes();
        for line in compressed(bytes).chunks(BYTES_PER_LINE) {
            base85(line, &mut text);
        }
        text.push(b'\n');
        text
    }
}

impl Patch {
    /// The patch without the second half of each section that is told as bytes, which is the way back
    /// to the old contents.
    pub(crate) fn without_ways_back(self) -> Result<Self, Error> {
        let sections = self.sections.iter().enumerate();
        let binary = sections.filter(|(_, section)| section.is_binary());
        let texts = binary.filter_map(|(at, section)| {
            let body = self.slice(&(section.body_start..section.bytes.end));
            let length = memchr::memmem::find(body, b"\n\n")? + 2;
            let kept = section.bytes.start..section.body_start + length;
            (length < body.len()).then(|| (at, self.slice(&kept).to_vec()))
        });
        let texts: BTreeMap<usize, Vec<u8>> = texts.collect();
        if texts.is_empty() {
            return Ok(self);
        }
        self.replaced(&texts)
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Writes a line: a letter for the number of bytes, then five digits for each four of them.
fn base85(line: &[u8], text: &mut Vec<u8>) {
    let length = u8::try_from(line.len()).unwrap_or(u8::MAX);
    text.push(if length <= 26 {
        b'A' + length - 1
    } else {
        b'a' + length - 27
    });
    for four in line.chunks(4) {
        let mut padded = [0; 4];
        padded[..four.len()].copy_from_slice(four);
        let mut number = u32::from_be_bytes(padded);
        let mut digits = [0; 5];
        for digit in digits.iter_mut().rev() {
            *digit = ALPHABET[(number % 85) as usize];
            number /= 85;
        }
        text.extend_from_slice(&digits);
    }
    text.push(b'\n');
}

/// A piece of new contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// These bytes of the old ones.
    Copy(Range<usize>),
    /// These bytes, which are new.
    Insert(Vec<u8>),
}

/// Writes the instructions that put the pieces together.
fn delta(old_length: usize, pieces: &[Piece]) -> Vec<u8> {
    let new_length = pieces.iter().map(|piece| match piece {
        Piece::Copy(range) => range.len(),
        Piece::Insert(bytes) => bytes.len(),
    });
    let mut written = Vec::new();
    length(old_length, &mut written);
    length(new_length.sum(), &mut written);
    for piece in pieces {
        match piece {
            Piece::Copy(range) => copy(range, &mut written),
            Piece::Insert(bytes) => {
                for part in bytes.chunks(INSERT_LIMIT) {
                    written.push(u8::try_from(part.len()).unwrap_or_default());
                    written.extend_from_slice(part);
                }
            }
        }
    }
    written
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn length(mut length: usize, written: &mut Vec<u8>) {
    while length > 0x7f {
        written.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    written.push(length.to_le_bytes()[0]);
}

fn copy(range: &Range<usize>, written: &mut Vec<u8>) {
    let mut start = range.start;
    while start < range.end {
        let size = (range.end - start).min(COPY_LIMIT);
        let at = written.len();
        let mut instruction = 0x80;
        written.push(0);
        let places = (0..4).map(|place| (start >> (8 * place), place));
        let sizes = (0..2).map(|place| (size >> (8 * place), 4 + place));
        for (value, bit) in places.chain(sizes) {
            let byte = value.to_le_bytes()[0];
            if byte != 0 {
                instruction |= 1 << bit;
                written.push(byte);
            }
        }
        written[at] = instruction;
        start += size;
    }
}

/// New contents whose lines are partly those of the old ones: takes for each piece either the old
/// lines, counted from 0, or new bytes.
pub(crate) fn copy_lines(
    old: &[u8],
    pieces: impl IntoIterator<Item = Result<Range<usize>, Vec<u8>>>,
) -> (BinaryHunk, Vec<u8>) {
    let ends = memchr::memchr_iter(b'\n', old).map(|at| at + 1);
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
    if starts.last() != Some(&old.len()) {
        starts.push(old.len());
    }
    let start = |line: usize| starts.get(line).copied().unwrap_or(old.len());
    let pieces = pieces.into_iter().map(|piece| match piece {
        Ok(lines) => Piece::Copy(start(lines.start)..start(lines.end)),
        Err(bytes) => Piece::Insert(bytes),
    });
    let pieces: Vec<Piece> = pieces.collect();
    let mut new = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Copy(range) => new.extend_from_slice(&old[range.clone()]),
            Piece::Insert(bytes) => new.extend_from_slice(bytes),
        }
    }
    let instructions = delta(old.len(), &pieces);
    if instructions.len() < LEAST_DELTA_BYTES {
        return (BinaryHunk::Literal(new.clone()), new);
    }
    (BinaryHunk::Delta(instructions), new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_lines_and_inserts_others() {
        let old = b"one\ntwo\nthree";
        let pieces = [Ok(0..1), Err(b"2\n".to_vec()), Ok(2..9)];
        let (hunk, new) = copy_lines(old, pieces);
        assert_eq!(new, b"one\n2\nthree");
        // Lengths 13 and 11, copy 4 bytes from 0, insert 2, copy 5 from 8.
        let expected = [13, 11, 0x90, 4, 2, b'2', b'\n', 0x91, 8, 5];
        assert_eq!(hunk, BinaryHunk::Delta(expected.to_vec()));
    }

    #[test]
    fn nothing_is_told_as_a_whole() {
        let (hunk, new) = copy_lines(b"one\n", []);
        assert_eq!((hunk, new), (BinaryHunk::Literal(Vec::new()), Vec::new()));
    }

    #[test]
    fn long_copies_are_cut() {
        let mut written = Vec::new();
        copy(&(0x10000..0x2_0001), &mut written);
        assert_eq!(written, [0xb4, 1, 0xff, 0xff, 0x97, 0xff, 0xff, 1, 2]);
    }

    #[test]
    fn lengths_take_seven_bits_a_byte() {
        for (number, bytes) in [
            (0, vec![0]),
            (127, vec![127]),
            (128, vec![0x80, 1]),
            (300, vec![0xac, 2]),
        ] {
            let mut written = Vec::new();
            length(number, &mut written);
            assert_eq!(written, bytes);
        }
    }
}
