//! The projects that a lock belongs to, and what they ask for.
//!
//! As for `uv export`: the project beside the lock, or, where that folder holds no project of its
//! own, every member of the workspace. The production dependencies count; extras and groups when
//! asked for. The lock of a script states what the script asks for.

use super::super::document::{Mistake, Table, Value};
use super::package::{Package, group_of};
use crate::names::{ExtraName, PackageName};
use crate::source::ReadOptions;
use rustc_hash::FxHashSet;

/// The projects whose requirements count.
pub(super) struct Projects<'d> {
    manifest: Option<Table<'d>>,
    /// Their places among the packages.
    places: Vec<usize>,
}

/// One requirement of a project, or of a script.
pub(super) struct Asked<'d> {
    pub(super) table: Table<'d>,
    /// The project among the packages; nothing where the lock itself states the requirement.
    pub(super) by: Option<usize>,
    pub(super) origin: String,
}

impl<'d> Projects<'d> {
    pub(super) fn read(
        top: Table<'d>,
        packages: &[Package],
        options: &ReadOptions,
    ) -> Result<Self, Mistake> {
        let manifest = top.table("manifest")?;
        let members: Result<Vec<PackageName>, Mistake> = match manifest {
            Some(manifest) => manifest.list("members")?.map(Value::package).collect(),
            None => Ok(Vec::new()),
        };
        let members = members?;
        let those = |is_one: &dyn Fn(&Package) -> bool| -> Vec<usize> {
            let places = 0..packages.len();
            places.filter(|place| is_one(&packages[*place])).collect()
        };
        let places = if options.projects.is_empty() {
            let beside = those(&|package| package.is_local() && package.source.location == ".");
            let members = those(&|package| members.contains(&package.name));
            let local = those(&|package| package.is_local());
            let choices = [beside, members, local].into_iter();
            choices.into_iter().find(|choice| !choice.is_empty())
        } else {
            refuse_unknown(top, packages, &options.projects)?;
            Some(those(&|package| options.projects.contains(&package.name)))
        };
        Ok(Self {
            manifest,
            places: places.unwrap_or_default(),
        })
    }

    pub(super) fn contain(&self, place: usize) -> bool {
        self.places.contains(&place)
    }

    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// What the projects and the script ask for; nothing where the lock has neither.
    pub(super) fn asked(
        &self,
        packages: &[Package<'d>],
        options: &ReadOptions,
    ) -> Result<Option<Vec<Asked<'d>>>, Mistake> {
        let mut asked = self.asked_by_script()?;
        if self.places.is_empty() && asked.is_empty() && options.groups.is_empty() {
            return Ok(None);
        }
        let mut offers = Offers::of(options);
        for &place in &self.places {
            let project = &packages[place];
            let name = &project.name;
            let from = |table: Table<'d>, origin: &str| Asked {
                table,
                by: Some(place),
                origin: origin.to_owned(),
            };
            let production = project.table.tables("dependencies")?;
            let origin = format!("{name} (pyproject.toml)");
            asked.extend(production.into_iter().map(|table| from(table, &origin)));
            for (extra, tables) in offers.extras(project, &options.extras)? {
                let origin = format!("{name}[{extra}] (pyproject.toml)");
                asked.extend(tables.into_iter().map(|table| from(table, &origin)));
            }
            for (group, tables) in offers.groups(project, &options.groups)? {
                let origin = format!("{name} (pyproject.toml:{group})");
                asked.extend(tables.into_iter().map(|table| from(table, &origin)));
            }
        }
        asked.extend(self.asked_by_groups(&mut offers, &options.groups)?);
        offers.refuse_missing(self.places.first().map(|place| &packages[*place]))?;
        Ok(Some(asked))
    }

    /// What the lock of a script states.
    fn asked_by_script(&self) -> Result<Vec<Asked<'d>>, Mistake> {
        let Some(manifest) = self.manifest else {
            return Ok(Vec::new());
        };
        let asked = manifest.tables("requirements")?.into_iter();
        let from = |table| Asked {
            table,
            by: None,
            origin: "the script".to_owned(),
        };
        Ok(asked.map(from).collect())
    }

    /// The groups of a workspace whose folder is no project of its own.
    fn asked_by_groups(
        &self,
        offers: &mut Offers,
        groups: &[String],
    ) -> Result<Vec<Asked<'d>>, Mistake> {
        let lists = match self.manifest {
            Some(manifest) => manifest.table("dependency-groups")?,
            None => None,
        };
        let mut asked = Vec::new();
        for group in groups {
            let Some(tables) = group_of(lists, group)? else {
                continue;
            };
            offers.missing_groups.remove(group);
            asked.extend(tables.into_iter().map(|table| Asked {
                table,
                by: None,
                origin: format!("pyproject.toml:{group}"),
            }));
        }
        Ok(asked)
    }
}

fn refuse_unknown(
    top: Table,
    packages: &[Package],
    projects: &[PackageName],
) -> Result<(), Mistake> {
    for name in projects {
        let mut named = packages.iter().filter(|package| package.name == *name);
        if !named.any(Package::is_local) {
            return Err(top.mistake(format!("the lock holds no project `{name}`")));
        }
    }
    Ok(())
}

/// The extras and groups that were asked for and that no project was found to have.
struct Offers {
    missing_extras: FxHashSet<ExtraName>,
    missing_groups: FxHashSet<String>,
}

impl Offers {
    fn of(options: &ReadOptions) -> Self {
        Self {
            missing_extras: options.extras.iter().cloned().collect(),
            missing_groups: options.groups.iter().cloned().collect(),
        }
    }

    /// The dependencies of a project's extras, and of those extras of its own that they name.
    fn extras<'d>(
        &mut self,
        project: &Package<'d>,
        extras: &[ExtraName],
    ) -> Result<Vec<(ExtraName, Vec<Table<'d>>)>, Mistake> {
        let mut waiting: Vec<ExtraName> = extras.iter().rev().cloned().collect();
        let mut seen: FxHashSet<ExtraName> = FxHashSet::default();
        let mut lists = Vec::new();
        while let Some(extra) = waiting.pop() {
            let Some(tables) = project.extra(&extra)? else {
                continue;
            };
            self.missing_extras.remove(&extra);
            if !seen.insert(extra.clone()) {
                continue;
            }
            let mut others = Vec::new();
            for table in tables {
                if table.needed_text("name")? == project.written_name {
                    waiting.extend(table.extras("extra")?);
                } else {
                    others.push(table);
                }
            }
            lists.push((extra, others));
        }
        Ok(lists)
    }

    fn groups<'d>(
        &mut self,
        project: &Package<'d>,
        groups: &[String],
    ) -> Result<Vec<(String, Vec<Table<'d>>)>, Mistake> {
        let mut lists = Vec::new();
        for group in groups {
            if let Some(tables) = project.group(group)? {
                self.missing_groups.remove(group);
                lists.push((group.clone(), tables));
            }
        }
        Ok(lists)
    }

    fn refuse_missing(self, project: Option<&Package>) -> Result<(), Mistake> {
        let extras = self.missing_extras.iter();
        let extras = extras.map(|extra| format!("extra `{extra}`"));
        let groups = self.missing_groups.iter();
        let groups = groups.map(|group| format!("group `{group}`"));
        let Some(first) = extras.chain(groups).min() else {
            return Ok(());
        };
        Err(match project {
            Some(project) => {
                let message = format!("the project `{}` has no {first}", project.name);
                project.table.mistake(message)
            }
            None => Mistake::new(0, format!("the lock has no {first}")),
        })
    }
}
