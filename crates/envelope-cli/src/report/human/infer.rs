//! How a model ran: where, how long, what came out; and what models need.

use super::count;
use super::page::{INDENT, Page};
use super::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED};
use super::table::Table;
use crate::commands::infer::Run;
use crate::report::{Share, median, shares};
use envelope_infer::{Device, SupportedOperator, Survey, Value};
use std::time::Duration;

/// Rows of a profile that are shown unless all are asked for.
const SHOWN: usize = 15;

/// How to tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InferView {
    /// The columns of a line.
    pub(crate) width: usize,
    /// All rows of a profile.
    pub(crate) is_verbose: bool,
}

/// The report on runs of a model.
pub(crate) fn inferred(run: &Run<'_>, view: InferView) -> String {
    let mut page = Page::new(view.width);
    let device = run.session.device().name();
    let head = Phrase::new(BOLD, &run.model).then(DIM, &format!("  on {device}"));
    page.paragraph(0, &head);
    page.gap();
    page.field("load", &Phrase::plain(&time(run.load)));
    if let Some(first) = run.runs.first() {
        page.field("first run", &Phrase::plain(&time(*first)));
    }
    if run.runs.len() > 1 {
        let later = &run.runs[1..];
        let of = format!("{}  median of {}", time(median(later)), later.len());
        page.field("later runs", &Phrase::plain(&of));
    }
    page.heading("Outputs", "");
    page.table(INDENT, &outputs(run));
    if run.profile.is_some() {
        profile(&mut page, run, view);
    }
    page.into_text()
}

fn outputs(run: &Run<'_>) -> Table {
    let mut table = Table::new(&["name", "type", "shape", "written to"]);
    for (name, value) in &run.outputs {
        let (kind, shape) = match value {
            Value::Tensor(tensor) => (
                tensor.data_type().name().to_owned(),
                tensor.shape().to_string(),
            ),
            Value::Sequence(values) => ("sequence".to_owned(), format!("{} long", values.len())),
            _ => ("other".to_owned(), String::new()),
        };
        let file = run.written.iter().find(|(written, _)| written == name);
        let file = file.map_or("", |(_, file)| file.as_str());
        table.row(
            [name, kind.as_str(), shape.as_str(), file]
                .map(Phrase::plain)
                .into(),
        );
    }
    table
}

fn profile(page: &mut Page, run: &Run<'_>, view: InferView) {
    let shares = shares(run);
    let total: Duration = shares.iter().map(|share| share.time).sum();
    let shown = if view.is_verbose {
        shares.len()
    } else {
        SHOWN.min(shares.len())
    };
    page.heading("Where the time went", "by operator, of one run");
    let mut table = Table::new(&["operator", "place", "nodes", "time", "share"])
        .right(2)
        .right(3)
        .right(4);
    for share in &shares[..shown] {
        table.row(share_row(share, total));
    }
    page.table(INDENT, &table);
    if shown < shares.len() {
        let more = format!(
            "and {} more; --verbose shows all",
            count(shares.len() - shown, "operator")
        );
        page.paragraph(INDENT, &Phrase::new(DIM, &more));
    }
    let crossings = run.session.crossings();
    if run.session.device().is_gpu() {
        let up = crossings.iter().filter(|crossing| crossing.to_gpu).count();
        let line = format!(
            "{} to the GPU, {} back, in each run",
            count(up, "value"),
            crossings.len() - up
        );
        page.gap();
        page.field("moved", &Phrase::plain(&line));
    }
}

fn share_row(share: &Share, total: Duration) -> Vec<Phrase> {
    let part = share.time.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE) * 100.0;
    vec![
        Phrase::plain(&share.operator),
        Phrase::new(DIM, if share.on_gpu { "GPU" } else { "CPU" }),
        Phrase::plain(&share.nodes.to_string()),
        Phrase::plain(&time(share.time)),
        Phrase::plain(&format!("{part:.1} %")),
    ]
}

/// A time as people say it: `12.3 ms`.
fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        s if s >= 1.0 => (s, "s"),
        s if s >= 1e-3 => (s * 1e3, "ms"),
        s => (s * 1e6, "µs"),
    };
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// The devices that a model can run on.
pub(crate) fn devices(devices: &[Device], width: usize) -> String {
    let mut table = Table::new(&["device", "name", ""]);
    for (number, device) in devices.iter().enumerate() {
        let word = if number == 0 {
            "cpu".to_owned()
        } else {
            format!("gpu:{}", number - 1)
        };
        let note = if device.is_software() {
            "in software"
        } else {
            ""
        };
        table.row(vec![
            Phrase::plain(&word),
            Phrase::plain(&device.name()),
            Phrase::new(DIM, note),
        ]);
    }
    let mut page = Page::new(width);
    page.table(0, &table);
    page.into_text()
}

/// What a model needs, and what of it is missing.
pub(crate) fn survey(survey: &Survey, width: usize) -> String {
    let mut page = Page::new(width);
    let mut table = Table::new(&["operator", "version", "nodes", ""])
        .right(1)
        .right(2);
    for one in &survey.operators {
        let name = full_name(&one.domain, &one.name);
        let is_refused = survey
            .refusals
            .iter()
            .any(|refusal| refusal.operator == name);
        let verdict = if is_refused {
            Phrase::new(RED, "not all can run")
        } else {
            Phrase::new(GREEN, "runs")
        };
        let numbers = [one.version.to_string(), one.nodes.to_string()];
        let mut row = vec![Phrase::plain(&name)];
        row.extend(numbers.iter().map(|number| Phrase::plain(number)));
        row.push(verdict);
        table.row(row);
    }
    page.table(0, &table);
    if !survey.refusals.is_empty() {
        page.heading("Cannot run", &count(survey.refusals.len(), "node"));
        for refusal in &survey.refusals {
            let line = Phrase::plain(&refusal.node)
                .then(DIM, &format!("  {}  ", refusal.operator))
                .then(PLAIN, &refusal.reason);
            page.hanging(INDENT, INDENT + 2, &line);
        }
    }
    page.into_text()
}

/// All operators that can run.
pub(crate) fn operators(all: &[SupportedOperator], width: usize) -> String {
    let mut page = Page::new(width);
    let mut domain = None;
    for one in all {
        if domain != Some(one.domain) {
            page.heading(
                if one.domain.is_empty() {
                    "ai.onnx"
                } else {
                    one.domain
                },
                "",
            );
            domain = Some(one.domain);
        }
        let since = if one.since > 1 {
            format!("  from version {}", one.since)
        } else {
            String::new()
        };
        page.paragraph(INDENT, &Phrase::plain(one.name).then(DIM, &since));
    }
    page.into_text()
}

fn full_name(domain: &str, name: &str) -> String {
    if domain.is_empty() {
        name.to_owned()
    } else {
        format!("{domain}.{name}")
    }
}
