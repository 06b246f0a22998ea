//! The graph in the language of Mermaid, see <https://mermaid.js.org/syntax/flowchart.html>: what
//! was asked for in bold, what a prune removes dashed and grey, what is missing dotted.

use super::nodes::Nodes;
use super::wording::listed;
use crate::graph::{Needs, PackageId};
use crate::prune::Pruned;
use std::fmt::Write as _;

/// The graph before a prune, with what the prune removes marked.
///
/// Mermaid draws no more than 500 edges unless the page that embeds it raises `maxEdges`.
pub fn mermaid(pruned: &Pruned) -> String {
    let needs = Needs::full(pruned.graph());
    let nodes = Nodes::of(pruned, &needs);
    let mut text = String::from("flowchart LR\n");
    for &package in nodes.packages() {
        let label = escaped(&nodes.label(package));
        let _ = writeln!(text, "    n{}[\"{label}\"]", nodes.place(package));
    }
    for &package in nodes.packages() {
        for need in needs.of_package(package) {
            let is_gone = nodes.is_removed(package) || nodes.is_removed(need.to);
            let arrow = if is_gone { "-.->" } else { "-->" };
            let extras = if need.extras.is_empty() {
                String::new()
            } else {
                format!("|\"{}\"|", escaped(&listed(&need.extras)))
            };
            let (from, to) = (nodes.place(package), nodes.place(need.to));
            let _ = writeln!(text, "    n{from} {arrow}{extras} n{to}");
        }
    }
    let removed = "stroke:#999,stroke-dasharray:5 4,color:#888";
    class(&mut text, &nodes, "removed", removed, |package| {
        nodes.is_removed(package)
    });
    let missing = "stroke-dasharray:2 3";
    class(&mut text, &nodes, "missing", missing, |package| {
        nodes.is_missing(package)
    });
    let root = "stroke-width:3px,font-weight:bold";
    class(&mut text, &nodes, "root", root, |package| {
        nodes.is_root(package)
    });
    text
}

/// Gives some nodes their look.
fn class(
    text: &mut String,
    nodes: &Nodes,
    name: &str,
    look: &str,
    is_member: impl Fn(PackageId) -> bool,
) {
    let members = nodes.packages().iter().filter(|one| is_member(**one));
    let members: Vec<String> = members
        .map(|one| format!("n{}", nodes.place(*one)))
        .collect();
    if !members.is_empty() {
        let _ = writeln!(text, "    classDef {name} {look}");
        let _ = writeln!(text, "    class {} {name}", members.join(","));
    }
}

/// A label between quotes: whatever could end it, or be read as HTML or Markdown, by its number.
fn escaped(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_plain = letter.is_alphanumeric() || " .-_+!,:=~/()[]".contains(letter);
        if is_plain {
            label.push(letter);
        } else {
            let _ = write!(label, "#{};", u32::from(letter));
        }
    }
    label
}
