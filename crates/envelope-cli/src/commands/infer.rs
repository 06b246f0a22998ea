//! `envelope infer`: a bare model, inputs from files, outputs to files.

use super::{Answer, Context};
use crate::arguments::InferArguments;
use crate::diagnose::Diagnosis;
use crate::outputs::Outputs;
use crate::report::human::{self, InferView};
use crate::report::json;
use envelope_infer::{
    Device, NamedValues, Options, Profile, Session, Tensor, Value, value_from_pb,
};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What was run, and how long it took.
pub(crate) struct Run<'a> {
    pub(crate) model: String,
    pub(crate) session: &'a Session,
    pub(crate) load: Duration,
    /// The time of each run, in order.
    pub(crate) runs: Vec<Duration>,
    pub(crate) profile: Option<Profile>,
    pub(crate) outputs: NamedValues,
    /// Where each output was written, by its name.
    pub(crate) written: Vec<(String, String)>,
}

pub(super) fn run(arguments: &InferArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let Some(model) = &arguments.model else {
        let devices = Device::list();
        let text = if arguments.json {
            json::devices(&devices)
        } else {
            human::devices(&devices, context.width)
        };
        return Ok(Answer::success(text));
    };
    let mut options = Options::default();
    options.device = arguments.device;
    options.time_limit = arguments.timeout;
    let start = Instant::now();
    let session = Session::load(model, &options)?;
    let load = start.elapsed();
    let inputs = inputs(&arguments.inputs, &session)?;
    let mut runs = Vec::new();
    let mut profile = arguments.profile.then(Profile::default);
    let mut outputs = NamedValues::new();
    for _ in 0..arguments.repeat {
        let given = inputs.clone();
        let start = Instant::now();
        outputs = match &mut profile {
            Some(profile) => session.run_profiled(given, profile)?,
            None => session.run(given)?,
        };
        runs.push(start.elapsed());
    }
    let written = match &arguments.output {
        Some(folder) => write(folder, &outputs)?,
        None => Vec::new(),
    };
    let done = Run {
        model: model.display().to_string(),
        session: &session,
        load,
        runs,
        profile,
        outputs,
        written,
    };
    let view = InferView {
        width: context.width,
        is_verbose: context.global.verbose,
    };
    let text = if arguments.json {
        json::inferred(&done)
    } else if context.global.quiet {
        String::new()
    } else {
        human::inferred(&done, view)
    };
    Ok(Answer::success(text))
}

fn inputs(words: &[String], session: &Session) -> Result<NamedValues, Diagnosis> {
    let mut found = NamedValues::new();
    for word in words {
        match word.split_once('=') {
            Some((name, file)) => {
                let value = value(Path::new(file), name, session)?;
                found.insert(name.to_owned(), value);
            }
            None if Path::new(word).extension().is_some_and(|end| end == "npz") => {
                let arrays = Tensor::read_npz(word)?;
                let known = |name: &str| session.inputs().iter().any(|info| info.name == name);
                // Such files often hold the expected outputs as well.
                found.extend(
                    arrays
                        .into_iter()
                        .filter(|(name, _)| known(name))
                        .map(|(name, one)| (name, one.into())),
                );
            }
            None => return Err(Diagnosis::of_unnamed_input(word, session)),
        }
    }
    Ok(found)
}

fn value(file: &Path, name: &str, session: &Session) -> Result<Value, Diagnosis> {
    let bytes = fs::read(file).map_err(|error| Diagnosis::of_unreadable(file, &error))?;
    let is_pb = file.extension().is_some_and(|extension| extension == "pb");
    match session.inputs().iter().find(|info| info.name == name) {
        Some(info) if is_pb => value_from_pb(&bytes, &info.value_type)
            .map_err(|error| Diagnosis::of_input_file(file, &error.to_string())),
        _ => Ok(Tensor::read_npy(&bytes[..])
            .map_err(|error| Diagnosis::of_input_file(file, &error.to_string()))?
            .into()),
    }
}

/// Writes the outputs that are tensors; the name of a file is that of the output, made harmless.
fn write(folder: &Path, outputs: &NamedValues) -> Result<Vec<(String, String)>, Diagnosis> {
    fs::create_dir_all(folder).map_err(|error| Diagnosis::of_unwritable(folder, &error))?;
    let (mut files, mut written) = (Outputs::default(), Vec::new());
    for (name, value) in outputs {
        let Some(tensor) = value.as_tensor() else {
            continue;
        };
        let file = folder.join(format!("{}.npy", file_name(name)));
        let mut bytes = Vec::new();
        tensor.write_npy(&mut bytes)?;
        written.push((name.clone(), file.display().to_string()));
        files.add(Some(&file), || bytes);
    }
    files.write()?;
    Ok(written)
}

fn file_name(name: &str) -> String {
    let harmless = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(harmless).collect();
    if name.starts_with('.') {
        format!("_{name}")
    } else {
        name
    }
}
