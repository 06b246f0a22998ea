//! What the commands about requirements answer.

use super::text;
use crate::outputs::Written;
use envelope_deps::emit::report_json;
use envelope_deps::imports::{ImportKind, ImportedButRemoved, Suggestion};
use envelope_deps::{Diff, Graph, Holding, PackageName, Pruned, Sizes, Why};
use serde_json::{Value, json};

/// The report of a prune, with the files that were written.
pub(crate) fn pruned(pruned: &Pruned, sizes: &Sizes, written: &[Written]) -> String {
    let report = report_json(pruned, sizes);
    if written.is_empty() {
        return report;
    }
    match serde_json::from_str(&report) {
        Ok(Value::Object(mut report)) => {
            report.insert("files".to_owned(), files(written));
            text(&report)
        }
        _ => report,
    }
}

/// The files of an update.
pub(crate) fn updated(written: &[Written]) -> String {
    text(&json!({ "files": files(written) }))
}

fn files(written: &[Written]) -> Value {
    let file = |one: &Written| {
        json!({
            "path": one.path.to_string_lossy(),
            "changed": one.is_changed,
            "difference": one.difference,
        })
    };
    written.iter().map(file).collect()
}

/// Why a package is there.
pub(crate) fn why(name: &PackageName, why: Option<&Why>, is_known: bool) -> String {
    let Some(why) = why else {
        return text(&json!({"name": name.as_str(), "why": null, "known": is_known}));
    };
    let path: Vec<&str> = why.path.iter().map(PackageName::as_str).collect();
    let needed_by: Vec<Value> = why
        .needed_by
        .iter()
        .map(|(from, asked)| json!({"name": from.as_str(), "requirement": asked}))
        .collect();
    text(&json!({
        "name": name.as_str(),
        "why": path,
        "needed_by": needed_by,
        "root": why.is_root,
        "known": true,
    }))
}

/// What each root alone holds up.
pub(crate) fn holdings(graph: &Graph, holdings: &[Holding]) -> String {
    let holdings: Vec<Value> = holdings
        .iter()
        .map(|one| {
            let names = one
                .packages
                .iter()
                .map(|package| graph.name(*package).as_str());
            json!({
                "name": one.root.as_str(),
                "exclusive": names.collect::<Vec<_>>(),
                "needed_by": one.needed_by.iter().map(PackageName::as_str).collect::<Vec<_>>(),
                "bytes": one.size.map(|size| size.bytes),
                "files": one.size.map(|size| size.files),
            })
        })
        .collect();
    text(&json!({ "holdings": holdings }))
}

/// What might be pruned, and what is imported of what is.
pub(crate) fn suggestion(suggestion: &Suggestion, lost: &[ImportedButRemoved]) -> String {
    let names =
        |names: &[PackageName]| -> Value { names.iter().map(PackageName::as_str).collect() };
    let imports = suggestion.imports.iter().map(|one| {
        let places: Vec<String> = one.places.iter().map(ToString::to_string).collect();
        json!({
            "module": one.module,
            "packages": names(&one.packages),
            "kind": kind(one.kind),
            "places": places,
        })
    });
    let lost = lost.iter().map(|one| {
        json!({
            "module": one.import.module,
            "package": one.package.as_str(),
            "place": one.import.place.to_string(),
        })
    });
    let cannot_know = suggestion
        .cannot_know
        .iter()
        .map(|one| json!({"place": one.place.to_string(), "what": one.what}));
    let by_name = suggestion
        .by_name
        .iter()
        .map(|(name, groups)| json!({"name": name.as_str(), "entry_points": groups}));
    text(&json!({
        "prune": names(&suggestion.prune),
        "used": names(&suggestion.used),
        "not_asked_for": names(&suggestion.not_asked_for),
        "unknown": suggestion.unknown,
        "imports": imports.collect::<Value>(),
        "pruned_but_imported": lost.collect::<Value>(),
        "cannot_know": cannot_know.collect::<Value>(),
        "by_name": by_name.collect::<Value>(),
    }))
}

fn kind(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Always => "always",
        ImportKind::Conditional => "conditional",
        ImportKind::ByName => "by name",
        ImportKind::TypeOnly => "type checking",
    }
}

/// What differs.
pub(crate) fn diff(diff: &Diff) -> String {
    let listed = |list: &[(PackageName, Vec<String>)]| -> Value {
        list.iter()
            .map(|(name, versions)| json!({"name": name.as_str(), "versions": versions}))
            .collect()
    };
    let changed: Value = diff
        .changed
        .iter()
        .map(|(name, before, after)| json!({"name": name.as_str(), "from": before, "to": after}))
        .collect();
    text(&json!({
        "added": listed(&diff.added),
        "removed": listed(&diff.removed),
        "changed": changed,
        "same": diff.same,
    }))
}
