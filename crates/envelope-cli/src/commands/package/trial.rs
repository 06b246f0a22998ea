//! A new package's example, run through the package.

use crate::answers::{Distance, distances};
use crate::diagnose::Diagnosis;
use envelope_format::envelope_flavor::{self, EnvelopeFlavor};
use envelope_format::json::Json;
use envelope_format::package::{Contents, Durability, Package, SealOptions, Silent, Source, seal};
use envelope_format::payload::ContentType;
use envelope_format::relative_path::RelativePath;
use envelope_format::sample::{SampleOptions, Subject, sample};
use envelope_format::yaml::Node;
use envelope_infer::{Error, Options, PredictError, Predictor};
use std::path::Path;

/// A recorded output and the model's answer are the same up to this, by the largest number: other
/// processors and libraries add up in another order.
const TOLERANCE: f64 = 1e-4;
/// The file of an example's output.
const OUTPUT: &str = "output_example.json";

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trial {
    /// There is no example to run.
    NoExample,
    /// Only Python can run the package.
    NotNative(String),
    /// The model needs operators that are missing here.
    Missing(Vec<String>),
    /// The answer is the recorded output, up to a relative difference.
    Agrees(f64),
    /// The answer is another than the recorded output.
    Differs(String),
    /// There was no recorded output; the answer is one now.
    Stored,
    /// The model could not be run.
    Failed(String),
}

impl Trial {
    /// A word for scripts.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Trial::NoExample => "no-example",
            Trial::NotNative(_) => "not-native",
            Trial::Missing(_) => "missing-operators",
            Trial::Agrees(_) => "agrees",
            Trial::Differs(_) => "differs",
            Trial::Stored => "stored",
            Trial::Failed(_) => "failed",
        }
    }

    /// Whether the package does not answer as it should.
    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Trial::Differs(_) | Trial::Failed(_))
    }

    /// A sentence for people.
    pub(crate) fn words(&self) -> String {
        match self {
            Trial::NoExample => "not run: there is no example".to_owned(),
            Trial::NotNative(_) => {
                "not run: only Python can run the package; `envelope predict --env-manager uv` does"
                    .to_owned()
            }
            Trial::Missing(operators) => format!(
                "not run: the model needs operators that are missing here: {}",
                operators.join(", ")
            ),
            Trial::Agrees(relative) => format!(
                "run without Python: the answer is the recorded output (largest difference {relative:.1e})"
            ),
            Trial::Differs(what) => {
                format!("run without Python: the answer is not the recorded output: {what}")
            }
            Trial::Stored => "run without Python: the answer is stored as its output".to_owned(),
            Trial::Failed(message) => format!("the model fails with the example: {message}"),
        }
    }
}

/// Runs the example of a package through the package.
pub(super) fn run(path: &Path) -> Result<Trial, Diagnosis> {
    let package = Package::open(path)?;
    let answer = match answer(&package)? {
        Ok(answer) => answer,
        Err(trial) => return Ok(trial),
    };
    let flavor = package.mlmodel().flavor(envelope_flavor::NAME);
    let flavor = flavor.map(EnvelopeFlavor::from_node).unwrap_or_default();
    let Some(file) = &flavor.output_example else {
        return Ok(Trial::Stored);
    };
    let recorded = package.read_text(file)?.unwrap_or_default();
    Ok(compared(&answer, &recorded))
}

/// Adds the answer to the example to what a package is to hold, where it holds none yet: the package
/// is made beside the place for it, run, and thrown away.
pub(super) fn with_output(mut contents: Contents, out: &Path) -> Result<Contents, Diagnosis> {
    let flavor = contents.mlmodel.flavor(envelope_flavor::NAME);
    let flavor = flavor.map(EnvelopeFlavor::from_node).unwrap_or_default();
    let is_onnx = flavor.native_onnx.is_some() || contents.mlmodel.onnx().is_some();
    let has_example = contents.mlmodel.saved_input_example_info().is_some();
    if flavor.output_example.is_some() || !is_onnx || !has_example {
        return Ok(contents);
    }
    let folder = match out.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let scratch = tempfile::Builder::new()
        .prefix(".envelope-trial-")
        .tempdir_in(folder);
    let scratch = scratch.map_err(|error| Diagnosis::of_unwritable(out, &error))?;
    let options = SealOptions {
        replace: false,
        durability: Durability::Process,
    };
    let sealed = seal(
        contents.clone(),
        &scratch.path().join("package"),
        options,
        &Silent,
    )?;
    let Ok(answer) = answer(&Package::open(&sealed.path)?)? else {
        return Ok(contents);
    };
    let predictions = Json::parse(answer.as_bytes()).ok();
    let predictions = predictions
        .as_ref()
        .and_then(|answer| answer.get("predictions"));
    let text = predictions.map_or(answer, Json::to_python_string);
    let path = RelativePath::new(OUTPUT)
        .map_err(|error| Diagnosis::new(error.to_string(), "this is a mistake of this program"))?;
    contents.add(path, Source::Bytes(text.into_bytes()))?;
    // What else the flavor says, as of the run and the prune, stays.
    let known = contents.mlmodel.flavor(envelope_flavor::NAME).cloned();
    let mut known = known.unwrap_or_else(|| flavor.to_node());
    known.set("output_example", Node::string(OUTPUT));
    contents.mlmodel.set_flavor(envelope_flavor::NAME, known);
    Ok(contents)
}

/// The answer to the example, or why there is none.
fn answer(package: &Package) -> Result<Result<String, Trial>, Diagnosis> {
    let subject = Subject::read(package)?;
    if subject.example.is_none() {
        return Ok(Err(Trial::NoExample));
    }
    let predictor = match Predictor::load(package, &Options::default()) {
        Ok(predictor) => predictor,
        Err(PredictError::NotNative { message }) => return Ok(Err(Trial::NotNative(message))),
        Err(PredictError::Model(Error::Refused { refusals })) => {
            let mut operators: Vec<String> = refusals.into_iter().map(|one| one.operator).collect();
            operators.sort();
            operators.dedup();
            return Ok(Err(Trial::Missing(operators)));
        }
        Err(error) => return Ok(Err(Trial::Failed(error.to_string()))),
    };
    let request = sample(&subject, SampleOptions::default())?;
    let answer = predictor.answer(request.to_text().as_bytes(), &ContentType::Json);
    let answer = answer.and_then(|prediction| prediction.to_json());
    Ok(answer.map_err(|error| Trial::Failed(error.to_string())))
}

fn compared(answer: &str, recorded: &str) -> Trial {
    let (found, expected) = (
        Json::parse(answer.as_bytes()),
        Json::parse(recorded.as_bytes()),
    );
    let (Ok(found), Ok(expected)) = (found, expected) else {
        return Trial::Differs("one of them is no JSON".to_owned());
    };
    let all = distances(&found, &expected);
    let largest = all.values().map(|distance| match distance {
        Distance::Numbers { relative, .. } => *relative,
        Distance::Different => f64::INFINITY,
    });
    let largest = largest.fold(0.0, f64::max);
    if largest <= TOLERANCE {
        return Trial::Agrees(largest);
    }
    let wrong = all
        .iter()
        .filter(|(_, distance)| !distance.is_within(TOLERANCE));
    let names: Vec<String> = wrong.map(|(name, _)| format!("`{name}`")).collect();
    let names = names.join(", ");
    Trial::Differs(if largest.is_finite() {
        format!("{names} by {largest:.1e} of the largest number")
    } else {
        format!("{names} has another form")
    })
}
