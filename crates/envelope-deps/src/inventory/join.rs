//! Joining two sources: one that says which packages there are, and one that knows what each needs.

use super::{Distribution, Inventory, Role};
use crate::names::PackageName;
use crate::requirement::Requirement;
use rustc_hash::{FxHashMap, FxHashSet};
use std::str::FromStr as _;
use uv_pep440::Version;

impl Inventory {
    /// Takes requirements, sizes and what lies between from another source that knows them, such
    /// as an installed environment or a lock, and what was asked for where this one does not say
    /// it. Packages that only the other knows become [`Role::Unlisted`].
    ///
    /// Where the other knows a package only at other versions, these stand for it, with a note.
    #[must_use]
    pub fn with_edges_of(mut self, other: Self) -> Self {
        let known = other.by_name();
        for own in &mut self.distributions {
            let places = known.get(&own.name).map_or(&[][..], Vec::as_slice);
            let all: Vec<&Distribution> = places
                .iter()
                .map(|place| &other.distributions[*place])
                .collect();
            self.notes.extend(take(own, &all));
        }
        let listed: FxHashSet<PackageName> = self
            .distributions
            .iter()
            .map(|own| own.name.clone())
            .collect();
        let unlisted = other.distributions.into_iter();
        let unlisted = unlisted.filter(|one| !listed.contains(&one.name));
        self.distributions.extend(unlisted.map(|one| Distribution {
            role: Role::Unlisted,
            ..one
        }));
        self.forget_versions_that_are_clear();
        self.roots = self.roots.or(other.roots);
        self.edge_source = other.edge_source;
        self.environment = self.environment.or(other.environment);
        self.notes.extend(other.notes);
        self
    }

    /// A lock with several versions of a package says which one is needed. Where one of them is
    /// left, it is that one.
    fn forget_versions_that_are_clear(&mut self) {
        let mut counts: FxHashMap<PackageName, usize> = FxHashMap::default();
        for one in &self.distributions {
            *counts.entry(one.name.clone()).or_default() += 1;
        }
        let is_clear =
            |need: &Requirement| need.version.is_some() && counts.get(&need.name) == Some(&1);
        for one in &mut self.distributions {
            if !one.requires.iter().any(is_clear) {
                continue;
            }
            for need in one.requires.to_mut() {
                if is_clear(need) {
                    need.version = None;
                }
            }
        }
    }
}

/// Takes what the other source knows of a package, and says where that is of another version.
fn take(own: &mut Distribution, all: &[&Distribution]) -> Option<String> {
    let is_meant = |one: &&&Distribution| match (&own.version, &one.version) {
        (Some(version), Some(other)) => is_same_version(version, other),
        _ => true,
    };
    let meant: Vec<&Distribution> = all.iter().filter(is_meant).copied().collect();
    let is_other = meant.is_empty() && !all.is_empty();
    let taken = if is_other { all } else { &meant };
    let mut requires = Vec::new();
    for one in taken {
        requires.extend(one.requires.iter().cloned());
        own.extras.extend(one.extras.iter().cloned());
        own.metadata_folder.clone_from(&one.metadata_folder);
    }
    own.requires = requires.into();
    own.extras.sort();
    own.extras.dedup();
    let others: Vec<&str> = all
        .iter()
        .filter_map(|one| one.version.as_deref())
        .collect();
    is_other.then(|| {
        format!(
            "`{}` is pinned at {}, what it needs is taken from {}",
            own.name,
            own.version.as_deref().unwrap_or_default(),
            others.join(" and "),
        )
    })
}

/// Whether two versions are one: `1.0` and `1.0.0` are.
pub(crate) fn is_same_version(one: &str, other: &str) -> bool {
    let versions = || Some(Version::from_str(one).ok()? == Version::from_str(other).ok()?);
    one == other || versions().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(packages: &[(&str, &str, &[&str])]) -> Inventory {
        let distributions = packages.iter().map(|(name, version, requires)| {
            let mut one = Distribution::new(name.parse().expect("a name"));
            one.version = (!version.is_empty()).then(|| (*version).into());
            let requires = requires.iter().map(|text| Requirement::parse(text));
            one.requires = requires.map(|one| one.expect("a requirement")).collect();
            one
        });
        Inventory {
            distributions: distributions.collect(),
            ..Inventory::default()
        }
    }

    fn needs(joined: &Inventory) -> Vec<String> {
        let shown = joined.distributions.iter().map(|one| {
            let needs: Vec<&str> = one.requires.iter().map(|need| need.name.as_str()).collect();
            format!("{} -> {}", one.name, needs.join(" "))
        });
        shown.collect()
    }

    #[test]
    fn edges_come_from_the_version_that_is_pinned() {
        let own = inventory(&[
            ("a", "1.0", &[]),
            ("b", "2", &[]),
            ("c", "", &[]),
            ("d", "1", &[]),
        ]);
        let other = inventory(&[
            ("a", "1.0.0", &["b"]),
            ("a", "2", &["x"]),
            ("b", "3", &["c"]),
            ("c", "1", &["a"]),
            ("c", "2", &["b"]),
            ("x", "1", &[]),
        ]);
        let joined = own.with_edges_of(other);
        assert_eq!(
            needs(&joined),
            ["a -> b", "b -> c", "c -> a b", "d -> ", "x -> "]
        );
        assert_eq!(joined.distributions[4].role, Role::Unlisted);
        let note = "`b` is pinned at 2, what it needs is taken from 3";
        assert_eq!(joined.notes, [note]);
    }

    #[test]
    fn a_version_that_a_lock_names_is_the_one_that_is_left() {
        let own = inventory(&[("a", "1", &[]), ("b", "1", &[])]);
        let mut other = inventory(&[("a", "1", &["b"]), ("b", "1", &[]), ("b", "2", &[])]);
        other.distributions[0].requires.to_mut()[0].version = Some("2".into());
        let joined = own.with_edges_of(other);
        let need = joined.distributions[0].requires.get(0).expect("a need");
        assert_eq!(need.version, None);
    }
}
