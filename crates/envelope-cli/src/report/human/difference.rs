//! What changed between two packages, for people.

use super::page::{INDENT, Page};
use super::phrase::{BOLD, CYAN, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use super::table::Table;
use super::{count, size};
use anstyle::Style;
use envelope_format::difference::{
    Difference, FactChange, FileChange, FileKind, RequirementChange, Topic,
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

/// `+`, `-` or `~`, and the style of what follows.
fn mark(is_before: bool, is_after: bool) -> (&'static str, Style) {
    match (is_before, is_after) {
        (false, _) => ("+", GREEN),
        (_, false) => ("-", RED),
        _ => ("~", YELLOW),
    }
}

fn row(is_before: bool, is_after: bool, name: &str, what: Phrase) -> Vec<Phrase> {
    let (mark, style) = mark(is_before, is_after);
    let name = Phrase::new(style, mark).then(PLAIN, " ").then(BOLD, name);
    vec![name, what]
}

fn file_row(file: &FileChange) -> Vec<Phrase> {
    let bytes = |facts: &envelope_format::difference::FileFacts| size(facts.size_bytes);
    let summary = |facts: &envelope_format::difference::FileFacts| facts.summary.clone();
    let what = match (&file.before, &file.after) {
        (Some(before), Some(after)) => {
            let sizes = arrow(&bytes(before), &bytes(after));
            let sizes = match file.lines {
                Some(lines) => Phrase::new(GREEN, &format!("+{}", lines.added))
                    .then(PLAIN, " ")
                    .then(RED, &format!("-{}", lines.removed))
                    .then(DIM, " lines"),
                None => sizes,
            };
            match (summary(before), summary(after)) {
                (Some(before), Some(after)) if before != after => {
                    sizes.then(DIM, "  ").join(arrow(&before, &after))
                }
                (_, Some(after)) => sizes.then(DIM, "  ").then(DIM, &after),
                _ => sizes,
            }
        }
        (before, after) => {
            let facts = after.as_ref().or(before.as_ref());
            let size = Phrase::plain(&facts.map(bytes).unwrap_or_default());
            match facts.and_then(summary) {
                Some(summary) => size.then(DIM, "  ").then(DIM, &summary),
                None => size,
            }
        }
    };
    row(
        file.before.is_some(),
        file.after.is_some(),
        &file.path,
        what,
    )
}

fn requirement_row(change: &RequirementChange) -> Vec<Phrase> {
    let text = |one: &Option<String>| one.clone().unwrap_or_default();
    let what = match (&change.before, &change.after) {
        (Some(before), Some(after)) => arrow(before, after),
        (before, after) => Phrase::plain(&(text(before) + &text(after))),
    };
    row(
        change.before.is_some(),
        change.after.is_some(),
        &change.name,
        what,
    )
}

fn fact_row(change: &FactChange) -> Vec<Phrase> {
    let words = |fact: &Value| match change.topic {
        Topic::Signature => signature_words(fact),
        _ => value(fact),
    };
    let what = match (&change.before, &change.after) {
        (Some(before), Some(after)) => arrow(&words(before), &words(after)),
        (before, after) => {
            let only = after.as_ref().or(before.as_ref());
            Phrase::plain(&only.map(words).unwrap_or_default())
        }
    };
    row(
        change.before.is_some(),
        change.after.is_some(),
        &change.name,
        what,
    )
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
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(VALUE_CHARACTERS).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
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
