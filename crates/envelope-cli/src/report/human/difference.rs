//! What changed between two packages, for people.

use super::page::{INDENT, Page};
use super::phrase::{BOLD, CYAN, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use super::table::Table;
use super::{count, cut, size};
use envelope_format::difference::{
    Difference, FactChange, FileChange, FileFacts, FileKind, RequirementChange, Topic,
};
use serde_json::Value;

/// As many changes of a kind are shown, unless all are asked for.
const SHOWN: usize = 20;
/// A value is cut after as many characters.
const VALUE_CHARACTERS: usize = 60;

/// What changed.
pub(crate) fn difference(difference: &Difference, width: usize, is_verbose: bool) -> String {
    let mut page = Page::new(width);
    if difference.is_empty() {
        page.paragraph(0, &Phrase::plain("Nothing differs"));
        return page.into_text();
    }
    let shown = if is_verbose { usize::MAX } else { SHOWN };
    let files = |kind| {
        difference
            .files
            .iter()
            .filter(move |file| file.kind == kind)
    };
    let facts = |topic| {
        difference
            .facts
            .iter()
            .filter(move |fact| fact.topic == topic)
    };
    let mut part = |heading: &str, rows: Vec<Vec<Phrase>>| {
        if rows.is_empty() {
            return;
        }
        page.heading(heading, &count(rows.len(), "change"));
        let left = rows.len().saturating_sub(shown);
        let mut table = Table::bare();
        for row in rows.into_iter().take(shown) {
            table.row(row);
        }
        page.table(INDENT, &table);
        if left > 0 {
            let more = format!("… and {left} more; -v shows all");
            page.paragraph(INDENT, &Phrase::new(DIM, &more));
        }
    };
    part("Code", files(FileKind::Code).map(file_row).collect());
    part("Weights", files(FileKind::Weights).map(file_row).collect());
    part("Data", files(FileKind::Data).map(file_row).collect());
    let requirements = difference.requirements.iter().map(requirement_row);
    part("Requirements", requirements.collect());
    let mut environment: Vec<_> = facts(Topic::Environment).map(fact_row).collect();
    if environment.is_empty() && difference.requirements.is_empty() {
        // What the files say is the same; what is left are comments, or the order of lines.
        environment.extend(files(FileKind::Environment).map(file_row));
    }
    part("Environment", environment);
    part("Signature", facts(Topic::Signature).map(fact_row).collect());
    part("Model", facts(Topic::Model).map(fact_row).collect());
    part("Metadata", facts(Topic::Metadata).map(fact_row).collect());
    part(
        "Provenance",
        facts(Topic::Provenance).map(fact_row).collect(),
    );
    page.into_text()
}

/// A row of a change: a mark and a name, and beside them what was and what is.
fn row<T>(
    name: &str,
    (before, after): (&Option<T>, &Option<T>),
    words: impl Fn(&T) -> String,
) -> Vec<Phrase> {
    let (mark, style, what) = match (before, after) {
        (Some(before), Some(after)) => ("~", YELLOW, arrow(&words(before), &words(after))),
        (Some(before), None) => ("-", RED, Phrase::plain(&words(before))),
        (None, Some(after)) => ("+", GREEN, Phrase::plain(&words(after))),
        (None, None) => ("+", GREEN, Phrase::default()),
    };
    let name = Phrase::new(style, mark).then(PLAIN, " ").then(BOLD, name);
    vec![name, what]
}

fn requirement_row(change: &RequirementChange) -> Vec<Phrase> {
    let sides = (&change.before, &change.after);
    row(&change.name, sides, Clone::clone)
}

fn fact_row(change: &FactChange) -> Vec<Phrase> {
    let sides = (&change.before, &change.after);
    row(&change.name, sides, |fact| match change.topic {
        Topic::Signature => signature_words(fact),
        _ => value(fact),
    })
}

/// Sizes, or lines of texts that are in both; and what model files are.
fn file_row(file: &FileChange) -> Vec<Phrase> {
    let sides = (&file.before, &file.after);
    let mut cells = row(&file.path, sides, |facts| size(facts.size_bytes));
    if let (Some(lines), Some(what)) = (file.lines, cells.last_mut()) {
        *what = Phrase::new(GREEN, &format!("+{}", lines.added))
            .then(PLAIN, " ")
            .then(RED, &format!("-{}", lines.removed))
            .then(DIM, " lines");
    }
    let summary = |facts: &Option<FileFacts>| facts.as_ref()?.summary.clone();
    let summary = match (summary(&file.before), summary(&file.after)) {
        (Some(before), Some(after)) if before != after => arrow(&before, &after),
        (_, Some(after)) => Phrase::new(DIM, &after),
        (Some(before), None) if file.after.is_none() => Phrase::new(DIM, &before),
        _ => return cells,
    };
    if let Some(what) = cells.pop() {
        cells.push(what.then(DIM, "  ").join(summary));
    }
    cells
}

fn arrow(before: &str, after: &str) -> Phrase {
    if before == after {
        return Phrase::plain(after).then(DIM, ", other contents");
    }
    Phrase::new(RED, before).then(DIM, " → ").then(GREEN, after)
}

/// `float32 [-1, 30]` of a tensor, `double, optional` of a column; what is nested stays JSON.
fn signature_words(item: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if let Some(tensor) = item.get("tensor-spec") {
        let shape = tensor
            .get("shape")
            .map(Value::to_string)
            .unwrap_or_default();
        let dtype = text(tensor.get("dtype")).unwrap_or_default();
        return format!("{dtype} {}", shape.replace(',', ", "));
    }
    let simple = ["type", "required", "default", "shape"];
    let mut keys = item.as_object().into_iter().flat_map(|item| item.keys());
    let Some(kind) =
        text(item.get("type")).filter(|_| keys.all(|key| simple.contains(&key.as_str())))
    else {
        return value(item);
    };
    let optional = item.get("required").and_then(Value::as_bool) == Some(false);
    let default = item
        .get("default")
        .map(|one| format!(", default {}", value(one)));
    let shape = item.get("shape").filter(|shape| !shape.is_null());
    let shape = shape.map(|shape| format!(" {}", value(shape)));
    let optional = if optional { ", optional" } else { "" };
    format!(
        "{kind}{}{optional}{}",
        shape.unwrap_or_default(),
        default.unwrap_or_default()
    )
}

fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    cut(&text, VALUE_CHARACTERS)
}

/// A unified patch in the colours of git. Tabs and the ends of lines stay what they are, so that
/// the patch applies; all else that could command a terminal is escaped.
pub(crate) fn patch(text: &str) -> String {
    let mut shown = String::from("\n");
    for line in text.split_terminator('\n') {
        let (line, end) = match line.strip_suffix('\r') {
            Some(line) => (line, "\r\n"),
            None => (line, "\n"),
        };
        let style = match line.as_bytes() {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => BOLD,
            [b'@', b'@', ..] => CYAN,
            [b'-', ..] => RED,
            [b'+', ..] => GREEN,
            _ => PLAIN,
        };
        let parts = line.split('\t');
        let parts: Vec<String> = parts
            .map(|part| Phrase::new(style, part).render())
            .collect();
        shown.push_str(&parts.join("\t"));
        shown.push_str(end);
    }
    shown
}
