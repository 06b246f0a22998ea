//! What is told when requirements cannot be read, or a prune is refused.

use super::{Code, Diagnosis, io_hint};
use envelope_deps::{Conflict, Error, PackageName, Refusal};
use serde_json::{Value, json};

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let code = Code {
            word: error.code(),
            detail: detail(&error),
            is_refusal: matches!(error, Error::Refused(_)),
        };
        Self {
            message: error.to_string(),
            hint: hint(&error),
            code: Some(Box::new(code)),
            ..Self::default()
        }
    }
}

/// What the error is about, for scripts.
fn detail(error: &Error) -> Value {
    match error {
        Error::Refused(Refusal::UnmatchedPrune { names, .. }) => json!(names),
        Error::Refused(Refusal::KeepAndPrune { names }) => json!(texts(names)),
        Error::Refused(Refusal::PrunedButRequired { conflicts }) => conflicts
            .iter()
            .map(|one| json!([one.kept.as_str(), one.pruned.as_str()]))
            .collect(),
        Error::MissingInclude { include, .. } => json!(include),
        Error::ConflictingPins(pins) => json!(pins.name.as_str()),
        Error::Syntax { place, .. } => json!({
            "file": place.path.to_string_lossy(), "line": place.line, "column": place.column,
        }),
        Error::Io { path, .. }
        | Error::UnsupportedVersion { path, .. }
        | Error::NoEdges { path, .. }
        | Error::UnknownFormat { path } => json!(path.to_string_lossy()),
        _ => Value::Null,
    }
}

fn texts(names: &[PackageName]) -> Vec<&str> {
    names.iter().map(PackageName::as_str).collect()
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Io { source, .. } => return io_hint(source),
        Error::Refused(Refusal::UnmatchedPrune { nearest, .. }) => {
            let near: Vec<String> = nearest
                .iter()
                .flatten()
                .map(|name| format!("`{name}`"))
                .collect();
            if near.is_empty() {
                "`envelope deps graph` shows what there is; `--on-unmatched warn` goes on".into()
            } else {
                format!("did you mean {}?", near.join(", "))
            }
        }
        Error::Refused(Refusal::PrunedButRequired { conflicts }) => ways_out(conflicts),
        Error::Refused(Refusal::KeepAndPrune { .. }) => {
            "take it out of `--keep` or out of `--prune`".to_owned()
        }
        Error::MissingInclude { .. } => "paths in a requirements file are relative to it".into(),
        Error::ConflictingPins(_) => {
            "remove one of the two lines, or give them markers that exclude each other".to_owned()
        }
        Error::NoEdges { .. } => "name a second source that knows who needs whom: a lock, \
             requirements with `# via` comments, or `--site-packages DIR`"
            .to_owned(),
        Error::UnknownFormat { .. } => "known are requirements files, uv.lock, pylock.toml, \
             poetry.lock, pdm.lock, environment.yml, and folders of installed packages"
            .to_owned(),
        _ => return None,
    };
    Some(hint)
}

/// The ways out of a conflict: prune the kept package too, or the extra that asks, or cut.
fn ways_out(conflicts: &[Conflict]) -> String {
    let mut kept: Vec<String> = conflicts.iter().map(|one| one.kept.to_string()).collect();
    kept.dedup();
    let mut ways = vec![format!(
        "prune what needs it as well (`--prune {}`)",
        kept.join(",")
    )];
    let with_extra = conflicts
        .iter()
        .find_map(|one| Some((&one.kept, one.extra.as_ref()?)));
    if let Some((name, extra)) = with_extra {
        ways.push(format!(
            "prune the extra that asks for it (`--prune '{name}[{extra}]'`)"
        ));
    }
    ways.push("cut it where the platform provides it (`--on-required cut`)".to_owned());
    ways.push("leave what is still needed (`--on-required keep`)".to_owned());
    format!("the ways out: {}", ways.join("; "))
}
