//! One package, one version for each environment: lines that say otherwise contradict each other.

use super::{Item, Kind};
use crate::error::{ConflictingPins, Error, Place};
use crate::inventory::is_same_version;
use crate::names::PackageName;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use uv_pep508::MarkerTree;

/// The pins that were met.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// With their hashes, so that no name is read again when the table grows.
    met: IndexMap<PackageName, Met, FxBuildHasher>,
}

/// The pins of one package: nearly always a single one.
#[derive(Debug)]
struct Met {
    first: Pin,
    others: Vec<Pin>,
}

/// A version that lines ask for.
#[derive(Debug)]
struct Pin {
    /// The number of the first of the lines, which holds the version.
    item: usize,
    /// When any of the lines asks for it.
    marker: MarkerTree,
}

/// As many versions of one package as are held against each other.
const MOST_VERSIONS: usize = 100;

impl Pins {
    /// Holds the last of the lines against those before it; `place` says where a line is.
    ///
    /// # Errors
    ///
    /// [`Error::ConflictingPins`] when both can apply at once.
    pub(super) fn add_last(
        &mut self,
        items: &[Item],
        place: impl Fn(&Item) -> Place,
    ) -> Result<(), Error> {
        let Some((last, (name, version, marker))) =
            items.last().and_then(|last| Some((last, pinned(last)?)))
        else {
            return Ok(());
        };
        let pin = Pin {
            item: items.len() - 1,
            marker,
        };
        let Some(met) = self.met.get_mut(name) else {
            self.met.insert(name.clone(), Met::new(pin));
            return Ok(());
        };
        let version_of = |pin: &Pin| pinned(&items[pin.item]).map_or("", |(_, version, _)| version);
        let is_same = |pin: &Pin| is_same_version(version_of(pin), version);
        let contradicts = |pin: &&Pin| !is_same(pin) && !pin.marker.is_disjoint(marker);
        if let Some(other) = met.pins().find(contradicts) {
            return Err(Error::ConflictingPins(Box::new(ConflictingPins {
                name: name.clone(),
                first: place(&items[other.item]),
                first_version: version_of(other).to_owned(),
                second: place(last),
                second_version: version.to_owned(),
            })));
        }
        if let Some(same) = met.pins_mut().find(|pin| is_same(pin)) {
            same.marker = same.marker.or(marker);
            return Ok(());
        }
        if met.pins().count() >= MOST_VERSIONS {
            return Err(Error::Syntax {
                place: place(last),
                message: format!("`{name}` is pinned at more than {MOST_VERSIONS} versions"),
            });
        }
        met.others.push(pin);
        Ok(())
    }
}

impl Met {
    fn new(first: Pin) -> Self {
        Self {
            first,
            others: Vec::new(),
        }
    }

    fn pins(&self) -> impl Iterator<Item = &Pin> {
        std::iter::once(&self.first).chain(&self.others)
    }

    fn pins_mut(&mut self) -> impl Iterator<Item = &mut Pin> {
        std::iter::once(&mut self.first).chain(&mut self.others)
    }
}

/// The name, the version and the marker of a line that pins a package.
fn pinned(item: &Item) -> Option<(&PackageName, &str, MarkerTree)> {
    let Kind::Requirement(asked) = &item.kind else {
        return None;
    };
    Some((asked.name.as_ref()?, asked.pin.as_deref()?, asked.marker))
}
