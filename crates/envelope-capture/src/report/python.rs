//! Python and its packages.

use super::facts::{Facts, Table, known, known_table};
use crate::known::Known;
use crate::page::markup::Markup;
use crate::python::{Installation, Origin, Package, Python};

pub(super) fn write(markup: &mut Markup, python: &Known<Python>) {
    markup.raw("<section id=\"python\"><h2>Python</h2>");
    known(markup, python, facts);
    markup.raw("</section>");
}

fn facts(markup: &mut Markup, python: &Python) {
    let mut facts = Facts::begin(markup);
    facts.known("Version", &python.version);
    facts.known("Implementation", &python.implementation);
    facts.text(
        "Installation",
        match python.installation {
            Installation::Virtual => "a virtual environment",
            Installation::Conda => "an environment of conda",
            Installation::Base => "one that stands by itself",
        },
    );
    drop(facts);
    // What comes from no index is what somebody else cannot simply install.
    if let Known::Value(packages) = &python.packages {
        let own = packages.iter().filter(|package| package.origin.is_some());
        Table {
            title: "Packages that come from no index",
            columns: &["Name", "Version", "From"],
            rows: own.map(row).collect(),
        }
        .write(markup);
    }
    known_table(markup, "Packages", &python.packages, |packages| Table {
        title: "Packages",
        columns: &["Name", "Version", "From"],
        rows: packages.iter().map(row).collect(),
    });
    Table {
        title: "Packages of conda",
        columns: &["Name", "Version", "Build"],
        rows: python
            .conda_packages
            .iter()
            .map(|package| {
                vec![
                    package.name.clone(),
                    package.version.clone(),
                    package.build.clone(),
                ]
            })
            .collect(),
    }
    .write(markup);
}

fn row(package: &Package) -> Vec<String> {
    let origin = package.origin.as_ref().map_or_else(String::new, from);
    vec![package.name.clone(), package.version.clone(), origin]
}

fn from(origin: &Origin) -> String {
    let commit = origin.commit.as_ref();
    let commit = commit.map_or_else(String::new, |commit| format!(" at {commit}"));
    let editable = if origin.editable { ", editable" } else { "" };
    format!("{}{commit}{editable}", origin.url)
}
