//! The memo of the symbolic machine.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::machine::{Applied, TEXT_OVERHEAD_BYTES, Value};
use super::report::FaultKind;

/// Memo keys out of sequence that are kept at most.
const MAX_SPARSE_KEYS: usize = 65_536;

/// The memo: texts by key, and the number of keys in use, which `MEMOIZE` needs.
pub(super) struct Memo {
    texts: HashMap<u64, Rc<str>>,
    text_bytes: usize,
    max_text_bytes: usize,
    /// Keys 0 to this one, itself not included, are all in use.
    sequential: u64,
    /// Further keys in use.
    sparse: BTreeSet<u64>,
}

impl Memo {
    pub(super) fn new(max_text_bytes: usize) -> Self {
        Self {
            texts: HashMap::new(),
            text_bytes: 0,
            max_text_bytes,
            sequential: 0,
            sparse: BTreeSet::new(),
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.sequential + self.sparse.len() as u64
    }

    pub(super) fn get(&self, key: u64) -> Value {
        self.texts
            .get(&key)
            .map_or(Value::Other, |text| Value::Text(text.clone()))
    }

    pub(super) fn put(&mut self, key: u64, value: &Value) -> Applied {
        if let Some(old) = self.texts.remove(&key) {
            self.text_bytes -= old.len() + TEXT_OVERHEAD_BYTES;
        }
        if let Value::Text(text) = value
            && self.text_bytes + value.text_bytes() <= self.max_text_bytes
        {
            self.text_bytes += value.text_bytes();
            self.texts.insert(key, text.clone());
        }
        self.occupy(key)
    }

    /// Makes every kept text untold.
    pub(super) fn forget(&mut self) {
        self.texts.clear();
        self.text_bytes = 0;
    }

    fn occupy(&mut self, key: u64) -> Applied {
        if key > self.sequential {
            self.sparse.insert(key);
            if self.sparse.len() > MAX_SPARSE_KEYS {
                return Err(FaultKind::Limit("memo keys out of sequence").into());
            }
        } else if key == self.sequential {
            self.sequential += 1;
            while self.sparse.remove(&self.sequential) {
                self.sequential += 1;
            }
        }
        Ok(())
    }
}
