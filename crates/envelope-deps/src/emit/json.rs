//! The report and the graph as JSON, for scripts.
//!
//! Keys stand in a fixed order. What is not known is `null` where a script would look for it, and
//! left out otherwise.

use super::nodes::Nodes;
use super::wording::marker;
use crate::explain::Sizes;
use crate::graph::{Graph, Needs, PackageId};
use crate::inventory::Root;
use crate::prune::Pruned;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct Report<'p> {
    roots: Vec<RootEntry<'p>>,
    kept: Vec<PackageEntry<'p>>,
    removed: Vec<PackageEntry<'p>>,
    broken: Vec<BrokenEntry<'p>>,
    still_required: Vec<&'p str>,
    missing: Vec<&'p str>,
    narrowed: Vec<NarrowedEntry<'p>>,
    unmatched: &'p [String],
    edges: Vec<[&'p str; 2]>,
    bytes_saved: Option<u64>,
    files_saved: Option<u64>,
    holdings: Vec<HoldingEntry>,
    edge_source: &'static str,
    target: String,
    notes: &'p [String],
}

#[derive(Serialize)]
struct RootEntry<'p> {
    name: &'p str,
    extras: Vec<&'p str>,
    marker: Option<String>,
    origin: &'p str,
}

#[derive(Serialize)]
struct PackageEntry<'p> {
    name: &'p str,
    version: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'p [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
}

#[derive(Serialize)]
struct BrokenEntry<'p> {
    name: &'p str,
    requires: &'p str,
    requirement: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'p str>,
    path: Vec<&'p str>,
}

#[derive(Serialize)]
struct NarrowedEntry<'p> {
    name: &'p str,
    version: Option<&'p str>,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct HoldingEntry {
    root: String,
    packages: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
}

/// What a prune did.
pub fn report_json(pruned: &Pruned, sizes: &Sizes) -> String {
    let graph = pruned.graph();
    let name = |package: &PackageId| graph.name(*package).as_str();
    let saved = sizes.total(pruned.removed.iter().map(|removed| removed.package));
    let kept = pruned.kept.iter();
    let removed = pruned.removed.iter();
    let mut edges: Vec<[&str; 2]> = pruned
        .edges()
        .iter()
        .map(|(from, to)| [name(from), name(to)])
        .collect();
    edges.dedup();
    let mut still_required: Vec<&str> = pruned.still_required.iter().map(name).collect();
    still_required.dedup();
    let report = Report {
        roots: roots(pruned),
        kept: kept
            .map(|kept| {
                let entry = package_entry(graph, sizes, kept.package);
                let marker = marker(graph, kept.marker);
                PackageEntry { marker, ..entry }
            })
            .collect(),
        removed: removed
            .map(|removed| PackageEntry {
                because: Some(&removed.because),
                ..package_entry(graph, sizes, removed.package)
            })
            .collect(),
        broken: broken(pruned),
        still_required,
        missing: pruned.missing.iter().map(name).collect(),
        narrowed: narrowed(pruned),
        unmatched: &pruned.unmatched,
        edges,
        bytes_saved: saved.map(|size| size.bytes),
        files_saved: saved.map(|size| size.files),
        holdings: holdings(graph, sizes),
        edge_source: graph.inventory().edge_source.word(),
        target: graph.target().to_string(),
        notes: &graph.inventory().notes,
    };
    written(&report)
}

fn roots<'p>(pruned: &'p Pruned) -> Vec<RootEntry<'p>> {
    let graph = pruned.graph();
    let asked = pruned.roots();
    let mut roots: Vec<RootEntry> = asked.iter().map(|root| root_entry(graph, root)).collect();
    for name in graph.keep() {
        if !asked.iter().any(|root| root.requirement.name == *name) {
            roots.push(RootEntry {
                name: name.as_str(),
                extras: Vec::new(),
                marker: None,
                origin: "kept by name",
            });
        }
    }
    roots
}

fn root_entry<'p>(graph: &Graph, root: &'p Root) -> RootEntry<'p> {
    let asked = &root.requirement;
    RootEntry {
        name: asked.name.as_str(),
        extras: asked.extras.iter().map(AsRef::as_ref).collect(),
        marker: marker(graph, asked.marker),
        origin: &root.origin,
    }
}

fn package_entry<'p>(graph: &'p Graph, sizes: &Sizes, package: PackageId) -> PackageEntry<'p> {
    let size = sizes.of(package);
    PackageEntry {
        name: graph.name(package).as_str(),
        version: graph.version(package),
        marker: None,
        because: None,
        bytes: size.map(|size| size.bytes),
        files: size.map(|size| size.files),
    }
}

fn broken<'p>(pruned: &'p Pruned) -> Vec<BrokenEntry<'p>> {
    let broken = pruned.broken.iter().map(|one| BrokenEntry {
        name: one.kept.as_str(),
        requires: one.pruned.as_str(),
        requirement: &one.requirement,
        extra: one.extra.as_ref().map(AsRef::as_ref),
        path: one.path.iter().map(AsRef::as_ref).collect(),
    });
    broken.collect()
}

fn narrowed<'p>(pruned: &'p Pruned) -> Vec<NarrowedEntry<'p>> {
    let graph = pruned.graph();
    let narrowed = pruned.narrowed().into_iter().map(|kept| NarrowedEntry {
        name: graph.name(kept.package).as_str(),
        version: graph.version(kept.package),
        before: marker(graph, kept.before),
        after: marker(graph, kept.marker),
    });
    narrowed.collect()
}

fn holdings(graph: &Graph, sizes: &Sizes) -> Vec<HoldingEntry> {
    let holdings = graph.holdings(sizes).into_iter();
    let entry = holdings.map(|holding| HoldingEntry {
        root: holding.root.to_string(),
        packages: holding.packages.len(),
        bytes: holding.size.map(|size| size.bytes),
        files: holding.size.map(|size| size.files),
    });
    entry.collect()
}

/// The graph itself: nodes with the place that edges call them by, needs with markers and extras,
/// and what was asked for. What a prune removes is marked.
pub fn graph_json(pruned: &Pruned, sizes: &Sizes) -> String {
    let graph = pruned.graph();
    let needs = Needs::full(graph);
    let shown = Nodes::of(pruned, &needs);
    let nodes = shown.packages().iter().map(|package| {
        let mut node = json!(package_entry(graph, sizes, *package));
        if shown.is_removed(*package) {
            node["removed"] = true.into();
        }
        if shown.is_missing(*package) {
            node["missing"] = true.into();
        }
        node
    });
    let nodes: Vec<Value> = nodes.collect();
    let mut edges = Vec::new();
    for package in shown.packages() {
        for need in needs.of_package(*package) {
            let (from, to) = (shown.place(*package), shown.place(need.to));
            let mut edge = json!({"from": from, "to": to});
            if !need.extras.is_empty() {
                edge["extras"] = json!(need.extras);
            }
            if !need.behind.is_empty() {
                edge["behind"] = json!(need.behind);
            }
            if let Some(marker) = marker(graph, need.marker) {
                edge["marker"] = marker.into();
            }
            edges.push(edge);
        }
    }
    let roots = graph.active_roots().into_iter();
    let roots: Vec<RootEntry> = roots.map(|root| root_entry(graph, root)).collect();
    let edge_source = graph.inventory().edge_source.word();
    let target = graph.target().to_string();
    written(&json!({
        "nodes": nodes,
        "edges": edges,
        "roots": roots,
        "keep": graph.keep(),
        "edge_source": edge_source,
        "target": target,
    }))
}

/// Indented, with a line feed at the end.
fn written(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
