//! What might be pruned, judged by what a project's own files import.
//!
//! Only what was asked for can be proposed, and only where nothing that is imported would go with
//! it. A proposal is a question, not an answer: what cannot be known from imports is told with it.

use super::distributions::Modules;
use super::{CannotKnow, ImportKind, Scan, stdlib};
use crate::environment::Target;
use crate::error::{Error, Place, Refusal};
use crate::graph::Graph;
use crate::inventory::{Distribution, Role};
use crate::names::{PackageName, Pattern};
use crate::prune::{OnUnmatched, PruneSpec};
use std::collections::{BTreeMap, BTreeSet};

/// A module that files import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The module, as the files name it.
    pub module: String,
    /// The packages that it comes from: one, several that share it, or none that is known.
    pub packages: Vec<PackageName>,
    /// The strongest of the ways in which it is imported.
    pub kind: ImportKind,
    /// Every place, in the order of files and lines.
    pub places: Vec<Place>,
}

/// What might be pruned, and all that a person should look at before doing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestion {
    /// What is imported, by module. Holds neither Python's own modules nor the project's.
    pub imports: Vec<Imported>,
    /// What was asked for and is imported, or holds up what is imported. Sorted.
    pub used: Vec<PackageName>,
    /// What was asked for and might be pruned: nothing imports it, and nothing imported goes with
    /// it. Sorted.
    pub prune: Vec<PackageName>,
    /// What is imported, but was not asked for: it is there only because something else needs it.
    /// Sorted.
    pub not_asked_for: Vec<PackageName>,
    /// Modules of no known package. Sorted.
    pub unknown: Vec<String>,
    /// Where files may import more than they name.
    pub cannot_know: Vec<CannotKnow>,
    /// What the packages of `prune` offer by name, without an import: commands and plugins. Each
    /// package with the groups of its entry points. Sorted.
    pub by_name: Vec<(PackageName, Vec<String>)>,
}

/// Suggests what to prune, for a graph and what its project's own files import.
pub fn suggest(graph: &Graph, scan: &Scan) -> Suggestion {
    let minor = match graph.target() {
        Target::One(environment) => minor_of(&environment.python_full_version()),
        Target::Universal => None,
    };
    let imports = imports(graph, scan, minor);
    let needed: BTreeSet<&PackageName> = imports
        .iter()
        .filter(|one| one.kind != ImportKind::TypeOnly)
        .flat_map(|one| &one.packages)
        .collect();
    let roots = roots(graph);
    let prune = prunable(graph, &roots, &needed);
    let by_name = prune.iter().filter_map(|name| {
        let groups = entry_point_groups(graph, name);
        (!groups.is_empty()).then(|| (name.clone(), groups))
    });
    let unknown = imports.iter().filter(|one| one.packages.is_empty());
    Suggestion {
        used: roots.difference(&prune).cloned().collect(),
        not_asked_for: not_asked_for(&imports, &roots),
        unknown: unknown.map(|one| one.module.clone()).collect(),
        cannot_know: scan.cannot_know.clone(),
        by_name: by_name.collect(),
        prune: prune.iter().cloned().collect(),
        imports,
    }
}

fn minor_of(version: &str) -> Option<u64> {
    version.split('.').nth(1)?.parse().ok()
}

/// The packages of imports of which no package was asked for.
fn not_asked_for(imports: &[Imported], roots: &BTreeSet<PackageName>) -> Vec<PackageName> {
    let by_chance = |one: &&Imported| {
        one.kind != ImportKind::TypeOnly && !one.packages.iter().any(|name| roots.contains(name))
    };
    let packages = imports
        .iter()
        .filter(by_chance)
        .flat_map(|one| &one.packages);
    let sorted: BTreeSet<&PackageName> = packages.collect();
    sorted.into_iter().cloned().collect()
}

/// What was asked for, and the graph reaches.
fn roots(graph: &Graph) -> BTreeSet<PackageName> {
    let is_there = |name: &&PackageName| {
        let packages = graph.packages_named(name);
        let counts = |package| graph.counts(package) && graph.is_reached(package);
        packages.iter().any(|package| counts(*package))
    };
    let names = graph.roots().iter().map(|root| &root.requirement.name);
    names.filter(is_there).cloned().collect()
}

/// The imports of other people's modules.
fn imports(graph: &Graph, scan: &Scan, minor: Option<u64>) -> Vec<Imported> {
    let modules = Modules::of(graph.inventory());
    let mut all: BTreeMap<&str, Imported> = BTreeMap::new();
    for import in &scan.imports {
        let top = import.module.split('.').next().unwrap_or_default();
        if stdlib::holds(top, minor) || scan.is_own(&import.module, false) {
            continue;
        }
        let packages: BTreeSet<&PackageName> =
            modules.providers_of(import).into_iter().flatten().collect();
        if packages.is_empty() && scan.is_own(&import.module, true) {
            continue;
        }
        let known = all.entry(&import.module).or_insert_with(|| Imported {
            module: import.module.clone(),
            packages: Vec::new(),
            kind: import.kind,
            places: Vec::new(),
        });
        known.kind = known.kind.min(import.kind);
        known.places.push(import.place.clone());
        known.packages.extend(packages.into_iter().cloned());
        known.packages.sort();
        known.packages.dedup();
    }
    all.into_values().collect()
}

/// The roots that can go together, so that nothing that is needed goes with them. Begins with all
/// that nobody imports, and takes back what turns out to hold something up.
fn prunable(
    graph: &Graph,
    roots: &BTreeSet<PackageName>,
    needed: &BTreeSet<&PackageName>,
) -> BTreeSet<PackageName> {
    let kept = graph.keep();
    let mut prune: BTreeSet<PackageName> = roots
        .iter()
        .filter(|name| !needed.contains(name) && !kept.contains(name))
        .cloned()
        .collect();
    while !prune.is_empty() {
        let spec = PruneSpec {
            prune: prune.iter().cloned().map(Pattern::from).collect(),
            on_unmatched: OnUnmatched::Warn,
            ..PruneSpec::default()
        };
        let held: Vec<PackageName> = match graph.prune(&spec) {
            Err(Error::Refused(Refusal::PrunedButRequired { conflicts })) => {
                conflicts.into_iter().map(|one| one.pruned).collect()
            }
            Err(_) => return BTreeSet::new(),
            Ok(pruned) => {
                let gone = pruned.removed.iter();
                let gone = gone.filter(|one| needed.contains(graph.name(one.package)));
                gone.flat_map(|one| &one.because)
                    .filter_map(|name| name.parse().ok())
                    .collect()
            }
        };
        let before = prune.len();
        prune.retain(|name| !held.contains(name));
        if prune.len() == before {
            break;
        }
    }
    prune
}

/// The groups of a package's entry points, sorted; see
/// <https://packaging.python.org/en/latest/specifications/entry-points/>.
fn entry_point_groups(graph: &Graph, name: &PackageName) -> Vec<String> {
    let packages = graph.packages_named(name).iter();
    let known = packages.filter_map(|package| graph.distribution(*package));
    let mut groups: Vec<String> = known
        .filter(|distribution| distribution.role == Role::Package)
        .flat_map(groups_of)
        .collect();
    groups.sort();
    groups.dedup();
    groups
}

fn groups_of(distribution: &Distribution) -> Vec<String> {
    let folder = distribution.metadata_folder.as_deref();
    let text = folder.and_then(|folder| std::fs::read(folder.join("entry_points.txt")).ok());
    let text = text.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let headings = text.lines().filter_map(|line| {
        let inside = line.trim().strip_prefix('[')?.strip_suffix(']')?;
        Some(inside.trim().to_owned())
    });
    headings.collect()
}
