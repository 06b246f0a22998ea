//! The two forms in which facts stand on the page: pairs of a name and a value, and tables with a
//! field to search them. What is not known says why.

use crate::known::Known;
use crate::page::markup::Markup;
use std::fmt::Display;

/// A table of more lines than this is closed at first.
const OPEN_LINES: usize = 25;
/// One of more lines than this has a field to search it.
const SEARCHED_LINES: usize = 12;

/// Pairs of names and values, until it is dropped.
pub(super) struct Facts<'m> {
    markup: &'m mut Markup,
}

impl<'m> Facts<'m> {
    pub(super) fn begin(markup: &'m mut Markup) -> Self {
        markup.raw("<dl class=\"facts\">");
        Self { markup }
    }

    /// Adds a fact that writes itself.
    pub(super) fn with(&mut self, name: &'static str, write: impl FnOnce(&mut Markup)) {
        self.markup.raw("<div><dt>").raw(name).raw("</dt><dd>");
        write(self.markup);
        self.markup.raw("</dd></div>");
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.with(name, |markup| {
            markup.text(value);
        });
    }

    /// Adds what somebody wrote for a machine: a path, an address.
    pub(super) fn code(&mut self, name: &'static str, value: &str) {
        self.with(name, |markup| {
            markup.raw("<code>").text(value).raw("</code>");
        });
    }

    /// Adds a fact, known or not.
    pub(super) fn known(&mut self, name: &'static str, fact: &Known<impl Display>) {
        self.with(name, |markup| {
            known(markup, fact, |markup, value| {
                markup.plain(value);
            });
        });
    }

    /// Adds a fact that may be known not to be there.
    pub(super) fn maybe(
        &mut self,
        name: &'static str,
        fact: &Known<Option<String>>,
        none: &'static str,
    ) {
        self.with(name, |markup| {
            known(markup, fact, |markup, value| match value {
                Some(value) => {
                    markup.text(value);
                }
                None => {
                    markup
                        .raw("<span class=\"quiet\">")
                        .raw(none)
                        .raw("</span>");
                }
            });
        });
    }
}

impl Drop for Facts<'_> {
    fn drop(&mut self) {
        self.markup.raw("</dl>");
    }
}

/// Writes a fact, or why it is not known.
pub(super) fn known<T>(markup: &mut Markup, fact: &Known<T>, write: impl FnOnce(&mut Markup, &T)) {
    match fact {
        Known::Value(value) => write(markup, value),
        Known::Unknown(because) => {
            markup.raw("<span class=\"unknown\">not known: ");
            markup.text(because).raw("</span>");
        }
    }
}

/// Lines of texts under headings.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Writes the table; nothing where it has no line.
    pub(super) fn write(&self, markup: &mut Markup) {
        if self.rows.is_empty() {
            return;
        }
        markup.raw("<details class=\"list\"");
        markup.raw(if self.rows.len() <= OPEN_LINES {
            " open"
        } else {
            ""
        });
        markup.raw("><summary><h3>").raw(self.title);
        markup.raw(" <span class=\"quiet\">").count(self.rows.len());
        markup.raw("</span></h3></summary>");
        if self.rows.len() > SEARCHED_LINES {
            markup.raw("<p class=\"search\" hidden><label>Find <input type=\"search\" ");
            markup.raw("autocomplete=\"off\" spellcheck=\"false\"></label> <output></output></p>");
        }
        markup.raw("<div class=\"wide\"><table><thead><tr>");
        for column in self.columns {
            markup.raw("<th scope=\"col\">").raw(column).raw("</th>");
        }
        markup.raw("</tr></thead><tbody>");
        for row in &self.rows {
            markup.raw("<tr>");
            for (index, cell) in row.iter().enumerate() {
                // The elements of a table may be left open, which makes long pages shorter.
                markup.raw(if index == 0 {
                    "<th scope=\"row\">"
                } else {
                    "<td>"
                });
                markup.text(cell);
            }
            markup.raw("\n");
        }
        markup.raw("</tbody></table></div></details>");
    }
}

/// Writes a table of facts, or why they are not known.
pub(super) fn known_table<T>(
    markup: &mut Markup,
    title: &'static str,
    fact: &Known<T>,
    table: impl FnOnce(&T) -> Table,
) {
    match fact {
        Known::Value(value) => table(value).write(markup),
        Known::Unknown(because) => {
            markup
                .raw("<h3>")
                .raw(title)
                .raw("</h3><p class=\"unknown\">Not known: ");
            markup.text(because).raw("</p>");
        }
    }
}
