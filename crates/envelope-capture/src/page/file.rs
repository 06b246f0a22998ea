//! One file: a heading that opens and closes, and its hunks side by side.

use super::FILE_LINES;
use super::blocks::{Row, rows};
use super::inline::{Parts, differences};
use super::markup::Markup;
use super::work::Work;
use crate::patch::{Body, Change, Hunk, Line, Patch, Section, Side};

/// How many lines are shown.
pub(crate) struct Budget {
    /// As many are left for the files that come.
    pub(crate) left: usize,
    /// A file of more changed lines than this is closed at first.
    pub(crate) open: usize,
    /// How much may still be compared; lines beyond are shown without marks within.
    pub(crate) work: Work,
}

/// Writes a file, as many of its lines as are left.
pub(crate) fn write(
    markup: &mut Markup,
    patch: &Patch,
    at: usize,
    section: &Section,
    budget: &mut Budget,
) {
    let (added, removed) = section.counts();
    let is_open = added + removed <= budget.open && budget.left > 0;
    markup.raw("<details class=\"file\" id=\"f").number(at);
    markup.raw(if is_open {
        "\" open><summary><h2>"
    } else {
        "\"><summary><h2>"
    });
    if let Some(old) = section.old_path() {
        markup
            .raw("<span class=\"from\">")
            .text(&old)
            .raw("</span> → ");
    }
    markup.text(&section.path()).raw("</h2>");
    tags(markup, section);
    counts(markup, (added, removed));
    markup.raw("</summary>");
    match &section.body {
        Body::Text(hunks) => text(markup, patch, hunks, budget),
        Body::Binary => {
            markup.raw("<p class=\"quiet\">Told in bytes, which only git reads.</p>");
        }
        Body::None => {
            markup.raw("<p class=\"quiet\">No line differs.</p>");
        }
    }
    markup.raw("</details>\n");
}

fn tags(markup: &mut Markup, section: &Section) {
    let change = match section.change() {
        Change::Added => "new",
        Change::Deleted => "deleted",
        Change::Renamed => "renamed",
        Change::Copied => "copied",
        Change::Modified => "",
    };
    let mut tag = |text: &'static str| {
        if !text.is_empty() {
            markup.raw("<span class=\"tag\">").raw(text).raw("</span>");
        }
    };
    tag(change);
    tag(if section.is_binary() { "binary" } else { "" });
    tag(if section.is_submodule() {
        "submodule"
    } else {
        ""
    });
    tag(match (section.old_mode, section.new_mode) {
        (_, Some(0o120_000)) => "link",
        (Some(0o100_644), Some(0o100_755)) => "made executable",
        (Some(0o100_755), Some(0o100_644)) => "no longer executable",
        (None, Some(0o100_755)) => "executable",
        _ => "",
    });
}

/// How many lines come and go, those of which there are any.
pub(crate) fn numbers(markup: &mut Markup, (added, removed): (usize, usize)) {
    markup.raw("<span class=\"counts\">");
    if added > 0 {
        markup
            .raw("<span class=\"add\">+")
            .count(added)
            .raw("</span> ");
    }
    if removed > 0 {
        markup
            .raw("<span class=\"del\">−")
            .count(removed)
            .raw("</span>");
    }
    markup.raw("</span>");
}

/// How many lines come and go, in numbers and as a bar of five parts.
fn counts(markup: &mut Markup, (added, removed): (usize, usize)) {
    if added + removed == 0 {
        return;
    }
    numbers(markup, (added, removed));
    let parts = (added * 5)
        .div_ceil(added + removed)
        .min(if removed > 0 { 4 } else { 5 });
    markup.raw("<span class=\"bar\" aria-hidden=\"true\">");
    for part in 0..5 {
        markup.raw(if part < parts {
            "<i class=\"a\"></i>"
        } else {
            "<i class=\"d\"></i>"
        });
    }
    markup.raw("</span>");
}

fn text(markup: &mut Markup, patch: &Patch, hunks: &[Hunk], budget: &mut Budget) {
    let mut here = FILE_LINES.min(budget.left);
    let mut hidden = 0;
    for hunk in hunks {
        let shown = hunk.lines.len().min(here);
        hidden += hunk.lines.len() - shown;
        if shown > 0 {
            table(markup, patch, (hunk, shown), &mut budget.work);
        }
        here -= shown;
        budget.left -= shown;
    }
    if hidden > 0 {
        markup
            .raw("<p class=\"quiet\">")
            .count(hidden)
            .raw(" more lines are in the patch.</p>");
    }
}

fn table(markup: &mut Markup, patch: &Patch, (hunk, shown): (&Hunk, usize), work: &mut Work) {
    markup.raw("<table><caption>Line ").count(hunk.new_start);
    let heading = patch.slice(&hunk.heading);
    if !heading.is_empty() {
        markup.raw(" <code>").bytes(heading).raw("</code>");
    }
    markup.raw(
        "</caption><colgroup><col class=\"n\"><col><col class=\"n\"><col></colgroup><thead><tr>",
    );
    markup.raw("<th scope=\"col\">Line<th scope=\"col\">Before<th scope=\"col\">Line<th scope=\"col\">After");
    markup.raw("<tbody>");
    let text = |line: &Line| patch.slice(&line.text);
    let mut left = shown;
    for row in rows(hunk, &text, work) {
        let lines = usize::from(row.old.is_some()) + usize::from(row.new.is_some());
        left = match left.checked_sub(if row.stays() { 1 } else { lines }) {
            Some(left) => left,
            None => break,
        };
        let parts = match (row.old, row.new) {
            (Some((old, _)), Some((new, _))) if !row.stays() => {
                differences(text(old), text(new), work)
            }
            _ => None,
        };
        write_row(markup, patch, &row, parts);
    }
    markup.raw("</table>");
}

fn write_row(markup: &mut Markup, patch: &Patch, row: &Row<'_>, parts: Option<(Parts, Parts)>) {
    let text = |line: &Line| patch.slice(&line.text);
    let (old_parts, new_parts) = parts.unzip();
    let classes = if row.stays() {
        ("", "")
    } else {
        (" class=\"d\"", " class=\"a\"")
    };
    markup.raw("<tr>");
    cell(markup, row.old, text, classes.0, old_parts.as_ref());
    cell(markup, row.new, text, classes.1, new_parts.as_ref());
}

/// One side of a row. The elements of a table may be left open, which makes long pages shorter.
fn cell<'a>(
    markup: &mut Markup,
    line: Option<(&Line, usize)>,
    text: impl Fn(&Line) -> &'a [u8],
    class: &'static str,
    parts: Option<&Parts>,
) {
    let Some((line, number)) = line else {
        markup.raw("<td><td class=\"e\">");
        return;
    };
    let bytes = text(line);
    markup
        .raw("<td>")
        .number(number)
        .raw("<td")
        .raw(class)
        .raw(">");
    for (range, differs) in parts.into_iter().flatten() {
        let word = &bytes[range.clone()];
        let marks = match (differs, line.side) {
            (true, Side::Old) => ("<del>", "</del>"),
            (true, _) => ("<ins>", "</ins>"),
            (false, _) => ("", ""),
        };
        markup.raw(marks.0).bytes(word).raw(marks.1);
    }
    if parts.is_none() {
        markup.bytes(bytes);
    }
    if line.is_unended {
        markup.raw("<small>no newline</small>");
    }
}
