//! Trees of requirements in the words of `uv tree` and `cargo tree`, and the two reports that are
//! kept beside a model.
//!
//! One block a root, what it needs below it by name. A subtree is drawn once: where it comes
//! again, and where a circle closes, `(*)` stands for it. So the text grows with the number of
//! needs and not with that of paths.

mod drawing;
mod sections;

use super::marks;
use super::walk::{Line, Walk};
use crate::explain::Sizes;
use crate::graph::{Graph, Need, Needs, PackageId};
use crate::names::PackageName;
use crate::prune::Pruned;
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
    let mut notes = notes_of_packages(graph);
    note_prune(&mut notes, pruned, &needs, options);
    let mut text = String::new();
    sections::head(&mut text, pruned, sizes, options);
    let mut walk = Walk::new(graph, &needs, options.depth);
    // What stays comes first, so that it is drawn where it stays.
    let (pruned_roots, kept_roots): (Vec<&Need>, Vec<&Need>) = needs
        .of_user()
        .iter()
        .partition(|root| pruned.was_named(root.to));
    begin_with(
        &mut walk,
        graph,
        options,
        kept_roots.into_iter().chain(pruned_roots),
    );
    drawing::draw(&mut text, graph, &walk.lines(), &notes, options.ascii);
    sections::holdings(&mut text, pruned, sizes, options);
    sections::findings(&mut text, pruned, options);
    text
}

/// The report of what stays after a prune.
pub fn model_report(pruned: &Pruned, sizes: &Sizes, options: &TreeOptions) -> String {
    let graph = pruned.graph();
    let needs = Needs::of(graph, pruned.reach(), pruned.cut());
    let notes = notes_of_packages(graph);
    let mut text = String::new();
    sections::head_of_model(&mut text, pruned, sizes);
    let mut walk = Walk::new(graph, &needs, options.depth);
    begin_with(&mut walk, graph, options, needs.of_user());
    drawing::draw(&mut text, graph, &walk.lines(), &notes, options.ascii);
    sections::findings(&mut text, pruned, options);
    text
}

/// The tree of a graph alone: from the roots down, from certain packages, or turned round.
pub fn tree(graph: &Graph, options: &TreeOptions) -> String {
    let needs = Needs::full(graph);
    let mut notes = notes_of_packages(graph);
    let mut text = String::new();
    if options.invert {
        for asked in needs.of_user() {
            notes.entry(asked.to).or_default().push_str(" (asked for)");
        }
        let turned = needs.turned_round(graph);
        let lines = turned_lines(graph, &needs, &turned, options);
        drawing::draw(&mut text, graph, &lines, &notes, options.ascii);
    } else {
        let mut walk = Walk::new(graph, &needs, options.depth);
        begin_with(&mut walk, graph, options, needs.of_user());
        drawing::draw(&mut text, graph, &walk.lines(), &notes, options.ascii);
    }
    text
}

/// The lines of a tree that is turned round. It begins with what needs nothing, unless the user
/// says otherwise.
fn turned_lines<'n>(
    graph: &Graph,
    needs: &Needs,
    turned: &'n Needs<'n>,
    options: &TreeOptions,
) -> Vec<Line<'n>> {
    let mut walk = Walk::new(graph, turned, options.depth);
    if options.from.is_empty() {
        for package in graph.packages() {
            if needs.of_package(package).is_empty() {
                walk.block(package, &[]);
            }
        }
        // What is left stands in or above circles that need nothing else.
        for package in graph.packages() {
            if !walk.was_drawn(package) {
                walk.block(package, &[]);
            }
        }
    }
    begin_with(&mut walk, graph, options, &[]);
    walk.lines()
}

/// Walks the blocks of the roots, or those of the packages that the user named.
fn begin_with<'n>(
    walk: &mut Walk<'n>,
    graph: &Graph,
    options: &TreeOptions,
    roots: impl IntoIterator<Item = &'n Need<'n>>,
) {
    for name in &options.from {
        for package in graph.packages_named(name) {
            if graph.is_reached(*package) {
                walk.block(*package, &[]);
            }
        }
    }
    if options.from.is_empty() {
        for root in roots {
            walk.block(root.to, &root.extras);
        }
    }
}

fn notes_of_packages(graph: &Graph) -> FxHashMap<PackageId, String> {
    let mut notes: FxHashMap<PackageId, String> = FxHashMap::default();
    for package in graph.packages() {
        let kept = marks::is_only_kept(graph, package).then_some("kept by name");
        for word in [marks::oddity(graph, package), kept].into_iter().flatten() {
            let _ = write!(notes.entry(package).or_default(), " ({word})");
        }
    }
    notes
}

/// Marks pruned packages and those that go with them.
fn note_prune(
    notes: &mut FxHashMap<PackageId, String>,
    pruned: &Pruned,
    needs: &Needs,
    options: &TreeOptions,
) {
    let scissors = if options.ascii { " [pruned]" } else { " ✂" };
    let via = marks::only_via(pruned, needs);
    for package in pruned.graph().packages() {
        if pruned.was_named(package) {
            notes.entry(package).or_default().push_str(scissors);
        } else if let Some(via) = via.get(&package) {
            let _ = write!(notes.entry(package).or_default(), " [only via {via}]");
        }
    }
}
