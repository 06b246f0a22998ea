//! CSV: a table has columns of one length, and one read in batches has the rows of one read whole.
//!
//! The first byte chooses the signature, the rest is the file.

#![no_main]

use envelope_format::enforce::receive;
use envelope_format::payload::{ContentType, CsvRows, Data};
use envelope_format::signature::Signature;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The types of the columns `a` and `b`; without any, types are inferred.
const TYPES: [Option<[&str; 2]>; 5] = [
    None,
    Some(["long", "double"]),
    Some(["boolean", "string"]),
    Some(["integer", "float"]),
    Some(["binary", "long"]),
];

/// Each of them with names, then each without.
static READ: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let named = TYPES.iter().map(|types| signature(types.as_ref(), true));
    let unnamed = TYPES.iter().map(|types| signature(types.as_ref(), false));
    named.chain(unnamed).collect()
});

fn signature(types: Option<&[&str; 2]>, is_named: bool) -> Signature {
    let Some([a, b]) = types else {
        return Signature::default();
    };
    let inputs = if is_named {
        format!(
            r#"[{{"type": "{a}", "name": "a", "required": true}}, {{"type": "{b}", "name": "b", "required": false}}]"#
        )
    } else {
        format!(r#"[{{"type": "{a}", "required": true}}, {{"type": "{b}", "required": true}}]"#)
    };
    Signature::from_parts(Some(&inputs), None, None).unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let signature = &READ[usize::from(*choice) % READ.len()];
    match receive(body, &ContentType::Csv, signature) {
        Ok(received) => {
            let _ = received.data_json();
            let Data::Table(table) = received.data else {
                panic!("CSV is a table");
            };
            for column in &table.columns {
                assert_eq!(column.elements.len(), table.rows, "{}", column.name);
            }
            assert_eq!(in_batches(body, signature), table.rows);
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
});

/// How many rows there are, three at a time. What is taken whole is taken in parts.
fn in_batches(body: &[u8], signature: &Signature) -> usize {
    let mut rows = CsvRows::new(body, signature.inputs.as_ref()).unwrap();
    let mut count = 0;
    while let Some(batch) = rows.next_batch(3).unwrap() {
        assert!((1..=3).contains(&batch.rows));
        count += batch.rows;
    }
    count
}
