//! What a source says: which packages there are, what each requires, and what was asked for.
//!
//! Every reader of `source` gives an [`Inventory`]; a [`Graph`](crate::Graph) is built from one.

mod join;
mod requires;

use crate::environment::Environment;
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
pub(crate) use join::is_same_version;
pub use requires::Requires;
pub(crate) use requires::Shared;
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use uv_pep508::MarkerTree;

/// The packages that a source holds, and what it says was asked for.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The packages, in the order of the source.
    pub distributions: Vec<Distribution>,
    /// What was asked for, where the source says it; otherwise the graph infers it.
    pub roots: Option<Vec<Root>>,
    /// Where the edges come from, and so how far they can be trusted.
    pub edge_source: EdgeSource,
    /// The interpreter of an installed environment, where it is known.
    pub environment: Option<Environment>,
    /// What the source as a whole requires of Python; true where it says nothing.
    pub requires_python: MarkerTree,
    /// What a user should know about the reading.
    pub notes: Vec<String>,
}

/// One package of a certain version.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Its name.
    pub name: PackageName,
    /// Its version, where the source knows it.
    pub version: Option<Box<str>>,
    /// What it requires, extras and all.
    pub requires: Requires,
    /// The extras it offers, where the source lists them.
    pub extras: Vec<ExtraName>,
    /// In which environments a lock means this one among several versions.
    pub chosen_when: MarkerTree,
    /// What it is to the user.
    pub role: Role,
    /// Where it comes from, when not from an index.
    pub origin: Origin,
    /// Hashes of its files, as `algorithm:hex`.
    pub hashes: Vec<Box<str>>,
    /// Its metadata folder in an installed environment, which knows its size.
    pub metadata_folder: Option<PathBuf>,
}

impl Distribution {
    /// A package of which nothing but the name is known.
    pub fn new(name: PackageName) -> Self {
        Self {
            name,
            version: None,
            requires: Requires::default(),
            extras: Vec::new(),
            chosen_when: MarkerTree::TRUE,
            role: Role::Package,
            origin: Origin::Index,
            hashes: Vec::new(),
            metadata_folder: None,
        }
    }
}

/// What a package is to the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A package that is installed, and that counts.
    #[default]
    Package,
    /// The user's own project, which a lock belongs to. It is neither kept nor removed.
    Project,
    /// Known from metadata alone, and not in the requirements that are pruned.
    Unlisted,
}

/// Where a package comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// An index, by name and version.
    #[default]
    Index,
    /// A direct reference, as a requirement writes it after `@`.
    Url(String),
    /// A folder that is installed as it stands.
    Editable(String),
}

/// What was asked for, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// What was asked for.
    pub requirement: Requirement,
    /// Where: `-r requirements.in`, `pyproject.toml`, `--root`.
    pub origin: String,
}

/// Where edges come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EdgeSource {
    /// There are none: a list of packages.
    #[default]
    None,
    /// A lock with edges and markers, exact.
    Lock,
    /// The metadata of installed packages, exact for their environment.
    Metadata,
    /// The comments `# via`, which forget extras: never too little, sometimes too much.
    Annotations,
}

impl EdgeSource {
    /// The word of reports: `lock`, `metadata`, `annotations` or `none`.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lock => "lock",
            Self::Metadata => "metadata",
            Self::Annotations => "annotations",
        }
    }
}

impl Inventory {
    /// The packages of each name, by their places in `distributions`.
    pub fn by_name(&self) -> FxHashMap<&PackageName, Vec<usize>> {
        let mut places: FxHashMap<&PackageName, Vec<usize>> = FxHashMap::default();
        for (place, distribution) in self.distributions.iter().enumerate() {
            places.entry(&distribution.name).or_default().push(place);
        }
        places
    }
}
