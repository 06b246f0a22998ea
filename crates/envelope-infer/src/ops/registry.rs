//! The table of all operators, and how an entry is found for a node.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::fault::{Result, fault};
use crate::operator::Entry;

/// The families, in the order of their names.
const FAMILIES: &[&[Entry]] = &[
    super::activation::ENTRIES,
    super::attention::ENTRIES,
    super::binary::ENTRIES,
    super::bits::ENTRIES,
    super::boxes::ENTRIES,
    super::cast::ENTRIES,
    super::compare::ENTRIES,
    super::control::ENTRIES,
    super::conv::ENTRIES,
    super::cumulative::ENTRIES,
    super::dropout::ENTRIES,
    super::gather::ENTRIES,
    super::generate::ENTRIES,
    super::grid::ENTRIES,
    super::image::ENTRIES,
    super::linear_algebra::ENTRIES,
    super::loss::ENTRIES,
    super::matmul::ENTRIES,
    super::ml_encode::ENTRIES,
    super::ml_linear::ENTRIES,
    super::ml_tree::ENTRIES,
    super::norm::ENTRIES,
    super::optional::ENTRIES,
    super::pad::ENTRIES,
    super::pool::ENTRIES,
    super::quantize::ENTRIES,
    super::quantized::ENTRIES,
    super::random::ENTRIES,
    super::rearrange::ENTRIES,
    super::recurrent::ENTRIES,
    super::reduce::ENTRIES,
    super::resize::ENTRIES,
    super::scatter::ENTRIES,
    super::search::ENTRIES,
    super::sequence::ENTRIES,
    super::shape::ENTRIES,
    super::signal::ENTRIES,
    super::slice::ENTRIES,
    super::softmax::ENTRIES,
    super::text::ENTRIES,
    super::training::ENTRIES,
    super::unary::ENTRIES,
];

/// The newest versions of the domains' operator sets that the table was written for.
const LATEST: [(&str, i64); 2] = [("", 28), ("ai.onnx.ml", 5)];

/// The domain of operators that passes put into graphs; models cannot name them.
pub(crate) const OWN_DOMAIN: &str = "envelope";

type Table = BTreeMap<(&'static str, &'static str), Vec<&'static Entry>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        for entry in FAMILIES.iter().copied().flatten() {
            table
                .entry((entry.domain, entry.name))
                .or_default()
                .push(entry);
        }
        for entries in table.values_mut() {
            entries.sort_by_key(|entry| entry.since);
        }
        table
    })
}

/// The entry that holds for an operator in this version of its domain.
///
/// # Errors
/// When there is none.
pub(crate) fn find(domain: &str, name: &str, version: i64) -> Result<&'static Entry> {
    let latest = LATEST.iter().find(|row| row.0 == domain).map(|row| row.1);
    if let Some(latest) = latest.filter(|&latest| version > latest) {
        return Err(fault!(
            "version {version} of the operator set is not supported, the latest is {latest}"
        ));
    }
    let Some(entries) = table().get(&(domain, name)) else {
        return Err(fault!("the operator is not supported"));
    };
    let found = entries.iter().rev().find(|entry| entry.since <= version);
    found.copied().ok_or_else(|| {
        let oldest = entries.first().map_or(0, |entry| entry.since);
        fault!("version {version} of the operator is not supported, the oldest is {oldest}")
    })
}

/// All entries, by domain, name and version.
pub(crate) fn all() -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> = FAMILIES.iter().copied().flatten().collect();
    all.sort_by_key(|entry| (entry.domain, entry.name, entry.since));
    all
}
