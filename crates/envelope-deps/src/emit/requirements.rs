//! Requirements of sources that have no text of their own: locks and environments.
//!
//! The lines are those that `uv export` writes: folders first, then by name, pinned, with the marker
//! under which the package is needed, shortened by what the source requires of Python anyway. Requirements files
//! are not written here: their own bytes are kept.
//! See <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.

use crate::environment::Target;
use crate::graph::{Graph, PackageId};
use crate::inventory::{Distribution, Origin, Root};
use crate::marker::within_python;
use crate::names::PackageName;
use crate::prune::{Kept, Pruned};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What requirements are to say beside names and versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequirementsOptions {
    /// The hashes that the source knows, for `--require-hashes`.
    pub hashes: bool,
    /// Who needs each package, in comments: `# via mlflow`.
    pub annotate: bool,
    /// The markers as they are after the prune. Otherwise those before it, which may ask for a
    /// package where nothing needs it any more.
    pub narrow_markers: bool,
}

impl Default for RequirementsOptions {
    fn default() -> Self {
        Self {
            hashes: true,
            annotate: false,
            narrow_markers: true,
        }
    }
}

/// Writes what stays as requirements, a package a line.
///
/// For one environment no line has a marker, since only what is needed there stays.
pub fn requirements(pruned: &Pruned, options: RequirementsOptions) -> String {
    let graph = pruned.graph();
    let parents = if options.annotate {
        parents(pruned)
    } else {
        FxHashMap::default()
    };
    let mut text = String::new();
    let mut lines: Vec<(&Kept, String)> = Vec::with_capacity(pruned.kept.len());
    lines.extend(
        pruned
            .kept
            .iter()
            .map(|kept| (kept, asked(graph, kept.package))),
    );
    // What has no name on its line stands at the top.
    lines.sort_by_cached_key(|(_, line)| match line.get(..1) {
        Some("-") => (0, line.clone()),
        Some(".") => (1, line.clone()),
        _ => (2, String::new()),
    });
    for (kept, line) in lines {
        let distribution = graph.distribution(kept.package);
        text.push_str(&line);
        if let Some(marker) = marker(graph, kept, options) {
            text.extend([" ; ", &marker]);
        }
        if let Some(distribution) = distribution.filter(|_| options.hashes) {
            push_hashes(&mut text, distribution);
        }
        text.push('\n');
        if let Some(parents) = parents.get(&kept.package) {
            push_parents(&mut text, parents);
        }
    }
    text
}

/// The requirement without its marker.
fn asked(graph: &Graph, package: PackageId) -> String {
    let name = graph.name(package);
    let Some(distribution) = graph.distribution(package) else {
        return name.to_string();
    };
    match (&distribution.origin, &distribution.version) {
        (Origin::Editable(folder), _) => format!("-e {folder}"),
        // A path has no place behind `@`, where a URL is expected.
        (Origin::Url(path), _) if path.starts_with('.') => path.clone(),
        (Origin::Url(url), _) if url.starts_with('/') => format!("{name} @ file://{url}"),
        (Origin::Url(url), _) => format!("{name} @ {url}"),
        (Origin::Index, Some(version)) => format!("{name}=={version}"),
        (Origin::Index, None) => name.to_string(),
    }
}

/// When the package is needed, without what holds wherever the source does. Nothing where that is
/// always.
fn marker(graph: &Graph, kept: &Kept, options: RequirementsOptions) -> Option<String> {
    if *graph.target() != Target::Universal {
        return None;
    }
    let marker = if options.narrow_markers {
        kept.marker
    } else {
        kept.before
    };
    let requires_python = graph.inventory().requires_python;
    within_python(marker, requires_python).try_to_string()
}

fn push_hashes(text: &mut String, distribution: &Distribution) {
    let hashes: BTreeSet<&str> = distribution.hashes.iter().map(|hash| &**hash).collect();
    for hash in hashes {
        text.extend([" \\\n    --hash=", hash]);
    }
}

/// The names of those who need each package that stays.
fn parents(pruned: &Pruned) -> FxHashMap<PackageId, BTreeSet<String>> {
    let graph = pruned.graph();
    let mut parents: FxHashMap<PackageId, BTreeSet<String>> = FxHashMap::default();
    for (from, to) in pruned.edges() {
        let names = parents.entry(to).or_default();
        names.insert(graph.name(from).to_string());
    }
    for root in pruned.roots() {
        let Some(origin) = stated_by(root) else {
            continue;
        };
        for package in asked_for(graph, root) {
            parents.entry(package).or_default().insert(origin.clone());
        }
    }
    parents
}

/// Who asks for a root: a project by its name, a file as it is included; nothing where the user
/// did on the command line.
fn stated_by(root: &Root) -> Option<String> {
    if root.origin.starts_with("-r ") {
        return Some(root.origin.clone());
    }
    let (project, _) = root.origin.split_once(" (")?;
    let name: PackageName = project.split('[').next()?.parse().ok()?;
    Some(name.to_string())
}

/// The packages that a root means; one of several versions where it says which.
fn asked_for<'g>(graph: &'g Graph, root: &'g Root) -> impl Iterator<Item = PackageId> + 'g {
    let wanted = root.requirement.version.as_deref();
    let packages = graph.packages_named(&root.requirement.name).iter().copied();
    packages.filter(move |package| wanted.is_none() || wanted == graph.version(*package))
}

fn push_parents(text: &mut String, parents: &BTreeSet<String>) {
    if let (1, Some(only)) = (parents.len(), parents.first()) {
        text.extend(["    # via ", only, "\n"]);
        return;
    }
    text.push_str("    # via\n");
    for parent in parents {
        text.extend(["    #   ", parent, "\n"]);
    }
}
