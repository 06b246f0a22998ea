//! Extras and groups that exclude one another, and that uv writes into markers.
//!
//! Where a project declares that its extras `cpu` and `cu124` conflict, the lock holds both
//! versions of what they bring, under markers such as `extra == 'extra-4-proj-cpu'`: the word
//! `extra`, `group` or `project`, the length of the package's name, the name, and the extra's or
//! group's. They do not speak of an extra of the package that requires. Since a lock is read with
//! the extras and groups that count, each such marker has an answer, which is filled in.

use super::super::document::Mistake;
use super::{Lock, ReadOptions};
use crate::names::{ExtraName, PackageName};
use rustc_hash::FxHashSet;
use uv_pep508::MarkerTree;

/// Which of the conflicting extras and groups are switched on.
#[derive(Default)]
pub(super) struct Conflicts {
    are_declared: bool,
    on: FxHashSet<String>,
}

impl Conflicts {
    pub(super) fn read(lock: &Lock, options: &ReadOptions) -> Result<Self, Mistake> {
        let mut conflicts = Self::default();
        if lock.top.list("conflicts")?.next().is_none() {
            return Ok(conflicts);
        }
        conflicts.are_declared = true;
        for &place in lock.projects.places() {
            let project = &lock.packages[place].name;
            conflicts.switch_on("project", project, "");
            for extra in &options.extras {
                conflicts.switch_on("extra", project, extra.as_ref());
            }
            for group in &options.groups {
                conflicts.switch_on("group", project, group);
            }
        }
        for asked in lock.asked()?.unwrap_or_default() {
            let Ok(package) = asked.table.package("name") else {
                continue;
            };
            for extra in asked.table.extras("extra")? {
                conflicts.switch_on("extra", &package, extra.as_ref());
            }
        }
        Ok(conflicts)
    }

    fn switch_on(&mut self, kind: &str, package: &PackageName, what: &str) {
        let length = package.as_str().len();
        let dash = if what.is_empty() { "" } else { "-" };
        let encoded = format!("{kind}-{length}-{package}{dash}{what}");
        self.on.insert(encoded);
    }

    /// The marker with the conflicting extras and groups filled in.
    pub(super) fn settle(&self, marker: MarkerTree) -> MarkerTree {
        if !self.are_declared {
            return marker;
        }
        let is_on = |extra: &ExtraName| self.on.contains(extra.as_ref() as &str);
        marker
            .simplify_extras_with(is_on)
            .simplify_not_extras_with(|extra| !is_on(extra))
    }
}
