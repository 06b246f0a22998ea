//! Which package holds up which, as trees with weights: the shape of the map.

use crate::explain::Holders;
use crate::graph::{Graph, PackageId};
use rustc_hash::FxHashMap;

/// A package with everything that it alone holds up.
pub(super) struct Tree {
    /// None for one that only stands for several.
    pub(super) package: Option<PackageId>,
    /// Its own weight.
    pub(super) own: f64,
    /// The weight of everything, itself included.
    pub(super) weight: f64,
    /// How many packages these are.
    pub(super) count: usize,
    /// What stands directly below it, by their places in the forest, the heaviest first.
    pub(super) below: Vec<usize>,
}

pub(super) struct Forest {
    pub(super) trees: Vec<Tree>,
    /// What nothing else alone holds up, the heaviest first.
    pub(super) tops: Vec<usize>,
}

impl Forest {
    /// The forest of some packages; those that hold them up but are not among them are passed
    /// over.
    pub(super) fn of(
        graph: &Graph,
        packages: &[PackageId],
        holders: &Holders,
        weight: impl Fn(PackageId) -> f64,
    ) -> Self {
        let mut trees: Vec<Tree> = Vec::with_capacity(packages.len());
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        for (place, &package) in packages.iter().enumerate() {
            let own = weight(package);
            places.entry(graph.name(package).as_str()).or_insert(place);
            trees.push(Tree {
                package: Some(package),
                own,
                weight: own,
                count: 1,
                below: Vec::new(),
            });
        }
        let mut tops = Vec::new();
        for (place, package) in packages.iter().enumerate() {
            let mut holder = holders.holder(*package);
            while let Some(at) = holder.filter(|at| !graph.counts(*at)) {
                holder = holders.holder(at);
            }
            let holder = holder.and_then(|at| places.get(graph.name(at).as_str()));
            match holder {
                Some(&holder) if holder != place => trees[holder].below.push(place),
                _ => tops.push(place),
            }
        }
        let mut forest = Self { trees, tops };
        forest.weigh();
        forest
    }

    /// Adds up from the leaves, and sorts what stands beside each other.
    fn weigh(&mut self) {
        let mut order = self.tops.clone();
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            next += 1;
            order.extend_from_slice(&self.trees[place].below);
        }
        for &place in order.iter().rev() {
            let mut below = std::mem::take(&mut self.trees[place].below);
            self.sort(&mut below);
            for &child in &below {
                self.trees[place].weight += self.trees[child].weight;
                self.trees[place].count += self.trees[child].count;
            }
            self.trees[place].below = below;
        }
        let mut tops = std::mem::take(&mut self.tops);
        self.sort(&mut tops);
        self.tops = tops;
    }

    fn sort(&self, places: &mut [usize]) {
        places.sort_by(|a, b| self.trees[*b].weight.total_cmp(&self.trees[*a].weight));
    }

    /// The weight of everything.
    pub(super) fn weight(&self) -> f64 {
        self.tops.iter().map(|top| self.trees[*top].weight).sum()
    }

    /// Makes one tree of some of those at the top.
    pub(super) fn join_tops(&mut self, is_joined: impl Fn(PackageId) -> bool) {
        let is_joined = |top: &usize| self.trees[*top].package.is_some_and(&is_joined);
        let (below, tops): (Vec<usize>, Vec<usize>) =
            self.tops.iter().copied().partition(is_joined);
        self.tops = tops;
        if below.is_empty() {
            return;
        }
        self.tops.push(self.trees.len());
        self.trees.push(Tree {
            package: None,
            own: 0.0,
            weight: below.iter().map(|top| self.trees[*top].weight).sum(),
            count: below.iter().map(|top| self.trees[*top].count).sum(),
            below,
        });
    }

    /// The places of a tree and of everything below it, its own first.
    pub(super) fn places(&self, place: usize) -> Vec<usize> {
        let mut order = vec![place];
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            next += 1;
            order.extend_from_slice(&self.trees[place].below);
        }
        order
    }

    /// Every package of a tree, its own first.
    pub(super) fn packages(&self, place: usize) -> Vec<PackageId> {
        let places = self.places(place).into_iter();
        places
            .filter_map(|place| self.trees[place].package)
            .collect()
    }
}
