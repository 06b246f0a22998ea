//! `uv.lock`: every package with its version, what it requires, and when.
//!
//! The markers of a lock are contextual: uv leaves out what already follows from how a package is
//! reached. The graph joins them along each path. Versions 1 of the format are read, of any
//! revision, and unknown keys are passed over: <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>.
//!
//! The files of packages are nine tenths of a lock. They are taken out before it is parsed
//! ([`condensed`]); where anything goes wrong, the text is parsed again as it stands, so that the
//! place of the mistake is right.

mod condensed;
mod conflicts;
mod package;
mod projects;

use super::document::{self, Mistake, Table, Value};
use super::numbered_names::NumberedNames;
use super::{ReadOptions, Source, named, read_text};
use crate::error::Error;
use crate::inventory::{Distribution, EdgeSource, Inventory, Root, Shared};
use crate::marker;
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use condensed::Condensed;
use conflicts::Conflicts;
use package::Package;
use projects::{Asked, Projects};
use rustc_hash::FxHashSet;
use std::path::Path;
use std::sync::Arc;
use uv_pep508::MarkerTree;

/// The reader of `uv.lock`, and of the lock of a script, `script.py.lock`.
pub(super) struct UvLock;

impl Source for UvLock {
    fn format(&self) -> &'static str {
        "uv.lock"
    }

    fn recognises(&self, path: &Path) -> bool {
        named(path, |name| name == "uv.lock" || name.ends_with(".py.lock"))
    }

    fn read(&self, path: &Path, options: &ReadOptions) -> Result<Inventory, Error> {
        let text = read_text(path)?;
        if let Some(condensed) = condensed::condense(&text) {
            match read(path, &condensed.text, Some(&condensed), options) {
                Err(Error::Syntax { .. }) => {}
                done => return done,
            }
        }
        read(path, &text, None, options)
    }
}

fn read(
    path: &Path,
    text: &str,
    condensed: Option<&Condensed>,
    options: &ReadOptions,
) -> Result<Inventory, Error> {
    let wrong = |mistake: Mistake| mistake.into_error(path, text);
    let document = document::parse(text).map_err(wrong)?;
    let top = Table::top(&document);
    refuse_other_versions(top, path, text)?;
    let lock = Lock::read(top, options).map_err(wrong)?;
    lock.inventory(condensed).map_err(wrong)
}

fn refuse_other_versions(top: Table, path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |mistake: Mistake| mistake.into_error(path, text);
    let version = top.get("version").ok_or_else(|| {
        wrong(top.mistake("`version` is missing, expected a lock that begins with `version = 1`"))
    })?;
    match version.number().map_err(wrong)? {
        "1" => Ok(()),
        other => Err(Error::UnsupportedVersion {
            path: path.to_owned(),
            format: "a uv.lock",
            found: other.to_owned(),
            expected: "1",
        }),
    }
}

/// The packages of a lock, and what is said about all of them.
struct Lock<'d> {
    top: Table<'d>,
    options: &'d ReadOptions,
    packages: Vec<Package<'d>>,
    places: Places<'d>,
    projects: Projects<'d>,
}

impl<'d> Lock<'d> {
    fn read(top: Table<'d>, options: &'d ReadOptions) -> Result<Self, Mistake> {
        let tables = top.tables("package")?;
        let packages: Result<Vec<Package>, Mistake> =
            tables.into_iter().map(Package::read).collect();
        let packages = packages?;
        let lock = Self {
            top,
            options,
            projects: Projects::read(top, &packages, options)?,
            places: Places::of(&packages),
            packages,
        };
        lock.refuse_duplicates()?;
        Ok(lock)
    }

    /// Two packages of one name, version and source are one too many.
    fn refuse_duplicates(&self) -> Result<(), Mistake> {
        let mut seen: FxHashSet<(&str, String)> = FxHashSet::default();
        for package in &self.packages {
            let is_alone = self
                .places
                .from(self.places.first(package.written_name))
                .nth(1)
                .is_none();
            if !is_alone && !seen.insert((package.written_name, package.identity())) {
                let version = package.version.unwrap_or_default();
                let message = format!("`{}` {version} is there twice", package.name);
                return Err(package.table.mistake(message));
            }
        }
        Ok(())
    }

    fn inventory(&self, condensed: Option<&Condensed>) -> Result<Inventory, Mistake> {
        let conflicts = Conflicts::read(self, self.options)?;
        let mut stated = Stated::of(&self.packages);
        let mut distributions = Vec::with_capacity(self.packages.len());
        let mut numbers = Vec::with_capacity(self.packages.len());
        for place in 0..self.packages.len() {
            numbers.push(self.numbers(place, &conflicts, &mut stated)?);
            distributions.push(self.distribution(place, &conflicts, condensed)?);
        }
        let list: Arc<[Requirement]> = stated.list.into();
        for (distribution, numbers) in distributions.iter_mut().zip(numbers) {
            let list = Arc::clone(&list);
            distribution.requires = Shared { list, numbers }.into();
        }
        let requires_python = match self.top.get("requires-python") {
            Some(value) => marker::of_python(value.text()?).map_err(|error| value.mistake(error)),
            None => Ok(MarkerTree::TRUE),
        };
        Ok(Inventory {
            distributions,
            roots: self.roots(&conflicts)?,
            edge_source: EdgeSource::Lock,
            environment: None,
            requires_python: requires_python?,
            notes: self.notes()?,
        })
    }

    fn distribution(
        &self,
        place: usize,
        conflicts: &Conflicts,
        condensed: Option<&Condensed>,
    ) -> Result<Distribution, Mistake> {
        let package = &self.packages[place];
        Ok(Distribution {
            version: package.version.map(Into::into),
            extras: package.extras()?,
            chosen_when: conflicts.settle(package.chosen_when()?),
            role: package.role(self.projects.contain(place)),
            origin: package.origin(),
            hashes: package.hashes(condensed)?,
            ..Distribution::new(package.name.clone())
        })
    }

    /// What a package requires, by numbers of what is stated.
    fn numbers(
        &self,
        place: usize,
        conflicts: &Conflicts,
        stated: &mut Stated,
    ) -> Result<Box<[u32]>, Mistake> {
        let package = &self.packages[place];
        let mut numbers = Vec::new();
        for list in package.lists()? {
            numbers.reserve_exact(list.dependencies.len());
            let named = list.dependencies.into_iter().map(Named::read);
            let mut named: Vec<Result<Named, Mistake>> = named.collect();
            // Looked up one right after the other, so that the processor waits for several at once.
            for one in named.iter_mut().flatten() {
                one.first = self.places.first(one.name);
            }
            for dependency in named {
                let mut asked = self.dependency(&dependency?, package, conflicts)?;
                asked.marker = asked.marker.and(list.marker);
                numbers.push(stated.number(asked));
            }
        }
        Ok(numbers.into())
    }

    /// One entry of a list of dependencies, which must be in the lock.
    fn dependency(
        &self,
        &Named { table, name, first }: &Named<'d>,
        from: &Package<'d>,
        conflicts: &Conflicts,
    ) -> Result<Asking<'d>, Mistake> {
        let version = table.text("version")?;
        let is_meant = |place: &usize| match version {
            Some(wanted) => self.packages[*place]
                .version
                .is_none_or(|found| wanted == found),
            None => true,
        };
        let Some(first) = self.places.from(first).find(is_meant) else {
            let shown = version.map(|version| format!(" {version}"));
            return Err(table.mistake(format!(
                "`{}` requires `{name}`{}, which the lock does not hold",
                from.name,
                shown.unwrap_or_default(),
            )));
        };
        Ok(Asking {
            package: first,
            extras: table.extras("extra")?,
            marker: conflicts.settle(table.marker("marker")?),
            version,
            specifier: from.specifier_of(name)?,
        })
    }

    /// What the projects ask for; nothing where the lock has none, so that it is inferred.
    fn roots(&self, conflicts: &Conflicts) -> Result<Option<Vec<Root>>, Mistake> {
        let Some(asked) = self.asked()? else {
            return Ok(None);
        };
        let mut roots = Vec::new();
        for one in asked {
            let requirement = match one.by {
                Some(package) => {
                    let from = &self.packages[package];
                    let mut named = Named::read(one.table)?;
                    named.first = self.places.first(named.name);
                    let asked = self.dependency(&named, from, conflicts)?;
                    let name = self.packages[asked.package].name.clone();
                    asked.requirement(name)
                }
                None => as_written(one.table)?,
            };
            roots.push(Root {
                requirement,
                origin: one.origin,
            });
        }
        Ok(Some(roots))
    }

    fn asked(&self) -> Result<Option<Vec<Asked<'d>>>, Mistake> {
        self.projects.asked(&self.packages, self.options)
    }

    fn notes(&self) -> Result<Vec<String>, Mistake> {
        let markers: Result<Vec<&str>, Mistake> = self
            .top
            .list("supported-markers")?
            .map(Value::text)
            .collect();
        let markers = markers?;
        if markers.is_empty() {
            return Ok(Vec::new());
        }
        let markers = markers.join(" or ");
        Ok(vec![format!("the lock is for environments with {markers}")])
    }
}

/// An entry of a list of dependencies as it is written.
struct Named<'d> {
    table: Table<'d>,
    name: &'d str,
    /// The first package of that name, once it is looked up.
    first: Option<u32>,
}

impl<'d> Named<'d> {
    fn read(table: Table<'d>) -> Result<Self, Mistake> {
        Ok(Self {
            table,
            name: table.needed_text("name")?,
            first: None,
        })
    }
}

/// What an entry of a list of dependencies asks for.
struct Asking<'d> {
    /// The place of the first package that it may mean.
    package: usize,
    extras: Box<[ExtraName]>,
    marker: MarkerTree,
    version: Option<&'d str>,
    specifier: &'d str,
}

impl Asking<'_> {
    /// Whether nothing but a package is asked for, and always.
    fn is_plain(&self) -> bool {
        let is_any = self.version.is_none() && self.specifier.is_empty();
        is_any && self.extras.is_empty() && self.marker.is_true()
    }

    fn requirement(self, name: PackageName) -> Requirement {
        Requirement {
            name,
            extras: self.extras,
            marker: self.marker,
            version: self.version.map(Into::into),
            specifier: self.specifier.into(),
        }
    }
}

/// All that packages require: first of each package the plain requirement on it, then the others.
struct Stated {
    list: Vec<Requirement>,
}

impl Stated {
    fn of(packages: &[Package]) -> Self {
        let plain = packages.iter().map(|one| Requirement::of(one.name.clone()));
        Self {
            list: plain.collect(),
        }
    }

    fn number(&mut self, asked: Asking) -> u32 {
        let place = if asked.is_plain() {
            asked.package
        } else {
            let name = self.list[asked.package].name.clone();
            self.list.push(asked.requirement(name));
            self.list.len() - 1
        };
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Where the packages of each name are.
struct Places<'d> {
    first: NumberedNames<'d>,
    /// The next place of the same name, by places: nearly always none.
    next: Vec<Option<u32>>,
}

impl<'d> Places<'d> {
    fn of(packages: &[Package<'d>]) -> Self {
        let mut first = NumberedNames::with_capacity(packages.len());
        let mut next = vec![None; packages.len()];
        for (place, package) in packages.iter().enumerate().rev() {
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            next[place] = first.insert(package.written_name.as_bytes(), number);
        }
        Self { first, next }
    }

    /// The first place of a name.
    fn first(&self, name: &str) -> Option<u32> {
        self.first.get(name.as_bytes())
    }

    /// The places of a name from the first on, in the order of the lock.
    fn from(&self, first: Option<u32>) -> impl Iterator<Item = usize> {
        let all = std::iter::successors(first, |place| self.next[*place as usize]);
        all.map(|place| place as usize)
    }
}

/// A requirement that the lock states as it was written, and not as it was resolved.
fn as_written(table: Table) -> Result<Requirement, Mistake> {
    Ok(Requirement {
        name: table.package("name")?,
        extras: table.extras("extras")?,
        marker: table.marker("marker")?,
        version: None,
        specifier: table.text("specifier")?.unwrap_or_default().into(),
    })
}
