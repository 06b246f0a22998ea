//! `ENV201` environment-disagrees.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "ENV201",
    name: "environment-disagrees",
    severity: Severity::Warning,
    summary: "the environment files ask for different things",
    why: "Which packages a user gets would depend on the tool that makes the environment.",
    remedy: "make `requirements.txt`, `conda.yaml` and `python_env.yaml` from one list; `envelope package` does",
    check,
};

use crate::environment::{CONDA_FILE, PYTHON_ENV_FILE, REQUIREMENTS_FILE};
use crate::mlmodel::PythonFunction;
use std::collections::BTreeSet;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, message) in subject.unreadable_environments() {
        findings.add(Place::file(*file), message.clone());
    }
    compare_requirements(subject, findings);
    compare_python(subject, findings);
    if let (Some(env), Some(_)) = (subject.python_env(), subject.requirements()) {
        let named = env
            .dependencies
            .iter()
            .any(|line| line.contains(REQUIREMENTS_FILE));
        if !named && !env.dependencies.is_empty() {
            let message = format!("does not ask for `-r {REQUIREMENTS_FILE}`");
            findings.add(
                Place::file(PYTHON_ENV_FILE).element("dependencies"),
                message,
            );
        }
    }
}

fn compare_requirements(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(conda), Some(requirements)) = (subject.conda(), subject.requirements()) else {
        return;
    };
    let normal = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let by_pip: BTreeSet<String> = requirements.texts().map(normal).collect();
    let by_conda: BTreeSet<String> = conda.pip().into_iter().map(normal).collect();
    let place = || Place::file(CONDA_FILE).element("dependencies.pip");
    for line in by_pip.difference(&by_conda) {
        findings.add(
            place(),
            format!("lacks `{line}`, which `{REQUIREMENTS_FILE}` has"),
        );
    }
    for line in by_conda.difference(&by_pip) {
        findings.add(
            place(),
            format!("has `{line}`, which `{REQUIREMENTS_FILE}` lacks"),
        );
    }
}

fn compare_python(subject: &Subject<'_>, findings: &mut Findings) {
    let flavor = subject.mlmodel().python_function();
    let conda = subject.conda().and_then(|env| env.python());
    let versions = [
        ("MLmodel", flavor.and_then(PythonFunction::python_version)),
        (
            PYTHON_ENV_FILE,
            subject.python_env().and_then(|env| env.python.as_deref()),
        ),
        (CONDA_FILE, conda),
    ];
    let mut known = versions
        .iter()
        .filter_map(|(file, version)| Some((file, (*version)?)));
    let Some((first, expected)) = known.next() else {
        return;
    };
    for (file, found) in known.filter(|(_, found)| *found != expected) {
        let message = format!("asks for Python {found}, but `{first}` for {expected}");
        findings.add(Place::file(*file).element("python"), message);
    }
}
