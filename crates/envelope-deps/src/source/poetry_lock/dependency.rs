//! One dependency as poetry writes it, in its lock and in `pyproject.toml` alike: a range of
//! versions, a table with a range and conditions, or several such tables.
//!
//! See <https://python-poetry.org/docs/dependency-specification/>.

use super::super::document::{Mistake, Table, Value};
use super::super::reference;
use super::constraint;
use crate::inventory::Origin;
use crate::marker;
use crate::names::PackageName;
use crate::requirement::Requirement;
use uv_pep440::VersionSpecifiers;
use uv_pep508::MarkerTree;

/// A dependency and what it says of versions.
pub(super) struct Dependency {
    pub(super) requirement: Requirement,
    pub(super) ranges: Vec<VersionSpecifiers>,
    /// Whether only an extra asks for it.
    pub(super) is_optional: bool,
}

/// Reads all that stands behind one name.
pub(super) fn dependencies(name: &str, value: Value) -> Result<Vec<Dependency>, Mistake> {
    let wrong = |_| value.mistake(format!("`{name}` is not the name of a package"));
    let name: PackageName = name.parse().map_err(wrong)?;
    if let Some(range) = value.as_text() {
        return Ok(vec![Dependency {
            requirement: asked(name, range),
            ranges: constraint::ranges(range),
            is_optional: false,
        }]);
    }
    if let Some(table) = value.as_table() {
        return Ok(vec![conditional(name, table)?]);
    }
    let read = |one: Value| match one.as_text() {
        Some(range) => Ok(Dependency {
            requirement: asked(name.clone(), range),
            ranges: constraint::ranges(range),
            is_optional: false,
        }),
        None => conditional(name.clone(), one.table()?),
    };
    value.list()?.map(read).collect()
}

fn asked(name: PackageName, range: &str) -> Requirement {
    let specifier = if range.trim() == "*" { "" } else { range };
    Requirement {
        specifier: specifier.into(),
        ..Requirement::of(name)
    }
}

fn conditional(name: PackageName, table: Table) -> Result<Dependency, Mistake> {
    let range = table.text("version")?.unwrap_or("*");
    let mut marker = table.marker("markers")?;
    if let Some(python) = table.text("python")? {
        marker = marker.and(constraint::of_python(python));
    }
    if let Some(platform) = table.get("platform") {
        let text = format!("sys_platform == '{}'", platform.text()?);
        let on = marker::parse(&text).map_err(|message| platform.mistake(message))?;
        marker = marker.and(on);
    }
    Ok(Dependency {
        requirement: Requirement {
            extras: table.extras("extras")?,
            marker,
            ..asked(name, range)
        },
        ranges: constraint::ranges(range),
        is_optional: table.is_on("optional"),
    })
}

/// Where a package comes from.
pub(super) fn origin(package: Table) -> Result<Origin, Mistake> {
    let Some(source) = package.table("source")? else {
        return Ok(Origin::Index);
    };
    let url = source.text("url")?.unwrap_or_default();
    Ok(match source.text("type")?.unwrap_or_default() {
        "git" => {
            let commit = source.text("resolved_reference")?;
            let reference = reference::repository("git", url, commit);
            reference::inside(reference, source.text("subdirectory")?)
        }
        "url" => reference::inside(url.to_owned(), source.text("subdirectory")?),
        "directory" if package.is_on("develop") => reference::editable(url),
        "directory" | "file" => reference::local(url),
        _ => Origin::Index,
    })
}

/// The conditions of a package: one marker, or one for each group that asks for it.
pub(super) fn conditions(package: Table) -> Result<MarkerTree, Mistake> {
    let Some(markers) = package.get("markers") else {
        return Ok(MarkerTree::TRUE);
    };
    let Some(groups) = markers.as_table() else {
        return markers.marker();
    };
    let mut any = MarkerTree::FALSE;
    for (_, marker) in groups.entries() {
        any = any.or(marker.marker()?);
    }
    Ok(any)
}
