//! `envelope deps prune`: takes packages out, with all that only they need.

use super::reading::{Work, prune_spec};
use crate::arguments::deps::PruneArguments;
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::outputs::{Outputs, Written};
use crate::report::{human, json};
use envelope_deps::emit::{self, RequirementsOptions, TreeOptions};
#[cfg(feature = "package")]
use envelope_deps::imports;
use envelope_deps::source::RewriteOptions;
use envelope_deps::{Graph, Pruned, Sizes, size};
use std::path::Path;

pub(super) fn run(arguments: &PruneArguments, context: &Context) -> Result<Answer, Diagnosis> {
    // The process ends with the answer: to give back a million small pieces one by one would take
    // longer than to read them.
    let work: &Work = Box::leak(Box::new(read(arguments)?));
    let graph: &Graph = Box::leak(Box::new(work.graph()));
    let pruned = graph.prune(&prune_spec(&arguments.choice)?)?;
    let sizes = sizes(arguments, &pruned);
    if arguments.output.as_deref() == Some(Path::new("-")) && !arguments.json {
        let text = String::from_utf8(requirements(work, &pruned, arguments));
        let text =
            text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        return Ok(Answer::success(text));
    }
    let written = write(arguments, work, &pruned, &sizes)?;
    let is_stale = arguments.check && written.iter().any(|file| file.is_changed);
    let text = if arguments.json {
        json::pruned(&pruned, &sizes, &written)
    } else if context.global.quiet {
        String::new()
    } else {
        let view = human::PrunedView {
            width: context.width,
            is_verbose: context.global.verbose,
            is_check: arguments.check,
        };
        human::pruned(&pruned, &sizes, &written, view)
    };
    let status = if is_stale {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    };
    Ok(Answer::new(text, status))
}

/// Makes the files of one prune, or compares them with what is there.
pub(super) fn make(arguments: &PruneArguments) -> Result<Vec<Written>, Diagnosis> {
    let work = read(arguments)?;
    let graph = work.graph();
    let pruned = graph.prune(&prune_spec(&arguments.choice)?)?;
    let sizes = sizes(arguments, &pruned);
    write(arguments, &work, &pruned, &sizes)
}

fn read(arguments: &PruneArguments) -> Result<Work, Diagnosis> {
    if arguments.narrow_markers {
        Work::read_with_markers(&arguments.input)
    } else {
        Work::read(&arguments.input)
    }
}

fn write(
    arguments: &PruneArguments,
    work: &Work,
    pruned: &Pruned,
    sizes: &Sizes,
) -> Result<Vec<Written>, Diagnosis> {
    let mut outputs = Outputs::default();
    let output = arguments.output.as_ref();
    outputs.add(output.filter(|path| *path != Path::new("-")), || {
        requirements(work, pruned, arguments)
    });
    let options = TreeOptions::default();
    outputs.add(arguments.report_full.as_ref(), || {
        emit::full_report(pruned, sizes, &options).into_bytes()
    });
    outputs.add(arguments.report_model.as_ref(), || {
        emit::model_report(pruned, sizes, &options).into_bytes()
    });
    outputs.add(arguments.report_html.as_ref(), || {
        emit::html(pruned, sizes).into_bytes()
    });
    if arguments.check {
        outputs.compare()
    } else {
        outputs.write()
    }
}

/// The requirements that stay: the user's own lines, or lines made from a lock.
fn requirements(work: &Work, pruned: &Pruned, arguments: &PruneArguments) -> Vec<u8> {
    if let Some(document) = &work.document {
        let options = RewriteOptions {
            narrow_markers: arguments.narrow_markers,
        };
        return document.rewrite(pruned, options);
    }
    let options = RequirementsOptions {
        hashes: !arguments.no_hashes,
        ..RequirementsOptions::default()
    };
    emit::requirements(pruned, options).into_bytes()
}

/// Sizes of what goes; of all only where a report shows them.
fn sizes(arguments: &PruneArguments, pruned: &Pruned) -> Sizes {
    let reports = [
        &arguments.report_full,
        &arguments.report_model,
        &arguments.report_html,
    ];
    if reports.iter().any(|report| report.is_some()) {
        Sizes::measure(pruned.graph(), size::measure)
    } else {
        let removed = pruned.removed.iter().map(|one| one.package);
        Sizes::of_packages(pruned.graph(), removed, size::measure)
    }
}

/// What `envelope package` needs of a prune.
#[cfg(feature = "package")]
pub(in crate::commands) fn for_package(
    arguments: &PruneArguments,
) -> Result<envelope_format::spec::PrunedRequirements, Diagnosis> {
    let work = read(arguments)?;
    let graph = work.graph();
    let pruned = graph.prune(&prune_spec(&arguments.choice)?)?;
    let sizes = Sizes::measure(&graph, size::measure);
    let options = TreeOptions::default();
    let text = requirements(&work, &pruned, arguments);
    let removed = imports::removed_modules(&pruned);
    let removed = removed
        .into_iter()
        .map(|(module, name)| (module, name.to_string()));
    Ok(envelope_format::spec::PrunedRequirements {
        requirements: String::from_utf8_lossy(&text).into_owned(),
        reports: vec![
            (
                "requirements-graph-full.txt".to_owned(),
                emit::full_report(&pruned, &sizes, &options),
            ),
            (
                "requirements-graph-model.txt".to_owned(),
                emit::model_report(&pruned, &sizes, &options),
            ),
        ],
        removed_modules: removed.collect(),
    })
}
