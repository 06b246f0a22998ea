//! What a package requires, so that what many packages require is there once.
//!
//! A lock of fifty thousand packages states half a million requirements, and nearly all of them are
//! a name and nothing else. Kept one by one they would be forty megabytes that every step along an
//! edge has to wait for; as numbers in a list that all packages share they are two.

use crate::requirement::Requirement;
use std::sync::Arc;

/// The requirements of one package, in the order of the source.
#[derive(Clone, Debug, Default)]
pub struct Requires {
    /// Empty where there are shared ones.
    own: Vec<Requirement>,
    shared: Option<Shared>,
}

/// Some of the requirements of a list, by their numbers in it.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) list: Arc<[Requirement]>,
    pub(crate) numbers: Box<[u32]>,
}

impl Requires {
    /// How many there are.
    pub fn len(&self) -> usize {
        let shared = self.shared.as_ref();
        shared.map_or(self.own.len(), |shared| shared.numbers.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The requirement at a place.
    pub fn get(&self, place: usize) -> Option<&Requirement> {
        match &self.shared {
            None => self.own.get(place),
            Some(Shared { list, numbers }) => list.get(*numbers.get(place)? as usize),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The list of them, to change it. What they shared with other packages is theirs alone then.
    pub fn to_mut(&mut self) -> &mut Vec<Requirement> {
        if self.shared.is_some() {
            self.own = self.iter().cloned().collect();
            self.shared = None;
        }
        &mut self.own
    }

    /// The list that they share with other packages, where they do.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref()
    }
}

impl From<Vec<Requirement>> for Requires {
    fn from(own: Vec<Requirement>) -> Self {
        Self { own, shared: None }
    }
}

impl From<Shared> for Requires {
    fn from(shared: Shared) -> Self {
        Self {
            own: Vec::new(),
            shared: Some(shared),
        }
    }
}

impl FromIterator<Requirement> for Requires {
    fn from_iter<I: IntoIterator<Item = Requirement>>(all: I) -> Self {
        Vec::from_iter(all).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(requires: &Requires) -> Vec<&str> {
        requires.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn a_shared_list_is_left_alone_by_changes() {
        let list: Vec<Requirement> = ["a", "b", "c"]
            .map(|name| Requirement::of(name.parse().expect("a name")))
            .into();
        let list: Arc<[Requirement]> = list.into();
        let shared = |numbers: &[u32]| {
            Requires::from(Shared {
                list: Arc::clone(&list),
                numbers: numbers.into(),
            })
        };
        let mut one = shared(&[2, 0]);
        let other = shared(&[0]);
        assert_eq!(names(&one), ["c", "a"]);
        assert_eq!(one.get(1).map(|asked| asked.name.as_str()), Some("a"));
        assert!(one.get(2).is_none());
        one.to_mut()[1].name = "d".parse().expect("a name");
        assert_eq!(names(&one), ["c", "d"]);
        assert_eq!(names(&other), ["a"]);
        assert!(shared(&[]).is_empty());
    }
}
