//! One `[[package]]` of a lock.

use super::super::document::{Mistake, Table, Value};
use super::super::{normalised_group, reference};
use super::condensed::Condensed;
use crate::inventory::{Origin, Role};
use crate::marker;
use crate::names::{ExtraName, PackageName};
use uv_pep508::MarkerTree;

/// A package, as the lock describes it.
pub(super) struct Package<'d> {
    pub(super) table: Table<'d>,
    pub(super) name: PackageName,
    /// The name as the lock writes it, by which its dependents name it.
    pub(super) written_name: &'d str,
    /// Nothing for a project whose version is made when it is built.
    pub(super) version: Option<&'d str>,
    pub(super) source: PlaceOfOrigin<'d>,
}

/// Where a package comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PlaceOfOrigin<'d> {
    pub(super) kind: Kind,
    pub(super) location: &'d str,
    subdirectory: Option<&'d str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Registry,
    Git,
    Url,
    Path,
    Directory,
    Editable,
    Virtual,
}

const KINDS: [(&str, Kind); 7] = [
    ("registry", Kind::Registry),
    ("git", Kind::Git),
    ("url", Kind::Url),
    ("path", Kind::Path),
    ("directory", Kind::Directory),
    ("editable", Kind::Editable),
    ("virtual", Kind::Virtual),
];

/// Dependencies, and when they are.
pub(super) struct List<'d> {
    pub(super) dependencies: Vec<Table<'d>>,
    pub(super) marker: MarkerTree,
}

impl<'d> Package<'d> {
    pub(super) fn read(table: Table<'d>) -> Result<Self, Mistake> {
        Ok(Self {
            table,
            name: table.package("name")?,
            written_name: table.needed_text("name")?,
            version: table.text("version")?,
            source: place_of_origin(table)?,
        })
    }

    /// What no other package of the lock may share.
    pub(super) fn identity(&self) -> String {
        let source = self.source;
        let subdirectory = source.subdirectory.unwrap_or_default();
        let version = self.version.unwrap_or_default();
        format!("{version} {} {subdirectory}", source.location)
    }

    /// Its dependencies: those it always has, and those of each extra.
    pub(super) fn lists(&self) -> Result<Vec<List<'d>>, Mistake> {
        let mut lists = vec![List {
            dependencies: self.table.tables("dependencies")?,
            marker: MarkerTree::TRUE,
        }];
        for (extra, value) in self.optional()? {
            let dependencies: Result<Vec<Table>, Mistake> =
                value.list()?.map(Value::table).collect();
            let marker = marker::parse(&format!("extra == '{extra}'"));
            lists.push(List {
                dependencies: dependencies?,
                marker: marker.map_err(|error| value.mistake(error))?,
            });
        }
        Ok(lists)
    }

    /// The extras that have dependencies.
    fn optional(&self) -> Result<Vec<(ExtraName, Value<'d>)>, Mistake> {
        let Some(table) = self.table.table("optional-dependencies")? else {
            return Ok(Vec::new());
        };
        let read = |(name, value): (&str, Value<'d>)| {
            let wrong = |_| value.mistake(format!("`{name}` is not the name of an extra"));
            Ok((name.parse().map_err(wrong)?, value))
        };
        table.entries().map(read).collect()
    }

    /// The dependencies of one extra; nothing where the package does not offer it.
    pub(super) fn extra(&self, extra: &ExtraName) -> Result<Option<Vec<Table<'d>>>, Mistake> {
        for (name, value) in self.optional()? {
            if name == *extra {
                return value
                    .list()?
                    .map(Value::table)
                    .collect::<Result<_, _>>()
                    .map(Some);
            }
        }
        Ok(self.extras()?.contains(extra).then(Vec::new))
    }

    /// The dependencies of one group; nothing where the project has none of that name.
    pub(super) fn group(&self, group: &str) -> Result<Option<Vec<Table<'d>>>, Mistake> {
        let lists = self.table.table("dev-dependencies")?;
        if let Some(own) = group_of(lists, group)? {
            return Ok(Some(own));
        }
        // A group without dependencies is only in the description of the project.
        let metadata = self.table.table("metadata")?;
        let stated = metadata.map(|metadata| metadata.table("requires-dev"));
        let is_stated = group_of(stated.transpose()?.flatten(), group)?.is_some();
        Ok(is_stated.then(Vec::new))
    }

    /// Every extra that it offers, with dependencies or without.
    pub(super) fn extras(&self) -> Result<Vec<ExtraName>, Mistake> {
        let optional = self.optional()?.into_iter();
        let mut extras: Vec<ExtraName> = optional.map(|(extra, _)| extra).collect();
        if let Some(metadata) = self.table.table("metadata")? {
            extras.extend(metadata.extras("provides-extras")?);
        }
        extras.sort();
        extras.dedup();
        Ok(extras)
    }

    /// In which environments the lock means this one of several versions.
    pub(super) fn chosen_when(&self) -> Result<MarkerTree, Mistake> {
        let mut markers = self.table.list("resolution-markers")?.peekable();
        if markers.peek().is_none() {
            return Ok(MarkerTree::TRUE);
        }
        markers.try_fold(MarkerTree::FALSE, |all, one| Ok(all.or(one.marker()?)))
    }

    /// Whether it is a folder of the user's own, and not a package from elsewhere.
    pub(super) fn is_local(&self) -> bool {
        let kind = self.source.kind;
        let is_beside = self.source.location == ".";
        matches!(kind, Kind::Virtual | Kind::Editable) || kind == Kind::Directory && is_beside
    }

    pub(super) fn role(&self, is_project: bool) -> Role {
        // What is virtual is never installed.
        if is_project || self.source.kind == Kind::Virtual {
            Role::Project
        } else {
            Role::Package
        }
    }

    pub(super) fn origin(&self) -> Origin {
        let PlaceOfOrigin {
            kind,
            location,
            subdirectory,
        } = self.source;
        match kind {
            Kind::Registry => Origin::Index,
            Kind::Git => git(location),
            Kind::Url => reference::inside(location.to_owned(), subdirectory),
            Kind::Path | Kind::Directory => reference::local(location),
            Kind::Editable | Kind::Virtual => reference::editable(location),
        }
    }

    /// The hashes of its files, in the order of the lock.
    pub(super) fn hashes(&self, condensed: Option<&Condensed>) -> Result<Vec<Box<str>>, Mistake> {
        let mut hashes: Vec<Box<str>> = Vec::new();
        for key in ["sdist", "wheels"] {
            let Some(value) = self.table.get(key) else {
                continue;
            };
            if let (Some(condensed), Ok(number)) = (condensed, value.number()) {
                hashes.extend(condensed.hashes(number).map(Into::into));
                continue;
            }
            let files: Vec<Table> = match value.as_table() {
                Some(file) => vec![file],
                None => value.list()?.map(Value::table).collect::<Result<_, _>>()?,
            };
            for file in files {
                hashes.extend(file.text("hash")?.map(Into::into));
            }
        }
        Ok(hashes)
    }

    /// What the package's own description asks of another beside its name; nothing where it asks
    /// for several things under several conditions.
    pub(super) fn specifier_of(&self, name: &str) -> Result<&'d str, Mistake> {
        let Some(metadata) = self.table.table("metadata")? else {
            return Ok("");
        };
        let mut specifiers = Vec::new();
        for asked in metadata.tables("requires-dist")? {
            if asked.text("name")? == Some(name) {
                specifiers.push(asked.text("specifier")?.unwrap_or_default());
            }
        }
        Ok(if let [only] = specifiers[..] {
            only
        } else {
            ""
        })
    }
}

/// The dependencies of one group among several.
pub(super) fn group_of<'d>(
    groups: Option<Table<'d>>,
    group: &str,
) -> Result<Option<Vec<Table<'d>>>, Mistake> {
    let mut lists = groups.into_iter().flat_map(Table::entries);
    let list = lists.find(|(name, _)| normalised_group(name) == normalised_group(group));
    let tables = list.map(|(_, list)| list.list()?.map(Value::table).collect());
    tables.transpose()
}

fn place_of_origin(table: Table<'_>) -> Result<PlaceOfOrigin<'_>, Mistake> {
    let source = table.table("source")?;
    let source = source.ok_or_else(|| table.mistake("`source` is missing"))?;
    for (key, kind) in KINDS {
        if let Some(location) = source.text(key)? {
            return Ok(PlaceOfOrigin {
                kind,
                location,
                subdirectory: source.text("subdirectory")?,
            });
        }
    }
    let known = KINDS.map(|(key, _)| key).join(", ");
    Err(source.mistake(format!(
        "a source of no known kind, expected one of {known}"
    )))
}

/// `https://host/repository?rev=main&subdirectory=x#commit`.
fn git(location: &str) -> Origin {
    let (location, commit) = match location.split_once('#') {
        Some((location, commit)) => (location, Some(commit)),
        None => (location, None),
    };
    let (repository, query) = location.split_once('?').unwrap_or((location, ""));
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let folder = pairs.find(|(key, _)| *key == "subdirectory");
    let reference = reference::repository("git", repository, commit);
    reference::inside(reference, folder.map(|(_, folder)| folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_sources_become_references() {
        for (location, expected) in [
            (
                "https://git.example/a?rev=main#0123",
                "git+https://git.example/a@0123",
            ),
            (
                "https://git.example/a?subdirectory=b%2Fc&tag=v1#0123",
                "git+https://git.example/a@0123#subdirectory=b%2Fc",
            ),
            ("ssh://git@git.example/a", "git+ssh://git@git.example/a"),
        ] {
            assert_eq!(git(location), Origin::Url(expected.to_owned()));
        }
    }
}
