//! The files of a command, and where they differ from what they should be.

use crate::outputs::Written;
use crate::report::human::page::{INDENT, Page};
use crate::report::human::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};

/// The files of an update.
pub(crate) fn updated(files: &[Written], is_check: bool, width: usize) -> String {
    let mut page = Page::new(width);
    add_files(&mut page, files, is_check);
    if is_check && files.iter().any(|file| file.is_changed) {
        page.gap();
        let next = "`envelope deps update` brings them up to date";
        page.paragraph(0, &Phrase::message(next));
    }
    page.into_text()
}

/// One line a file, and in a check the first lines that differ.
pub(super) fn add_files(page: &mut Page, files: &[Written], is_check: bool) {
    for file in files {
        let (style, word) = match (file.is_changed, is_check) {
            (false, _) => (GREEN, "up to date"),
            (true, true) => (RED, "out of date"),
            (true, false) => (YELLOW, "written"),
        };
        let path = file.path.to_string_lossy();
        page.field(
            "file",
            &Phrase::new(style, word).then(PLAIN, "  ").then(BOLD, &path),
        );
        match &file.difference {
            Some(difference) if is_check => {
                let line = |sign: &str, text: &Option<String>| {
                    let text = text.as_deref().unwrap_or("(the end)");
                    Phrase::new(DIM, &format!("{}: ", difference.line)).then(
                        if sign == "-" { RED } else { GREEN },
                        &format!("{sign} {text}"),
                    )
                };
                page.verbatim(INDENT + 2, &line("-", &difference.found));
                page.verbatim(INDENT + 2, &line("+", &difference.expected));
            }
            None if is_check && file.is_changed => {
                page.paragraph(INDENT + 2, &Phrase::new(DIM, "is not there"));
            }
            _ => {}
        }
    }
}
