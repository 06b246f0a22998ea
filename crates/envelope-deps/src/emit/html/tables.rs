//! The parts of the page that are tables and lists: what each root holds, what goes, what stays,
//! and what a reader has to know.

use super::facts::Facts;
use super::map::{Color, Colors};
use super::markup::Markup;
use crate::emit::marks::{is_only_kept, oddity};
use crate::emit::wording::{bytes, count, counted, files, listed, marker, package};
use crate::explain::Holding;
use crate::graph::PackageId;
use crate::inventory::EdgeSource;
use crate::names::PackageName;
use rustc_hash::FxHashMap;

/// So many roots are shown at once.
const ROOTS: usize = 24;

/// What each root alone holds up, as bars.
pub(super) fn holdings(markup: &mut Markup, facts: &Facts, colors: &Colors) {
    let holdings = &facts.holdings;
    if holdings.is_empty() || facts.graph().inventory().edge_source == EdgeSource::None {
        return;
    }
    markup.raw(
        "<section aria-labelledby=\"h-roots\"><h2 id=\"h-roots\">What each root alone holds up</h2>\
         <p>Before the prune: all that would go if the root itself were not there. Where another \
         package needs it, it stays even if nobody asks for it any more.</p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"h-roots\">\
         <table class=\"bars\"><thead><tr><th>Root</th><th>Packages</th>",
    );
    let has_sizes = !facts.sizes.is_empty();
    if has_sizes {
        markup.raw("<th>Size</th><th>Files</th>");
    }
    markup.raw("<th class=\"wide\"><span class=\"off\">Share</span></th></tr></thead><tbody>");
    let shown = match holdings.len() {
        count if count <= ROOTS + 1 => count,
        _ => ROOTS,
    };
    let weight = |holding: &Holding| match holding.size {
        Some(size) => size.bytes as f64,
        None if has_sizes => 0.0,
        None => holding.packages.len() as f64,
    };
    let most = holdings.iter().map(weight).fold(1.0, f64::max);
    for holding in &holdings[..shown] {
        row(markup, facts, colors, holding, weight(holding) / most);
    }
    markup.raw("</tbody></table></div>");
    if shown < holdings.len() {
        let rest = counted(holdings.len() - shown, "more root", "more roots");
        markup.raw("<p class=\"quiet\">and ").text(&rest);
        markup.raw(", each of which holds up less</p>");
    }
    markup.raw("</section>");
}

fn row(markup: &mut Markup, facts: &Facts, colors: &Colors, holding: &Holding, share: f64) {
    let root = facts.graph().packages_named(&holding.root)[0];
    let is_cut = facts.pruned.was_named(root);
    markup.raw("<tr><th scope=\"row\">");
    name(markup, facts, root);
    if is_cut {
        markup.raw(" <span class=\"tag cut\">✂ pruned</span>");
    }
    others(markup, &holding.needed_by);
    markup.raw("</th><td>");
    markup.text(&count(holding.packages.len())).raw("</td>");
    if !facts.sizes.is_empty() {
        let size = holding.size.unwrap_or_default();
        markup.raw("<td>").text(&bytes(size.bytes)).raw("</td><td>");
        markup.text(&files(size)).raw("</td>");
    }
    markup.raw("<td class=\"wide\"><span class=\"bar k");
    match colors.of_root(root) {
        _ if is_cut => markup.raw("x"),
        Color::Root(color) => markup.number(color),
        Color::Shared | Color::Removed => markup.raw("s"),
    };
    markup.raw("\" style=\"width:").length(share * 100.0);
    markup.raw("%\"></span></td></tr>");
}

fn others(markup: &mut Markup, needed_by: &[PackageName]) {
    if needed_by.is_empty() {
        return;
    }
    markup.raw(" <span class=\"quiet\">needed by ");
    markup.text(&listed(needed_by.iter().take(3)));
    if needed_by.len() > 3 {
        markup.raw(" and ").number(needed_by.len() - 3).raw(" more");
    }
    markup.raw("</span>");
}

/// The packages that go.
pub(super) fn removed(markup: &mut Markup, facts: &Facts) {
    if facts.removed.packages.is_empty() {
        return;
    }
    markup.raw("<section class=\"goes\" aria-labelledby=\"h-goes\"><h2 id=\"h-goes\">What goes <span class=\"quiet\">");
    markup.text(&facts.weight(&facts.removed.packages));
    markup.raw("</span></h2>");
    table(
        markup,
        facts,
        &facts.removed.packages,
        "h-goes",
        "Why",
        |markup, one| {
            match facts.via.get(&one) {
                Some(via) => markup.raw("only via ").text(via),
                None => markup.raw("<span class=\"tag cut\">✂ pruned</span>"),
            };
        },
    );
    markup.raw("</section>");
}

/// The packages that stay.
pub(super) fn kept(markup: &mut Markup, facts: &Facts) {
    markup.raw(
        "<section aria-labelledby=\"h-stays\"><h2 id=\"h-stays\">What stays <span class=\"quiet\">",
    );
    markup.text(&facts.weight(&facts.kept.packages));
    markup.raw("</span></h2>");
    let mut needed_by: FxHashMap<PackageId, Vec<&PackageName>> = FxHashMap::default();
    let graph = facts.graph();
    for need in facts.left.all() {
        let names = needed_by.entry(need.to).or_default();
        names.extend(need.from.map(|from| graph.name(from)));
    }
    table(
        markup,
        facts,
        &facts.kept.packages,
        "h-stays",
        "Needed by",
        |markup, one| {
            if facts.nodes.is_root(one) {
                let is_asked = !is_only_kept(graph, one);
                let word = if is_asked {
                    "asked for"
                } else {
                    "kept by name"
                };
                markup
                    .raw("<span class=\"tag\">")
                    .text(word)
                    .raw("</span> ");
            }
            if let Some(word) = oddity(graph, one) {
                markup
                    .raw("<span class=\"tag cut\">")
                    .text(word)
                    .raw("</span> ");
            }
            let names = needed_by
                .get_mut(&one)
                .map(std::mem::take)
                .unwrap_or_default();
            markup.text(&listed(names.iter().take(4)));
            if names.len() > 4 {
                markup.raw(" and ").number(names.len() - 4).raw(" more");
            }
        },
    );
    markup.raw("</section>");
}

/// A table of packages, whose last column is of one's own.
fn table(
    markup: &mut Markup,
    facts: &Facts,
    packages: &[PackageId],
    title: &'static str,
    last: &'static str,
    mut cell: impl FnMut(&mut Markup, PackageId),
) {
    let has_sizes = !facts.sizes.is_empty();
    markup.raw("<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"");
    markup
        .raw(title)
        .raw("\"><table class=\"packages\"><thead><tr><th>Package</th><th>Version</th>");
    if has_sizes {
        markup.raw("<th>Size</th><th>Files</th>");
    }
    markup
        .raw("<th class=\"wide\">")
        .raw(last)
        .raw("</th></tr></thead><tbody>");
    let bytes_of = |one: PackageId| facts.sizes.of(one).map_or(0, |size| size.bytes);
    let most = packages.first().map_or(1, |one| bytes_of(*one)).max(1);
    for &one in packages {
        markup
            .raw("<tr data-n=\"")
            .number(facts.nodes.place(one))
            .raw("\"><th scope=\"row\">");
        name(markup, facts, one);
        markup
            .raw("</th><td>")
            .text(facts.graph().version(one).unwrap_or(""))
            .raw("</td>");
        if has_sizes {
            let share = bytes_of(one) as f64 / most as f64 * 100.0;
            markup
                .raw("<td class=\"size\" style=\"--share:")
                .length(share)
                .raw("%\">");
            if let Some(size) = facts.sizes.of(one) {
                markup
                    .text(&bytes(size.bytes))
                    .raw("</td><td>")
                    .text(&files(size));
            } else {
                markup.raw("</td><td>");
            }
            markup.raw("</td>");
        }
        markup.raw("<td class=\"wide\">");
        cell(markup, one);
        markup.raw("</td></tr>");
    }
    markup.raw("</tbody></table></div>");
}

/// A name that can be chosen.
pub(super) fn name(markup: &mut Markup, facts: &Facts, package: PackageId) {
    markup
        .raw("<span class=\"name\" data-p=\"")
        .number(facts.nodes.place(package))
        .raw("\">");
    markup.text(facts.name(package)).raw("</span>");
}

/// What has to be looked at; what is empty is left out.
pub(super) fn findings(markup: &mut Markup, facts: &Facts) {
    let (graph, pruned) = (facts.graph(), facts.pruned);
    let broken = pruned.broken.iter().map(|one| {
        let path: Vec<&str> = one.path.iter().map(AsRef::as_ref).collect();
        format!(
            "{} needs {} ({})",
            one.kept,
            one.requirement,
            path.join(" → ")
        )
    });
    list(
        markup,
        "Broken: these stay, and have lost what they need",
        broken,
    );
    let still = pruned.still_required.iter().map(|one| package(graph, *one));
    list(
        markup,
        "Still required: these were pruned, and stay since something needs them",
        still,
    );
    let missing = pruned
        .missing
        .iter()
        .map(|one| graph.name(*one).to_string());
    list(
        markup,
        "Missing: these are needed, and the source does not hold them",
        missing,
    );
    let unmatched = pruned.unmatched.iter().cloned();
    list(
        markup,
        "Unmatched: these were to be pruned, and are nowhere",
        unmatched,
    );
}

/// What is good to know; what is empty is left out.
pub(super) fn notes(markup: &mut Markup, facts: &Facts) {
    let graph = facts.graph();
    let narrowed = facts.pruned.narrowed().into_iter().map(|kept| {
        let words = |one| marker(graph, one).unwrap_or_else(|| "always".to_owned());
        let (after, before) = (words(kept.marker), words(kept.before));
        format!("{}: {after} (was: {before})", package(graph, kept.package))
    });
    list(
        markup,
        "Narrowed markers: these stay, for fewer environments",
        narrowed,
    );
    list(markup, "Notes", graph.inventory().notes.iter().cloned());
}

fn list(markup: &mut Markup, title: &'static str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    markup
        .raw("<section class=\"note\"><h2>")
        .raw(title)
        .raw("</h2><ul>");
    for line in lines {
        markup.raw("<li>").text(&line).raw("</li>");
    }
    markup.raw("</ul></section>");
}
