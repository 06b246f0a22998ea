//! `envelope compare`: the answer that a package gives here beside the one that it gives in MLflow.

use super::check_input::read_input;
use super::predict::python::{Setup, start};
use super::{Answer, Context};
use crate::answers::{Distance, distances};
use crate::arguments::CompareArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use envelope_format::json::Json;
use envelope_format::package::Package;
use envelope_format::payload::ContentType;
use envelope_format::sample::{SampleOptions, Subject, sample};
use envelope_infer::{Options, Predictor};
use envelope_python::Request;
use indexmap::IndexMap;

/// Two answers beside each other.
pub(crate) struct Comparison {
    /// The package as it was named.
    pub(crate) package: String,
    /// How far each output is from that of MLflow.
    pub(crate) outputs: IndexMap<String, Distance>,
    /// What is let pass.
    pub(crate) tolerance: f64,
    /// The device here.
    pub(crate) device: String,
    /// The MLflow and the Python there.
    pub(crate) peer: String,
}

impl Comparison {
    /// Whether all outputs are near enough.
    pub(crate) fn agrees(&self) -> bool {
        let mut all = self.outputs.values();
        all.all(|distance| distance.is_within(self.tolerance))
    }
}

pub(super) fn run(arguments: &CompareArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let package = Package::open(&arguments.package)?;
    let body = match &arguments.input {
        Some(path) => read_input(Some(path))?,
        None => sample(&Subject::read(&package)?, SampleOptions::default())?
            .to_text()
            .into_bytes(),
    };
    let mut options = Options::default();
    options.device = arguments.device;
    options.time_limit = arguments.timeout;
    let predictor = Predictor::load(&package, &options)?;
    let prediction = predictor.answer(&body, &ContentType::Json)?;
    let found = parsed(prediction.to_json()?.as_bytes())?;
    let setup = Setup {
        manager: arguments.env_manager,
        install_mlflow: arguments.install_mlflow,
        allow_pickle: arguments.allow_pickle,
        load_limit: arguments.timeout,
    };
    let (mut worker, mut notes) = start(&package, setup, context)?;
    let answer = worker.predict(&Request {
        payload: &body,
        content_type: envelope_python::ContentType::Json,
        params: None,
        timeout: arguments.timeout,
    })?;
    let expected = parsed(&answer.document)?;
    notes.extend(prediction.notes);
    let facts = worker.facts();
    let comparison = Comparison {
        package: arguments.package.display().to_string(),
        outputs: distances(&found, &expected),
        tolerance: arguments.tolerance,
        device: predictor.session().device().name(),
        peer: format!(
            "MLflow {} on Python {}",
            facts.mlflow_version, facts.python_version
        ),
    };
    let text = if arguments.json {
        json::compared(&comparison)
    } else if context.global.quiet {
        String::new()
    } else {
        human::compared(&comparison, context.width)
    };
    let status = if comparison.agrees() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    let notes = if context.global.quiet {
        String::new()
    } else {
        human::notes(&notes, context.width)
    };
    Ok(Answer {
        notes,
        ..Answer::new(text, status)
    })
}

fn parsed(answer: &[u8]) -> Result<Json, Diagnosis> {
    Json::parse(answer).map_err(|error| {
        Diagnosis::new(
            format!("an answer is no JSON that can be compared: {error}"),
            "give a smaller request with `--input-path`",
        )
    })
}
