//! Whether the patch restores files to the byte where attributes turn them into something else.
//!
//! Line endings, `ident`, encodings and filters make of a file what git stores, and the other way.
//! The two need not undo each other: a file with Windows line endings that are to be Unix ones comes
//! back otherwise. So such files are restored beside, from the commit and the patch, and compared.
//! Where they come back otherwise, their section tells their bytes as they are; where that does not
//! restore them either, it is said.

mod suspects;
mod trial;

use super::shadow::Shadow;
use super::{Difference, Inexact};
use crate::error::Error;
use crate::patch::{BinaryHunk, Body, Patch, Section};
use std::collections::BTreeSet;
use std::fs;
use suspects::Suspects;
use trial::Trial;

/// Tries the patch, mends what can be mended, and says what comes back otherwise.
pub(super) fn prove(shadow: &Shadow<'_>, patch: Patch) -> Result<(Patch, Vec<Inexact>), Error> {
    let mut inexact = submodules(&patch);
    let suspects = Suspects::of(shadow, &patch)?;
    if suspects.is_empty() {
        return Ok((patch, inexact));
    }
    let trial = Trial::open(shadow)?;
    let mut failed = trial.differing(&patch, &suspects.all)?;
    // The store that gives contents for pointers is here, but perhaps not where they are restored.
    failed.extend(&suspects.pointers);
    if failed.is_empty() {
        return Ok((patch, inexact));
    }
    let second = mend(shadow, &patch, &failed)?;
    let still = trial.differing(&second, &suspects.all)?;
    let lost: BTreeSet<usize> = failed
        .iter()
        .filter(|at| !is_mended(&second, **at))
        .copied()
        .collect();
    let lost = &lost | &still;
    // What the second form does not restore keeps the first, which people can read.
    let patch = if lost.is_empty() {
        second
    } else {
        mend(shadow, &patch, &(&failed - &lost))?
    };
    inexact.extend(lost.iter().map(|at| {
        let is_pointer = suspects.pointers.contains(at);
        let because = if is_pointer {
            Difference::LfsPointer
        } else {
            Difference::Normalized
        };
        Inexact {
            path: patch.sections()[*at].path(),
            because,
        }
    }));
    Ok((patch, inexact))
}

fn submodules(patch: &Patch) -> Vec<Inexact> {
    let because = Difference::SubmoduleCommit;
    let moved = patch
        .sections()
        .iter()
        .filter(|section| section.is_submodule());
    moved
        .map(|section| Inexact {
            path: section.path(),
            because,
        })
        .collect()
}

fn is_mended(patch: &Patch, at: usize) -> bool {
    patch
        .sections()
        .get(at)
        .is_some_and(|section| section.body == Body::Binary)
}

/// The patch with the bytes of some files as they are, and not as git would store them.
fn mend(shadow: &Shadow<'_>, patch: &Patch, failed: &BTreeSet<usize>) -> Result<Patch, Error> {
    let mut bytes = Vec::with_capacity(patch.as_bytes().len());
    for (at, section) in patch.sections().iter().enumerate() {
        match failed
            .contains(&at)
            .then(|| literal(shadow, patch, section))
            .flatten()
        {
            Some(mended) => bytes.extend_from_slice(&mended),
            None => bytes.extend_from_slice(patch.slice(&section.bytes)),
        }
    }
    Patch::read(bytes)
}

/// A section with the bytes of the file; none where there is no file, or no object to start from.
fn literal(shadow: &Shadow<'_>, patch: &Patch, section: &Section) -> Option<Vec<u8>> {
    let contents = fs::read(shadow.file(section.new_path.as_deref()?)).ok()?;
    let id = shadow.id_of(&contents);
    patch.with_contents(section, &id, &BinaryHunk::Literal(contents))
}
