//! Private keys, which take many lines, see <https://www.rfc-editor.org/rfc/rfc7468>.

use super::scan::{Hit, Span, unite};
use memchr::memmem;
use std::collections::BTreeMap;

pub(super) const RULE: &str = "private-key";

/// The beginnings, which all of them have in common with what is no secret: certificates.
const BEGIN: &[u8] = b"-----BEGIN ";
const PRIVATE: &[u8] = b"PRIVATE KEY";
const END: &[u8] = b"-----END ";
/// The form of the program `PuTTY`.
const PUTTY: &[u8] = b"Private-Lines: ";

/// The fewest letters that a key has on the line of its beginning, if it has any there.
const LEAST_LETTERS: usize = 20;

/// The fewest letters of a line that an end alone makes one of a key.
const LEAST_LETTERS_BEFORE: usize = 40;

/// How many letters a line of a key has that is full.
const FULL_LINE: std::ops::RangeInclusive<usize> = 60..=76;

/// A longer line is none of a key.
const LIMIT_BYTES: usize = 200;

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
        let mut mark = |place: usize, range: Span| {
            let hit = Hit { range, rule: RULE };
            unite(hits.entry(first + place).or_default(), hit);
        };
        let begins = begins(bytes);
        if !begins.is_empty() {
            for (at, begin) in begins.iter().enumerate() {
                let next = begins.get(at + 1).copied().unwrap_or(bytes.len());
                let end = memmem::find(&bytes[*begin..next], END).map(|end| begin + end);
                left = if end.is_some() { 0 } else { LIMIT_LINES };
                // A key with its newlines written as `\n` is all on the line of its beginning.
                let content = begin + header_length(&bytes[*begin..]);
                let stop = end.unwrap_or(next);
                if content < stop && longest_run(&bytes[content..stop]) >= LEAST_LETTERS {
                    mark(place, line.start + content..line.start + stop);
                }
            }
        } else if left > 0 {
            left -= 1;
            if memmem::find(bytes, END).is_some() || !could_be_content(bytes.trim_ascii()) {
                left = 0;
            } else if is_content(bytes) {
                mark(place, line.clone());
            }
        } else if let Some(count) = putty_lines(bytes) {
            left = count.min(LIMIT_LINES);
        } else if let Some(end) = private(bytes, END).next() {
            // The beginning is not among these lines.
            if longest_run(&bytes[..end]) >= LEAST_LETTERS {
                mark(place, line.start..line.start + end);
            }
            let before = place - length_before(text, &lines[..place])..place;
            before.for_each(|place| mark(place, lines[place].clone()));
        }
    }
}

/// How many lines before an end belong to its key.
fn length_before(text: &[u8], lines: &[Span]) -> usize {
    let lines = lines.iter().rev().take(LIMIT_LINES);
    let lines = lines.map(|line| &text[line.clone()]);
    let lines: Vec<&[u8]> = lines.take_while(|line| is_content(line)).collect();
    if lines
        .iter()
        .any(|line| inner(line).len() >= LEAST_LETTERS_BEFORE)
    {
        lines.len()
    } else {
        0
    }
}

/// How many letters of base 64 stand together at the most.
fn longest_run(bytes: &[u8]) -> usize {
    let is_letter = |byte: &u8| is_base64(std::slice::from_ref(byte));
    bytes
        .split(|byte| !is_letter(byte))
        .map(<[u8]>::len)
        .max()
        .unwrap_or_default()
}

/// Where private keys begin in a line.
fn begins(line: &[u8]) -> Vec<usize> {
    private(line, BEGIN).collect()
}

/// Where a line of dashes that speaks of a private key begins.
fn private<'a>(line: &'a [u8], dashes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(line, dashes).filter(|at| {
        let header = &line[at + dashes.len()..line.len().min(at + 60).max(at + dashes.len())];
        let length = memmem::find(header, b"-----").unwrap_or(header.len());
        memmem::find(&header[..length], PRIVATE).is_some()
    })
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

/// Whether a line is one of a key, and not empty.
pub(super) fn is_content(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    could_be_content(line) && !inner(line).is_empty()
}

/// Whether a line is as most of a key are: letters of base 64 alone, as many as fit on a line.
pub(super) fn is_full_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let inner = if line.len() <= LIMIT_BYTES {
        inner(line)
    } else {
        line
    };
    FULL_LINE.contains(&inner.len()) && is_base64(inner)
}

fn is_base64(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    text.iter().all(is_letter)
}

/// A line without what it is wrapped in: quotes, a comment, the sign of a citation, and what joins
/// texts in code.
fn inner(line: &[u8]) -> &[u8] {
    let is_frame = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`#*;,\\()>|".contains(byte);
    let is_joint = |byte: &u8| is_frame(byte) || *byte == b'.' || *byte == b'&';
    let trimmed = |line: &[u8]| {
        let start = line.iter().position(|byte| !is_frame(byte));
        start.unwrap_or(line.len())
    };
    let mut line = &line[trimmed(line)..];
    // In code a text may follow `+ `, which is a letter otherwise.
    if let Some(rest) = line.strip_prefix(b"+ ") {
        line = &rest[trimmed(rest)..];
    }
    if let Some(rest) = line.strip_suffix(b" +") {
        line = rest;
    }
    loop {
        let end = line.iter().rposition(|byte| !is_joint(byte));
        line = &line[..end.map_or(0, |at| at + 1)];
        let newline = [&b"\\n"[..], b"\\r"];
        match newline
            .iter()
            .find_map(|newline| line.strip_suffix(*newline))
        {
            Some(rest) => line = rest,
            None => return line,
        }
    }
}

/// Whether a line may be one of a key: base 64, or a header such as `Proc-Type: 4,ENCRYPTED`, perhaps
/// in quotes or behind a comment.
fn could_be_content(line: &[u8]) -> bool {
    let is_header = [
        "Proc-Type: ",
        "DEK-Info: ",
        "Comment: ",
        "Version: ",
        "Charset: ",
    ];
    let inner = inner(line);
    line.len() <= LIMIT_BYTES
        && (is_base64(inner)
            || is_header
                .iter()
                .any(|name| inner.starts_with(name.as_bytes())))
}
