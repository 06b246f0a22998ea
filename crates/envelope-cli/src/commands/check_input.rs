//! `envelope check-input`: what a model would receive of a request, or why it is refused.

use super::{Answer, Context};
use crate::arguments::CheckInputArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use envelope_format::enforce::{self, Received};
use envelope_format::json::Json;
use envelope_format::package::Package;
use envelope_format::payload::{ContentType, Request};
use envelope_format::signature::{Signature, SignatureError};
use envelope_format::{Refusal, Stage};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What became of a request.
pub(crate) enum Checked {
    /// The model would receive it.
    Accepted(Received, Signature),
    /// It is refused.
    Refused(Refusal),
    /// The signature is refused, so that the model would not load.
    NoSignature(SignatureError),
}

pub(super) fn run(arguments: &CheckInputArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let body = read_input(arguments.input.as_deref())?;
    let checked = check(arguments, &body)?;
    let text = if arguments.json {
        json::checked(&checked)
    } else if context.global.quiet {
        String::new()
    } else {
        human::checked(&checked, context.width, context.global.verbose)
    };
    let status = match checked {
        Checked::Accepted(..) => ExitStatus::Success,
        Checked::Refused(_) | Checked::NoSignature(_) => ExitStatus::Findings,
    };
    Ok(Answer::new(text, status))
}

fn check(arguments: &CheckInputArguments, body: &[u8]) -> Result<Checked, Diagnosis> {
    let (signature, is_hinted) = match (&arguments.package, &arguments.signature) {
        (Some(package), _) => {
            let package = Package::open(package)?;
            let mlmodel = package.mlmodel();
            let is_hinted = mlmodel.is_signature_from_type_hint();
            (
                mlmodel.read_signature().map(Option::unwrap_or_default),
                is_hinted,
            )
        }
        (None, Some(file)) => (signature_of(file)?, false),
        (None, None) => (Ok(Signature::default()), false),
    };
    let signature = match signature {
        Ok(signature) => signature,
        Err(error) => return Ok(Checked::NoSignature(error)),
    };
    let params = arguments.params.as_deref().map(params).transpose()?;
    let received = content_type(
        arguments.content_type.as_deref(),
        arguments.input.as_deref(),
    )
    .and_then(|content_type| {
        if is_hinted {
            return enforce::receive_hinted(body, &signature);
        }
        let mut request = Request::read(body, &content_type, &signature)?;
        request.params = merged(request.params, params);
        enforce::enforce(request, &signature)
    });
    Ok(match received {
        Ok(received) => Checked::Accepted(received, signature),
        Err(refusal) => Checked::Refused(refusal),
    })
}

fn signature_of(file: &Path) -> Result<Result<Signature, SignatureError>, Diagnosis> {
    let bytes = fs::read(file).map_err(|error| Diagnosis::of_unreadable(file, &error))?;
    match Json::parse(&bytes) {
        Ok(Json::Null) => Ok(Ok(Signature::default())),
        Ok(json) => Ok(Signature::from_json(&json)),
        Err(error) => Err(Diagnosis::new(
            format!("`{}` is no JSON: {error}", file.display()),
            "a signature is written as {\"inputs\": [...], \"outputs\": [...], \"params\": [...]}",
        )),
    }
}

/// The bytes of a file, or of the standard input.
pub(super) fn read_input(path: Option<&Path>) -> Result<Vec<u8>, Diagnosis> {
    match path {
        Some(path) if path != Path::new("-") => {
            fs::read(path).map_err(|error| Diagnosis::of_unreadable(path, &error))
        }
        _ => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Diagnosis::of_unreadable(&PathBuf::from("-"), &error))?;
            Ok(bytes)
        }
    }
}

/// The content type that was asked for, or that the end of a file's name says.
pub(super) fn content_type(
    asked: Option<&str>,
    path: Option<&Path>,
) -> Result<ContentType, Refusal> {
    if let Some(asked) = asked {
        return ContentType::read(asked);
    }
    let extension = path.and_then(Path::extension).and_then(|end| end.to_str());
    Ok(match extension {
        Some("csv") => ContentType::Csv,
        Some("parquet") => ContentType::Parquet,
        Some("arrow" | "arrows") => ContentType::Arrow,
        _ => ContentType::Json,
    })
}

/// Parameters from the command line.
pub(super) fn params(text: &str) -> Result<Json, Diagnosis> {
    Json::parse(text.as_bytes()).map_err(|error| {
        Diagnosis::new(
            format!("found `--params {text}`, which is no JSON: {error}"),
            "parameters are an object, such as --params '{\"temperature\": 0.5}'",
        )
    })
}

/// Parameters of the command line beside those of the body, over which they go.
pub(super) fn merged(body: Option<Json>, given: Option<Json>) -> Option<Json> {
    match (body, given) {
        (Some(Json::Object(mut body)), Some(Json::Object(given))) => {
            body.extend(given);
            Some(Json::Object(body))
        }
        (body, None) => body,
        (_, given) => given,
    }
}

impl Checked {
    /// The stage at which it was refused, in a word.
    pub(crate) fn stage(&self) -> Option<&'static str> {
        match self {
            Checked::Accepted(..) => None,
            Checked::NoSignature(_) => Some("signature"),
            Checked::Refused(refusal) => Some(match refusal.stage {
                Stage::Media => "media",
                Stage::Parse => "parse",
                Stage::Response => "response",
                _ => "predict",
            }),
        }
    }
}
