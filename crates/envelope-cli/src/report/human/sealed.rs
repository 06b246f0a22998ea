//! What was made, and what can be done with it.

use super::page::Page;
use super::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED};
use super::{count, size};
use crate::card::shell_quoted;
use crate::commands::package::Made;

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
    if let Some(tried) = &made.trial {
        let style = if tried.is_wrong { RED } else { PLAIN };
        page.field("example", &Phrase::new(style, &tried.words));
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
