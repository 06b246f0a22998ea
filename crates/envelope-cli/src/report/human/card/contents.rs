//! The files of a package: models described, artifacts by name, everything with its size.

use super::{CardView, cut};
use crate::card::{Card, ModelEntry};
use crate::report::human::page::{INDENT, Page};
use crate::report::human::phrase::{BOLD, CYAN, DIM, PLAIN, Phrase, RED, YELLOW};
use crate::report::human::size;
use crate::report::human::table::Table;
use envelope_format::model_file::ModelFile;
use envelope_format::onnx::{Dimension, OnnxHeader, Value};
use envelope_format::pickle::Danger;
use std::collections::BTreeMap;

/// The model files with what is in them.
pub(super) fn add_models(page: &mut Page, models: &BTreeMap<String, ModelEntry>, view: CardView) {
    if models.is_empty() {
        return;
    }
    page.heading("Model files", "");
    let limit = view.limit(12);
    for (path, entry) in models.iter().take(limit) {
        add_model(page, path, entry, view);
    }
    add_rest(page, models.len(), limit);
}

fn add_model(page: &mut Page, path: &str, entry: &ModelEntry, view: CardView) {
    let size = entry.size_bytes.map_or_else(String::new, size);
    let heading = Phrase::new(BOLD, path).then(DIM, &format!("  {size}"));
    page.hanging(INDENT, INDENT + 2, &heading);
    let indent = INDENT + 2;
    match (&entry.summary, &entry.error) {
        (Some(summary), _) => page.paragraph(indent, &Phrase::message(summary)),
        (_, Some(error)) => {
            let phrase = Phrase::new(RED, "cannot be read: ").join(Phrase::message(error));
            page.paragraph(indent, &phrase);
        }
        (None, None) => page.paragraph(indent, &Phrase::new(DIM, "not read: too many model files")),
    }
    if entry.read_in_part {
        let text = "read in part; `envelope verify` reads all of it";
        page.paragraph(indent, &Phrase::new(DIM, text));
    }
    match &entry.description {
        Some(ModelFile::Onnx(header)) => add_onnx(page, header, view),
        Some(weights) => add_dangers(page, weights),
        None => {}
    }
}

fn add_onnx(page: &mut Page, header: &OnnxHeader, view: CardView) {
    let limit = view.limit(8);
    let mut table = Table::bare();
    for (word, values) in [("in", &header.inputs), ("out", &header.outputs)] {
        for value in values.iter().take(limit) {
            table.row(vec![
                Phrase::new(DIM, word),
                Phrase::plain(&value.name),
                Phrase::plain(&onnx_type(value)),
                Phrase::plain(&value.shape.as_deref().map_or_else(String::new, onnx_shape)),
            ]);
        }
        if values.len() > limit {
            let rest = format!("… and {} more", values.len() - limit);
            table.row(vec![Phrase::new(DIM, word), Phrase::new(DIM, &rest)]);
        }
    }
    page.table(INDENT + 2, &table);
    let mut facts = Vec::new();
    if !header.producer_name.is_empty() {
        let version = &header.producer_version;
        facts.push(
            format!("by {} {version}", header.producer_name)
                .trim_end()
                .to_owned(),
        );
    }
    if header.initializers > 0 {
        facts.push(format!("{} of weights", size(header.initializer_bytes)));
    }
    if !header.external_tensors.is_empty() {
        facts.push(format!(
            "{} tensors in other files",
            header.external_tensors.len()
        ));
    }
    page.paragraph(INDENT + 2, &Phrase::new(DIM, &facts.join(", ")));
}

fn onnx_type(value: &Value) -> String {
    match value.element_type {
        Some(element) => element.numpy_name().to_owned(),
        None => value.type_text.clone(),
    }
}

fn onnx_shape(dimensions: &[Dimension]) -> String {
    let shown = dimensions.iter().map(|dimension| match dimension {
        Dimension::Fixed(length) => length.to_string(),
        Dimension::Symbol(name) => name.clone(),
        Dimension::Unknown => "any".to_owned(),
    });
    format!("[{}]", shown.collect::<Vec<_>>().join(", "))
}

/// Names that can do harm when they are loaded.
fn add_dangers(page: &mut Page, file: &ModelFile) {
    let globals = file.pickles().flat_map(|pickle| &pickle.globals);
    let dangerous = globals.filter(|global| global.danger.is_dangerous());
    let shown: Vec<String> = dangerous
        .take(5)
        .map(|global| format!("`{global}`"))
        .collect();
    if !shown.is_empty() {
        let phrase = Phrase::new(RED, "dangerous: ").join(Phrase::message(&shown.join(", ")));
        page.paragraph(INDENT + 2, &phrase);
    }
    let embeds = file
        .pickles()
        .any(|pickle| pickle.danger == Danger::EmbedsCode);
    if embeds {
        page.paragraph(
            INDENT + 2,
            &Phrase::new(YELLOW, "holds Python code that runs when it is loaded"),
        );
    }
}

/// What the model finds by name.
pub(super) fn add_artifacts(page: &mut Page, card: &Card<'_>, view: CardView) {
    let count = card.artifacts.len();
    if count == 0 {
        return;
    }
    page.heading("Artifacts", "by the names the model knows");
    let limit = view.limit(16);
    let mut table = Table::bare();
    for artifact in card.artifacts.iter().take(limit) {
        let path = match artifact.path {
            Some(path) => Phrase::plain(path),
            None => Phrase::new(RED, "no path"),
        };
        table.row(vec![Phrase::new(BOLD, artifact.name), path]);
    }
    page.table(INDENT, &table);
    add_rest(page, count, limit);
}

/// All files with their sizes.
pub(super) fn add_files(page: &mut Page, card: &Card<'_>, view: CardView) {
    page.heading("Files", "");
    let limit = view.files_shown();
    let mut table = Table::bare().right(0);
    for file in &card.files {
        let (folder, name) = file
            .path
            .rsplit_once('/')
            .map_or(("", file.path), |(folder, name)| (folder, name));
        let folder = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let path = Phrase::new(DIM, &folder).then(PLAIN, name);
        table.row(vec![Phrase::new(DIM, &size(file.size_bytes)), path]);
    }
    page.table(INDENT, &table);
    add_rest(page, card.file_count, limit);
    for entry in card.other_entries.iter().take(limit) {
        let kind = match entry.kind {
            "link" => "symbolic link to ",
            "special" => "no regular file",
            _ => "a name that an `MLmodel` cannot hold",
        };
        let phrase = Phrase::new(YELLOW, "! ")
            .then(PLAIN, &cut(&entry.path, 200))
            .then(PLAIN, "  ");
        let phrase = phrase
            .then(DIM, kind)
            .then(CYAN, entry.target.as_deref().unwrap_or_default());
        page.hanging(INDENT, INDENT + 2, &phrase);
    }
    add_rest(page, card.other_entries.len(), limit);
}

fn add_rest(page: &mut Page, all: usize, limit: usize) {
    if all > limit {
        let rest = format!("… and {} more; -v shows all", all - limit);
        page.paragraph(INDENT, &Phrase::new(DIM, &rest));
    }
}
