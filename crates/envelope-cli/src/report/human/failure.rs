//! Why something could not be done.

use super::page::Page;
use super::phrase::{BOLD, CYAN, Phrase, RED};
use crate::diagnose::{Diagnosis, SpecMistake};

/// The error, every mistake at its place, and what to do.
pub(crate) fn failure(diagnosis: &Diagnosis, width: usize) -> String {
    let mut page = Page::new(width);
    for mistake in &diagnosis.mistakes {
        add_mistake(&mut page, mistake);
    }
    let mut message = Phrase::new(RED, "error:").then(super::phrase::PLAIN, " ");
    message = message.join(Phrase::message(&diagnosis.message));
    page.hanging(0, 7, &message);
    if let Some(hint) = &diagnosis.hint {
        add_hint(&mut page, hint);
    }
    page.into_text()
}

fn add_mistake(page: &mut Page, mistake: &SpecMistake) {
    let mut line = Phrase::new(BOLD, &format!("{}:", mistake.place()));
    if !mistake.element.is_empty() {
        line = line
            .then(super::phrase::PLAIN, " ")
            .then(CYAN, &mistake.element);
        line = line.then(super::phrase::PLAIN, ":");
    }
    let line = line.then(super::phrase::PLAIN, " ");
    page.hanging(0, 4, &line.join(Phrase::message(&mistake.message)));
    if let Some(hint) = &mistake.hint {
        add_hint(page, hint);
    }
}

fn add_hint(page: &mut Page, hint: &str) {
    let label = Phrase::new(CYAN, "hint:").then(super::phrase::PLAIN, " ");
    page.hanging(2, 8, &label.join(Phrase::message(hint)));
}
