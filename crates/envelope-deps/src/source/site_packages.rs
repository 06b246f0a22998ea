//! Installed environments: the metadata that every installed package leaves in `site-packages`.
//!
//! Read are `*.dist-info` folders
//! (<https://packaging.python.org/en/latest/specifications/recording-installed-packages/>) and the
//! older `*.egg-info`, `*.egg` and `*.egg-link`
//! (<https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html>). Of a METADATA only the
//! header is read, up to the first empty line. Nothing is executed, so that the Python version is
//! taken from what lies around: see `interpreter`. What packages weigh is left to
//! [`size`](crate::size).

mod direct_url;
mod egg_info;
mod folder;
mod interpreter;
mod metadata;

use super::{ReadOptions, Source};
use crate::error::Error;
use crate::inventory::{Distribution, EdgeSource, Inventory};
use crate::names::PackageName;
use crate::requirement::Markers;
use rustc_hash::FxHashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Installed environments, by their root or their `site-packages`.
pub(super) struct SitePackages;

impl Source for SitePackages {
    fn format(&self) -> &'static str {
        "installed environment"
    }

    fn recognises(&self, path: &Path) -> bool {
        path.is_dir() && folder::find(path).is_some()
    }

    fn read(&self, path: &Path, _: &ReadOptions) -> Result<Inventory, Error> {
        let folder = folder::find(path).ok_or_else(|| Error::UnknownFormat {
            path: path.to_owned(),
        })?;
        let mut reader = Reader::default();
        reader.read_all(&folder)?;
        let mut inventory = Inventory {
            edge_source: EdgeSource::Metadata,
            ..Inventory::default()
        };
        match interpreter::find(&folder, &reader.distributions) {
            Ok(found) => {
                inventory.environment = Some(found.environment);
                reader.notes.extend(found.note);
            }
            Err(note) => reader.notes.push(note),
        }
        inventory.distributions = reader.distributions;
        inventory.notes = reader.notes;
        Ok(inventory)
    }
}

/// What is gathered while a folder is read.
#[derive(Default)]
struct Reader {
    distributions: Vec<Distribution>,
    notes: Vec<String>,
    first_of_name: FxHashMap<PackageName, String>,
    markers: Markers,
    room: metadata::Room,
}

impl Reader {
    /// Reads what is installed in a folder, in the order of names.
    fn read_all(&mut self, folder: &Path) -> Result<(), Error> {
        for entry in folder::entries(folder)? {
            let name = entry.to_string_lossy();
            let Some(kind) = Kind::of(&name) else {
                continue;
            };
            if name.starts_with('~') {
                self.notes.push(format!(
                    "`{name}` is left over from an interrupted removal and was passed over"
                ));
                continue;
            }
            self.read_one(&name, kind, folder.join(&entry));
        }
        Ok(())
    }

    /// Reads one package; one that cannot be read is noted and passed over, as pip does.
    fn read_one(&mut self, name: &str, kind: Kind, path: PathBuf) {
        let read = match kind {
            Kind::DistInfo => self.dist_info(name, path),
            Kind::EggInfo if path.is_file() => self.egg_file(name, path),
            Kind::EggInfo => self.egg_info(name, path),
            Kind::Egg => self.egg_info(name, path.join("EGG-INFO")),
            Kind::EggLink => self.egg_link(name, &path),
        };
        let distribution = match read {
            Ok(distribution) => distribution,
            Err(problem) => {
                self.notes
                    .push(format!("`{name}` was passed over: {problem}"));
                return;
            }
        };
        if let Some(first) = self.first_of_name.get(&distribution.name) {
            self.notes.push(format!(
                "`{name}` was passed over: `{first}` is of the same package"
            ));
            return;
        }
        self.first_of_name
            .insert(distribution.name.clone(), name.to_owned());
        self.distributions.push(distribution);
    }

    fn dist_info(&mut self, name: &str, path: PathBuf) -> Result<Distribution, String> {
        let mut distribution = self.described(name, &path.join("METADATA"))?;
        if let Some(origin) = direct_url::read(&path.join("direct_url.json")) {
            distribution.origin = origin;
        }
        distribution.metadata_folder = Some(path);
        Ok(distribution)
    }

    /// Reads the header of a METADATA or PKG-INFO.
    fn described(&mut self, name: &str, path: &Path) -> Result<Distribution, String> {
        let text = self.room.read_header(path)?;
        let header = metadata::parse(&text, &mut self.markers)?;
        let problems = header.problems.into_iter();
        self.notes
            .extend(problems.map(|problem| format!("`{name}`: {problem}")));
        Ok(header.distribution)
    }
}

/// What a name in `site-packages` says of the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    DistInfo,
    EggInfo,
    Egg,
    EggLink,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match ending {
            "dist-info" => Some(Self::DistInfo),
            "egg-info" => Some(Self::EggInfo),
            "egg" => Some(Self::Egg),
            "egg-link" => Some(Self::EggLink),
            _ => None,
        }
    }

    fn of_entry(name: &OsStr) -> Option<Self> {
        Self::of(&name.to_string_lossy())
    }
}
