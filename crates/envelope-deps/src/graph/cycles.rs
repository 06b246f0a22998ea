//! What stands at the top when nobody said what was asked for.
//!
//! Packages that need each other in a circle form one component. A component that nothing outside
//! it needs is at the top, and all its members count as asked for. The extras that any package
//! asks for are switched on for this, so that what is only behind an extra is not taken for a top.

use super::build::Switched;
use crate::environment::Target;
use crate::inventory::{Inventory, Role};
use crate::names::{ExtraName, PackageName};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashSet;

/// The names at the top, sorted.
pub(super) fn tops(inventory: &Inventory, target: &Target) -> Vec<PackageName> {
    let places = inventory.by_name();
    let mut switched = Switched::default();
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in &inventory.distributions {
        graph.add_node(());
    }
    let mut seen: FxHashSet<(usize, Option<ExtraName>)> = FxHashSet::default();
    let mut waiting: Vec<(usize, Option<ExtraName>)> = Vec::new();
    waiting.extend((0..inventory.distributions.len()).map(|place| (place, None)));
    while let Some((place, extra)) = waiting.pop() {
        for asked in inventory.distributions[place].requires.iter() {
            let marker = switched.marker_for(asked.marker, extra.as_ref(), target);
            if marker.is_none() {
                continue;
            }
            for &to in places.get(&asked.name).map_or(&[][..], Vec::as_slice) {
                graph.add_edge(NodeIndex::new(place), NodeIndex::new(to), ());
                for extra in &asked.extras {
                    if seen.insert((to, Some(extra.clone()))) {
                        waiting.push((to, Some(extra.clone())));
                    }
                }
            }
        }
    }
    top_members(inventory, &graph)
}

fn top_members(inventory: &Inventory, graph: &DiGraph<(), ()>) -> Vec<PackageName> {
    let components = kosaraju_scc(graph);
    let mut component_of = vec![0; graph.node_count()];
    for (number, members) in components.iter().enumerate() {
        for member in members {
            component_of[member.index()] = number;
        }
    }
    let mut is_needed = vec![false; components.len()];
    for edge in graph.raw_edges() {
        let (from, to) = (edge.source().index(), edge.target().index());
        if component_of[from] != component_of[to] {
            is_needed[component_of[to]] = true;
        }
    }
    let mut names: Vec<PackageName> = components
        .iter()
        .zip(is_needed)
        .filter(|(_, is_needed)| !is_needed)
        .flat_map(|(members, _)| members)
        .map(|member| &inventory.distributions[member.index()])
        .filter(|distribution| distribution.role != Role::Unlisted)
        .map(|distribution| distribution.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}
