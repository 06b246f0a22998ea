//! Pruning: whole subtrees go, and what anything else still needs stays.
//!
//! A package goes exactly when every path to it from what the user asked for meets a pruned name.
//! So it does not matter in which order names are pruned, pruning twice is pruning once, and
//! packages that only hold up each other go together.

mod because;
mod conflicts;
mod removable;

use crate::error::{Conflict, Error, Refusal};
use crate::graph::{Cut, Graph, PackageId, Reach};
use crate::inventory::Root;
use crate::names::{Meaning, PackageName, Pattern};
use uv_pep508::MarkerTree;

/// What to prune, and what to do where that is not possible.
#[derive(Clone, Debug, Default)]
pub struct PruneSpec {
    /// Packages, patterns and `name[extra]`.
    pub prune: Vec<Pattern>,
    /// What to do when a package that stays needs a pruned one.
    pub on_required: OnRequired,
    /// What to do with a name that is nowhere.
    pub on_unmatched: OnUnmatched,
}

/// What to do when a package that stays needs a pruned one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnRequired {
    /// Refuse, and name every such pair.
    #[default]
    Error,
    /// Prune nevertheless, and report the pairs: for what a platform provides.
    Cut,
    /// Only take back that the user asked for it; what is still needed stays.
    Keep,
}

/// What to do with a pruned name that is nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnmatched {
    /// Refuse: it is most often a slip of the pen.
    #[default]
    Error,
    /// Say so and go on.
    Warn,
}

/// A package that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The package.
    pub package: PackageId,
    /// When it is needed now.
    pub marker: MarkerTree,
    /// When it was needed before; wider where fewer environments need it now.
    pub before: MarkerTree,
}

impl Kept {
    /// Whether fewer environments need it than before.
    pub fn is_narrowed(&self) -> bool {
        self.marker != self.before
    }
}

/// A package that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The package.
    pub package: PackageId,
    /// When it was needed.
    pub before: MarkerTree,
    /// The pruned names that held it up: itself, one, or several that held it jointly.
    pub because: Vec<String>,
}

/// What a prune does.
#[derive(Debug)]
pub struct Pruned<'g, 'a> {
    graph: &'g Graph<'a>,
    reach: Reach,
    cut: Cut,
    /// Whether the walk met each package.
    needed: Vec<bool>,
    /// What stays, by name and version. Holds neither the user's own project nor packages known
    /// from metadata alone.
    pub kept: Vec<Kept>,
    /// What goes, by name and version.
    pub removed: Vec<Removed>,
    /// Packages that stay and have lost a requirement, with [`OnRequired::Cut`].
    pub broken: Vec<Conflict>,
    /// Pruned packages that stay since something needs them, with [`OnRequired::Keep`].
    pub still_required: Vec<PackageId>,
    /// Packages that stay and are needed, but that the source does not hold.
    pub missing: Vec<PackageId>,
    /// Names that are nowhere, with [`OnUnmatched::Warn`].
    pub unmatched: Vec<String>,
}

impl<'a> Graph<'a> {
    /// Prunes.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnmatchedPrune`], [`Refusal::KeepAndPrune`] and [`Refusal::PrunedButRequired`].
    pub fn prune<'g>(&'g self, spec: &PruneSpec) -> Result<Pruned<'g, 'a>, Error> {
        let (mut cut, unmatched) = self.cut_of(spec)?;
        if spec.on_required == OnRequired::Keep {
            cut.detached = std::mem::take(&mut cut.packages);
        }
        let reach = Reach::walk(self, &cut);
        let broken = conflicts::conflicts(self, &cut, &reach);
        if !broken.is_empty() && spec.on_required == OnRequired::Error {
            return Err(Refusal::PrunedButRequired { conflicts: broken }.into());
        }
        let mut pruned = Pruned {
            graph: self,
            reach,
            cut,
            needed: Vec::new(),
            kept: Vec::new(),
            removed: Vec::new(),
            broken,
            still_required: Vec::new(),
            missing: Vec::new(),
            unmatched,
        };
        pruned.sort_out();
        Ok(pruned)
    }

    /// What the patterns mean here.
    fn cut_of(&self, spec: &PruneSpec) -> Result<(Cut, Vec<String>), Refusal> {
        let mut cut = Cut::default();
        let mut unmatched = Vec::new();
        for pattern in &spec.prune {
            let matched = self.matched(pattern);
            if matched.is_empty() {
                unmatched.push(pattern.to_string());
            }
            match pattern.meaning() {
                Meaning::Extras(_, extras) => {
                    let pairs = matched.into_iter().flat_map(|package| {
                        extras.iter().map(move |extra| (package, extra.clone()))
                    });
                    cut.extras.extend(pairs);
                }
                Meaning::Name(_) | Meaning::Glob(_) => cut.packages.extend(matched),
            }
        }
        unmatched.sort();
        unmatched.dedup();
        if !unmatched.is_empty() && spec.on_unmatched == OnUnmatched::Error {
            let nearest = unmatched.iter().map(|name| self.nearest(name)).collect();
            return Err(Refusal::UnmatchedPrune {
                names: unmatched,
                nearest,
            });
        }
        self.refuse_keep_and_prune(&cut)?;
        Ok((cut, unmatched))
    }

    fn refuse_keep_and_prune(&self, cut: &Cut) -> Result<(), Refusal> {
        let is_cut = |name: &&PackageName| {
            let packages = self.packages_named(name);
            packages
                .iter()
                .any(|package| cut.packages.contains(package))
        };
        let mut names: Vec<PackageName> = self.keep().iter().filter(is_cut).cloned().collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        Err(Refusal::KeepAndPrune { names })
    }

    /// Every package that a pattern means, active in the target or not.
    fn matched(&self, pattern: &Pattern) -> Vec<PackageId> {
        if let Meaning::Name(name) | Meaning::Extras(name, _) = pattern.meaning() {
            return self.packages_named(name).to_vec();
        }
        let mut matched: Vec<PackageId> = self
            .every_package()
            .filter(|package| pattern.matches(self.name(*package)))
            .collect();
        matched.sort_unstable();
        matched
    }

    /// The name that a misspelt one most likely meant.
    fn nearest(&self, name: &str) -> Option<PackageName> {
        let base = name.split('[').next().unwrap_or(name);
        let similarity = |package: &PackageId| {
            let known = self.name(*package).as_str();
            strsim::jaro_winkler(known, base)
        };
        let near = self
            .every_package()
            .map(|package| (similarity(&package), package))
            .filter(|(similarity, _)| *similarity > 0.8);
        let best = near.max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)));
        best.map(|(_, package)| self.name(package).clone())
    }
}

impl<'g, 'a> Pruned<'g, 'a> {
    /// The graph before the prune.
    pub fn graph(&self) -> &'g Graph<'a> {
        self.graph
    }

    /// What can still be reached.
    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// What is not entered any more.
    pub(crate) fn cut(&self) -> &Cut {
        &self.cut
    }

    /// What is still asked for: the roots that were not pruned.
    pub fn roots(&self) -> Vec<&'g Root> {
        let is_live = |root: &&Root| {
            let packages = self.graph.packages_named(&root.requirement.name);
            let goes = |package| {
                self.cut.packages.contains(package) || self.cut.detached.contains(package)
            };
            !packages.iter().any(goes)
        };
        self.graph
            .active_roots()
            .into_iter()
            .filter(is_live)
            .collect()
    }

    /// Whether something still needs a package, counted or not.
    pub(crate) fn is_needed(&self, package: PackageId) -> bool {
        self.needed.get(package.index()).copied().unwrap_or(false)
    }

    /// Every need among what stays: from one package to another, by name. Sorted.
    pub fn edges(&self) -> Vec<(PackageId, PackageId)> {
        let nodes = self.graph.nodes();
        let mut edges: Vec<(PackageId, PackageId)> = nodes
            .every_edge()
            .filter(|edge| self.reach.is_met(edge.source))
            .filter(|edge| !self.cut.stops(self.graph, edge.source, edge.target))
            .filter(|edge| {
                let marker = self.reach.marker(edge.source);
                !marker.and(edge.edge.marker).is_false()
            })
            .filter_map(|edge| {
                let from = nodes[edge.source].package?;
                Some((from, nodes[edge.target].package?))
            })
            .collect();
        edges.sort_by(|a, b| {
            let first = self.graph.order(a.0, b.0);
            first.then_with(|| self.graph.order(a.1, b.1))
        });
        edges.dedup();
        edges
    }

    /// The packages that stay but are needed in fewer environments than before.
    pub fn narrowed(&self) -> Vec<&Kept> {
        self.kept.iter().filter(|kept| kept.is_narrowed()).collect()
    }

    /// Whether a package was named by the user for pruning.
    pub fn was_named(&self, package: PackageId) -> bool {
        self.cut.packages.contains(&package) || self.cut.detached.contains(&package)
    }

    /// What was pruned by name, sorted; extras as `name[extra]`.
    pub fn named(&self) -> Vec<String> {
        let packages = self.cut.packages.iter().chain(&self.cut.detached);
        let mut names: Vec<String> = packages
            .map(|package| self.graph.name(*package).to_string())
            .collect();
        let extras = self.cut.extras.iter();
        names.extend(extras.map(|(one, extra)| format!("{}[{extra}]", self.graph.name(*one))));
        names.sort();
        names.dedup();
        names
    }

    /// Puts every package that was reached before to what stays or to what goes.
    fn sort_out(&mut self) {
        let graph = self.graph;
        let before = graph.markers(graph.full());
        let now = graph.markers(&self.reach);
        self.needed = now.iter().map(|marker| !marker.is_false()).collect();
        let mut because = because::because(graph, &self.cut, &self.reach);
        for package in graph.packages() {
            if !graph.counts(package) {
                continue;
            }
            let (before, marker) = (before[package.index()], now[package.index()]);
            if marker.is_false() {
                self.removed.push(Removed {
                    package,
                    before,
                    because: because.remove(&package).unwrap_or_default(),
                });
                continue;
            }
            self.kept.push(Kept {
                package,
                marker,
                before,
            });
            if graph.distribution(package).is_none() {
                self.missing.push(package);
            }
            if self.cut.detached.contains(&package) {
                self.still_required.push(package);
            }
        }
    }
}
