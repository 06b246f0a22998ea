//! What might be pruned, and what a person should look at before doing it.

use crate::report::human::page::{INDENT, Page};
use crate::report::human::phrase::{BOLD, CYAN, DIM, GREEN, PLAIN, Phrase, YELLOW};
use envelope_deps::imports::{ImportedButRemoved, Suggestion};
use envelope_deps::{PackageName, Place};

/// Places of one kind that are shown; the rest is counted.
const SHOWN: usize = 8;

/// The proposal, what it rests on, and what cannot be known.
pub(crate) fn suggestion(
    suggestion: &Suggestion,
    lost: &[ImportedButRemoved],
    width: usize,
) -> String {
    let mut page = Page::new(width);
    if suggestion.prune.is_empty() {
        let text = "Everything that was asked for is imported, or holds up what is";
        page.paragraph(0, &Phrase::new(BOLD, text));
    } else {
        page.paragraph(
            0,
            &Phrase::new(BOLD, "Nothing imports these, nor what they hold up:"),
        );
        let names: Vec<&str> = texts(&suggestion.prune);
        let flag = format!("--prune {}", names.join(","));
        page.verbatim(INDENT, &Phrase::new(GREEN, &flag));
    }
    page.gap();
    add_names(&mut page, "imported", &suggestion.used);
    add_names(&mut page, "by chance", &suggestion.not_asked_for);
    if !suggestion.not_asked_for.is_empty() {
        let text = "imported, and there only because something else needs it";
        page.field("", &Phrase::new(DIM, text));
    }
    if !suggestion.unknown.is_empty() {
        page.field("unknown", &Phrase::plain(&suggestion.unknown.join(", ")));
        page.field(
            "",
            &Phrase::new(DIM, "modules of no package that is listed"),
        );
    }
    add_unknowable(&mut page, suggestion);
    add_lost(&mut page, lost);
    page.into_text()
}

fn texts(names: &[PackageName]) -> Vec<&str> {
    names.iter().map(PackageName::as_str).collect()
}

fn add_names(page: &mut Page, label: &str, names: &[PackageName]) {
    if !names.is_empty() {
        page.field(label, &Phrase::plain(&texts(names).join(", ")));
    }
}

/// What imports do not show.
fn add_unknowable(page: &mut Page, suggestion: &Suggestion) {
    if suggestion.cannot_know.is_empty() && suggestion.by_name.is_empty() {
        return;
    }
    page.heading("Cannot know", "`--keep` is for what is found by name");
    for one in suggestion.cannot_know.iter().take(SHOWN) {
        page.hanging(INDENT, 6, &placed(&one.place, &one.what));
    }
    if let Some(more) = suggestion.cannot_know.len().checked_sub(SHOWN + 1) {
        let more = format!("… and {} more", more + 1);
        page.paragraph(INDENT, &Phrase::new(DIM, &more));
    }
    for (name, groups) in &suggestion.by_name {
        let text = format!("offers by name: {}", groups.join(", "));
        let line = Phrase::new(CYAN, name.as_str()).then(PLAIN, "  ");
        page.hanging(INDENT, 6, &line.then(DIM, &text));
    }
}

/// Imports of what is pruned.
fn add_lost(page: &mut Page, lost: &[ImportedButRemoved]) {
    if lost.is_empty() {
        return;
    }
    page.gap();
    for one in lost {
        let what = format!(
            "imports `{}` of `{}`, which is pruned",
            one.import.module, one.package
        );
        let line = Phrase::new(YELLOW, "warning: ");
        page.hanging(0, 4, &line.join(placed(&one.import.place, &what)));
    }
}

fn placed(place: &Place, text: &str) -> Phrase {
    Phrase::new(DIM, &place.to_string())
        .then(PLAIN, "  ")
        .join(Phrase::message(text))
}
