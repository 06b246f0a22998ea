//! The tree of requirements as lists within lists that open and close by themselves.

use super::facts::Facts;
use super::markup::Markup;
use super::tables::name;
use crate::emit::marks::{is_only_kept, oddity};
use crate::emit::walk::{Below, Line, Walk};
use crate::emit::wording::{bytes, listed};
use crate::graph::Need;

/// Writes the tree, what stays first.
pub(super) fn tree(markup: &mut Markup, facts: &Facts) {
    let mut walk = Walk::new(facts.graph(), facts.full, None);
    let roots = facts.full.of_user().iter();
    let (pruned, kept): (Vec<&Need>, Vec<&Need>) =
        roots.partition(|root| facts.pruned.was_named(root.to));
    for root in kept.into_iter().chain(pruned) {
        walk.block(root.to, &root.extras);
    }
    markup.raw(
        "<section id=\"tree\" aria-labelledby=\"h-tree\"><h2 id=\"h-tree\">Who needs whom</h2>",
    );
    markup.raw("<ul class=\"tree\">");
    let mut open = 0;
    for line in &walk.lines() {
        while open > line.level {
            markup.raw("</ul></details></li>");
            open -= 1;
        }
        write(markup, facts, line);
        if line.below == Below::Here {
            open += 1;
        }
    }
    for _ in 0..open {
        markup.raw("</ul></details></li>");
    }
    markup.raw("</ul></section>");
}

fn write(markup: &mut Markup, facts: &Facts, line: &Line) {
    let package = line.package;
    let place = facts.nodes.place(package);
    markup.raw("<li");
    if facts.nodes.is_removed(package) {
        markup.raw(" class=\"gone\"");
    }
    markup.raw(" data-t=\"").number(place).raw("\">");
    if line.below == Below::Here {
        markup
            .raw("<details id=\"t")
            .number(place)
            .raw("\"><summary>");
    }
    name(markup, facts, package);
    describe(markup, facts, line);
    let elsewhere = match line.below {
        Below::Here => {
            markup.raw("</summary><ul>");
            return;
        }
        Below::Before => Some("see above"),
        Below::Later => Some("see below"),
        Below::Nothing | Below::Hidden => None,
    };
    if let Some(words) = elsewhere {
        markup.raw(" <a class=\"quiet\" href=\"#t").number(place);
        markup.raw("\">").raw(words).raw("</a>");
    }
    markup.raw("</li>");
}

/// What is to be said about a package beside its name.
fn describe(markup: &mut Markup, facts: &Facts, line: &Line) {
    let package = line.package;
    let graph = facts.graph();
    if let Some(version) = graph.version(package) {
        markup
            .raw(" <span class=\"version\">")
            .text(version)
            .raw("</span>");
    }
    if !line.extras.is_empty() {
        let extras = listed(line.extras);
        markup
            .raw(" <span class=\"tag\">[")
            .text(&extras)
            .raw("]</span>");
    }
    if !line.behind.is_empty() {
        let extras = listed(line.behind);
        markup
            .raw(" <span class=\"quiet\">extra: ")
            .text(&extras)
            .raw("</span>");
    }
    let kept = is_only_kept(graph, package).then_some("kept by name");
    for word in [oddity(graph, package), kept].into_iter().flatten() {
        markup.raw(" <span class=\"tag\">").raw(word).raw("</span>");
    }
    if facts.pruned.was_named(package) {
        markup.raw(" <span class=\"tag cut\">✂ pruned</span>");
    } else if let Some(via) = facts.via.get(&package) {
        markup
            .raw(" <span class=\"why\">only via ")
            .text(via)
            .raw("</span>");
    }
    if let Some(size) = facts.sizes.of(package) {
        let size = bytes(size.bytes);
        markup
            .raw(" <span class=\"weight\">")
            .text(&size)
            .raw("</span>");
    }
}
