//! The environment of a new package: requirements, constraints, conda and virtual environment, all
//! made from the same lines, so that they agree.

use super::mistake::Mistakes;
use super::{RequirementsSpec, Spec};
use crate::environment::{
    CONSTRAINTS_FILE, CondaDependency, CondaEnv, Pin, PythonEnv, REQUIREMENTS_FILE, Requirement,
    Requirements,
};
use crate::package::read_text;
use std::path::{Path, PathBuf};

/// The MLflow version that is recorded when neither the spec nor the requirements name one.
pub const DEFAULT_MLFLOW_VERSION: &str = "3.17.2";
/// How deep requirements files may include one another.
const MAX_INCLUDES: usize = 16;

/// Said where a program that links this crate did not prune.
const NOT_PRUNED: &str =
    "asks for a prune, which was not made: `Spec::pruned` must hold what it leaves";

/// The environment of a package, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) mlflow_version: String,
    /// The lines of `requirements.txt`.
    pub(super) requirements: Vec<String>,
    /// The lines of `constraints.txt`.
    pub(super) constraints: Vec<String>,
    parsed: Requirements,
}

impl Environment {
    pub(super) fn of(spec: &Spec, base: &Path, mistakes: &mut Mistakes<'_>) -> Self {
        let mut reader = Reader {
            mistakes,
            lines: Vec::new(),
            constraints: Vec::new(),
        };
        match &spec.requirements {
            RequirementsSpec::Lines(lines) => {
                for (i, line) in lines.iter().enumerate() {
                    reader.lines(&format!("requirements[{i}]"), base, line, 0);
                }
            }
            RequirementsSpec::File(file) => reader.file("requirements", &base.join(file), 0),
            RequirementsSpec::From { from, prune, .. } => match &spec.pruned {
                Some(pruned) => {
                    let folder = folder(&base.join(from));
                    reader.lines("requirements.from", &folder, &pruned.requirements, 0);
                }
                None if prune.is_empty() => {
                    reader.file("requirements.from", &base.join(from), 0);
                }
                None => reader.mistakes.add("requirements.prune", NOT_PRUNED),
            },
        }
        if let Some(file) = &spec.constraints {
            reader.constraints("constraints", &base.join(file));
        }
        let Reader {
            lines, constraints, ..
        } = reader;
        let mut environment = Self {
            requirements: lines,
            constraints,
            ..Self::default()
        };
        environment.settle_mlflow(spec);
        environment
    }

    /// Puts MLflow first unless a line asks for it, as MLflow itself does.
    fn settle_mlflow(&mut self, spec: &Spec) {
        self.parsed = Requirements::parse(&self.requirements.join("\n"));
        let asked = ["mlflow", "mlflow-skinny"]
            .iter()
            .find_map(|name| self.parsed.get(name));
        let pinned = asked.and_then(|line| match &line.requirement {
            Requirement::Named {
                pin: Pin::Exact(version),
                ..
            } => Some(version.clone()),
            _ => None,
        });
        let version = spec.mlflow.clone().or(pinned);
        self.mlflow_version = version.unwrap_or_else(|| DEFAULT_MLFLOW_VERSION.to_owned());
        if asked.is_none() {
            self.requirements
                .insert(0, format!("mlflow=={}", self.mlflow_version));
        }
        if !self.constraints.is_empty() {
            self.requirements.push(format!("-c {CONSTRAINTS_FILE}"));
        }
        self.parsed = Requirements::parse(&self.requirements.join("\n"));
    }

    /// The version that the requirements pin a distribution to.
    pub(super) fn pinned(&self, name: &str) -> Option<String> {
        match &self.parsed.get(name)?.requirement {
            Requirement::Named {
                pin: Pin::Exact(version),
                ..
            } => Some(version.clone()),
            _ => None,
        }
    }

    pub(super) fn conda(&self, spec: &Spec) -> CondaEnv {
        let package = |text: String| CondaDependency::Package(text);
        let mut dependencies = vec![
            package(format!("python={}", spec.python)),
            package("pip".into()),
        ];
        dependencies.extend(spec.conda.dependencies.iter().cloned().map(package));
        dependencies.push(CondaDependency::Pip(self.requirements.clone()));
        let channels = spec.conda.channels.clone();
        CondaEnv {
            name: Some(
                spec.conda
                    .name
                    .clone()
                    .unwrap_or_else(|| "mlflow-env".to_owned()),
            ),
            channels: channels.unwrap_or_else(|| vec!["conda-forge".to_owned()]),
            dependencies,
        }
    }

    pub(super) fn python_env(spec: &Spec) -> PythonEnv {
        PythonEnv {
            python: Some(spec.python.clone()),
            build_dependencies: ["pip", "setuptools", "wheel"].map(str::to_owned).to_vec(),
            dependencies: vec![format!("-r {REQUIREMENTS_FILE}")],
        }
    }
}

/// Reads requirements files with what they include.
struct Reader<'a, 'm> {
    mistakes: &'a mut Mistakes<'m>,
    lines: Vec<String>,
    constraints: Vec<String>,
}

impl Reader<'_, '_> {
    fn file(&mut self, element: &str, path: &Path, depth: usize) {
        if depth > MAX_INCLUDES {
            let message =
                format!("requirements files include one another more than {MAX_INCLUDES} deep");
            return self.mistakes.add(element, message);
        }
        match read_text(path) {
            Ok(text) => self.lines(element, &folder(path), &text, depth),
            Err(error) => self.mistakes.add(element, error.to_string()),
        }
    }

    fn lines(&mut self, element: &str, folder: &Path, text: &str, depth: usize) {
        for line in Requirements::parse(text).lines {
            match &line.requirement {
                Requirement::Option { flag, value } if flag == "-r" || flag == "--requirement" => {
                    self.file(element, &folder.join(value), depth + 1);
                }
                Requirement::Option { flag, value } if flag == "-c" || flag == "--constraint" => {
                    self.constraints(element, &folder.join(value));
                }
                Requirement::Unparsable { reason } => {
                    let message = format!("`{}` is no requirement: {reason}", line.text);
                    self.mistakes.add(element, message);
                }
                _ => self.lines.push(line.text),
            }
        }
    }

    fn constraints(&mut self, element: &str, path: &Path) {
        match read_text(path) {
            Ok(text) => self
                .constraints
                .extend(Requirements::parse(&text).texts().map(str::to_owned)),
            Err(error) => self.mistakes.add(element, error.to_string()),
        }
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}
