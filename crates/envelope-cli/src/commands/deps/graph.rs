//! `envelope deps graph`: the graph in the format that is asked for.

use super::reading::{Work, prune_spec};
use crate::arguments::deps::{GraphArguments, GraphFormat};
use crate::commands::Answer;
use crate::diagnose::Diagnosis;
use crate::outputs::Outputs;
use envelope_deps::emit::{self, TreeOptions};
use envelope_deps::{Pruned, Sizes};

pub(super) fn run(arguments: &GraphArguments) -> Result<Answer, Diagnosis> {
    let work = Work::read(&arguments.input)?;
    let graph = work.graph();
    let pruned = graph.prune(&prune_spec(&arguments.choice)?)?;
    let format = if arguments.json {
        GraphFormat::Json
    } else {
        arguments.format
    };
    let text = drawn(&pruned, format, arguments.ascii);
    if arguments.output.is_none() {
        return Ok(Answer::success(text));
    }
    let mut outputs = Outputs::default();
    outputs.add(arguments.output.as_ref(), || text.into_bytes());
    outputs.write()?;
    Ok(Answer::success(String::new()))
}

fn drawn(pruned: &Pruned, format: GraphFormat, ascii: bool) -> String {
    let sizes = Sizes::measure(pruned.graph(), envelope_deps::size::measure);
    match format {
        GraphFormat::Tree => {
            let options = TreeOptions {
                ascii,
                ..TreeOptions::default()
            };
            emit::full_report(pruned, &sizes, &options)
        }
        GraphFormat::Json => emit::graph_json(pruned, &sizes),
        GraphFormat::Dot => emit::dot(pruned),
        GraphFormat::Mermaid => emit::mermaid(pruned),
        GraphFormat::Cyclonedx => emit::cyclonedx(pruned),
        GraphFormat::Html => emit::html(pruned, &sizes),
    }
}
