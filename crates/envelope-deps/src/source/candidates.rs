//! Which of several versions of a package a requirement means.
//!
//! A lock may hold one version of a package for an older Python and another for newer ones. Locks
//! of poetry and pdm do not say which of them a requirement means: it is the one that its range
//! of versions admits.

use crate::inventory::Distribution;
use crate::names::PackageName;
use crate::requirement::Requirement;
use rustc_hash::FxHashMap;
use uv_pep440::{Version, VersionSpecifiers};

/// The packages of which there are several versions.
pub(super) struct Candidates {
    versions: FxHashMap<PackageName, Vec<(Version, Box<str>)>>,
}

impl Candidates {
    pub(super) fn of(distributions: &[Distribution]) -> Self {
        let mut versions: FxHashMap<PackageName, Vec<(Version, Box<str>)>> = FxHashMap::default();
        for distribution in distributions {
            let known = versions.entry(distribution.name.clone()).or_default();
            if let Some(text) = &distribution.version
                && let Ok(version) = text.parse()
            {
                known.push((version, text.clone()));
            }
        }
        versions.retain(|_, versions| versions.len() > 1);
        Self { versions }
    }

    /// States the version that a requirement means, where its ranges admit exactly one. It is
    /// enough that one of the ranges does; without any, all versions are admitted.
    pub(super) fn settle(&self, asked: &mut Requirement, ranges: &[VersionSpecifiers]) {
        let Some(versions) = self.versions.get(&asked.name) else {
            return;
        };
        let is_admitted = |version: &Version| {
            ranges.is_empty() || ranges.iter().any(|range| range.contains(version))
        };
        let mut admitted = versions.iter().filter(|(version, _)| is_admitted(version));
        if let (Some((_, only)), None) = (admitted.next(), admitted.next()) {
            asked.version = Some(only.clone());
        }
    }

    /// The same by the requirement's own specifier.
    pub(super) fn settle_by_specifier(&self, asked: &mut Requirement) {
        if self.versions.contains_key(&asked.name)
            && let Ok(range) = asked.specifier.parse()
        {
            self.settle(asked, &[range]);
        }
    }
}
