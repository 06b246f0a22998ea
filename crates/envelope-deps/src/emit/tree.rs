//! Trees of requirements in the words of `uv tree` and `cargo tree`, and the two reports that are
//! kept beside a model.
//!
//! One block a root, what it needs below it by name. A subtree is drawn once: where it comes
//! again, and where a circle closes, `(*)` stands for it. So the text grows with the number of
//! needs and not with that of paths.

mod drawing;
mod sections;

use crate::explain::{Holders, Sizes};
use crate::graph::{Graph, Need, Needs, PackageId};
use crate::inventory::Role;
use crate::names::PackageName;
use crate::prune::Pruned;
use drawing::{Drawing, Start};
use rustc_hash::FxHashMap;
use std::fmt::Write as _;

/// How a tree is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeOptions {
    /// Only ASCII: `|--` for `├──`, `[pruned]` for `✂`.
    pub ascii: bool,
    /// How many levels below the roots are drawn; all where nothing is said.
    pub depth: Option<usize>,
    /// Whether the tree is turned round: below each package what needs it.
    pub invert: bool,
    /// The packages to begin with, instead of the roots; or, for an inverted tree, instead of
    /// those that need nothing.
    pub from: Vec<PackageName>,
}

/// The report of the graph before a prune, with what was pruned (`✂`) and what goes with it
/// (`[only via …]`) marked.
pub fn full_report(pruned: &Pruned, sizes: &Sizes, options: &TreeOptions) -> String {
    let graph = pruned.graph();
    let needs = Needs::full(graph);
    let mut text = String::new();
    sections::head(&mut text, pruned, sizes, options);
    let marks = marks_of_prune(pruned, &needs, options);
    draw(&mut text, graph, &needs, options, &marks, &|package| {
        pruned.was_named(package)
    });
    sections::holdings(&mut text, pruned, sizes, options);
    sections::findings(&mut text, pruned, options);
    text
}

/// The report of what stays after a prune.
pub fn model_report(pruned: &Pruned, sizes: &Sizes, options: &TreeOptions) -> String {
    let graph = pruned.graph();
    let needs = Needs::of(graph, pruned.reach(), pruned.cut());
    let mut text = String::new();
    sections::head_of_model(&mut text, pruned, sizes);
    draw(
        &mut text,
        graph,
        &needs,
        options,
        &FxHashMap::default(),
        &|_| false,
    );
    sections::findings(&mut text, pruned, options);
    text
}

/// The tree of a graph alone: from the roots down, from certain packages, or turned round.
pub fn tree(graph: &Graph, options: &TreeOptions) -> String {
    let needs = Needs::full(graph);
    let mut text = String::new();
    let nothing = FxHashMap::default();
    if !options.invert {
        draw(&mut text, graph, &needs, options, &nothing, &|_| false);
        return text;
    }
    let asked = needs.of_user().iter().map(|need| need.to);
    let notes = asked
        .map(|package| (package, " (asked for)".to_owned()))
        .collect();
    let turned = needs.turned_round(graph);
    let mut drawing = Drawing::new(graph, &turned, options, &notes);
    if options.from.is_empty() {
        for package in graph.packages() {
            if needs.of_package(package).is_empty() {
                drawing.block(&Start::plain(package));
            }
        }
        // What is left stands in or above circles that need nothing else.
        for package in graph.packages() {
            if !drawing.was_drawn(package) {
                drawing.block(&Start::plain(package));
            }
        }
    }
    begin_with(&mut drawing, graph, &options.from);
    drawing.finish(&mut text);
    text
}

/// Draws a block for every root; those that were pruned come last, so that what stays is drawn
/// where it stays.
fn draw(
    text: &mut String,
    graph: &Graph,
    needs: &Needs,
    options: &TreeOptions,
    marks: &FxHashMap<PackageId, String>,
    is_last: &dyn Fn(PackageId) -> bool,
) {
    let mut notes = marks.clone();
    for package in graph.packages() {
        let note = match graph.distribution(package) {
            None => " (missing)",
            Some(known) if known.role == Role::Unlisted => " (not listed)",
            Some(_) => continue,
        };
        notes.entry(package).or_default().insert_str(0, note);
    }
    let mut drawing = Drawing::new(graph, needs, options, &notes);
    if options.from.is_empty() {
        let mut roots: Vec<&Need> = needs.of_user().iter().collect();
        roots.sort_by_key(|root| is_last(root.to));
        for root in roots {
            drawing.block(&Start {
                package: root.to,
                extras: &root.extras,
                note: note_of_root(graph, root.to),
            });
        }
    }
    begin_with(&mut drawing, graph, &options.from);
    drawing.finish(text);
}

fn begin_with(drawing: &mut Drawing, graph: &Graph, names: &[PackageName]) {
    for name in names {
        for package in graph.packages_named(name) {
            if graph.is_reached(*package) {
                drawing.block(&Start::plain(*package));
            }
        }
    }
}

/// Why a package is at the top when nobody asked for it.
fn note_of_root(graph: &Graph, package: PackageId) -> &'static str {
    let name = graph.name(package);
    let is_asked = graph.root_named(name).is_some();
    if !is_asked && graph.keep().contains(name) {
        " (kept)"
    } else {
        ""
    }
}

/// The marks of pruned packages and of those that go with them.
fn marks_of_prune(
    pruned: &Pruned,
    needs: &Needs,
    options: &TreeOptions,
) -> FxHashMap<PackageId, String> {
    let graph = pruned.graph();
    let scissors = if options.ascii { " [pruned]" } else { " ✂" };
    let goes: FxHashMap<PackageId, &[String]> = pruned
        .removed
        .iter()
        .map(|removed| (removed.package, removed.because.as_slice()))
        .collect();
    let holders = Holders::of(graph, needs);
    let mut marks: FxHashMap<PackageId, String> = FxHashMap::default();
    for package in graph.packages() {
        let mut mark = String::new();
        if pruned.was_named(package) {
            mark.push_str(scissors);
        } else if let Some(because) = goes.get(&package) {
            let holder = holders.holder(package);
            let holder = holder.filter(|holder| goes.contains_key(holder));
            let via = match holder {
                Some(holder) => graph.name(holder).to_string(),
                None => because.join(", "),
            };
            let _ = write!(mark, " [only via {via}]");
        }
        if !mark.is_empty() {
            marks.insert(package, mark);
        }
    }
    marks
}
