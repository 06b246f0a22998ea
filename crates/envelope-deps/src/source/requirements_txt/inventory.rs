//! From the lines to an inventory: one package a name, edges and roots as the comments say them.

use super::requirement::Asked;
use super::via::{Parent, parents};
use super::{Item, RequirementsFile};
use crate::error::Error;
use crate::inventory::{Distribution, EdgeSource, Inventory, Origin, Root};
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use uv_pep508::MarkerTree;

/// All lines of one package: they go or stay as one.
struct Listed<'a> {
    name: &'a PackageName,
    lines: Vec<(&'a Item, &'a Asked)>,
    /// Who needs it, over all lines. `None` when no comment says it.
    parents: Option<Vec<Parent<'a>>>,
    /// Whether some line has no such comment: it was added by hand.
    is_bare: bool,
}

/// By the names, as texts: parents are looked up by theirs.
type Listing<'a> = IndexMap<&'a str, Listed<'a>, FxBuildHasher>;

impl RequirementsFile {
    /// The packages that are listed. Who needs whom is known as far as comments `# via` say it.
    ///
    /// The markers of lines are left out of account: a line that goes, goes for every environment.
    pub fn inventory(&self) -> Inventory {
        self.listed_inventory(false)
    }

    /// The same with the markers of the lines, from which narrower ones can be found.
    pub fn inventory_with_markers(&self) -> Inventory {
        self.listed_inventory(true)
    }

    /// The packages that are listed, with the requirements that another source knows, such as an
    /// installed environment or a lock.
    ///
    /// What was asked for is what the comments or the lock say; of a hand-written list, every
    /// line; of a freeze, nothing is known, so that the graph infers it.
    #[must_use]
    pub fn joined_with(&self, metadata: Inventory) -> Inventory {
        let mut own = self.listed_inventory(false);
        let is_annotated = own.edge_source == EdgeSource::Annotations;
        let from_user = needs_of_roots(&own);
        for distribution in &mut own.distributions {
            distribution.requires.clear();
        }
        if self.is_freeze() || (is_annotated && metadata.roots.is_some()) {
            own.roots.clone_from(&metadata.roots);
        }
        let is_lock = metadata.roots.is_some();
        let mut joined = own.with_edges_of(metadata);
        if !is_lock {
            switch_on_extras(&mut joined, &from_user);
        }
        joined
    }

    /// Every line as something that was asked for.
    pub(in crate::source) fn into_roots(self) -> Result<Vec<Root>, Error> {
        let mut roots = Vec::new();
        for (item, asked) in self.requirements() {
            let text = &self.texts[item.file];
            let Some(name) = &asked.name else {
                let message = "expected a requirement with a name, such as `name @ .`";
                return Err(Error::syntax(&text.path, item.line, 0, message));
            };
            roots.push(Root {
                requirement: asked.requirement(name),
                origin: format!("-r {}", text.name),
            });
        }
        Ok(roots)
    }

    fn listing(&self) -> Listing<'_> {
        let mut listing = Listing::default();
        for (item, asked) in self.requirements() {
            let Some(name) = &asked.name else { continue };
            let listed = listing.entry(name.as_str()).or_insert_with(|| Listed {
                name,
                lines: Vec::new(),
                parents: None,
                is_bare: false,
            });
            listed.lines.push((item, asked));
            match parents(self.raw(item)) {
                Some(parents) => listed.parents.get_or_insert_default().extend(parents),
                None => listed.is_bare = true,
            }
        }
        listing
    }

    fn listed_inventory(&self, with_markers: bool) -> Inventory {
        let listing = self.listing();
        let is_annotated = listing.values().any(|listed| listed.parents.is_some());
        let mut distributions: Vec<Distribution> = listing
            .values()
            .map(|listed| self.distribution(listed.name, listed))
            .collect();
        let mut roots = Vec::new();
        for listed in listing.values() {
            let mut asked = listed.requirement(listed.name);
            if !with_markers {
                asked.marker = MarkerTree::TRUE;
            }
            let mut root = |origin: String| {
                roots.push(Root {
                    requirement: asked.clone(),
                    origin,
                });
            };
            let (needed_by, outside) = listed.needed_by(&listing);
            if let Some(origin) = outside {
                root(origin);
            } else if listed.is_bare || !is_annotated {
                let (item, _) = listed.lines[0];
                root(self.texts[item.file].name.clone());
            }
            let need = Requirement {
                marker: asked.marker,
                ..Requirement::of(listed.name.clone())
            };
            for parent in needed_by {
                distributions[parent].requires.push(need.clone());
            }
        }
        Inventory {
            distributions,
            roots: Some(roots),
            edge_source: if is_annotated {
                EdgeSource::Annotations
            } else {
                EdgeSource::None
            },
            requires_python: MarkerTree::TRUE,
            notes: self.notes.clone(),
            ..Inventory::default()
        }
    }

    fn distribution(&self, name: &PackageName, listed: &Listed) -> Distribution {
        let mut distribution = Distribution::new(name.clone());
        let mut versions: Vec<&str> = listed
            .lines
            .iter()
            .filter_map(|(_, asked)| asked.pin.as_deref())
            .collect();
        versions.dedup();
        if let [version] = versions[..] {
            distribution.version = Some(version.into());
        }
        let mut origins = listed.lines.iter().map(|(_, asked)| &asked.origin);
        if let Some(origin) = origins.find(|origin| **origin != Origin::Index) {
            distribution.origin = origin.clone();
        }
        for (item, _) in &listed.lines {
            distribution.hashes.extend(hashes(self.raw(item)));
        }
        distribution
    }
}

impl Asked {
    fn requirement(&self, name: &PackageName) -> Requirement {
        Requirement {
            name: name.clone(),
            extras: self.extras.clone(),
            marker: self.marker,
            version: None,
            specifier: self.specifier.clone(),
        }
    }
}

impl Listed<'_> {
    /// What the lines ask for together.
    fn requirement(&self, name: &PackageName) -> Requirement {
        let mut requirement = self.lines[0].1.requirement(name);
        let mut extras: Vec<ExtraName> = requirement.extras.to_vec();
        for (_, asked) in &self.lines[1..] {
            requirement.marker = requirement.marker.or(asked.marker);
            for extra in &asked.extras {
                if !extras.contains(extra) {
                    extras.push(extra.clone());
                }
            }
        }
        requirement.extras = extras.into();
        requirement
    }

    /// The listed packages that need it, and the first word of who else does: the user.
    fn needed_by(&self, listing: &Listing) -> (Vec<usize>, Option<String>) {
        let mut needed_by: Vec<usize> = Vec::new();
        let mut outside = None;
        for parent in self.parents.iter().flatten() {
            let origin = match parent {
                Parent::Constraint => continue,
                Parent::File(text) | Parent::Other(text) => text.to_string(),
                Parent::Package(name) => match listing.get_index_of(&**name) {
                    Some(place) => {
                        needed_by.push(place);
                        continue;
                    }
                    None => name.to_string(),
                },
            };
            outside.get_or_insert(origin);
        }
        needed_by.sort_unstable();
        needed_by.dedup();
        (needed_by, outside)
    }
}

/// `--hash=sha256:…` and `--hash sha256:…`.
fn hashes(raw: &[u8]) -> impl Iterator<Item = Box<str>> {
    memchr::memmem::find_iter(raw, b"--hash").filter_map(|at| {
        let value = raw[at + b"--hash".len()..].trim_ascii_start();
        let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        let end = value.iter().position(is_end).unwrap_or(value.len());
        let value = std::str::from_utf8(&value[..end]).ok()?;
        (!value.is_empty()).then(|| value.into())
    })
}

/// Which packages each root needs, as the comments say.
fn needs_of_roots(own: &Inventory) -> IndexMap<PackageName, FxHashSet<PackageName>, FxBuildHasher> {
    let roots: FxHashSet<&PackageName> = own
        .roots
        .iter()
        .flatten()
        .map(|root| &root.requirement.name)
        .collect();
    let of_roots = own
        .distributions
        .iter()
        .filter(|one| roots.contains(&one.name));
    of_roots
        .map(|one| {
            let needs = one.requires.iter().map(|need| need.name.clone());
            (one.name.clone(), needs.collect())
        })
        .collect()
}

/// Gives roots back the extras that were asked of them, which a compiled list leaves out: a
/// requirement behind an extra holds where the comments say that the root needs that package.
fn switch_on_extras(
    joined: &mut Inventory,
    from_user: &IndexMap<PackageName, FxHashSet<PackageName>, FxBuildHasher>,
) {
    for distribution in &mut joined.distributions {
        let Some(needs) = from_user.get(&distribution.name) else {
            continue;
        };
        let own = &distribution.name;
        let behind_extras: Vec<Requirement> = distribution
            .requires
            .iter()
            .filter(|one| one.name != *own && needs.contains(&one.name))
            .filter(|one| one.marker != one.marker.without_extras())
            .map(|one| Requirement {
                marker: one.marker.without_extras(),
                ..one.clone()
            })
            .collect();
        distribution.requires.extend(behind_extras);
    }
}
