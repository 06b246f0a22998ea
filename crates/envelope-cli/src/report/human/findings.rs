//! What was found to be wrong, gravest first, each rule's remedy once.

use super::count;
use super::page::Page;
use super::phrase::{BLUE, BOLD, CYAN, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use anstyle::Style;
use envelope_format::verify::{RULES, Report};
use envelope_format::{Finding, Severity};

/// Findings of one rule that are shown; the rest is counted.
const SHOWN: usize = 8;

/// How to tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FindingsView {
    /// The columns of a line.
    pub(crate) width: usize,
    /// All findings, and why their rules matter.
    pub(crate) is_verbose: bool,
}

/// The report on a package.
pub(crate) fn findings(package: &str, report: &Report, view: FindingsView) -> String {
    let mut page = Page::new(view.width);
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let of_severity = report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        for group in by_code(of_severity) {
            add_group(&mut page, &group, view);
        }
    }
    page.gap();
    let (verdict, loads) = summary(package, report);
    if verdict.width() + loads.width() + 2 <= view.width {
        page.paragraph(0, &verdict.then(PLAIN, "; ").join(loads));
    } else {
        page.paragraph(0, &verdict.then(PLAIN, ";"));
        page.paragraph(2, &loads);
    }
    page.into_text()
}

/// The findings by their code, in the order in which the codes first occur.
fn by_code<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups
            .iter_mut()
            .find(|group| group[0].code == finding.code)
        {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| group[0].code);
    groups
}

fn add_group(page: &mut Page, group: &[&Finding], view: FindingsView) {
    let first = group[0];
    let (style, word) = severity(first.severity);
    page.gap();
    let heading = Phrase::new(style, &format!("{word} {}", first.code));
    page.paragraph(0, &heading.then(PLAIN, " ").then(BOLD, first.rule));
    let shown = if view.is_verbose {
        group.len()
    } else {
        SHOWN.min(group.len())
    };
    for finding in &group[..shown] {
        let place = Phrase::new(DIM, &finding.place.to_string()).then(PLAIN, "  ");
        page.hanging(2, 6, &place.join(Phrase::message(&finding.message)));
    }
    if shown < group.len() {
        let more = format!("… and {} more; -v shows all", group.len() - shown);
        page.paragraph(2, &Phrase::new(DIM, &more));
    }
    if view.is_verbose
        && let Some(rule) = RULES.iter().find(|rule| rule.code == first.code)
    {
        page.hanging(
            2,
            7,
            &Phrase::new(CYAN, "why: ").join(Phrase::message(rule.why)),
        );
    }
    page.hanging(
        2,
        8,
        &Phrase::new(CYAN, "hint: ").join(Phrase::message(&first.remedy)),
    );
}

fn severity(severity: Severity) -> (Style, &'static str) {
    match severity {
        Severity::Error => (RED, "error"),
        Severity::Warning => (YELLOW, "warning"),
        Severity::Note => (BLUE, "note"),
    }
}

/// `item_price: clean, 2 notes`, and whether MLflow loads it.
fn summary(package: &str, report: &Report) -> (Phrase, Phrase) {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| report.count(*severity) > 0)
        .map(|one| count(report.count(one), severity(one).1))
        .collect();
    let counts = counts.join(", ");
    let (style, verdict) = if report.is_clean() {
        (
            GREEN,
            if counts.is_empty() {
                "clean".to_owned()
            } else {
                format!("clean, {counts}")
            },
        )
    } else if report.count(Severity::Error) > 0 {
        (RED, counts)
    } else {
        (YELLOW, counts)
    };
    let loads = match (report.mlflow_loads, report.mlflow_loads_without_pickle) {
        (true, true) => "MLflow loads it",
        (true, false) => "MLflow loads it, but not where pickles are disallowed",
        (false, _) => "MLflow does not load it",
    };
    let verdict = Phrase::new(BOLD, package)
        .then(PLAIN, ": ")
        .then(style, &verdict);
    (verdict, Phrase::plain(loads))
}
