//! `envelope package`: from a declaration to a package.

mod own_code;
#[cfg(feature = "capture")]
mod provenance;
#[cfg(feature = "infer")]
pub(crate) mod trial;

use super::{Answer, Context};
use crate::arguments::PackageArguments;
use crate::arguments::deps::{InputArguments, PruneArguments, PruneChoice, ReadingArguments};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::progress::Bar;
use crate::report::{human, json};
use envelope_deps::imports::FirstParty;
use envelope_deps::source;
use envelope_format::package::{Durability, SealOptions, Sealed, seal};
use envelope_format::spec::{self, PrunedRequirements, RequirementsSpec, Spec};
use jiff::Timestamp;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

pub(super) fn run(arguments: &PackageArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let path = spec_file(&arguments.spec)?;
    let mut spec = Spec::load(&path)?;
    if let Some(epoch) = &context.surroundings.source_date_epoch {
        spec.created = Some(time(epoch)?);
    }
    let base = path.parent().unwrap_or(Path::new(""));
    spec.pruned = pruned(&spec, base)?;
    let own_code = own_code::found(&spec, base)?;
    spec.collected = own_code.as_ref().map(own_code::for_package);
    let contents = spec.contents(base, &path)?;
    #[cfg(feature = "capture")]
    let (contents, origin) = provenance::with_origin(contents, base, arguments)?;
    #[cfg(not(feature = "capture"))]
    let origin = None;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => folder_named(&spec.name)?,
    };
    let progress = Bar::new(!context.global.quiet && !arguments.json);
    let options = SealOptions {
        replace: arguments.force,
        durability: if arguments.no_sync {
            Durability::Process
        } else {
            Durability::PowerLoss
        },
    };
    #[cfg(feature = "infer")]
    let contents = if arguments.no_run {
        contents
    } else {
        trial::with_output(contents, &out)?
    };
    let sealed = seal(contents, &out, options, &progress)?;
    drop(progress);
    let made = Made {
        sealed: &sealed,
        name: &spec.name,
        kind: spec.kind.as_str(),
        own_code: own_code.as_ref(),
        origin: origin.as_ref(),
        trial: tried(&sealed, arguments)?,
    };
    let is_wrong = made.trial.as_ref().is_some_and(|trial| trial.is_wrong);
    let text = if arguments.json {
        json::text(&json::sealed(&made))
    } else if context.global.quiet {
        String::new()
    } else {
        human::sealed(&made, context.width)
    };
    let status = if is_wrong {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    };
    Ok(Answer::new(text, status))
}

/// A package that was made.
pub(crate) struct Made<'a> {
    pub(crate) sealed: &'a Sealed,
    pub(crate) name: &'a str,
    pub(crate) kind: &'a str,
    /// The code that was found by its imports.
    pub(crate) own_code: Option<&'a FirstParty>,
    /// What made the model, where that is in the package.
    pub(crate) origin: Option<&'a Origin>,
    /// What became of its example, where it was to be run.
    pub(crate) trial: Option<Tried>,
}

/// What made a model.
#[derive(serde::Serialize)]
pub(crate) struct Origin {
    /// The id of the recorded run.
    pub(crate) run: Option<String>,
    /// A file of the package that shows it: it was written while the run went on.
    pub(crate) wrote: Option<String>,
    /// The commit.
    pub(crate) commit: Option<String>,
    /// Whether there were changes that were not committed; `None` where that is not known.
    pub(crate) is_dirty: Option<bool>,
    /// Whether the patch gives them all back; masked secrets, for one, do not come back.
    pub(crate) restores_all: Option<bool>,
}

/// What became of an example that was run.
pub(crate) struct Tried {
    /// A word for scripts.
    pub(crate) word: &'static str,
    /// A sentence for people.
    pub(crate) words: String,
    /// Whether the package does not answer as it should.
    pub(crate) is_wrong: bool,
}

#[cfg(feature = "infer")]
fn tried(sealed: &Sealed, arguments: &PackageArguments) -> Result<Option<Tried>, Diagnosis> {
    if arguments.no_run {
        return Ok(None);
    }
    let trial = trial::run(&sealed.path)?;
    if trial == trial::Trial::NoExample {
        return Ok(None);
    }
    Ok(Some(Tried {
        word: trial.word(),
        words: trial.words(),
        is_wrong: trial.is_wrong(),
    }))
}

/// A program without models runs none.
#[cfg(not(feature = "infer"))]
#[expect(clippy::unnecessary_wraps, reason = "with models it can fail")]
fn tried(_: &Sealed, _: &PackageArguments) -> Result<Option<Tried>, Diagnosis> {
    Ok(None)
}

/// What the prune leaves that the spec asks for. A lock says so itself; nothing is asked of the
/// network.
fn pruned(spec: &Spec, base: &Path) -> Result<Option<PrunedRequirements>, Diagnosis> {
    let RequirementsSpec::From {
        from,
        prune,
        keep,
        roots,
    } = &spec.requirements
    else {
        return Ok(None);
    };
    let input = base.join(from);
    if prune.is_empty() && source::is_requirements_file(&input) {
        return Ok(None);
    }
    let arguments = PruneArguments {
        input: InputArguments {
            inputs: vec![input],
            reading: ReadingArguments {
                roots: roots.iter().map(|roots| base.join(roots)).collect(),
                keep: keep.clone(),
                ..ReadingArguments::default()
            },
        },
        choice: PruneChoice {
            prune: prune.clone(),
            ..PruneChoice::default()
        },
        ..PruneArguments::default()
    };
    super::deps::for_package(&arguments).map(Some)
}

/// The spec itself, where its folder may have been named instead.
fn spec_file(given: &Path) -> Result<PathBuf, Diagnosis> {
    let path = if given.is_dir() {
        given.join(spec::FILE_NAME)
    } else {
        given.to_owned()
    };
    if path.exists() {
        return Ok(path);
    }
    let was_given = given != Path::new(spec::FILE_NAME);
    Err(Diagnosis::of_missing_spec(&path, was_given))
}

/// The time in `SOURCE_DATE_EPOCH`, as a spec writes it.
fn time(epoch: &OsStr) -> Result<String, Diagnosis> {
    let text = epoch.to_string_lossy();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map(|time| time.to_string())
        .ok_or_else(|| Diagnosis::of_epoch(&text))
}

/// The folder of that name in the current one.
fn folder_named(name: &str) -> Result<PathBuf, Diagnosis> {
    let path = Path::new(name);
    let mut parts = path.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(_)), None) if !name.contains(['\\', '/']) => Ok(path.to_owned()),
        _ => Err(Diagnosis::of_unusable_name(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_whole_seconds_and_nothing_else() {
        for (text, expected) in [
            ("0", Some("1970-01-01T00:00:00Z")),
            ("1767225600", Some("2026-01-01T00:00:00Z")),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("yesterday", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(time(OsStr::new(text)).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_a_path_makes_no_folder() {
        for name in ["", ".", "..", "a/b", "/a", "a/", "a\\b"] {
            assert!(folder_named(name).is_err(), "{name}");
        }
        assert_eq!(folder_named("item_price"), Ok(PathBuf::from("item_price")));
    }
}
