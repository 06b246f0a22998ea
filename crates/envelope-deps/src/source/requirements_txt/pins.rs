//! One package, one version for each environment: lines that say otherwise contradict each other.

use super::requirement::Asked;
use crate::error::{ConflictingPins, Error, Place};
use crate::inventory::is_same_version;
use crate::names::PackageName;
use rustc_hash::FxHashMap;
use uv_pep508::MarkerTree;

/// The pins that were met.
#[derive(Debug, Default)]
pub(super) struct Pins {
    met: FxHashMap<PackageName, Vec<Pin>>,
}

#[derive(Debug)]
struct Pin {
    version: Box<str>,
    /// When any line asks for it.
    marker: MarkerTree,
    place: Place,
}

/// As many versions of one package as are held against each other.
const MOST_VERSIONS: usize = 100;

impl Pins {
    /// Holds a line against those before it.
    ///
    /// # Errors
    ///
    /// [`Error::ConflictingPins`] when both can apply at once.
    pub(super) fn add(&mut self, asked: &Asked, place: &Place) -> Result<(), Error> {
        let (Some(name), Some(version)) = (&asked.name, &asked.pin) else {
            return Ok(());
        };
        let Some(met) = self.met.get_mut(name) else {
            let pin = Pin {
                version: version.clone(),
                marker: asked.marker,
                place: place.clone(),
            };
            self.met.insert(name.clone(), vec![pin]);
            return Ok(());
        };
        let other = met.iter().find(|pin| {
            !is_same_version(&pin.version, version) && !pin.marker.is_disjoint(asked.marker)
        });
        if let Some(other) = other {
            return Err(Error::ConflictingPins(Box::new(ConflictingPins {
                name: name.clone(),
                first: other.place.clone(),
                first_version: other.version.to_string(),
                second: place.clone(),
                second_version: version.to_string(),
            })));
        }
        if let Some(same) = met
            .iter_mut()
            .find(|pin| is_same_version(&pin.version, version))
        {
            same.marker = same.marker.or(asked.marker);
            return Ok(());
        }
        if met.len() >= MOST_VERSIONS {
            return Err(Error::Syntax {
                place: place.clone(),
                message: format!("`{name}` is pinned at more than {MOST_VERSIONS} versions"),
            });
        }
        met.push(Pin {
            version: version.clone(),
            marker: asked.marker,
            place: place.clone(),
        });
        Ok(())
    }
}
