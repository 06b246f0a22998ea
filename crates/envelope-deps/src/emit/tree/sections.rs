//! What stands above and below the tree of a report: counts, what each root costs, and what a
//! reader has to know. Sections with nothing in them are left out.

use super::TreeOptions;
use crate::emit::wording::{bytes, count, counted, files, listed, marker, package, plain};
use crate::explain::{Holding, Sizes};
use crate::graph::{Graph, PackageId};
use crate::inventory::EdgeSource;
use crate::names::PackageName;
use crate::prune::Pruned;
use rustc_hash::FxHashSet;
use std::fmt::Write as _;

/// The head of the full report: what the prune did, and on what ground.
pub(super) fn head(text: &mut String, pruned: &Pruned, sizes: &Sizes, options: &TreeOptions) {
    let graph = pruned.graph();
    let minus = if options.ascii { "-" } else { "−" };
    let (before, after) = (pruned.kept.len() + pruned.removed.len(), pruned.kept.len());
    let _ = write!(
        text,
        "{} -> {}",
        count(before),
        counted(after, "package", "packages")
    );
    let removed = pruned.removed.iter().map(|removed| removed.package);
    if let Some(saved) = sizes.total(removed) {
        let _ = write!(text, ", {minus}{}", bytes(saved.bytes));
        let _ = write!(text, ", {minus}{} files", files(saved));
    }
    text.push('\n');
    let named = pruned.named();
    if !named.is_empty() {
        let _ = writeln!(text, "pruned: {}", listed(named));
    }
    let ways = graph.roots_are_inferred();
    if ways {
        text.push_str("roots: what nothing else needs, since the source does not say\n");
    }
    ground(text, graph);
    text.push('\n');
}

/// The head of the report of what stays.
pub(super) fn head_of_model(text: &mut String, pruned: &Pruned, sizes: &Sizes) {
    text.push_str(&counted(pruned.kept.len(), "package", "packages"));
    let kept = pruned.kept.iter().map(|kept| kept.package);
    if let Some(size) = sizes.total(kept) {
        let _ = write!(text, ", {}, {} files", bytes(size.bytes), files(size));
    }
    text.push('\n');
    ground(text, pruned.graph());
    text.push('\n');
}

/// Where the edges come from and what they are asked about.
fn ground(text: &mut String, graph: &Graph) {
    let source = graph.inventory().edge_source;
    let trust = match source {
        EdgeSource::None => " (a list of packages: only what is named goes)",
        EdgeSource::Lock => "",
        EdgeSource::Metadata => " of installed packages",
        EdgeSource::Annotations => " (`# via` forgets extras: sometimes too much stays)",
    };
    let _ = writeln!(text, "edge source: {}{trust}", source.word());
    let _ = writeln!(text, "target: {}", plain(&graph.target().to_string()));
}

/// The table of what each root alone holds up.
pub(super) fn holdings(text: &mut String, pruned: &Pruned, sizes: &Sizes, options: &TreeOptions) {
    let graph = pruned.graph();
    let scissors = if options.ascii { " [pruned]" } else { " ✂" };
    if graph.inventory().edge_source == EdgeSource::None {
        return;
    }
    let holdings = graph.held_up(sizes);
    let is_named = |name: &PackageName| {
        let packages = graph.packages_named(name);
        packages.iter().any(|package| pruned.was_named(*package))
    };
    let titles = [
        "what each root alone holds up",
        "packages",
        "size",
        "files",
        "",
    ];
    let mut rows = vec![titles.map(str::to_owned)];
    for holding in &holdings {
        let mark = if is_named(&holding.root) {
            scissors
        } else {
            ""
        };
        rows.push([
            format!("{}{mark}", holding.root),
            count(holding.packages.len()),
            holding
                .size
                .map_or_else(String::new, |size| bytes(size.bytes)),
            holding.size.map_or_else(String::new, files),
            others(&holding.needed_by),
        ]);
    }
    rows.extend(shared(graph, &holdings, sizes));
    text.push('\n');
    table(text, &rows, !sizes.is_empty());
}

/// Who needs a root as well, in few words.
fn others(needed_by: &[PackageName]) -> String {
    match needed_by {
        [] => String::new(),
        [first, second, third, _, more @ ..] if !more.is_empty() => {
            let count = more.len() + 1;
            format!("needed by {first}, {second}, {third} and {count} more")
        }
        few => format!("needed by {}", listed(few)),
    }
}

/// The row of what several roots hold up together, if there is anything.
fn shared(graph: &Graph, holdings: &[Holding], sizes: &Sizes) -> Option<[String; 5]> {
    let held = holdings.iter().flat_map(|holding| &holding.packages);
    let held: FxHashSet<PackageId> = held.copied().collect();
    let mut shared = graph.packages();
    shared.retain(|package| graph.counts(*package) && !held.contains(package));
    if shared.is_empty() {
        return None;
    }
    let size = sizes.total(shared.iter().copied());
    Some([
        "(several roots together)".to_owned(),
        count(shared.len()),
        size.map_or_else(String::new, |size| bytes(size.bytes)),
        size.map_or_else(String::new, files),
        String::new(),
    ])
}

/// Columns: words to the left, numbers to the right.
fn table(text: &mut String, rows: &[[String; 5]], has_sizes: bool) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let columns = if has_sizes { 4 } else { 2 };
    for row in rows {
        let mut line = format!("{:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(widths).take(columns).skip(1) {
            let _ = write!(line, "  {cell:>width$}");
        }
        let _ = write!(line, "  {}", row[4]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// What a reader has to know.
pub(super) fn findings(text: &mut String, pruned: &Pruned, options: &TreeOptions) {
    let graph = pruned.graph();
    let arrow = if options.ascii { " -> " } else { " → " };
    let broken = pruned.broken.iter().map(|one| {
        let path: Vec<&str> = one.path.iter().map(PackageName::as_str).collect();
        format!(
            "{} needs {} ({})",
            one.kept,
            plain(&one.requirement),
            path.join(arrow)
        )
    });
    section(text, "broken: stays, and has lost what it needs", broken);
    let still = pruned.still_required.iter();
    let still = still.map(|one| package(graph, *one));
    section(
        text,
        "still required: was pruned, and stays since something needs it",
        still,
    );
    let missing = pruned.missing.iter();
    let missing = missing.map(|one| graph.name(*one).to_string());
    section(
        text,
        "missing: is needed, and the source does not hold it",
        missing,
    );
    let narrowed = pruned.narrowed().into_iter().map(|kept| {
        let words = |one| marker(graph, one).unwrap_or_else(|| "always".to_owned());
        let (after, before) = (words(kept.marker), words(kept.before));
        format!("{}: {after} (was: {before})", package(graph, kept.package))
    });
    section(
        text,
        "narrowed markers: stays, for fewer environments",
        narrowed,
    );
    let unmatched = pruned.unmatched.iter().map(|name| plain(name).into_owned());
    section(
        text,
        "unmatched: was to be pruned, and is nowhere",
        unmatched,
    );
    let notes = graph.inventory().notes.iter();
    let notes = notes.map(|note| plain(note).into_owned());
    section(text, "notes", notes);
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (place, line) in lines.enumerate() {
        if place == 0 {
            let _ = write!(text, "\n{title}\n");
        }
        let _ = writeln!(text, "  {line}");
    }
}
