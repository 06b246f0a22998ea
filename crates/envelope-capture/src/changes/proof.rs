//! Whether the patch restores files to the byte where attributes turn them into something else.
//!
//! Line endings, `ident`, encodings and filters make of a file what git stores, and the other way.
//! The two need not undo each other: a file with Windows line endings that are to be Unix ones comes
//! back otherwise. So such files are restored beside, from the commit and the patch, and compared.
//! Where they come back otherwise, their section tells their bytes as they are; where that does not
//! restore them either, it is said; and so it is where nothing can be tried, since a filter fails.

mod suspects;
mod trial;

use super::listing::leave;
use super::shadow::Shadow;
use super::{Difference, Inexact, LeftOut, Reason};
use crate::error::Error;
use crate::patch::{BinaryHunk, Body, Change, Patch, Section};
use std::collections::BTreeSet;
use std::fs;
use suspects::Suspects;
use trial::{Outcome, Trial};

/// A patch that was tried.
pub(super) struct Proof {
    pub(super) patch: Patch,
    pub(super) inexact: Vec<Inexact>,
    /// Files of which git does not apply its own patch.
    pub(super) left_out: Vec<LeftOut>,
}

/// Tries the patch, mends what can be mended, and says what comes back otherwise.
pub(super) fn prove(shadow: &Shadow<'_>, patch: Patch) -> Result<Proof, Error> {
    let mut proof = Proof {
        inexact: submodules(&patch),
        patch,
        left_out: Vec::new(),
    };
    let suspects = Suspects::of(shadow, &proof.patch)?;
    if suspects.is_empty() {
        return Ok(proof);
    }
    // Filters that fail would only fail again.
    let is_tried = shadow.forgiving.is_empty();
    let trial = is_tried.then(|| Trial::open(shadow).ok()).flatten();
    let run = |patch: &Patch, places: &BTreeSet<usize>| match &trial {
        Some(trial) => trial.run(patch, places),
        None => Outcome::untried(places),
    };
    let first = run(&proof.patch, &suspects.all);
    // The store that gives contents for pointers is here, but perhaps not where they are restored.
    let pointers = &suspects.pointers - &first.untried;
    let failed = &first.differing | &pointers;
    let unproven = &suspects.pointers & &first.untried;
    let second = mend(shadow, &proof.patch, &(&failed | &unproven))?;
    let tried = if failed.is_empty() {
        Outcome::default()
    } else {
        run(&second, &(&suspects.all - &first.untried))
    };
    let still = &tried.differing | &tried.untried;
    let is_lost = |at: &&usize| still.contains(at) || !is_mended(&second, **at);
    let lost: BTreeSet<usize> = failed.iter().filter(is_lost).copied().collect();
    // What the second form does not restore keeps the first, which people can read.
    let mended = mend(shadow, &proof.patch, &(&(&failed - &lost) | &unproven))?;
    proof
        .inexact
        .extend(inexact(&proof.patch, &suspects, &lost, &first));
    // One section that does not apply would keep all others from it.
    let refused = &lost & &first.refused;
    let leave = |at: &usize| {
        leave(
            shadow.root(),
            proof.patch.sections()[*at].raw_path(),
            Reason::Refused,
        )
    };
    proof.left_out = refused.iter().map(leave).collect();
    proof.patch = mended.replaced(&refused.into_iter().map(|at| (at, Vec::new())).collect())?;
    Ok(proof)
}

/// What comes back otherwise, or perhaps so.
fn inexact(
    patch: &Patch,
    suspects: &Suspects,
    lost: &BTreeSet<usize>,
    first: &Outcome,
) -> Vec<Inexact> {
    let lost = lost.difference(&first.refused).map(|at| {
        let is_pointer = suspects.pointers.contains(at);
        let because = if is_pointer {
            Difference::LfsPointer
        } else {
            Difference::Normalized
        };
        (at, because)
    });
    let untried = first.untried.iter().map(|at| (at, Difference::Unproven));
    let named = lost.chain(untried).filter_map(|(at, because)| {
        let section = patch.sections().get(*at)?;
        // What is gone does not come back at all.
        (section.change() != Change::Deleted).then(|| Inexact {
            path: section.path(),
            because,
        })
    });
    named.collect()
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
    let texts = failed.iter().filter_map(|at| {
        let section = patch.sections().get(*at)?;
        Some((*at, literal(shadow, patch, section)?))
    });
    patch.replaced(&texts.collect())
}

/// A section with the bytes of the file; none where there is no file, or no object to start from.
fn literal(shadow: &Shadow<'_>, patch: &Patch, section: &Section) -> Option<Vec<u8>> {
    let contents = fs::read(shadow.file(section.new_path.as_deref()?)).ok()?;
    let id = shadow.id_of(&contents);
    patch.with_contents(section, &id, &BinaryHunk::Literal(contents))
}
