//! From the lines to an inventory: one package a name, edges and roots as the comments say them.

use super::super::numbered_names::NumberedNames;
use super::requirement::Asked;
use super::via::{Parent, each_parent};
use super::{Item, RequirementsFile};
use crate::error::Error;
use crate::grouped::Grouped;
use crate::inventory::{Distribution, EdgeSource, Inventory, Origin, Requires, Root, Shared};
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use indexmap::IndexMap;
use memchr::memmem::Finder;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::sync::{Arc, LazyLock};
use uv_pep508::MarkerTree;

/// All lines of one package: they go or stay as one.
struct Listed<'a> {
    name: &'a PackageName,
    first: (&'a Item, &'a Asked),
    others: Vec<(&'a Item, &'a Asked)>,
}

/// All that are listed, and their places by the names as bytes: parents are looked up by theirs.
struct Listing<'a> {
    all: Vec<Listed<'a>>,
    places: NumberedNames<'a>,
}

/// Who asks for a package, as a comment says.
enum Asker {
    /// A listed package, by its place.
    Listed(u32),
    /// Who is not listed, in the words of the comment: the user.
    User(String),
}

/// What the comments of one package say, beside who of the listed ones asks for it.
#[derive(Default)]
struct Said {
    /// Who else asks for it first.
    user: Option<String>,
    /// Whether some line has no such comment: it was added by hand.
    is_bare: bool,
    is_annotated: bool,
}

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
            distribution.requires = Requires::default();
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
        let count = self.requirements().count();
        let mut listing = Listing {
            all: Vec::with_capacity(count),
            places: NumberedNames::with_capacity(count),
        };
        for (item, asked) in self.requirements() {
            let Some(name) = &asked.name else { continue };
            let bytes = name.as_str().as_bytes();
            if let Some(place) = listing.places.get(bytes) {
                listing.all[place as usize].others.push((item, asked));
                continue;
            }
            let next = u32::try_from(listing.all.len()).unwrap_or(u32::MAX);
            listing.places.insert(bytes, next);
            listing.all.push(Listed {
                name,
                first: (item, asked),
                others: Vec::new(),
            });
        }
        listing
    }

    fn listed_inventory(&self, with_markers: bool) -> Inventory {
        let listing = self.listing();
        let mut asked: Vec<Requirement> = listing.all.iter().map(Listed::requirement).collect();
        if !with_markers {
            for requirement in &mut asked {
                requirement.marker = MarkerTree::TRUE;
            }
        }
        let mut edges = Vec::new();
        let packages = (0..).zip(&listing.all);
        let said: Vec<Said> = packages
            .map(|(place, listed)| {
                self.said_of(listed, &listing, &mut |from| edges.push((from, place)))
            })
            .collect();
        let is_annotated = said.iter().any(|said| said.is_annotated);
        let mut distributions: Vec<Distribution> = listing
            .all
            .iter()
            .map(|listed| self.distribution(listed))
            .collect();
        add_needs(&mut distributions, &edges, &asked);
        let mut roots = Vec::new();
        for ((requirement, said), listed) in asked.into_iter().zip(said).zip(&listing.all) {
            let is_by_hand = said.is_bare || !is_annotated;
            let file = || self.texts[listed.first.0.file].name.clone();
            let origin = said.user.or_else(|| is_by_hand.then(file));
            roots.extend(origin.map(|origin| Root {
                requirement,
                origin,
            }));
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

    /// What the comments of a package say; who of the listed ones asks for it is shown one by one.
    fn said_of(&self, listed: &Listed, listing: &Listing, see: &mut dyn FnMut(u32)) -> Said {
        let mut said = Said::default();
        for (item, _) in listed.lines() {
            // Looked up one right after the other, so that the processor waits for several at once.
            let mut texts = Vec::new();
            let is_annotated = each_parent(self.raw(item), |text| texts.push(text));
            for text in texts {
                match asker(text, listing) {
                    Some(Asker::Listed(place)) => see(place),
                    Some(Asker::User(words)) => {
                        said.user.get_or_insert(words);
                    }
                    None => {}
                }
            }
            said.is_annotated |= is_annotated;
            said.is_bare |= !is_annotated;
        }
        said
    }

    fn distribution(&self, listed: &Listed) -> Distribution {
        let mut distribution = Distribution::new(listed.name.clone());
        let mut versions = listed.lines().filter_map(|(_, asked)| asked.pin.as_deref());
        if let Some(version) = versions.next()
            && versions.all(|other| other == version)
        {
            distribution.version = Some(version.into());
        }
        let mut origins = listed.lines().map(|(_, asked)| &asked.origin);
        if let Some(origin) = origins.find(|origin| **origin != Origin::Index) {
            distribution.origin = origin.clone();
        }
        for (item, _) in listed.lines() {
            distribution.hashes.extend(hashes(self.raw(item)));
        }
        distribution
    }
}

/// Gives every package what it needs, each once, in the order of the list: those who ask and what
/// they ask for are pairs of places, ordered by the latter.
fn add_needs(distributions: &mut [Distribution], edges: &[(u32, u32)], asked: &[Requirement]) {
    let needs = Grouped::new(edges, distributions.len());
    let list = asked.iter().map(|asked| Requirement {
        marker: asked.marker,
        ..Requirement::of(asked.name.clone())
    });
    let list: Arc<[Requirement]> = list.collect();
    for (place, distribution) in distributions.iter_mut().enumerate() {
        let mut numbers = needs.of(place).to_vec();
        numbers.dedup();
        let shared = Shared {
            list: Arc::clone(&list),
            numbers: numbers.into(),
        };
        distribution.requires = shared.into();
    }
}

/// Who a comment says asks; nobody where it is a constraint.
fn asker(text: &[u8], listing: &Listing) -> Option<Asker> {
    // Nearly all are written as they are listed, and need no reading.
    if let Some(place) = listing.places.get(text) {
        return Some(Asker::Listed(place));
    }
    match Parent::read(text) {
        Parent::Constraint => None,
        Parent::File(text) | Parent::Other(text) => Some(Asker::User(text.into_owned())),
        Parent::Package(name) => Some(match listing.places.get(name.as_bytes()) {
            Some(place) => Asker::Listed(place),
            None => Asker::User(name.into_owned()),
        }),
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

impl<'a> Listed<'a> {
    fn lines(&self) -> impl Iterator<Item = &(&'a Item, &'a Asked)> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// What the lines ask for together.
    fn requirement(&self) -> Requirement {
        let mut requirement = self.first.1.requirement(self.name);
        if self.others.is_empty() {
            return requirement;
        }
        let mut extras: Vec<ExtraName> = requirement.extras.to_vec();
        for (_, asked) in &self.others {
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
}

/// Made once: to be made for each line would take longer than to look through it.
static HASH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("--hash"));

/// `--hash=sha256:…` and `--hash sha256:…`.
fn hashes(raw: &[u8]) -> impl Iterator<Item = Box<str>> {
    HASH.find_iter(raw).filter_map(|at| {
        let value = raw[at + HASH.needle().len()..].trim_ascii_start();
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
        if !behind_extras.is_empty() {
            distribution.requires.to_mut().extend(behind_extras);
        }
    }
}
