//! `docs/operators.md` is made from the table of operators.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use envelope_infer::supported_operators;

#[test]
fn the_page_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators.md");
    let expected = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "docs/operators.md is out of date: run `UPDATE_DOCS=1 cargo test -p envelope-infer operators_page`"
    );
}

fn page() -> String {
    let mut domains: BTreeMap<&str, BTreeMap<&str, Vec<i64>>> = BTreeMap::new();
    for operator in supported_operators() {
        let versions = domains
            .entry(operator.domain)
            .or_default()
            .entry(operator.name)
            .or_default();
        versions.push(operator.since);
    }
    let count: usize = domains.values().map(BTreeMap::len).sum();
    let mut text = format!(
        "<!-- Made from the table of operators: UPDATE_DOCS=1 cargo test -p envelope-infer operators_page -->\n\n\
         # Operators\n\n\
         The {count} operators that `envelope-infer` runs. An operator set's version is that which a model \
         imports; where an operator's meaning or inputs changed, the versions from which each form holds are \
         listed. What a model needs and what of it is missing, attributes and types included, tells \
         `envelope operators MODEL`.\n"
    );
    for (domain, operators) in &domains {
        let shown = if domain.is_empty() { "ai.onnx" } else { domain };
        let _ = write!(text, "\n## {shown}\n\n| operator | versions |\n|---|---|\n");
        for (name, versions) in operators {
            let words: Vec<String> = versions.iter().map(|since| format!("{since}–")).collect();
            let _ = writeln!(text, "| `{name}` | {} |", words.join(", "));
        }
    }
    text
}
