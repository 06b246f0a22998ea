//! The `pyproject.toml` beside a lock that does not say itself what was asked for.
//!
//! What the standards know is read here: the dependencies, extras and groups of
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/> and
//! <https://peps.python.org/pep-0735/>. What poetry and pdm add is left to their readers.

use super::document::{Mistake, Table, Value};
use super::{ReadOptions, normalised_group, read_text};
use crate::error::Error;
use crate::inventory::Root;
use crate::names::ExtraName;
use crate::requirement::Requirement;
use rustc_hash::FxHashSet;
use std::io;
use std::path::{Path, PathBuf};

/// The file beside a lock and its text, where there is one.
pub(super) fn beside(lock: &Path) -> Result<Option<(PathBuf, String)>, Error> {
    let path = lock.with_file_name("pyproject.toml");
    match read_text(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a tool adds to what the standards know. It gives nothing of what it does not know.
pub(super) trait Dialect {
    /// The production dependencies of a project that does not state them under `[project]`.
    fn production(&self, top: Table) -> Result<Option<Vec<Requirement>>, Mistake>;

    fn extra(&self, top: Table, extra: &ExtraName) -> Result<Option<Vec<Requirement>>, Mistake>;

    fn group(&self, top: Table, group: &str) -> Result<Option<Vec<Requirement>>, Mistake>;
}

/// What the project asks for: its production dependencies, and the extras and groups that count.
pub(super) fn roots(
    top: Table,
    dialect: &dyn Dialect,
    options: &ReadOptions,
) -> Result<Vec<Root>, Mistake> {
    let project = Project::read(top, dialect)?;
    let name = &project.name;
    let mut roots = Vec::new();
    let mut push = |asked: Vec<Requirement>, origin: String| {
        let asked = asked
            .into_iter()
            .filter(|asked| asked.name.as_str() != name);
        roots.extend(asked.map(|requirement| Root {
            requirement,
            origin: origin.clone(),
        }));
    };
    push(project.production()?, format!("{name} (pyproject.toml)"));
    for extra in project.with_own_extras(&options.extras)? {
        let asked = project.extra(&extra)?;
        push(asked, format!("{name}[{extra}] (pyproject.toml)"));
    }
    for group in &options.groups {
        let asked = project.group(group)?;
        push(asked, format!("{name} (pyproject.toml:{group})"));
    }
    Ok(roots)
}

struct Project<'d> {
    top: Table<'d>,
    /// The standard's section.
    stated: Option<Table<'d>>,
    dialect: &'d dyn Dialect,
    name: String,
}

impl<'d> Project<'d> {
    fn read(top: Table<'d>, dialect: &'d dyn Dialect) -> Result<Self, Mistake> {
        let project = top.table("project")?;
        let named = match project {
            Some(project) => project.get("name"),
            None => name_for_poetry(top)?,
        };
        let name = named.map(Value::package).transpose()?;
        Ok(Self {
            top,
            stated: project,
            dialect,
            name: name.map_or_else(|| "project".to_owned(), |name| name.to_string()),
        })
    }

    fn production(&self) -> Result<Vec<Requirement>, Mistake> {
        if let Some(dependencies) = self.stated.and_then(|project| project.get("dependencies")) {
            return dependencies.list()?.map(Value::requirement).collect();
        }
        Ok(self.dialect.production(self.top)?.unwrap_or_default())
    }

    /// The extras that are asked for, with those of the project's own that they name.
    fn with_own_extras(&self, asked: &[ExtraName]) -> Result<Vec<ExtraName>, Mistake> {
        let mut waiting: Vec<ExtraName> = asked.iter().rev().cloned().collect();
        let mut seen: FxHashSet<ExtraName> = FxHashSet::default();
        let mut extras = Vec::new();
        while let Some(extra) = waiting.pop() {
            if !seen.insert(extra.clone()) {
                continue;
            }
            for asked in self.extra(&extra)? {
                if asked.name.as_str() == self.name {
                    waiting.extend(asked.extras);
                }
            }
            extras.push(extra);
        }
        Ok(extras)
    }

    fn extra(&self, extra: &ExtraName) -> Result<Vec<Requirement>, Mistake> {
        let lists = match self.stated {
            Some(project) => project.table("optional-dependencies")?,
            None => None,
        };
        for (name, list) in lists.into_iter().flat_map(Table::entries) {
            if name.parse().is_ok_and(|name: ExtraName| name == *extra) {
                return list.list()?.map(Value::requirement).collect();
            }
        }
        let own = self.dialect.extra(self.top, extra)?;
        own.ok_or_else(|| self.has_no("extra", extra.as_ref()))
    }

    fn group(&self, group: &str) -> Result<Vec<Requirement>, Mistake> {
        let mut requirements = Vec::new();
        let mut waiting = vec![group.to_owned()];
        let mut seen: FxHashSet<String> = FxHashSet::default();
        while let Some(group) = waiting.pop() {
            if !seen.insert(normalised_group(&group)) {
                continue;
            }
            let standard = self.standard_group(&group)?;
            let own = self.dialect.group(self.top, &group)?;
            if standard.is_none() && own.is_none() {
                return Err(self.has_no("group", &group));
            }
            for item in standard.into_iter().flatten() {
                match item.as_table() {
                    Some(include) => waiting.push(include.needed_text("include-group")?.to_owned()),
                    None => requirements.push(item.requirement()?),
                }
            }
            requirements.extend(own.unwrap_or_default());
        }
        Ok(requirements)
    }

    fn standard_group(&self, group: &str) -> Result<Option<Vec<Value<'d>>>, Mistake> {
        let Some(groups) = self.top.table("dependency-groups")? else {
            return Ok(None);
        };
        let mut entries = groups.entries();
        let own = entries.find(|(name, _)| normalised_group(name) == normalised_group(group));
        own.map(|(_, list)| Ok(list.list()?.collect())).transpose()
    }

    fn has_no(&self, what: &str, name: &str) -> Mistake {
        let project = &self.name;
        self.top
            .mistake(format!("the project `{project}` has no {what} `{name}`"))
    }
}

fn name_for_poetry(top: Table<'_>) -> Result<Option<Value<'_>>, Mistake> {
    let tool = top.table("tool")?;
    let poetry = tool.map(|tool| tool.table("poetry")).transpose()?.flatten();
    Ok(poetry.and_then(|poetry| poetry.get("name")))
}
