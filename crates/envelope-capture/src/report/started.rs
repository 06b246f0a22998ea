//! What was started: the command, its parameters, and the variables that it got.

use super::facts::{Facts, Table, known};
use super::head::shell;
use crate::entrypoint::{Entrypoint, Started};
use crate::page::markup::Markup;
use crate::provenance::Provenance;

pub(super) fn write(markup: &mut Markup, provenance: &Provenance) {
    markup.raw("<section id=\"started\"><h2>What ran</h2>");
    known(markup, &provenance.entrypoint, entrypoint);
    let variables = provenance.environment.iter();
    let variables = variables.map(|(name, value)| vec![name.clone(), value.clone()]);
    let variables: Vec<Vec<String>> = variables.collect();
    if variables.is_empty() {
        markup.raw("<p class=\"quiet\">None of the variables that are recorded was set.</p>");
    }
    Table {
        title: "Environment variables",
        columns: &["Name", "Value"],
        rows: variables,
    }
    .write(markup);
    markup.raw("</section>");
}

fn entrypoint(markup: &mut Markup, entrypoint: &Entrypoint) {
    let parameters = entrypoint.parameters.iter();
    let parameters = parameters.map(|(name, value)| vec![name.clone(), value.to_string()]);
    Table {
        title: "Parameters",
        columns: &["Name", "Value"],
        rows: parameters.collect(),
    }
    .write(markup);
    let mut facts = Facts::begin(markup);
    let (kind, name) = match &entrypoint.started {
        Started::Script(path) => ("Script", path.as_str()),
        Started::Module(name) => ("Module", name.as_str()),
        Started::Notebook(path) => ("Notebook", path.as_str()),
        Started::Code => ("Code", "in the command line"),
        Started::Program(name) => ("Program", name.as_str()),
    };
    facts.code(kind, name);
    facts.known("Working folder", &entrypoint.folder);
    facts.known(
        "Interpreter",
        &entrypoint.interpreter.clone().map(|found| found.name),
    );
    if !entrypoint.launchers.is_empty() {
        facts.code("Launched by", &entrypoint.launchers.join(" → "));
    }
    facts.code("Command line", &shell(&entrypoint.command));
}
