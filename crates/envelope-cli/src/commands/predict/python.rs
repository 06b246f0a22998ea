//! Packages that only Python can run, or that are to be run by it: their environment, a worker, and
//! the answer as it comes from MLflow.

use super::sink::Sink;
use crate::arguments::{EnvironmentManager, PredictArguments};
use crate::commands::Context;
use crate::commands::check_input::{content_type, params, read_input};
use crate::diagnose::Diagnosis;
use crate::progress::Spinner;
use envelope_format::package::Package;
use envelope_format::payload::ContentType;
use envelope_python::{
    EnvManager, Environments, Error, Limits, Request, Trust, Wanted, Worker, needs_pickle,
};
use std::time::Duration;

/// Answers a request, and gives what there is to note.
pub(super) fn run(
    package: &Package,
    manager: EnvManager,
    arguments: &PredictArguments,
    context: &Context,
) -> Result<Vec<String>, Diagnosis> {
    let input = arguments.input.as_deref();
    let content_type = content_type(arguments.content_type.as_deref(), input)?;
    // Wrong parameters are told before anything is built.
    arguments.params.as_deref().map(params).transpose()?;
    let body = read_input(input)?;
    let mut sink = Sink::new(arguments.output.as_deref())?;
    let setup = Setup {
        manager,
        install_mlflow: arguments.install_mlflow,
        allow_pickle: arguments.allow_pickle,
        load_limit: arguments.timeout,
    };
    let (mut worker, mut notes) = start(package, setup, context)?;
    let answer = worker.predict(&Request {
        payload: &body,
        content_type: worker_type(content_type),
        params: arguments.params.as_deref(),
        timeout: arguments.timeout,
    })?;
    sink.write(&answer.document)?;
    sink.finish()?;
    let printed = worker.log();
    if context.global.verbose && !printed.trim().is_empty() {
        notes.push(format!("the model printed: {}", printed.trim()));
    }
    Ok(notes)
}

/// How a package is loaded in Python.
#[derive(Clone, Copy)]
pub(in crate::commands) struct Setup {
    /// Who makes the environment.
    pub(in crate::commands) manager: EnvManager,
    /// Whether MLflow is added to it.
    pub(in crate::commands) install_mlflow: bool,
    /// Whether pickles are loaded.
    pub(in crate::commands) allow_pickle: bool,
    /// How long loading may take.
    pub(in crate::commands) load_limit: Option<Duration>,
}

/// Makes the environment and loads the package in it.
pub(in crate::commands) fn start(
    package: &Package,
    setup: Setup,
    context: &Context,
) -> Result<(Worker, Vec<String>), Diagnosis> {
    if !setup.allow_pickle {
        // Said before an environment is built in vain.
        let pickles = needs_pickle(package);
        if !pickles.is_empty() {
            return Err(Error::Untrusted { pickles }.into());
        }
    }
    let environments = environments(context)?;
    let wanted = Wanted {
        manager: setup.manager,
        install_mlflow: setup.install_mlflow,
    };
    let spinner = Spinner::new(!context.global.quiet);
    let interpreter = environments.prepare(package, wanted, &mut |line| spinner.say(line))?;
    spinner.say("loading the package");
    let trust = if setup.allow_pickle {
        Trust::PicklesAllowed
    } else {
        Trust::NoPickles
    };
    let mut limits = Limits::default();
    limits.load = setup.load_limit.or(limits.load);
    let worker = Worker::start(package, &interpreter, trust, &limits)?;
    Ok((worker, interpreter.notes))
}

fn environments(context: &Context) -> Result<Environments, Diagnosis> {
    let cache = context.surroundings.cache.clone().ok_or_else(|| {
        Diagnosis::new(
            "found no folder to keep Python environments in",
            "set `XDG_CACHE_HOME` or `HOME`",
        )
    })?;
    Ok(Environments {
        cache: cache.join("model-envelope").join("environments"),
        path: context.surroundings.path.clone(),
        variables: context.surroundings.installing.clone(),
        ..Environments::default()
    })
}

fn worker_type(content_type: ContentType) -> envelope_python::ContentType {
    match content_type {
        ContentType::Csv => envelope_python::ContentType::Csv,
        ContentType::Parquet => envelope_python::ContentType::Parquet,
        ContentType::Arrow => envelope_python::ContentType::Arrow,
        _ => envelope_python::ContentType::Json,
    }
}

impl EnvironmentManager {
    /// Who makes the environment; nobody for a model that runs here.
    pub(super) fn python(self) -> Option<EnvManager> {
        match self {
            EnvironmentManager::Native => None,
            EnvironmentManager::Local => Some(EnvManager::Local),
            EnvironmentManager::Uv => Some(EnvManager::Uv),
            EnvironmentManager::Virtualenv => Some(EnvManager::Virtualenv),
            EnvironmentManager::Conda => Some(EnvManager::Conda),
        }
    }
}
