//! A page of text: headings, labelled fields, tables and lists, wrapped to the terminal's width.

use super::phrase::{BOLD, DIM, Phrase};
use super::table::Table;

/// The columns that labels take, with the indent before them.
const LABEL_WIDTH: usize = 14;
/// The indent of everything under a heading.
pub(super) const INDENT: usize = 2;

/// Text as it is put together.
pub(super) struct Page {
    text: String,
    width: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self {
            text: String::new(),
            width,
        }
    }

    /// The text with the escapes of its styles.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An empty line, unless the page begins here.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading with an empty line before it, and a word beside it.
    pub(super) fn heading(&mut self, text: &str, aside: &str) {
        self.gap();
        let mut heading = Phrase::new(BOLD, text);
        if !aside.is_empty() {
            heading = heading.then(DIM, "  ").then(DIM, aside);
        }
        self.paragraph(0, &heading);
    }

    /// A phrase, wrapped behind an indent.
    pub(super) fn paragraph(&mut self, indent: usize, phrase: &Phrase) {
        self.hanging(indent, indent, phrase);
    }

    /// A phrase whose first line has another indent than the rest.
    pub(super) fn hanging(&mut self, first: usize, rest: usize, phrase: &Phrase) {
        let lines = phrase.wrap(self.width.saturating_sub(first.max(rest)));
        for (index, line) in lines.iter().enumerate() {
            self.line(if index == 0 { first } else { rest }, &line.render());
        }
    }

    /// A phrase on one line, however long: commands are to be copied.
    pub(super) fn verbatim(&mut self, indent: usize, phrase: &Phrase) {
        self.line(indent, &phrase.render());
    }

    /// A labelled value; the label is left out where it is empty.
    pub(super) fn field(&mut self, label: &str, value: &Phrase) {
        let indent = INDENT + LABEL_WIDTH;
        let lines = value.wrap(self.width.saturating_sub(indent));
        for (index, line) in lines.iter().enumerate() {
            let label = Phrase::new(DIM, if index == 0 { label } else { "" });
            self.labelled(&label, line);
        }
    }

    /// A labelled value on one line, however long.
    pub(super) fn verbatim_field(&mut self, label: &str, value: &Phrase) {
        self.labelled(&Phrase::new(DIM, label), value);
    }

    fn labelled(&mut self, label: &Phrase, value: &Phrase) {
        let space = LABEL_WIDTH.saturating_sub(label.width()).max(1);
        self.line(
            INDENT,
            &format!("{}{}{}", label.render(), " ".repeat(space), value.render()),
        );
    }

    /// A table behind an indent.
    pub(super) fn table(&mut self, indent: usize, table: &Table) {
        for line in table.lines(self.width.saturating_sub(indent)) {
            self.line(indent, &line);
        }
    }

    /// Short phrases in as many columns as fit, read downwards.
    pub(super) fn columns(&mut self, indent: usize, cells: &[Phrase]) {
        let widest = cells.iter().map(Phrase::width).max().unwrap_or(0) + 3;
        let columns = (self.width.saturating_sub(indent) / widest).clamp(1, 4);
        let rows = cells.len().div_ceil(columns);
        for row in 0..rows {
            let mut line = String::new();
            for cell in cells.iter().skip(row).step_by(rows.max(1)) {
                line.push_str(&cell.render());
                line.push_str(&" ".repeat(widest.saturating_sub(cell.width())));
            }
            self.line(indent, line.trim_end_matches(' '));
        }
    }

    fn line(&mut self, indent: usize, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }
}
