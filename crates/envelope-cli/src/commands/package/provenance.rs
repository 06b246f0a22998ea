//! What is recorded of a run, put into the package that it made.

use crate::commands::capture::run_folder;
use crate::diagnose::Diagnosis;
use envelope_capture::Known;
use envelope_capture::entrypoint::Started;
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder};
use envelope_format::envelope_flavor;
use envelope_format::package::{Contents, Source};
use envelope_format::relative_path::RelativePath;
use envelope_format::yaml::Node;
use std::path::Path;

/// The record of the run, in the package.
const RECORD: &str = "artifacts/provenance.json";
/// The variable by which MLflow knows the run that a training goes on with.
const RUN_ID: &str = "MLFLOW_RUN_ID";
/// The variable that says where MLflow tracks.
const TRACKING_URI: &str = "MLFLOW_TRACKING_URI";

/// Adds the record, the patch and its page, MLflow's tags as metadata, and the reference to the run.
pub(super) fn with_run(mut contents: Contents, named: &Path) -> Result<Contents, Diagnosis> {
    let place = run_folder(Some(named))?;
    let (_, record) = RunFolder::open(&place)?;
    let text = serde_json::to_vec_pretty(&record)
        .map_err(|error| Diagnosis::new(error.to_string(), "this is a mistake of this program"))?;
    let mut provenance = Node::mapping([("record", Node::string(RECORD))]);
    add(&mut contents, RECORD, Source::Bytes(text))?;
    for (key, name) in [("page", PAGE), ("patch", PATCH)] {
        let file = place.join(name);
        if !is_filled(&file) || is_clean(&record) {
            continue;
        }
        let path = format!("artifacts/{name}");
        add(&mut contents, &path, Source::File(file))?;
        provenance.set(key, Node::string(path));
    }
    for (key, value) in facts(&record) {
        provenance.set(key, Node::string(value));
    }
    set_flavor(&mut contents, &record, provenance);
    set_metadata(&mut contents, &record);
    Ok(contents)
}

fn add(contents: &mut Contents, path: &str, source: Source) -> Result<(), Diagnosis> {
    let path = RelativePath::new(path)
        .map_err(|error| Diagnosis::new(error.to_string(), "this is a mistake of this program"))?;
    Ok(contents.add(path, source)?)
}

fn is_filled(file: &Path) -> bool {
    file.metadata().is_ok_and(|facts| facts.len() > 0)
}

fn is_clean(record: &Record) -> bool {
    record
        .changes
        .value()
        .is_some_and(|changes| changes.is_clean)
}

fn set_flavor(contents: &mut Contents, record: &Record, provenance: Node) {
    let flavor = contents.mlmodel.flavor(envelope_flavor::NAME).cloned();
    let mut flavor = flavor.unwrap_or_else(|| Node::mapping::<&str>([]));
    flavor.set(envelope_flavor::PROVENANCE, provenance);
    let variable = |name: &str| record.provenance.environment.get(name);
    // What the spec says of the run counts more.
    if let Some(id) = variable(RUN_ID)
        && flavor.get_set("run").is_none()
    {
        let mut run = Node::mapping([("id", Node::string(id))]);
        if let Some(uri) = variable(TRACKING_URI) {
            run.set("tracking_uri", Node::string(uri));
        }
        flavor.set("run", run);
        contents.mlmodel.set("run_id", Node::string(id));
    }
    contents.mlmodel.set_flavor(envelope_flavor::NAME, flavor);
}

/// Facts that the package can be found by.
fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let mut facts = vec![("run", record.id.to_string())];
    if let Known::Value(git) = &record.provenance.git {
        if let Known::Value(Some(commit)) = &git.commit {
            facts.push(("commit", commit.clone()));
        }
        if let Known::Value(Some(branch)) = &git.branch {
            facts.push(("branch", branch.clone()));
        }
    }
    facts
}

/// MLflow's tags, as metadata: a package has no tags of its own. The user's own values stay.
fn set_metadata(contents: &mut Contents, record: &Record) {
    let metadata = contents.mlmodel.metadata().cloned();
    let mut metadata = metadata.unwrap_or_else(|| Node::mapping::<&str>([]));
    for (name, value) in tags(record) {
        if metadata.get(name).is_none() {
            metadata.set(name, Node::string(value));
        }
    }
    contents.mlmodel.set("metadata", metadata);
}

/// What MLflow's tracking would say of the run, see
/// <https://mlflow.org/docs/latest/ml/tracking/tracking-api/#system-tags>.
fn tags(record: &Record) -> Vec<(&'static str, String)> {
    let mut tags = Vec::new();
    if let Known::Value(git) = &record.provenance.git {
        if let Known::Value(Some(commit)) = &git.commit {
            tags.push(("mlflow.source.git.commit", commit.clone()));
        }
        if let Known::Value(Some(branch)) = &git.branch {
            tags.push(("mlflow.source.git.branch", branch.clone()));
        }
        let remotes = git.remotes.value().into_iter().flatten();
        let mut remotes = remotes.collect::<Vec<_>>();
        remotes.sort_by_key(|remote| remote.name != "origin");
        if let Some(remote) = remotes.first() {
            tags.push(("mlflow.source.git.repoURL", remote.url.clone()));
        }
        if let Known::Value(changes) = &record.changes {
            tags.push(("mlflow.source.git.dirty", (!changes.is_clean).to_string()));
        }
    }
    if let Known::Value(entrypoint) = &record.provenance.entrypoint {
        let (kind, name) = match &entrypoint.started {
            Started::Notebook(name) => ("NOTEBOOK", name.clone()),
            Started::Script(name) | Started::Module(name) | Started::Program(name) => {
                ("LOCAL", name.clone())
            }
            Started::Code => ("LOCAL", "-c".to_owned()),
        };
        tags.push(("mlflow.source.name", name));
        tags.push(("mlflow.source.type", kind.to_owned()));
    }
    if let Some(user) = &record.user {
        tags.push(("mlflow.user", user.clone()));
    }
    tags
}
