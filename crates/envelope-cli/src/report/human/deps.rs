//! What the commands about requirements answer.

mod explained;
mod suggested;
mod written;

pub(crate) use explained::{diff, holdings, why};
pub(crate) use suggested::suggestion;
pub(crate) use written::updated;

use super::page::{INDENT, Page};
use super::phrase::{BOLD, CYAN, DIM, GREEN, PLAIN, Phrase, YELLOW};
use super::{count, size};
use crate::outputs::Written;
use envelope_deps::{Graph, PackageId, Pruned, Sizes};

/// Names that are shown; the rest is counted.
const SHOWN: usize = 24;

/// How to tell of a prune.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrunedView {
    /// The columns of a line.
    pub(crate) width: usize,
    /// Every name, with its reason.
    pub(crate) is_verbose: bool,
    /// Whether nothing was written.
    pub(crate) is_check: bool,
}

/// What a prune does: how much is saved, what goes, what to know of it, and the files.
pub(crate) fn pruned(
    pruned: &Pruned,
    sizes: &Sizes,
    files: &[Written],
    view: PrunedView,
) -> String {
    let mut page = Page::new(view.width);
    page.paragraph(0, &summary(pruned, sizes));
    if view.is_verbose {
        add_reasons(&mut page, pruned);
    } else if !pruned.removed.is_empty() {
        let names = pruned.removed.iter().map(|one| one.package);
        page.field("removed", &listed(pruned.graph(), names));
    }
    add_cautions(&mut page, pruned);
    let edges = pruned.graph().inventory().edge_source.word();
    let target = pruned.graph().target().to_string();
    let source = Phrase::plain(edges).then(DIM, &format!("  asked for {target}"));
    page.field("edges from", &source);
    if files.is_empty() {
        page.heading("Next", "");
        let next = "add `-o requirements-model.txt` to write what stays";
        page.paragraph(INDENT, &Phrase::message(next));
    }
    written::add_files(&mut page, files, view.is_check);
    page.into_text()
}

/// `160 → 87 packages, 129.8 MB and 11,335 files saved`.
fn summary(pruned: &Pruned, sizes: &Sizes) -> Phrase {
    let kept = pruned.kept.len();
    let before = kept + pruned.removed.len();
    let summary = Phrase::new(BOLD, &format!("{before} → {kept} packages"));
    match sizes.total(pruned.removed.iter().map(|one| one.package)) {
        Some(saved) => {
            let files = usize::try_from(saved.files).unwrap_or(usize::MAX);
            let saved = format!("{} and {} saved", size(saved.bytes), count(files, "file"));
            summary.then(PLAIN, ", ").then(GREEN, &saved)
        }
        None => summary,
    }
}

fn add_reasons(page: &mut Page, pruned: &Pruned) {
    page.heading("Removed", "and what held it up");
    for removed in &pruned.removed {
        let graph = pruned.graph();
        let line = named(graph, removed.package);
        let own = graph.name(removed.package).as_str();
        let because: Vec<&str> = removed
            .because
            .iter()
            .map(String::as_str)
            .filter(|name| *name != own)
            .collect();
        let why = if because.is_empty() {
            "pruned".to_owned()
        } else {
            because.join(", ")
        };
        page.paragraph(INDENT, &line.then(DIM, &format!("  {why}")));
    }
    page.gap();
}

/// What a user should know before trusting the answer.
fn add_cautions(page: &mut Page, pruned: &Pruned) {
    let graph = pruned.graph();
    let caution = |label: &str| Phrase::new(YELLOW, label);
    for one in &pruned.broken {
        let text = format!(
            " `{}` stays and needs `{}`, which is cut",
            one.kept, one.pruned
        );
        page.hanging(INDENT, 4, &caution("broken:").join(Phrase::message(&text)));
    }
    if !pruned.still_required.is_empty() {
        let names = listed(graph, pruned.still_required.iter().copied());
        page.field("still needed", &names);
    }
    if !pruned.missing.is_empty() {
        let names = listed(graph, pruned.missing.iter().copied());
        let aside = "  needed, and not in the source";
        page.field("missing", &names.then(DIM, aside));
    }
    for name in &pruned.unmatched {
        let text = format!(" nothing is named `{name}`");
        page.hanging(
            INDENT,
            4,
            &caution("unmatched:").join(Phrase::message(&text)),
        );
    }
    let unsure = pruned.maybe_removable();
    if !unsure.is_empty() {
        let names = listed(graph, unsure.iter().copied());
        let number = unsure.len();
        page.field(
            "maybe",
            &Phrase::plain(&format!("{number} more may go: ")).join(names),
        );
        let text = "`# via` comments forget extras; a lock or `--site-packages` knows them";
        page.field("", &Phrase::new(DIM, "").join(Phrase::message(text)));
    }
    let narrowed = pruned.narrowed();
    if !narrowed.is_empty() {
        let names = listed(graph, narrowed.iter().map(|one| one.package));
        let aside = "  needed in fewer environments now";
        page.field("narrowed", &names.then(DIM, aside));
    }
    for note in &graph.inventory().notes {
        page.hanging(
            INDENT,
            4,
            &Phrase::new(CYAN, "note: ").join(Phrase::message(note)),
        );
    }
}

/// Names in a row, the first of many.
fn listed(graph: &Graph, packages: impl Iterator<Item = PackageId>) -> Phrase {
    let names: Vec<&str> = packages.map(|one| graph.name(one).as_str()).collect();
    let shown = names.len().min(SHOWN);
    let text = Phrase::plain(&names[..shown].join(", "));
    if shown < names.len() {
        let more = format!(" and {} more; -v shows all", names.len() - shown);
        return text.then(DIM, &more);
    }
    text
}

/// `tornado 6.5`.
fn named(graph: &Graph, package: PackageId) -> Phrase {
    let name = Phrase::plain(graph.name(package).as_str());
    match graph.version(package) {
        Some(version) => name.then(DIM, &format!(" {version}")),
        None => name,
    }
}
