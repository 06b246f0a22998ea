//! `envelope deps update`: does what a repository has written down.

use super::prune::make;
use crate::arguments::deps::{
    InputArguments, OnRequired, OnUnmatched, PruneArguments, PruneChoice, ReadingArguments,
    UpdateArguments,
};
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::outputs::Written;
use crate::report::{human, json};
use envelope_deps::plan::{self, Plan, PlannedPrune};
use std::path::{Path, PathBuf};

pub(super) fn run(arguments: &UpdateArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let path = match &arguments.config {
        Some(path) => path.clone(),
        None => usual_plan()?,
    };
    let plan = Plan::read(&path)?;
    if plan.prunes.is_empty() {
        return Err(Diagnosis::new(
            format!("`{}` plans no prune", path.display()),
            "add a `[[prune]]` table to envelope-deps.toml, or `[[tool.envelope-deps.prune]]` to \
             pyproject.toml; `envelope deps update --help` shows one",
        ));
    }
    let mut written: Vec<Written> = Vec::new();
    for planned in plan.prunes {
        written.extend(make(&in_words(planned, arguments.check))?);
    }
    let is_changed = written.iter().any(|file| file.is_changed);
    let text = if arguments.json {
        json::updated(&written)
    } else if context.global.quiet {
        String::new()
    } else {
        human::updated(&written, arguments.check, context.width)
    };
    let status = if is_changed {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    };
    Ok(Answer::new(text, status))
}

/// The first of the usual files that is there and plans something.
fn usual_plan() -> Result<PathBuf, Diagnosis> {
    let there = plan::FILE_NAMES.iter().map(Path::new);
    let found = there.filter(|path| path.is_file()).find(|path| {
        // A project without the table says nothing; one with mistakes is to be told of them.
        Plan::read(path).map_or(true, |plan| !plan.prunes.is_empty())
    });
    found.map(Path::to_owned).ok_or_else(|| {
        Diagnosis::new(
            format!("found no plan: neither {}", plan::FILE_NAMES.join(" nor ")),
            "write down what to prune; `envelope deps update --help` shows how",
        )
    })
}

/// The plan as the words of `envelope deps prune`.
fn in_words(planned: PlannedPrune, check: bool) -> PruneArguments {
    PruneArguments {
        input: InputArguments {
            inputs: planned.input.to_vec(),
            reading: ReadingArguments {
                site_packages: planned.site_packages,
                roots: planned.roots.to_vec(),
                root: planned.root.to_vec(),
                keep: planned.keep.to_vec(),
                extra: planned.extra.to_vec(),
                group: planned.group.to_vec(),
                python_version: planned.python_version,
                platform: planned.platform,
                ..ReadingArguments::default()
            },
        },
        choice: PruneChoice {
            prune: planned.prune.to_vec(),
            on_required: match planned.on_required {
                envelope_deps::OnRequired::Error => OnRequired::Error,
                envelope_deps::OnRequired::Cut => OnRequired::Cut,
                envelope_deps::OnRequired::Keep => OnRequired::Keep,
            },
            on_unmatched: match planned.on_unmatched {
                envelope_deps::OnUnmatched::Error => OnUnmatched::Error,
                envelope_deps::OnUnmatched::Warn => OnUnmatched::Warn,
            },
        },
        output: planned.output,
        report_full: planned.report_full,
        report_model: planned.report_model,
        report_html: planned.report_html,
        narrow_markers: planned.narrow_markers,
        no_hashes: planned.no_hashes,
        check,
        json: false,
    }
}
