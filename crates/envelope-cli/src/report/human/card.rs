//! The card of a package, for people.

mod contents;
mod environment;
mod loading;

use super::page::{INDENT, Page};
use super::phrase::{CYAN, DIM, GREEN, PLAIN, Phrase, RED};
use super::{count, cut, signature, size};
use crate::card::{Card, Example, Loose, Origin, Part, TensorEntry, Unreadable};
use envelope_format::json::Json;
use serde_json::Value;

/// Tensors of a state dict that are listed unless all are asked for.
const TENSORS_SHOWN: usize = 40;

/// How to tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CardView {
    /// The columns of a line.
    pub(crate) width: usize,
    /// Long lists in full.
    pub(crate) is_verbose: bool,
}

impl CardView {
    /// How many files are shown.
    pub(crate) fn files_shown(self) -> usize {
        self.limit(24)
    }

    /// How many items of a list are shown.
    fn limit(self, short: usize) -> usize {
        if self.is_verbose { usize::MAX } else { short }
    }
}

/// The card as text.
pub(crate) fn card(card: &Card<'_>, view: CardView) -> String {
    let mut page = Page::new(view.width);
    add_title(&mut page, card);
    add_origin(&mut page, &card.origin);
    add_signature(&mut page, card, view);
    if let Some(example) = &card.input_example {
        add_example(&mut page, example);
    }
    contents::add_models(&mut page, &card.model_files, view);
    contents::add_artifacts(&mut page, card, view);
    contents::add_files(&mut page, card, view);
    environment::add(&mut page, card, view);
    add_needs(&mut page, card);
    add_metadata(&mut page, card);
    loading::add(&mut page, card);
    page.into_text()
}

/// Model files that stand in no package, as text.
pub(crate) fn loose(loose: &Loose, view: CardView) -> String {
    let mut page = Page::new(view.width);
    page.paragraph(0, &Phrase::new(GREEN, &loose.path));
    let text =
        "No MLflow model package, which would hold a file `MLmodel`; but there are model files.";
    page.paragraph(0, &Phrase::new(DIM, text));
    let is_described = loose
        .model_files
        .values()
        .any(|file| file.description.is_some());
    if is_described {
        contents::add_models(&mut page, &loose.model_files, view);
    }
    if !loose.tensors.is_empty() {
        add_tensors(&mut page, &loose.tensors, view);
    }
    page.into_text()
}

fn add_tensors(page: &mut Page, tensors: &[TensorEntry], view: CardView) {
    let total: usize = tensors.iter().map(|tensor| tensor.size_bytes).sum();
    let sum = format!("{}, {}", tensors.len(), size(total as u64));
    page.heading("Tensors", &sum);
    let shown = if view.is_verbose {
        tensors.len()
    } else {
        TENSORS_SHOWN
    };
    let mut table = super::table::Table::new(&["name", "type", "shape", "size"]).right(3);
    for tensor in tensors.iter().take(shown) {
        let (shape, bytes) = (
            format!("{:?}", tensor.shape),
            size(tensor.size_bytes as u64),
        );
        table.row(
            [&tensor.name, &tensor.data_type, &shape, &bytes]
                .map(|text| Phrase::plain(text))
                .into(),
        );
    }
    page.table(INDENT, &table);
    if tensors.len() > shown {
        let more = format!("and {} more; --verbose shows all", tensors.len() - shown);
        page.paragraph(INDENT, &Phrase::new(DIM, &more));
    }
}

fn add_title(page: &mut Page, card: &Card<'_>) {
    let mut title = Phrase::new(GREEN, &card.name);
    if card.package != card.name {
        title = title.then(PLAIN, "  ").then(DIM, &card.package);
    }
    page.paragraph(0, &title);
    if let Some(description) = &card.description {
        for line in description.lines() {
            page.paragraph(0, &Phrase::plain(line));
        }
    }
    page.gap();
    page.field("what", &Phrase::message(&card.what));
    let files = format!(" in {}", count(card.file_count, "file"));
    let mut sum = Phrase::plain(&size(card.size_bytes)).then(PLAIN, &files);
    if card.size_is_as_sealed {
        sum = sum.then(DIM, ", as sealed");
    }
    page.field("size", &sum);
    let flavors = if card.flavors.is_empty() {
        Phrase::new(DIM, "none")
    } else {
        Phrase::plain(&card.flavors.join(", "))
    };
    page.field("flavors", &flavors);
}

fn add_origin(page: &mut Page, origin: &Origin) {
    page.field("mlflow", &known(origin.mlflow_version.as_deref()));
    page.field(
        "created",
        &match &origin.created {
            Some(time) => Phrase::plain(short_time(time)).then(DIM, " UTC"),
            None => Phrase::new(DIM, "not recorded"),
        },
    );
    let registered = match &origin.registered_model {
        Part::Read(meta) => {
            let name = meta.model_name.as_deref().unwrap_or("(unnamed)");
            let version = meta.model_version.as_ref();
            let version = version.map_or(String::new(), |version| format!(", version {version}"));
            Some(Phrase::plain(&format!("{name}{version}")))
        }
        Part::Unreadable(error) => Some(unreadable(error)),
        Part::Absent => None,
    };
    if let Some(registered) = registered {
        page.field("registered", &registered);
    }
    let ids = [
        ("run", &origin.run_id),
        ("model id", &origin.model_id),
        ("identity", &origin.model_uuid),
    ];
    for (label, id) in ids {
        let repeats = label == "identity" && origin.model_uuid == origin.model_id;
        if let Some(id) = id.as_ref().filter(|_| !repeats) {
            page.field(label, &Phrase::plain(id));
        }
    }
    for (key, label) in [("experiment", "experiment"), ("tracking_uri", "tracked at")] {
        if let Some(text) = origin.run.as_ref().and_then(|run| run[key].as_str()) {
            page.field(label, &Phrase::plain(text));
        }
    }
    if let Some(provenance) = &origin.provenance {
        add_provenance(page, provenance);
    }
}

/// The commit, what was not committed, and the record of the run.
fn add_provenance(page: &mut Page, provenance: &Value) {
    let text = |key: &str| provenance[key].as_str();
    if let Some(commit) = text("commit") {
        let branch = text("branch").map(|branch| format!(" on {branch}"));
        let phrase = Phrase::plain(commit).then(PLAIN, &branch.unwrap_or_default());
        page.field("commit", &phrase);
    }
    let labels = [("patch", "uncommitted"), ("record", "recorded")];
    for (key, label) in labels {
        if let Some(path) = text(key) {
            page.field(label, &Phrase::plain(path));
        }
    }
}

fn add_signature(page: &mut Page, card: &Card<'_>, view: CardView) {
    match &card.signature {
        Part::Read(signature) => signature::add(page, signature, view.limit(24)),
        Part::Absent => page.heading("Signature", "none: MLflow passes any input to the model"),
        Part::Unreadable(error) => {
            page.heading("Signature", "");
            page.paragraph(2, &unreadable(error));
            if let Some(hint) = &error.hint {
                page.paragraph(2, &Phrase::new(CYAN, "hint: ").join(Phrase::message(hint)));
            }
        }
    }
}

fn add_example(page: &mut Page, example: &Example) {
    let kind = example.type_name.as_deref().unwrap_or("of no known type");
    let aside = match &example.extent {
        Some(extent) => format!("{kind}, {extent}"),
        None => kind.to_owned(),
    };
    page.heading("Example", &aside);
    match &example.content {
        Part::Read(content) => {
            page.field("input", &excerpt(&content.value));
            if let Some(params) = &content.params {
                page.field("parameters", &excerpt(params));
            }
        }
        Part::Unreadable(error) => page.field("input", &unreadable(error)),
        Part::Absent => page.field("input", &Phrase::new(DIM, "too large to show here")),
    }
    let size = example
        .size_bytes
        .map_or(String::new(), |bytes| format!("  {}", size(bytes)));
    let files = [
        ("file", &example.path),
        ("request", &example.serving_path),
        ("output", &example.output_path),
    ];
    for (label, path) in files {
        if let Some(path) = path {
            let size = if label == "file" { size.as_str() } else { "" };
            page.field(label, &Phrase::plain(path).then(DIM, size));
        }
    }
}

fn add_metadata(page: &mut Page, card: &Card<'_>) {
    if let Some(metadata) = &card.metadata {
        page.heading("Metadata", "");
        match metadata.as_object() {
            Some(map) => add_pairs(page, map.iter().map(|(key, value)| (key, value.clone()))),
            None => page.paragraph(2, &Phrase::plain(&metadata.to_string())),
        }
    }
    if !card.tags.is_empty() {
        page.heading("Tags", "");
        let tags = card
            .tags
            .iter()
            .map(|(key, value)| (key, Value::from(value.as_str())));
        add_pairs(page, tags);
    }
}

/// What else the package says that it needs or uses.
fn add_needs(page: &mut Page, card: &Card<'_>) {
    for (key, label) in [
        ("resources", "resources"),
        ("auth_policy", "auth policy"),
        ("prompts", "prompts"),
    ] {
        if let Some(value) = card.mlmodel.get(key) {
            page.field(label, &Phrase::plain(&cut(&value.to_string(), 300)));
        }
    }
}

fn add_pairs<'a>(page: &mut Page, pairs: impl Iterator<Item = (&'a String, Value)>) {
    let mut table = super::table::Table::bare();
    for (key, value) in pairs {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Array(items) if items.iter().all(Value::is_string) => items
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        };
        table.row(vec![
            Phrase::new(DIM, &cut(key, 60)),
            Phrase::plain(&cut(&text, 500)),
        ]);
    }
    page.table(2, &table);
}

/// A part that cannot be read, as it stands in the place of the part.
fn unreadable(error: &Unreadable) -> Phrase {
    Phrase::new(RED, "cannot be read: ").join(Phrase::message(&error.error))
}

fn known(text: Option<&str>) -> Phrase {
    text.map_or_else(|| Phrase::new(DIM, "not recorded"), Phrase::plain)
}

/// The time without fractions of a second.
fn short_time(time: &str) -> &str {
    time.split_once('.').map_or(time, |(seconds, _)| seconds)
}

fn excerpt(value: &Json) -> Phrase {
    Phrase::plain(&cut(&value.to_python_string(), 160))
}
