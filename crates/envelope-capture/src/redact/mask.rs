//! A patch without its secrets, which git still applies.
//!
//! In a line that is added, the mask takes the secret's place, and comes back in the file. A line
//! that goes or stays has to be the one in the file, or nothing of the patch applies; so the files of
//! such lines are told as bytes, by what changes, in which those lines do not appear at all.

use super::MASK;
use super::find::{LineSide, Secret};
use crate::error::Error;
use crate::patch::{BinaryHunk, Patch, Section, Side, blob_id, copy_lines};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A patch without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// Applies where the patch itself did.
    pub patch: Patch,
    /// The patch with masks in all lines and no file told as bytes for their sake, where that is
    /// another. It is for people to read; git does not apply it.
    pub readable: Option<Patch>,
    /// The lines with secrets, in the patch's order.
    pub lines: Vec<MaskedLine>,
}

/// A line that held a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MaskedLine {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// Whether the line is new, gone, or only around a change.
    pub side: LineSide,
    /// The shape of the secret: `aws-access-key`.
    pub rule: String,
    /// What becomes of it.
    pub effect: Effect,
}

/// What becomes of a line that held a secret, when the patch is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It comes back with the mask in the secret's place.
    RestoresMasked,
    /// It is as it was, since the commit has it; the patch does not tell it.
    Unchanged,
    /// The whole file is left out of the patch, since the contents to start from are not to be had, or
    /// its name holds the secret.
    FileLeftOut,
}

/// Where contents are found that the patch itself does not tell.
pub trait Contents {
    /// The contents of an object of the repository.
    fn object(&self, id: &str) -> Option<Vec<u8>>;
    /// The contents of a file as it is now.
    fn file(&self, section: &Section) -> Option<Vec<u8>>;
}

/// Masks secrets that [`secrets`](super::secrets) found in the same patch.
///
/// The old contents of files that are told as bytes are taken out in any case: no line shows what is
/// in them, and `git apply` needs them only for the way back.
///
/// # Errors
/// The secrets are those of another patch, so that masks fall outside of lines.
pub fn mask(patch: Patch, secrets: &[Secret], contents: &dyn Contents) -> Result<Masked, Error> {
    let patch = patch.without_ways_back()?;
    if secrets.is_empty() {
        return Ok(Masked {
            patch,
            readable: None,
            lines: Vec::new(),
        });
    }
    let mut by_section: BTreeMap<usize, Vec<&Secret>> = BTreeMap::new();
    for secret in secrets {
        by_section
            .entry(secret.place.section)
            .or_default()
            .push(secret);
    }
    let (mut applied, mut readable) = (BTreeMap::new(), BTreeMap::new());
    let mut lines = Vec::new();
    for (at, secrets) in &by_section {
        let Some(section) = patch.sections().get(*at) else {
            continue;
        };
        let masked = section_without(&patch, section, secrets, contents);
        let is_left_out = masked.applied.is_none();
        applied.insert(*at, masked.applied.unwrap_or_default());
        readable.insert(*at, masked.readable);
        lines.extend(secrets.iter().map(|secret| line(secret, is_left_out)));
    }
    let readable = (readable != applied)
        .then(|| patch.replaced(&readable))
        .transpose()?;
    Ok(Masked {
        patch: patch.replaced(&applied)?,
        readable,
        lines,
    })
}

struct Without {
    /// None where it cannot be told without the secret.
    applied: Option<Vec<u8>>,
    readable: Vec<u8>,
}

fn line(secret: &Secret, is_left_out: bool) -> MaskedLine {
    let effect = match secret.side {
        _ if is_left_out => Effect::FileLeftOut,
        LineSide::New => Effect::RestoresMasked,
        LineSide::Old | LineSide::Context => Effect::Unchanged,
    };
    MaskedLine {
        path: secret.path.clone(),
        line: secret.line,
        side: secret.side,
        rule: secret.rule.to_owned(),
        effect,
    }
}

fn section_without(
    patch: &Patch,
    section: &Section,
    secrets: &[&Secret],
    contents: &dyn Contents,
) -> Without {
    if secrets.iter().any(|secret| secret.is_in_name) {
        // With another name it would be another file.
        return Without {
            applied: None,
            readable: Vec::new(),
        };
    }
    if section.is_binary() {
        let applied = bytes_without(patch, section, secrets, contents);
        return Without {
            readable: applied.clone().unwrap_or_default(),
            applied,
        };
    }
    let readable = text_without(patch, section, secrets);
    // Git reads no headings, so that a mask there changes nothing.
    let is_plain = |secret: &&Secret| secret.side == LineSide::New || secret.is_in_heading();
    if secrets.iter().all(is_plain) {
        return Without {
            applied: Some(readable.clone()),
            readable,
        };
    }
    Without {
        applied: delta_without(patch, section, secrets, contents),
        readable,
    }
}

/// Masks in the lines of a section.
fn text_without(patch: &Patch, section: &Section, secrets: &[&Secret]) -> Vec<u8> {
    let mut written = Vec::with_capacity(section.bytes.len());
    let mut at = section.bytes.start;
    for secret in secrets {
        let Some(line) = text_of(section, secret) else {
            continue;
        };
        let range = line.start + secret.range.start..line.start + secret.range.end;
        written.extend_from_slice(patch.slice(&(at..range.start)));
        written.extend_from_slice(MASK.as_bytes());
        at = range.end;
    }
    written.extend_from_slice(patch.slice(&(at..section.bytes.end)));
    written
}

fn text_of<'a>(section: &'a Section, secret: &Secret) -> Option<&'a Range<usize>> {
    let (hunk, line) = secret.place.line?;
    let hunk = section.hunks().get(hunk)?;
    match line {
        Some(line) => Some(&hunk.lines.get(line)?.text),
        None => Some(&hunk.heading),
    }
}

/// The section as bytes: old lines by where they are, new ones as they are, masked.
fn delta_without(
    patch: &Patch,
    section: &Section,
    secrets: &[&Secret],
    contents: &dyn Contents,
) -> Option<Vec<u8>> {
    let (old_id, new_id) = section.ids.as_ref()?;
    if section.new_path.is_none() {
        // A file that goes needs nothing told but that it goes.
        return patch.with_contents(section, new_id, &BinaryHunk::Literal(Vec::new()));
    }
    let old = contents.object(old_id)?;
    let mut pieces = Vec::new();
    let mut copied = 0;
    for (number, hunk) in section.hunks().iter().enumerate() {
        let has_old = hunk.lines.iter().any(|line| line.side != Side::New);
        let start = if has_old {
            hunk.old_start.checked_sub(1)?
        } else {
            hunk.old_start
        };
        if start < copied {
            // The hunks are not in the order of their lines, as git writes them.
            return None;
        }
        pieces.push(Ok(copied..start));
        copied = start;
        for (place, line) in hunk.lines.iter().enumerate() {
            match line.side {
                Side::Both => pieces.push(Ok(copied..copied + 1)),
                Side::Old => {}
                Side::New => {
                    let here = secrets
                        .iter()
                        .filter(|secret| secret.place.line == Some((number, Some(place))));
                    let mut text =
                        masked(patch.slice(&line.text), here.map(|secret| &secret.range));
                    text.extend_from_slice(if line.is_unended { b"" } else { b"\n" });
                    pieces.push(Err(text));
                }
            }
            copied += usize::from(line.side != Side::New);
        }
    }
    pieces.push(Ok(copied..usize::MAX));
    let (hunk, new) = copy_lines(&old, pieces);
    patch.with_contents(section, &blob_id(old_id.len(), &new), &hunk)
}

fn masked<'a>(text: &[u8], ranges: impl Iterator<Item = &'a Range<usize>>) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        written.extend_from_slice(&text[at..range.start]);
        written.extend_from_slice(MASK.as_bytes());
        at = range.end;
    }
    written.extend_from_slice(&text[at..]);
    written
}

/// The whole of a file that is told as bytes; each mask is as long as its secret, since places may
/// count in such a file.
fn bytes_without(
    patch: &Patch,
    section: &Section,
    secrets: &[&Secret],
    contents: &dyn Contents,
) -> Option<Vec<u8>> {
    let mut new = contents.file(section)?;
    for secret in secrets {
        // Zeros are halves of letters in a text of two bytes a letter.
        let bytes = new.get_mut(secret.range.clone())?.iter_mut();
        bytes
            .filter(|byte| **byte != 0)
            .for_each(|byte| *byte = b'*');
    }
    let id = blob_id(section.ids.as_ref()?.0.len(), &new);
    patch.with_contents(section, &id, &BinaryHunk::Literal(new))
}
