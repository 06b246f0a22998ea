//! Environments of conda: `environment.yml`, or the `conda.yaml` of a model package.
//!
//! It lists packages of conda and, under `pip`, requirements. Neither says what a package needs:
//! every line was asked for. See
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>.

mod spec;

use super::requirements_txt::{self, RequirementsFile};
use super::{ReadOptions, Source, named, read_text};
use crate::error::Error;
use crate::inventory::{Distribution, Inventory, Root};
use crate::marker;
use crate::names::PackageName;
use crate::requirement::Requirement;
use rustc_hash::FxHashSet;
use serde_yaml::Value;
use spec::Spec;
use std::path::Path;
use uv_pep508::MarkerTree;

/// Environments of conda.
pub(super) struct CondaEnvironment;

/// No environment that anybody wrote comes near it.
const LIMIT_BYTES: u64 = 4 << 20;

/// In how many lines the next requirement is looked for.
const FARTHEST: usize = 1000;

impl Source for CondaEnvironment {
    fn format(&self) -> &'static str {
        "conda environment"
    }

    fn recognises(&self, path: &Path) -> bool {
        named(path, |name| {
            let known = ["environment", "conda"];
            let stem = name
                .strip_suffix(".yml")
                .or_else(|| name.strip_suffix(".yaml"));
            stem.is_some_and(|stem| known.contains(&stem) || lists_dependencies(path))
        })
    }

    fn read(&self, path: &Path, _: &ReadOptions) -> Result<Inventory, Error> {
        let environment = Environment::read(path)?;
        environment.inventory()
    }
}

fn lists_dependencies(path: &Path) -> bool {
    let text = read_bounded(path).unwrap_or_default();
    text.lines().any(|line| line.trim_end() == "dependencies:")
}

fn read_bounded(path: &Path) -> Result<String, Error> {
    let metadata = path.metadata().map_err(|error| Error::io(path, error))?;
    if !metadata.is_file() || metadata.len() > LIMIT_BYTES {
        let message = format!("expected a file of at most {LIMIT_BYTES} bytes");
        return Err(Error::syntax(path, 0, 0, message));
    }
    read_text(path)
}

/// What an environment lists.
struct Environment<'p> {
    path: &'p Path,
    text: String,
    packages: Vec<String>,
    requirements: Vec<String>,
}

impl<'p> Environment<'p> {
    fn read(path: &'p Path) -> Result<Self, Error> {
        let text = read_bounded(path)?;
        let document: Value = serde_yaml::from_str(&text).map_err(|error| {
            let place = error.location();
            let (line, column) = place.map_or((0, 0), |place| (place.line(), place.column()));
            Error::syntax(path, line, column, "the text is not YAML")
        })?;
        let mut environment = Self {
            path,
            text,
            packages: Vec::new(),
            requirements: Vec::new(),
        };
        let dependencies = document.get("dependencies").and_then(Value::as_sequence);
        let missing = || Error::syntax(path, 0, 0, "expected a list of `dependencies`");
        for dependency in dependencies.ok_or_else(missing)? {
            environment.add(dependency)?;
        }
        Ok(environment)
    }

    fn add(&mut self, dependency: &Value) -> Result<(), Error> {
        if let Some(package) = dependency.as_str() {
            self.packages.push(package.trim().to_owned());
            return Ok(());
        }
        let wrong = || {
            let message = "expected a package, or requirements under `pip`";
            Error::syntax(self.path, 0, 0, message)
        };
        // Where the list of requirements is empty, there is nothing under `pip`.
        let listed = dependency.get("pip").ok_or_else(wrong)?;
        let listed = match listed {
            Value::Null => &[][..],
            other => other.as_sequence().ok_or_else(wrong)?,
        };
        for requirement in listed {
            let requirement = requirement.as_str().ok_or_else(wrong)?;
            self.requirements
                .push(requirement.replace(['\n', '\r'], " "));
        }
        Ok(())
    }

    fn inventory(&self) -> Result<Inventory, Error> {
        let mut inventory = self.of_pip()?;
        let mut known: FxHashSet<PackageName> = FxHashSet::default();
        let mut distributions = Vec::new();
        let mut roots = Vec::new();
        let mut nameless = 0;
        for package in &self.packages {
            let wrong = "expected a package such as `numpy=1.26`";
            let spec = Spec::parse(package).ok_or_else(|| self.wrong(package, wrong))?;
            if spec.name == "python" {
                let python = marker::of_python(&spec.specifier);
                inventory.requires_python = python.unwrap_or(MarkerTree::TRUE);
                continue;
            }
            let Ok(name) = spec.name.parse::<PackageName>() else {
                nameless += 1;
                continue;
            };
            roots.push(self.root(&name, &spec));
            if known.insert(name.clone()) {
                let mut distribution = Distribution::new(name);
                distribution.version = spec.version.map(Into::into);
                distributions.push(distribution);
            }
        }
        let of_pip = inventory.distributions.into_iter();
        distributions.extend(of_pip.filter(|one| !known.contains(&one.name)));
        roots.extend(inventory.roots.into_iter().flatten());
        if !known.is_empty() {
            let note = "what packages of conda need is not known: each counts as asked for";
            inventory.notes.push(note.to_owned());
        }
        if nameless > 0 {
            let note = format!("{nameless} packages of conda are none of Python, and not counted");
            inventory.notes.push(note);
        }
        inventory.distributions = distributions;
        inventory.roots = Some(roots);
        Ok(inventory)
    }

    /// The requirements under `pip`, as a file of their own, in which each stands where it stands
    /// in the environment.
    fn of_pip(&self) -> Result<Inventory, Error> {
        let mut list = String::new();
        let mut lines = self.text.lines();
        for requirement in &self.requirements {
            // Written otherwise, such as over several lines, an entry has no place.
            let rest = lines.clone().take(FARTHEST);
            let mut found = rest
                .enumerate()
                .filter_map(|(at, line)| Some((at, line.find(requirement)?)));
            if let Some((skipped, column)) = found.next() {
                lines.nth(skipped);
                list.extend(std::iter::repeat_n('\n', skipped));
                list.extend(std::iter::repeat_n(' ', column));
            }
            list.push_str(requirement);
            list.push('\n');
        }
        let mut list = Some(list);
        let read = RequirementsFile::read_with(self.path, &mut |path| match list.take() {
            Some(list) => Ok(list.into_bytes()),
            None => requirements_txt::read_included(path),
        });
        Ok(read?.inventory())
    }

    fn root(&self, name: &PackageName, spec: &Spec) -> Root {
        let origin = self.path.file_name().unwrap_or_default();
        Root {
            requirement: Requirement {
                specifier: spec.specifier.as_str().into(),
                ..Requirement::of(name.clone())
            },
            origin: origin.to_string_lossy().into_owned(),
        }
    }

    /// A mistake in an entry, at the line that holds it.
    fn wrong(&self, entry: &str, message: &str) -> Error {
        let mut lines = self.text.lines();
        let line = lines.position(|line| line.contains(entry));
        Error::syntax(self.path, line.map_or(0, |at| at + 1), 0, message)
    }
}
