//! Which package a module comes from.
//!
//! An installed package says it: its RECORD lists every file, and with that every module
//! (<https://packaging.python.org/en/latest/specifications/recording-installed-packages/>). Where
//! nothing is installed, `known` has the packages whose modules are named otherwise, and all others
//! are taken to have their own name, as most have.

mod known;

use super::{Import, ImportKind, Scan};
use crate::inventory::{Distribution, Inventory, Role};
use crate::names::PackageName;
use crate::prune::Pruned;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// An import of what a prune took away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedButRemoved {
    /// The import.
    pub import: Import,
    /// The package that went.
    pub package: PackageName,
}

/// Finds the imports that fail once the prune is done, in the order of the scan. Imports for type
/// checkers alone are none of them.
pub fn imported_but_removed(scan: &Scan, pruned: &Pruned) -> Vec<ImportedButRemoved> {
    let modules = Modules::of(pruned.graph().inventory());
    let removed = names_removed(pruned);
    let mut found = Vec::new();
    for import in &scan.imports {
        if import.kind == ImportKind::TypeOnly || scan.is_own(&import.module, false) {
            continue;
        }
        for providers in modules.providers_of(import) {
            // A module that several packages have is there as long as one of them is.
            if let Some(package) = providers.first()
                && providers.iter().all(|name| removed.contains(name))
            {
                found.push(ImportedButRemoved {
                    import: import.clone(),
                    package: (*package).clone(),
                });
            }
        }
    }
    found.dedup();
    found
}

/// The top-level modules that no longer exist once the prune is done, each with its package.
pub fn removed_modules(pruned: &Pruned) -> BTreeMap<String, PackageName> {
    let removed = names_removed(pruned);
    let mut modules: BTreeMap<String, PackageName> = BTreeMap::new();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for distribution in &pruned.graph().inventory().distributions {
        for module in modules_of(distribution) {
            if removed.contains(&distribution.name) {
                modules.insert(module, distribution.name.clone());
            } else {
                kept.insert(module);
            }
        }
    }
    modules.retain(|module, _| !kept.contains(module));
    modules
}

fn names_removed<'g>(pruned: &Pruned<'g, '_>) -> FxHashSet<&'g PackageName> {
    let graph = pruned.graph();
    let kept: FxHashSet<&PackageName> = pruned
        .kept
        .iter()
        .map(|one| graph.name(one.package))
        .collect();
    let removed = pruned.removed.iter().map(|one| graph.name(one.package));
    removed.filter(|name| !kept.contains(name)).collect()
}

/// The top-level modules of a package, sorted: those of its files where it is installed, otherwise
/// those that it is known or taken to have.
pub fn modules_of(distribution: &Distribution) -> Vec<String> {
    let installed = Installed::of(distribution);
    let mut tops: BTreeSet<String> = BTreeSet::new();
    for path in installed.iter().flat_map(|installed| &installed.modules) {
        let top = path.0.split('.').next().unwrap_or_default();
        tops.insert(top.to_owned());
    }
    if tops.is_empty() {
        return known::modules(&distribution.name);
    }
    tops.into_iter().collect()
}

/// The modules of one installed package, as dotted names; with whether the name is a module of its
/// own, or only the way to one.
struct Installed {
    modules: BTreeMap<String, bool>,
}

/// How many parts of a module's name count: packages share `google.cloud`, and no one shares more.
const DEEPEST: usize = 5;
const LONGEST: u64 = 16 << 20;

impl Installed {
    fn of(distribution: &Distribution) -> Option<Self> {
        let folder = distribution.metadata_folder.as_deref()?;
        let mut modules = BTreeMap::new();
        if let Some(record) = read(&folder.join("RECORD")) {
            for path in record.lines() {
                add_file(path.split(',').next().unwrap_or_default(), &mut modules);
            }
        }
        if modules.is_empty()
            && let Some(tops) = read(&folder.join("top_level.txt"))
        {
            let tops = tops.lines().map(str::trim).filter(|top| is_name(top));
            modules.extend(tops.map(|top| (top.to_owned(), true)));
        }
        (!modules.is_empty()).then_some(Self { modules })
    }
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds the module that a file is, and the packages that it lies in.
fn add_file(path: &str, modules: &mut BTreeMap<String, bool>) {
    let path = path.trim_matches('"');
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    // `_core.cpython-311-x86_64-linux-gnu.so` is the module `_core`.
    let Some((stem, ending)) = file.split_once('.') else {
        return;
    };
    let is_module = ending == "py" || ending.ends_with("so") || ending.ends_with("pyd");
    if !is_module
        || !is_name(stem)
        || !folder
            .split('/')
            .all(|part| part.is_empty() || is_name(part))
    {
        return;
    }
    let is_package = stem == "__init__";
    let mut dotted = String::new();
    let parts = folder.split('/').filter(|part| !part.is_empty());
    let parts = parts.chain((!is_package).then_some(stem));
    let count = parts.clone().count();
    for (place, part) in parts.enumerate().take(DEEPEST) {
        if !dotted.is_empty() {
            dotted.push('.');
        }
        dotted.push_str(part);
        let is_own = place + 1 == count;
        match modules.get_mut(&dotted) {
            Some(known) => *known |= is_own,
            None => {
                modules.insert(dotted.clone(), is_own);
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The modules of all packages.
pub(super) struct Modules<'a> {
    inventory: &'a Inventory,
    /// By dotted name: the packages that have it, and whether as a module of their own.
    installed: FxHashMap<String, Vec<(usize, bool)>>,
    /// The packages of which nothing is installed, by name.
    others: FxHashMap<&'a str, usize>,
}

impl<'a> Modules<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut modules = Self {
            inventory,
            installed: FxHashMap::default(),
            others: FxHashMap::default(),
        };
        for (place, distribution) in inventory.distributions.iter().enumerate() {
            if distribution.role == Role::Project {
                continue;
            }
            match Installed::of(distribution) {
                None => {
                    modules.others.insert(distribution.name.as_str(), place);
                }
                Some(installed) => {
                    for (module, is_own) in installed.modules {
                        let packages = modules.installed.entry(module).or_default();
                        packages.push((place, is_own));
                    }
                }
            }
        }
        modules
    }

    /// For each module that an import may mean, the packages that have it: one, several that share
    /// it, or none where it is not known.
    pub(super) fn providers_of(&self, import: &Import) -> Vec<Vec<&'a PackageName>> {
        let Import { module, names, .. } = import;
        if names.is_empty() {
            return vec![self.providers(module)];
        }
        let each = names.iter().map(|name| {
            let inner = self.providers(&format!("{module}.{name}"));
            if inner.is_empty() {
                self.providers(module)
            } else {
                inner
            }
        });
        let mut all: Vec<Vec<&PackageName>> = each.collect();
        all.dedup();
        all
    }

    fn providers(&self, module: &str) -> Vec<&'a PackageName> {
        let places = self.installed_providers(module);
        let places = if places.is_empty() {
            self.guessed_providers(module)
        } else {
            places
        };
        let mut names: Vec<&PackageName> = places
            .into_iter()
            .map(|place| &self.inventory.distributions[place].name)
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The packages with the longest part of the name. The way to a module, such as `google`, is
    /// an answer only where nothing more is asked for.
    fn installed_providers(&self, module: &str) -> Vec<usize> {
        for prefix in prefixes(module) {
            let Some(packages) = self.installed.get(prefix) else {
                continue;
            };
            let owners = packages.iter().filter(|(_, is_own)| *is_own);
            let owners: Vec<usize> = owners.map(|(place, _)| *place).collect();
            if !owners.is_empty() {
                return owners;
            }
            if prefix == module {
                return packages.iter().map(|(place, _)| *place).collect();
            }
            return Vec::new();
        }
        Vec::new()
    }

    /// Packages that are not installed, by what they are known for or by their own names.
    fn guessed_providers(&self, module: &str) -> Vec<usize> {
        for prefix in prefixes(module) {
            let known = known::packages(prefix);
            let found = known.iter().filter_map(|name| self.others.get(*name));
            let found: Vec<usize> = found.copied().collect();
            if !found.is_empty() {
                return found;
            }
            let own = prefix.replace(['.', '_'], "-").to_ascii_lowercase();
            if let Some(place) = self.others.get(own.as_str()) {
                return vec![*place];
            }
        }
        Vec::new()
    }
}

/// `a.b.c`, `a.b`, `a`; from five parts on.
fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    let dots = module.match_indices('.').map(|(at, _)| at);
    let ends: Vec<usize> = dots.chain([module.len()]).take(DEEPEST).collect();
    ends.into_iter().rev().map(|end| &module[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_modules_of_their_packages() {
        for (path, expected) in [
            ("six.py", "six"),
            ("numpy/__init__.py", "numpy"),
            (
                "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
                "_cffi_backend",
            ),
            ("a/_b.abi3.so", "(a) a._b"),
            ("a\\b.py", ""),
            (
                "google/cloud/storage/__init__.py",
                "(google) (google.cloud) google.cloud.storage",
            ),
            (
                "a/b/c/d/e/f/g.py",
                "(a) (a.b) (a.b.c) (a.b.c.d) (a.b.c.d.e)",
            ),
            ("../../../bin/a.py", ""),
            ("a-1.dist-info/METADATA", ""),
            ("a/data/1x.py", ""),
            ("a.pth", ""),
            ("a/py.typed", ""),
        ] {
            let mut modules = BTreeMap::new();
            add_file(path, &mut modules);
            let shown: Vec<String> = modules
                .into_iter()
                .map(|(name, is_own)| if is_own { name } else { format!("({name})") })
                .collect();
            assert_eq!(shown.join(" "), expected, "{path}");
        }
    }

    #[test]
    fn prefixes_begin_with_the_longest() {
        let all: Vec<&str> = prefixes("a.b.c").collect();
        assert_eq!(all, ["a.b.c", "a.b", "a"]);
        assert_eq!(prefixes("a.b.c.d.e.f").next(), Some("a.b.c.d.e"));
    }
}
