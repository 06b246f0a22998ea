//! Walks through a JSON text of any form and picks strings out of its objects.
//!
//! The text is never held as a whole. `serde_json` refuses more than 128 levels.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Strings longer than this are not picked.
const MAX_PICKED_BYTES: usize = 4096;

/// The picked strings of one object by their keys.
pub(super) type Picked = BTreeMap<&'static str, String>;

/// Calls `visit` for each object, inner ones first, with its depth and the strings it has under
/// `keys`.
pub(super) fn walk(
    reader: impl Read,
    keys: &'static [&'static str],
    mut visit: impl FnMut(usize, Picked),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    Node {
        keys,
        visit: &mut visit,
        depth: 0,
        pick: false,
    }
    .deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Node<'a> {
    keys: &'static [&'static str],
    visit: &'a mut dyn FnMut(usize, Picked),
    depth: usize,
    pick: bool,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((self.pick && text.len() <= MAX_PICKED_BYTES).then(|| text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        loop {
            let item = Node {
                keys: self.keys,
                visit: &mut *self.visit,
                depth: self.depth + 1,
                pick: false,
            };
            if items.next_element_seed(item)?.is_none() {
                return Ok(None);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut picked = Picked::new();
        while let Some(key) = entries.next_key::<String>()? {
            let wanted = self.keys.iter().find(|wanted| **wanted == key);
            let value = entries.next_value_seed(Node {
                keys: self.keys,
                visit: &mut *self.visit,
                depth: self.depth + 1,
                pick: wanted.is_some(),
            })?;
            if let (Some(wanted), Some(value)) = (wanted, value) {
                picked.insert(wanted, value);
            }
        }
        (self.visit)(self.depth, picked);
        Ok(None)
    }
}
