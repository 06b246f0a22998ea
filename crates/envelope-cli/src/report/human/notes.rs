//! What a person should know beside the answer.

use super::page::Page;
use super::phrase::{CYAN, PLAIN, Phrase};

/// One paragraph for each note.
pub(crate) fn notes(notes: &[String], width: usize) -> String {
    let mut page = Page::new(width);
    for note in notes {
        let line = Phrase::new(CYAN, "note:").then(PLAIN, " ");
        page.hanging(0, 6, &line.join(Phrase::message(note)));
    }
    page.into_text()
}
