//! Verifying a package: one rule per file, each with a code, a severity and a remedy.
//!
//! A rule reads the package and reports findings; it never stops the others, never runs anything,
//! and never follows a link. `docs/findings.md` is made from [`RULES`].

mod case_collision;
mod credential;
mod digest_mismatch;
mod environment_disagrees;
mod environment_missing;
mod example_misfit;
mod external_model;
mod imports_pruned;
mod link;
mod loader_unfit;
mod machine_path;
mod missing_file;
mod model_code_unfit;
mod no_loader_module;
mod no_python_function;
mod onnx_unfit;
mod outside_path;
mod pickle_dangerous;
mod pickle_embeds_code;
mod pickled;
mod python_model_unfit;
mod python_source;
mod requirement_unparsable;
mod requirement_unpinned;
mod signature_invalid;
mod special_file;
mod stray_file;
mod subject;
mod unknown_format;

pub(crate) use model_code_unfit::calls_set_model;

use crate::error::Error;
use crate::finding::{Finding, Place, Severity};
use crate::package::Package;
use std::path::Path;
use subject::Subject;

/// A rule: what it looks for, and how.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule's code; it never changes its meaning.
    pub code: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// How much its findings matter, unless one says otherwise.
    pub severity: Severity,
    /// What it looks for.
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    check: fn(&Subject<'_>, &mut Findings),
}

/// Every rule, in the order of their codes.
pub const RULES: [Rule; 27] = [
    no_python_function::RULE,
    no_loader_module::RULE,
    signature_invalid::RULE,
    missing_file::RULE,
    model_code_unfit::RULE,
    loader_unfit::RULE,
    python_model_unfit::RULE,
    onnx_unfit::RULE,
    external_model::RULE,
    unknown_format::RULE,
    environment_disagrees::RULE,
    requirement_unpinned::RULE,
    requirement_unparsable::RULE,
    environment_missing::RULE,
    imports_pruned::RULE,
    example_misfit::RULE,
    digest_mismatch::RULE,
    stray_file::RULE,
    outside_path::RULE,
    link::RULE,
    special_file::RULE,
    case_collision::RULE,
    pickled::RULE,
    pickle_embeds_code::RULE,
    pickle_dangerous::RULE,
    machine_path::RULE,
    credential::RULE,
];

/// How to verify.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions {
    /// Refuse what MLflow refuses when `MLFLOW_ALLOW_PICKLE_DESERIALIZATION` is `false`.
    pub no_pickle: bool,
}

/// What verifying found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// The findings, gravest first, then by place.
    pub findings: Vec<Finding>,
    /// Whether MLflow loads the package, as far as can be told without running anything.
    pub mlflow_loads: bool,
    /// Whether it still does when pickles are disallowed.
    pub mlflow_loads_without_pickle: bool,
}

impl Report {
    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// Whether there is nothing graver than a note.
    pub fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity == Severity::Note)
    }
}

/// Verifies the package in a folder.
///
/// # Errors
/// A folder that cannot be read, or is no package at all. An `MLmodel` that does not parse is a
/// finding.
pub fn verify(root: &Path, options: VerifyOptions) -> Result<Report, Error> {
    match Package::open(root) {
        Ok(package) => verify_package(&package, options),
        Err(error @ (Error::Yaml { .. } | Error::Invalid { .. } | Error::NotUtf8 { .. })) => {
            Ok(unreadable_mlmodel(&error))
        }
        Err(error) => Err(error),
    }
}

/// Verifies an open package.
///
/// # Errors
/// Files that cannot be read because the system refuses.
pub fn verify_package(package: &Package, options: VerifyOptions) -> Result<Report, Error> {
    let subject = Subject::new(package, options)?;
    let mut findings = Findings::default();
    for rule in &RULES {
        findings.rule = Some(rule);
        (rule.check)(&subject, &mut findings);
    }
    let mut findings = findings.found;
    findings.sort_by(|a, b| (b.severity, &a.place, a.code).cmp(&(a.severity, &b.place, b.code)));
    findings.dedup();
    let stops = |without_pickle: bool| {
        findings.iter().any(|f| f.stops_mlflow) || (without_pickle && subject.needs_pickle())
    };
    Ok(Report {
        mlflow_loads: !stops(options.no_pickle),
        mlflow_loads_without_pickle: !stops(true),
        findings,
    })
}

fn unreadable_mlmodel(error: &Error) -> Report {
    let mut findings = Findings {
        rule: Some(&no_python_function::RULE),
        ..Findings::default()
    };
    let place = Place::file(crate::mlmodel::FILE_NAME);
    let place = match error {
        Error::Yaml { source, .. } => place.at(source.position),
        _ => place,
    };
    let message = match error {
        Error::Yaml { source, .. } => format!("is no valid YAML: {}", source.message),
        Error::Invalid { message, .. } => message.clone(),
        other => other.to_string(),
    };
    findings.add_stopping(place, message);
    Report {
        findings: findings.found,
        mlflow_loads: false,
        mlflow_loads_without_pickle: false,
    }
}

/// Collects the findings of the rules, each under the rule that is running.
#[derive(Default)]
struct Findings {
    rule: Option<&'static Rule>,
    found: Vec<Finding>,
}

impl Findings {
    /// Adds a finding of the rule's own severity.
    fn add(&mut self, place: Place, message: impl Into<String>) {
        if let Some(rule) = self.rule {
            self.push(rule, rule.severity, place, message.into(), false);
        }
    }

    /// Adds a finding of another severity.
    fn add_as(&mut self, severity: Severity, place: Place, message: impl Into<String>) {
        if let Some(rule) = self.rule {
            self.push(rule, severity, place, message.into(), false);
        }
    }

    /// Adds an error because of which MLflow does not load the package.
    fn add_stopping(&mut self, place: Place, message: impl Into<String>) {
        if let Some(rule) = self.rule {
            self.push(rule, Severity::Error, place, message.into(), true);
        }
    }

    fn push(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: Place,
        message: String,
        stops_mlflow: bool,
    ) {
        self.found.push(Finding {
            code: rule.code,
            rule: rule.name,
            severity,
            place,
            message,
            remedy: rule.remedy.to_owned(),
            stops_mlflow,
        });
    }
}
