//! What made a model, put into its package.

use super::Origin;
use crate::arguments::{PackageArguments, Secrets};
use crate::commands::capture::{Beginning, Found, Look, user, usual_python};
use crate::commands::recorded_runs;
use crate::diagnose::Diagnosis;
use envelope_capture::entrypoint::Started;
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder};
use envelope_capture::{Known, uncommitted};
use envelope_format::envelope_flavor;
use envelope_format::package::{Contents, Source};
use envelope_format::relative_path::RelativePath;
use envelope_format::yaml::Node;
use serde::Serialize;
use std::path::Path;

/// The record of the run, in the package.
const RECORD: &str = "artifacts/provenance.json";
/// The variable by which MLflow knows the run that a training goes on with.
const RUN_ID: &str = "MLFLOW_RUN_ID";
/// The variable that says where MLflow tracks.
const TRACKING_URI: &str = "MLFLOW_TRACKING_URI";

/// What is told of how a model came about.
struct Told {
    found: Found,
    /// The run's id and who started it, where there was one.
    run: Option<String>,
    user: Option<String>,
    /// All of it as a document.
    document: Vec<u8>,
    /// What was not committed, where there is any.
    files: Vec<(&'static str, &'static str, Source)>,
}

/// Adds what made the model: what the arguments say, or the run that wrote its files.
pub(super) fn with_origin(
    contents: Contents,
    base: &Path,
    arguments: &PackageArguments,
) -> Result<(Contents, Option<Origin>), Diagnosis> {
    let folder = if base == Path::new("") {
        Path::new(".")
    } else {
        base
    };
    let mut wrote = None;
    let told = if let Some(run) = &arguments.from_run {
        let run = recorded_runs::named(Some(run), folder)?;
        let (_, record) = RunFolder::open(&run)?;
        of_run(&run, record)?
    } else if arguments.provenance {
        of_now(folder, arguments.secrets)?
    } else if arguments.no_provenance {
        return Ok((contents, None));
    } else {
        let Some(written) = recorded_runs::that_wrote(&models(&contents), folder) else {
            return Ok((contents, None));
        };
        wrote = place_of(&contents, &written.file);
        of_run(&written.run, written.record)?
    };
    let changes = told.found.changes.value();
    let origin = Origin {
        wrote,
        run: told.run.clone(),
        commit: commit(&told.found).map(str::to_owned),
        is_dirty: changes.map(|changes| !changes.is_clean),
        restores_all: changes.map(|changes| changes.restores_all),
    };
    Ok((with(contents, &told)?, Some(origin)))
}

/// The files that a training may have written: all that are copied but code, which people write while
/// trainings run.
fn models(contents: &Contents) -> Vec<&Path> {
    let copied = contents.copied();
    let is_code = |file: &Path| file.extension().is_some_and(|ending| ending == "py");
    let models = copied.filter(|(place, file)| !place.is_in("code") && !is_code(file));
    models.map(|(_, file)| file).collect()
}

fn place_of(contents: &Contents, file: &Path) -> Option<String> {
    let (place, _) = contents.copied().find(|(_, copied)| *copied == file)?;
    Some(place.to_string())
}

/// What is recorded of a run.
fn of_run(run: &Path, record: Record) -> Result<Told, Diagnosis> {
    let is_dirty = matches!(&record.changes, Known::Value(changes) if !changes.is_clean);
    if is_dirty && !run.join(PATCH).is_file() {
        return Err(Diagnosis::of_lost_patch(&run.join(PATCH)));
    }
    let files = [("page", PAGE), ("patch", PATCH)].map(|(key, name)| (key, name, run.join(name)));
    let files = files.into_iter().filter(|(_, _, file)| file.is_file());
    Ok(Told {
        document: document(&record)?,
        run: Some(record.id.to_string()),
        user: record.user,
        files: files
            .map(|(key, name, file)| (key, name, Source::File(file)))
            .collect(),
        found: Found {
            provenance: record.provenance,
            changes: record.changes,
        },
    })
}

/// What there is now.
fn of_now(folder: &Path, how: Secrets) -> Result<Told, Diagnosis> {
    let folder =
        std::fs::canonicalize(folder).map_err(|error| Diagnosis::of_unreadable(folder, &error))?;
    let variables: Vec<_> = std::env::vars_os().collect();
    let python = usual_python(&variables);
    let look = Look {
        words: &[],
        folder: &folder,
        python: python.as_deref(),
        with_os_packages: false,
        secrets: match how {
            Secrets::Keep => uncommitted::Secrets::Keep,
            _ => uncommitted::Secrets::Mask,
        },
    };
    let beginning = Beginning::of(&look, &variables);
    if let Known::Value(changes) = &beginning.found.changes
        && how == Secrets::Refuse
        && !changes.masked.is_empty()
    {
        return Err(Diagnosis::of_secrets(&changes.masked));
    }
    let files = beginning.kept.map(|kept| {
        let page = Source::Bytes(kept.page.into_bytes());
        vec![
            ("page", PAGE, page),
            ("patch", PATCH, Source::Bytes(kept.patch)),
        ]
    });
    Ok(Told {
        document: document(&beginning.found)?,
        run: None,
        user: user(&variables),
        files: files.unwrap_or_default(),
        found: beginning.found,
    })
}

fn document(value: &impl Serialize) -> Result<Vec<u8>, Diagnosis> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| Diagnosis::new(error.to_string(), "this is a mistake of this program"))
}

/// Adds the record, the patch and its page, MLflow's tags as metadata, and the reference to the run.
fn with(mut contents: Contents, told: &Told) -> Result<Contents, Diagnosis> {
    let mut provenance = Node::mapping([("record", Node::string(RECORD))]);
    add(&mut contents, RECORD, Source::Bytes(told.document.clone()))?;
    let is_clean = matches!(&told.found.changes, Known::Value(changes) if changes.is_clean);
    for (key, name, source) in told.files.iter().filter(|_| !is_clean) {
        let path = format!("artifacts/{name}");
        add(&mut contents, &path, source.clone())?;
        provenance.set(key, Node::string(path));
    }
    for (key, value) in facts(told) {
        provenance.set(key, Node::string(value));
    }
    set_flavor(&mut contents, told, provenance);
    set_metadata(&mut contents, told);
    Ok(contents)
}

fn add(contents: &mut Contents, path: &str, source: Source) -> Result<(), Diagnosis> {
    let path = RelativePath::new(path)
        .map_err(|error| Diagnosis::new(error.to_string(), "this is a mistake of this program"))?;
    Ok(contents.add(path, source)?)
}

fn set_flavor(contents: &mut Contents, told: &Told, provenance: Node) {
    let flavor = contents.mlmodel.flavor(envelope_flavor::NAME).cloned();
    let mut flavor = flavor.unwrap_or_else(|| Node::mapping::<&str>([]));
    flavor.set(envelope_flavor::PROVENANCE, provenance);
    let variable = |name: &str| told.found.provenance.environment.get(name);
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
fn facts(told: &Told) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(run) = &told.run {
        facts.push(("run", run.clone()));
    }
    if let Some(commit) = commit(&told.found) {
        facts.push(("commit", commit.to_owned()));
    }
    if let Known::Value(git) = &told.found.provenance.git
        && let Known::Value(Some(branch)) = &git.branch
    {
        facts.push(("branch", branch.clone()));
    }
    facts
}

fn commit(found: &Found) -> Option<&str> {
    let git = found.provenance.git.value()?;
    git.commit.value()?.as_deref()
}

/// MLflow's tags, as metadata: a package has no tags of its own. The user's own values stay.
fn set_metadata(contents: &mut Contents, told: &Told) {
    let tags = tags(told);
    if tags.is_empty() {
        return;
    }
    let metadata = contents.mlmodel.metadata().cloned();
    let mut metadata = metadata.unwrap_or_else(|| Node::mapping::<&str>([]));
    for (name, value) in tags {
        if metadata.get(name).is_none() {
            metadata.set(name, Node::string(value));
        }
    }
    contents.mlmodel.set("metadata", metadata);
}

/// What MLflow's tracking would say of the run, see
/// <https://mlflow.org/docs/latest/ml/tracking/tracking-api/#system-tags>.
fn tags(told: &Told) -> Vec<(&'static str, String)> {
    let mut tags = Vec::new();
    if let Some(commit) = commit(&told.found) {
        tags.push(("mlflow.source.git.commit", commit.to_owned()));
    }
    if let Known::Value(git) = &told.found.provenance.git {
        if let Known::Value(Some(branch)) = &git.branch {
            tags.push(("mlflow.source.git.branch", branch.clone()));
        }
        let remotes = git.remotes.value().into_iter().flatten();
        let mut remotes = remotes.collect::<Vec<_>>();
        remotes.sort_by_key(|remote| remote.name != "origin");
        if let Some(remote) = remotes.first() {
            tags.push(("mlflow.source.git.repoURL", remote.url.clone()));
        }
        if let Known::Value(changes) = &told.found.changes {
            tags.push(("mlflow.source.git.dirty", (!changes.is_clean).to_string()));
        }
    }
    if let Known::Value(entrypoint) = &told.found.provenance.entrypoint {
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
    if let Some(user) = &told.user {
        tags.push(("mlflow.user", user.clone()));
    }
    tags
}
