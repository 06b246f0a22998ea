//! Who needs whom directly, package by package: what trees and drawings show.
//!
//! Nodes are packages with an extra; here the extras are joined, so that every pair of packages
//! has at most one need, which tells the extras on both sides.

use super::{Cut, Graph, PackageId, Reach};
use crate::names::ExtraName;
use rustc_hash::FxHashMap;
use uv_pep508::MarkerTree;

/// That one package, or the user, needs another.
#[derive(Clone, Debug)]
pub(crate) struct Need<'g> {
    /// Who needs; nobody for the user.
    pub(crate) from: Option<PackageId>,
    /// Who is needed.
    pub(crate) to: PackageId,
    /// The extras that are asked for, sorted.
    pub(crate) extras: Vec<&'g ExtraName>,
    /// The extras of the package that asks without which it would not ask, sorted.
    pub(crate) behind: Vec<&'g ExtraName>,
    /// When it is needed, not counting when the package that asks is.
    pub(crate) marker: MarkerTree,
}

/// All needs that a walk followed.
#[derive(Clone, Debug)]
pub(crate) struct Needs<'g> {
    all: Vec<Need<'g>>,
    /// Where the needs of a package begin and end; those of the user are at place 0.
    bounds: Vec<(u32, u32)>,
}

impl<'g> Needs<'g> {
    /// The needs that a walk followed which never entered the cut.
    pub(crate) fn of(graph: &'g Graph, reach: &Reach, cut: &Cut) -> Self {
        let mut needs = Collected::default();
        let nodes = graph.nodes();
        for edge in nodes.every_edge() {
            let (from, to) = (edge.source, edge.target);
            let holds = reach.is_met(from) && !reach.marker(from).is_disjoint(edge.edge.marker);
            if !holds || cut.stops(graph, from, to) {
                continue;
            }
            let (from, to) = (&nodes[from], &nodes[to]);
            if let Some(package) = to.package {
                let need = needs.between(from.package, package);
                need.marker = need.marker.or(edge.edge.marker);
                need.extras.extend(&to.extra);
                match &from.extra {
                    None => need.is_plain = true,
                    Some(extra) => need.behind.push(extra),
                }
            }
        }
        needs.sorted(graph)
    }

    /// All needs that hold before anything is pruned.
    pub(crate) fn full(graph: &'g Graph) -> Self {
        Self::of(graph, graph.full(), &Cut::default())
    }

    /// What the user asks for, by name and version.
    pub(crate) fn of_user(&self) -> &[Need<'g>] {
        self.at(0)
    }

    /// What a package needs, by name and version.
    pub(crate) fn of_package(&self, package: PackageId) -> &[Need<'g>] {
        self.at(package.index() + 1)
    }

    /// All needs, the user's first, then those of the packages in the order of the source.
    pub(crate) fn all(&self) -> &[Need<'g>] {
        &self.all
    }

    /// The same needs the other way round: for each package those that need it. What the user asks
    /// for, and with which extras, is left out.
    pub(crate) fn turned_round(&self, graph: &Graph) -> Self {
        let mut turned = Collected::default();
        for need in &self.all {
            if let Some(from) = need.from {
                let other = turned.between(Some(need.to), from);
                other.marker = need.marker;
                other.is_plain = need.behind.is_empty();
                other.behind.clone_from(&need.behind);
            }
        }
        turned.sorted(graph)
    }

    fn at(&self, place: usize) -> &[Need<'g>] {
        let (begin, end) = self.bounds.get(place).copied().unwrap_or_default();
        &self.all[begin as usize..end as usize]
    }
}

#[derive(Default)]
struct Collected<'g> {
    needs: Vec<Unsorted<'g>>,
    places: FxHashMap<(Option<PackageId>, PackageId), usize>,
}

struct Unsorted<'g> {
    from: Option<PackageId>,
    to: PackageId,
    extras: Vec<&'g ExtraName>,
    behind: Vec<&'g ExtraName>,
    /// Whether it is needed without any extra of the package that asks.
    is_plain: bool,
    marker: MarkerTree,
}

impl<'g> Collected<'g> {
    fn between(&mut self, from: Option<PackageId>, to: PackageId) -> &mut Unsorted<'g> {
        let next = self.needs.len();
        let place = *self.places.entry((from, to)).or_insert(next);
        if place == next {
            self.needs.push(Unsorted {
                from,
                to,
                extras: Vec::new(),
                behind: Vec::new(),
                is_plain: false,
                marker: MarkerTree::FALSE,
            });
        }
        &mut self.needs[place]
    }

    fn sorted(self, graph: &Graph) -> Needs<'g> {
        let rank = ranks(graph);
        let mut all: Vec<Need> = self.needs.into_iter().map(Unsorted::tidied).collect();
        all.sort_by_key(|need| {
            let from = need.from.map_or(0, |from| from.index() + 1);
            (from, rank[need.to.index()])
        });
        let mut bounds = vec![(0, 0); rank.len() + 1];
        for (place, need) in (0..).zip(&all) {
            let from = need.from.map_or(0, |from| from.index() + 1);
            let (begin, end) = &mut bounds[from];
            if *begin == *end {
                *begin = place;
            }
            *end = place + 1;
        }
        Needs { all, bounds }
    }
}

impl<'g> Unsorted<'g> {
    fn tidied(mut self) -> Need<'g> {
        if self.is_plain {
            self.behind.clear();
        }
        for extras in [&mut self.extras, &mut self.behind] {
            extras.sort_unstable();
            extras.dedup();
        }
        Need {
            from: self.from,
            to: self.to,
            extras: self.extras,
            behind: self.behind,
            marker: self.marker,
        }
    }
}

/// The place of every package when all are sorted by name and version.
fn ranks(graph: &Graph) -> Vec<u32> {
    let mut ranks = vec![0; graph.ordered().len()];
    for (rank, package) in (0..).zip(graph.ordered()) {
        ranks[package.index()] = rank;
    }
    ranks
}
