//! The graph in the language of Graphviz, see <https://graphviz.org/doc/info/lang.html>: what was
//! asked for in bold, what a prune removes dashed and grey, what is missing dotted.

use super::nodes::Nodes;
use super::wording::listed;
use crate::graph::{Needs, PackageId};
use crate::prune::Pruned;
use std::fmt::Write as _;

/// The graph before a prune, with what the prune removes marked.
pub fn dot(pruned: &Pruned) -> String {
    let needs = Needs::full(pruned.graph());
    let nodes = Nodes::of(pruned, &needs);
    let mut text = String::from("digraph requirements {\n");
    text.push_str("    rankdir=LR;\n");
    text.push_str("    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    text.push_str("    edge [color=gray50, fontsize=10, fontname=\"sans-serif\"];\n");
    for &package in nodes.packages() {
        let _ = writeln!(
            text,
            "    n{} [label={}{}];",
            nodes.place(package),
            quoted(&nodes.label(package)),
            look(&nodes, package),
        );
    }
    for &package in nodes.packages() {
        for need in needs.of_package(package) {
            let (from, to) = (nodes.place(package), nodes.place(need.to));
            let mut look = Vec::new();
            if !need.extras.is_empty() {
                look.push(format!("label={}", quoted(&listed(&need.extras))));
            }
            if nodes.is_removed(package) || nodes.is_removed(need.to) {
                look.push("style=dashed, color=gray75".to_owned());
            }
            let look = if look.is_empty() {
                String::new()
            } else {
                format!(" [{}]", look.join(", "))
            };
            let _ = writeln!(text, "    n{from} -> n{to}{look};");
        }
    }
    text.push_str("}\n");
    text
}

fn look(nodes: &Nodes, package: PackageId) -> String {
    let mut styles = vec!["rounded"];
    let mut colors = "";
    if nodes.is_root(package) {
        styles.push("bold");
    }
    if nodes.is_removed(package) {
        styles.push("dashed");
        colors = ", color=gray60, fontcolor=gray50";
    } else if nodes.is_missing(package) {
        styles.push("dotted");
    }
    if styles.len() == 1 {
        return String::new();
    }
    format!(", style=\"{}\"{colors}", styles.join(","))
}

/// A quoted string, in which only quotes and backslashes mean something.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
