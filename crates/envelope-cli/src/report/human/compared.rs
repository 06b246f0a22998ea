//! Two answers beside each other, for people.

use super::page::{INDENT, Page};
use super::phrase::{BOLD, DIM, GREEN, Phrase, RED};
use super::table::Table;
use crate::answers::Distance;
use crate::commands::compare::Comparison;

/// How far apart they are.
pub(crate) fn compared(comparison: &Comparison, width: usize) -> String {
    let mut page = Page::new(width);
    let (style, word) = if comparison.agrees() {
        (GREEN, "agrees")
    } else {
        (RED, "differs")
    };
    let between = format!("  {} against {}", comparison.device, comparison.peer);
    let head = Phrase::new(BOLD, &comparison.package)
        .then(BOLD, " ")
        .then(style, word)
        .then(DIM, &between);
    page.paragraph(0, &head);
    page.gap();
    let mut table = Table::new(&["output", "largest difference", "by the largest number"]);
    for (name, distance) in &comparison.outputs {
        let style = if distance.is_within(comparison.tolerance) {
            GREEN
        } else {
            RED
        };
        let (absolute, relative) = match distance {
            Distance::Numbers { absolute, relative } => {
                (format!("{absolute:.2e}"), format!("{relative:.2e}"))
            }
            Distance::Different => ("another form".to_owned(), String::new()),
        };
        table.row(vec![
            Phrase::new(BOLD, name),
            Phrase::new(style, &absolute),
            Phrase::new(style, &relative),
        ]);
    }
    page.table(INDENT, &table);
    page.into_text()
}
