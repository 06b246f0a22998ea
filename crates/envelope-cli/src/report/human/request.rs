//! Requests that were checked, for people.

use super::count;
use super::page::{INDENT, Page};
use super::phrase::{BOLD, DIM, GREEN, Phrase, RED};
use super::table::Table;
use crate::commands::check_input::Checked;
use envelope_format::array::Array;
use envelope_format::enforce::Received;
use envelope_format::payload::Data;
use envelope_format::value::Value;

/// Values of a column that are shown.
const SHOWN: usize = 3;
/// Columns that are shown unless all are asked for.
const COLUMNS: usize = 20;

/// What a model would receive, or why not.
pub(crate) fn checked(checked: &Checked, width: usize, is_verbose: bool) -> String {
    let mut page = Page::new(width);
    match checked {
        Checked::Accepted(received, _) => {
            let head = Phrase::new(GREEN, "accepted").then(
                DIM,
                &format!("  the model would receive {}", kind(&received.data)),
            );
            page.paragraph(0, &head);
            values(&mut page, received, is_verbose);
        }
        Checked::Refused(refusal) => {
            let code = refusal.stage.error_code().unwrap_or("no answer");
            let status = refusal.stage.http_status();
            let head = Phrase::new(RED, "refused").then(DIM, &format!("  {status} {code}"));
            page.paragraph(0, &head);
            page.paragraph(INDENT, &Phrase::plain(&refusal.to_string()));
        }
        Checked::NoSignature(error) => {
            page.paragraph(0, &Phrase::new(RED, "refused").then(DIM, "  the signature"));
            page.paragraph(INDENT, &Phrase::plain(&error.to_string()));
        }
    }
    page.into_text()
}

fn kind(data: &Data) -> String {
    match data {
        Data::Table(table) => {
            format!("a table of {}", count(table.rows, "row"))
        }
        Data::Array(array) => format!("an array, {}", described(array)),
        Data::Named(map) => count(map.len(), "value") + " by name",
        Data::List(items) => format!("a list of {}", count(items.len(), "item")),
        _ => "a single value".to_owned(),
    }
}

fn described(array: &Array) -> String {
    format!("{} {:?}", array.elements.dtype_name(), array.shape)
}

fn values(page: &mut Page, received: &Received, is_verbose: bool) {
    let most = if is_verbose { usize::MAX } else { COLUMNS };
    let rows = rows(&received.data);
    let hidden = rows.len().saturating_sub(most);
    let mut table = Table::new(&["name", "type", "values"]);
    for (name, type_name, values) in rows.into_iter().take(most) {
        let cells = [
            Phrase::new(BOLD, &name),
            Phrase::plain(&type_name),
            Phrase::plain(&values),
        ];
        table.row(cells.into());
    }
    page.table(INDENT, &table);
    if hidden > 0 {
        let more = format!("and {} more; --verbose shows all", count(hidden, "column"));
        page.paragraph(INDENT, &Phrase::new(DIM, &more));
    }
    let Some(params) = received.params.as_ref().filter(|params| !params.is_empty()) else {
        return;
    };
    page.heading("Parameters", "");
    let mut table = Table::new(&["name", "value"]);
    for (name, value) in params {
        table.row(vec![
            Phrase::new(BOLD, name),
            Phrase::plain(&value.excerpt()),
        ]);
    }
    page.table(INDENT, &table);
}

/// The name, the type and the first values of each part.
fn rows(data: &Data) -> Vec<(String, String, String)> {
    match data {
        Data::Table(table) => {
            let columns = table.columns.iter().map(|column| {
                let first = column.elements.iter().take(SHOWN);
                let values = excerpt(first, column.elements.len());
                let name = column.name.to_string();
                (name, column.elements.dtype_name().to_owned(), values)
            });
            columns.collect()
        }
        Data::Named(map) => {
            let each = map.iter();
            each.map(|(name, value)| (name.to_string(), type_of(value), cut(&shown(value))))
                .collect()
        }
        Data::Array(array) => {
            let first = array.elements.iter().take(SHOWN);
            let values = excerpt(first, array.elements.len());
            vec![("the array".to_owned(), described(array), values)]
        }
        Data::List(items) => {
            let values = excerpt(items.iter().take(SHOWN), items.len());
            vec![("the list".to_owned(), "list".to_owned(), values)]
        }
        Data::Value(value) => {
            vec![("the value".to_owned(), type_of(value), cut(&shown(value)))]
        }
        _ => Vec::new(),
    }
}

fn type_of(value: &Value) -> String {
    match value {
        Value::Array(array) => described(array),
        other => other.type_name().to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(array) => excerpt(array.elements.iter().take(SHOWN), array.elements.len()),
        other => other.to_json().excerpt(),
    }
}

fn excerpt(first: impl Iterator<Item = Value>, all: usize) -> String {
    let shown: Vec<String> = first.map(|one| one.to_json().excerpt()).collect();
    let more = if all > shown.len() { ", …" } else { "" };
    cut(&format!("{}{more}", shown.join(", ")))
}

fn cut(text: &str) -> String {
    const WIDEST: usize = 70;
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}
