//! What was made, and what can be done with it.

use super::page::Page;
use super::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use super::{count, size};
use crate::card::shell_quoted;
use crate::commands::package::{Made, Origin};
use envelope_deps::Place;
use envelope_deps::imports::FirstParty;

/// How many places are shown at most.
const SHOWN: usize = 12;

/// The new package in two lines, and the next commands.
pub(crate) fn sealed(made: &Made, width: usize) -> String {
    let (sealed, name, kind) = (made.sealed, made.name, made.kind);
    let path = sealed.path.to_string_lossy();
    let mut page = Page::new(width);
    let headline = Phrase::new(GREEN, "Made")
        .then(PLAIN, " ")
        .then(BOLD, &path);
    page.paragraph(0, &headline);
    page.field(
        "name",
        &Phrase::plain(name).then(DIM, &format!("  of kind {kind}")),
    );
    let files = count(sealed.files, "file");
    page.field(
        "size",
        &Phrase::plain(&size(sealed.size_bytes)).then(PLAIN, &format!(" in {files}")),
    );
    let same = "  the same for the same contents";
    page.field(
        "identity",
        &Phrase::plain(&sealed.model_uuid).then(DIM, same),
    );
    if let Some(found) = made.own_code {
        let files = count(found.files.len(), "file");
        let by = Phrase::plain(&files).then(DIM, "  by their imports");
        page.field("code", &by);
    }
    if let Some(origin) = made.origin {
        add_origin(&mut page, origin);
    }
    if let Some(tried) = &made.trial {
        let style = if tried.is_wrong { RED } else { PLAIN };
        page.field("example", &Phrase::new(style, &tried.words));
    }
    if let Some(found) = made.own_code {
        add_doubts(&mut page, found);
    }
    page.heading("Next", "");
    let path = shell_quoted(&path);
    for command in ["inspect", "verify"] {
        page.verbatim(
            super::page::INDENT,
            &Phrase::plain(&format!("envelope {command} {path}")),
        );
    }
    page.into_text()
}

/// The run, and the commit.
fn add_origin(page: &mut Page, origin: &Origin) {
    if let Some(run) = &origin.run {
        let wrote = origin
            .wrote
            .as_ref()
            .map(|file| format!("  it wrote {file}"));
        let run = Phrase::plain(run).then(DIM, &wrote.unwrap_or_default());
        page.field("run", &run);
    }
    if let Some(commit) = &origin.commit {
        let (style, patch) = match (origin.is_dirty, origin.restores_all) {
            (Some(true), Some(false)) => (YELLOW, "  and a patch that does not restore all"),
            (Some(true), _) => (DIM, "  and a patch of what was not committed"),
            _ => (DIM, ""),
        };
        page.field("commit", &Phrase::plain(commit).then(style, patch));
    }
}

/// Code that may be missing.
fn add_doubts(page: &mut Page, found: &FirstParty) {
    let missing = found.missing.iter().filter_map(|one| {
        let place = one.needed_by.as_ref()?;
        Some((
            place,
            format!("imports `{}`, which was not found", one.module),
        ))
    });
    let unknown = found.cannot_know.iter();
    let doubts: Vec<(&Place, String)> = missing
        .chain(unknown.map(|one| (&one.place, one.what.clone())))
        .collect();
    if doubts.is_empty() {
        return;
    }
    page.heading(
        "Perhaps missing",
        "`code.modules` and `code.whole` take what no import names",
    );
    for (place, what) in doubts.iter().take(SHOWN) {
        let line = Phrase::new(DIM, &place.to_string()).then(PLAIN, "  ");
        page.hanging(super::page::INDENT, 6, &line.join(Phrase::message(what)));
    }
    if let Some(more) = doubts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let more = format!("… and {more} more");
        page.paragraph(super::page::INDENT, &Phrase::new(DIM, &more));
    }
}
