//! `pylock.toml`: every package with its version, its files and when it is installed.
//!
//! The standard leaves open how a lock says who needs whom, and neither uv nor pip says it; such a
//! lock is joined with another source, or refused where it stands alone. Where a tool did write
//! `dependencies`, they are read. See
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>.

use super::document::{self, Mistake, Table};
use super::reference;
use super::{ReadOptions, Source, named, read_text};
use crate::error::Error;
use crate::inventory::{Distribution, EdgeSource, Inventory, Origin};
use crate::marker;
use crate::requirement::Requirement;
use std::path::Path;
use uv_pep508::MarkerTree;

/// The reader of `pylock.toml` and `pylock.NAME.toml`.
pub(super) struct Pylock;

const WITHOUT_EDGES: &str = "neither uv nor pip writes into a pylock.toml who needs whom; join it \
with a uv.lock, an annotated requirements file or an installed environment";

impl Source for Pylock {
    fn format(&self) -> &'static str {
        "pylock.toml"
    }

    fn recognises(&self, path: &Path) -> bool {
        // `pylock.toml` or `pylock.NAME.toml`.
        let parts = |name: &str| name.starts_with("pylock.") && name.split('.').count() <= 3;
        named(path, parts) && path.extension().is_some_and(|end| end == "toml")
    }

    fn read(&self, path: &Path, options: &ReadOptions) -> Result<Inventory, Error> {
        let text = read_text(path)?;
        let wrong = |mistake: Mistake| mistake.into_error(path, &text);
        let document = document::parse(&text).map_err(wrong)?;
        let top = Table::top(&document);
        let version = top.needed_text("lock-version").map_err(wrong)?;
        if version != "1" && !version.starts_with("1.") {
            return Err(Error::UnsupportedVersion {
                path: path.to_owned(),
                format: "a pylock.toml",
                found: version.to_owned(),
                expected: "1",
            });
        }
        inventory(top, options).map_err(wrong)
    }

    fn why_without_edges(&self) -> Option<&'static str> {
        Some(WITHOUT_EDGES)
    }
}

fn inventory(top: Table, options: &ReadOptions) -> Result<Inventory, Mistake> {
    let switches = switches(top, options)?;
    let distributions: Result<Vec<Distribution>, Mistake> = top
        .tables("packages")?
        .into_iter()
        .map(|package| distribution(package, switches))
        .collect();
    let distributions = distributions?;
    let has_edges = distributions.iter().any(|one| !one.requires.is_empty());
    let requires_python = match top.get("requires-python") {
        Some(value) => {
            marker::of_python(value.text()?).map_err(|message| value.mistake(message))?
        }
        None => MarkerTree::TRUE,
    };
    Ok(Inventory {
        distributions,
        edge_source: if has_edges {
            EdgeSource::Lock
        } else {
            EdgeSource::None
        },
        requires_python,
        ..Inventory::default()
    })
}

/// What is known of the extras and groups that markers may ask for: those that count are on, the
/// others that the lock knows are off.
fn switches(top: Table, options: &ReadOptions) -> Result<MarkerTree, Mistake> {
    let mut on: Vec<(&str, String)> = Vec::new();
    on.extend(
        options
            .extras
            .iter()
            .map(|extra| ("extras", extra.to_string())),
    );
    on.extend(
        options
            .groups
            .iter()
            .map(|group| ("dependency_groups", group.clone())),
    );
    for group in top.list("default-groups")? {
        on.push(("dependency_groups", group.text()?.to_owned()));
    }
    let mut all = on.clone();
    for (key, list) in [
        ("extras", "extras"),
        ("dependency-groups", "dependency_groups"),
    ] {
        for name in top.list(key)? {
            all.push((list, name.text()?.to_owned()));
        }
    }
    let mut known = MarkerTree::TRUE;
    for (list, name) in all {
        let is_on = on.contains(&(list, name.clone()));
        let operator = if is_on { "in" } else { "not in" };
        let one = marker::parse(&format!("'{name}' {operator} {list}"));
        known = known.and(one.map_err(|message| top.mistake(message))?);
    }
    Ok(known)
}

fn distribution(package: Table, switches: MarkerTree) -> Result<Distribution, Mistake> {
    let mut requires = Vec::new();
    for dependency in package.list("dependencies")? {
        let asked = dependency.as_table().map_or_else(
            || dependency.requirement(),
            |table| {
                Ok(Requirement {
                    marker: table.marker("marker")?,
                    version: table.text("version")?.map(Into::into),
                    ..Requirement::of(table.package("name")?)
                })
            },
        );
        requires.push(asked?);
    }
    Ok(Distribution {
        version: package.text("version")?.map(Into::into),
        requires: requires.into(),
        chosen_when: package.marker("marker")?.restrict(switches),
        origin: origin(package)?,
        hashes: hashes(package)?,
        ..Distribution::new(package.package("name")?)
    })
}

fn origin(package: Table) -> Result<Origin, Mistake> {
    if let Some(vcs) = package.table("vcs")? {
        let place = vcs.text("url")?.or(vcs.text("path")?).unwrap_or_default();
        let kind = vcs.text("type")?.unwrap_or("git");
        let reference = reference::repository(kind, place, vcs.text("commit-id")?);
        return Ok(reference::inside(reference, vcs.text("subdirectory")?));
    }
    if let Some(folder) = package.table("directory")? {
        let is_editable = folder.is_on("editable");
        let place = if is_editable {
            reference::editable
        } else {
            reference::local
        };
        return Ok(place(folder.needed_text("path")?));
    }
    let Some(archive) = package.table("archive")? else {
        return Ok(Origin::Index);
    };
    if let Some(url) = archive.text("url")? {
        return Ok(reference::inside(
            url.to_owned(),
            archive.text("subdirectory")?,
        ));
    }
    Ok(reference::local(archive.needed_text("path")?))
}

/// The hashes of all files; by the standard, `sha256` is among the algorithms of each.
fn hashes(package: Table) -> Result<Vec<Box<str>>, Mistake> {
    let mut files: Vec<Table> = Vec::new();
    files.extend(package.table("archive")?);
    files.extend(package.table("sdist")?);
    files.extend(package.tables("wheels")?);
    let mut hashes = Vec::new();
    for file in files {
        let own = file.table("hashes")?;
        for (algorithm, hash) in own.into_iter().flat_map(Table::entries) {
            hashes.push(format!("{algorithm}:{}", hash.text()?).into());
        }
    }
    Ok(hashes)
}
