//! Private keys, which take many lines, see <https://www.rfc-editor.org/rfc/rfc7468>.

use super::scan::{Hit, Span};
use memchr::memmem;
use std::collections::BTreeMap;

const RULE: &str = "private-key";

/// The beginnings, which all of them have in common with what is no secret: certificates.
const BEGIN: &[u8] = b"-----BEGIN ";
const PRIVATE: &[u8] = b"PRIVATE KEY";
const END: &[u8] = b"-----END ";
/// The form of the program `PuTTY`.
const PUTTY: &[u8] = b"Private-Lines: ";

/// The fewest letters that a key has on the line of its beginning, if it has any there.
const LEAST_LETTERS: usize = 20;

/// The most lines that a key takes, so that a beginning alone does not mask all that follows.
const LIMIT_LINES: usize = 200;

/// Whether a text may hold a private key at all.
pub(super) fn is_possible(text: &[u8]) -> bool {
    memmem::find(text, PRIVATE).is_some() || memmem::find(text, PUTTY).is_some()
}

/// Adds what belongs to a private key to the hits of each line, of which the first has a number.
pub(super) fn add(text: &[u8], first: usize, lines: &[Span], hits: &mut BTreeMap<usize, Vec<Hit>>) {
    let mut left = 0;
    for (place, line) in lines.iter().enumerate() {
        let bytes = &text[line.clone()];
        let mut mark =
            |range: Span| drop(hits.insert(first + place, vec![Hit { range, rule: RULE }]));
        if let Some(begin) = begin(bytes) {
            let end = memmem::find(&bytes[begin..], END).map(|end| begin + end);
            left = if end.is_some() { 0 } else { LIMIT_LINES };
            // A key with its newlines written as `\n` is all on the line of its beginning.
            let content = begin + header_length(&bytes[begin..]);
            let stop = end.unwrap_or(bytes.len());
            if content < stop && longest_run(&bytes[content..stop]) >= LEAST_LETTERS {
                mark(line.start + content..line.start + stop);
            }
        } else if left > 0 {
            left -= 1;
            let content = bytes.trim_ascii();
            if memmem::find(bytes, END).is_some() || !could_be_content(content) {
                left = 0;
            } else if !content.is_empty() {
                mark(line.clone());
            }
        } else if let Some(count) = putty_lines(bytes) {
            left = count.min(LIMIT_LINES);
        }
    }
}

/// How many letters of base 64 stand together at the most.
fn longest_run(bytes: &[u8]) -> usize {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    bytes
        .split(|byte| !is_letter(byte))
        .map(<[u8]>::len)
        .max()
        .unwrap_or_default()
}

fn begin(line: &[u8]) -> Option<usize> {
    let begin = memmem::find(line, BEGIN)?;
    let header = &line[begin..line.len().min(begin + 60)];
    memmem::find(header, PRIVATE).map(|_| begin)
}

/// How long the line of dashes is.
fn header_length(line: &[u8]) -> usize {
    let behind = BEGIN.len();
    memmem::find(&line[behind..], b"-----").map_or(line.len(), |end| behind + end + 5)
}

fn putty_lines(line: &[u8]) -> Option<usize> {
    let count = line.strip_prefix(PUTTY)?;
    std::str::from_utf8(count).ok()?.trim().parse().ok()
}

/// Whether a line may be one of a key: base 64, or a header such as `Proc-Type: 4,ENCRYPTED`, perhaps
/// in quotes or behind a comment.
fn could_be_content(line: &[u8]) -> bool {
    let is_frame = |byte: &u8| byte.is_ascii_whitespace() || b"\"'#*;,\\()".contains(byte);
    let start = line
        .iter()
        .position(|byte| !is_frame(byte))
        .unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(|byte| !is_frame(byte))
        .map_or(start, |at| at + 1);
    let inner = line[start..end]
        .strip_suffix(b"\\n")
        .unwrap_or(&line[start..end]);
    let is_base64 = inner
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
    let is_header = [
        "Proc-Type: ",
        "DEK-Info: ",
        "Comment: ",
        "Version: ",
        "Charset: ",
    ];
    line.len() <= 200
        && (is_base64
            || is_header
                .iter()
                .any(|name| inner.starts_with(name.as_bytes())))
}
