//! `ENV205` imports-pruned.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "ENV205",
    name: "imports-pruned",
    severity: Severity::Warning,
    summary: "the package's code imports what was pruned from its requirements",
    why: "The import fails where only the package's own requirements are installed. In a file that the model itself does not import it is only a note.",
    remedy: "take the package out of `requirements.prune`, name it in `requirements.keep`, or \
             leave the file out of `code`",
    check,
};

use super::python_source::PythonSource;
use crate::envelope_flavor;
use crate::mlmodel::MlModel;
use crate::yaml::Node;
use std::collections::BTreeSet;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(removed) = removed_modules(subject.mlmodel()) else {
        return;
    };
    let loaded = loaded_files(subject);
    for (file, text) in subject.python_sources() {
        let mut told = BTreeSet::new();
        for (line, module) in PythonSource::new(text).imported_modules() {
            let top = module.split('.').next().unwrap_or_default();
            let Some(package) = removed.get(top).and_then(Node::text) else {
                continue;
            };
            if !told.insert((line, top.to_owned())) {
                continue;
            }
            let place = Place::file(file).line(line);
            let message = format!("imports `{top}` of `{package}`, which was pruned");
            if loaded.as_ref().is_none_or(|loaded| loaded.contains(file)) {
                findings.add(place, message);
            } else {
                let message = format!("{message}; the model does not import this file");
                findings.add_as(Severity::Note, place, message);
            }
        }
    }
}

fn removed_modules(mlmodel: &MlModel) -> Option<&Node> {
    mlmodel
        .flavor(envelope_flavor::NAME)?
        .get(envelope_flavor::REQUIREMENTS)?
        .get(envelope_flavor::REMOVED_MODULES)
}

/// The files of the package's own code that loading the model runs, as far as imports show it;
/// nothing where it is not known what is loaded first.
fn loaded_files<'s>(subject: &'s Subject<'_>) -> Option<BTreeSet<&'s str>> {
    let mut waiting = first_modules(subject);
    let mut loaded = BTreeSet::new();
    if let Some(file) = subject.mlmodel().python_function()?.model_code_file() {
        let (file, text) = subject.python_sources().find(|(path, _)| *path == file)?;
        loaded.insert(file);
        waiting.extend(
            PythonSource::new(text)
                .imported_modules()
                .into_iter()
                .map(|(_, m)| m),
        );
    }
    while let Some(module) = waiting.pop() {
        // Importing `a.b` runs `a` as well.
        if let Some((outer, _)) = module.rsplit_once('.') {
            waiting.push(outer.to_owned());
        }
        let Some((file, source)) = subject.module(&module) else {
            continue;
        };
        if !loaded.insert(file) {
            continue;
        }
        let is_package = file.ends_with("/__init__.py");
        let imported = source.imported_modules().into_iter();
        waiting.extend(imported.filter_map(|(_, name)| absolute(&name, &module, is_package)));
    }
    (!loaded.is_empty()).then_some(loaded)
}

/// The modules that MLflow itself asks for.
fn first_modules(subject: &Subject<'_>) -> Vec<String> {
    let Some(flavor) = subject.mlmodel().python_function() else {
        return Vec::new();
    };
    let loader = flavor.loader_module().map(str::to_owned);
    let pickled = flavor.python_model().and_then(|file| subject.pickle(file));
    let globals = pickled.into_iter().flat_map(|report| &report.globals);
    globals
        .filter_map(|global| global.module.clone())
        .chain(loader)
        .collect()
}

/// `.x` as a module of the package that it stands in.
fn absolute(name: &str, module: &str, is_package: bool) -> Option<String> {
    let inner = name.trim_start_matches('.');
    let dots = name.len() - inner.len();
    if dots == 0 {
        return Some(name.to_owned());
    }
    let mut parts: Vec<&str> = module.split('.').collect();
    let up = if is_package { dots - 1 } else { dots };
    parts.truncate(parts.len().checked_sub(up)?);
    parts.extend((!inner.is_empty()).then_some(inner));
    (!parts.is_empty()).then(|| parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_to_the_package_that_a_module_stands_in() {
        for (name, module, is_package, expected) in [
            ("a.b", "p.m", false, Some("a.b")),
            (".x", "p.m", false, Some("p.x")),
            (".x", "p", true, Some("p.x")),
            (".", "p.m", false, Some("p")),
            ("..x.y", "p.q.m", false, Some("p.x.y")),
            ("...x", "p.m", false, None),
            (".x", "m", false, Some("x")),
        ] {
            assert_eq!(
                absolute(name, module, is_package).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
