//! Values whose names stand on the line before, as manifests of Kubernetes and definitions of tasks
//! list what a container finds in its environment: `name: DB_PASSWORD`, and then `value: …`.

use super::judge::{is_secret_name, is_secret_value};
use super::scan::{Hit, Span, unite};
use std::collections::BTreeMap;
use std::ops::Range;

const RULE: &str = "assigned-secret";

/// Adds the values to the hits of each line, of which the first has a number.
pub(super) fn add(text: &[u8], first: usize, lines: &[Span], hits: &mut BTreeMap<usize, Vec<Hit>>) {
    let mut name = None;
    for (place, line) in lines.iter().enumerate() {
        let bytes = &text[line.clone()];
        if let Some(range) = field(bytes, b"name") {
            let found = std::str::from_utf8(&bytes[range]).ok();
            name = found.filter(|name| is_secret_name(name));
            continue;
        }
        // A patch may show two values, the one that goes and the one that comes.
        let value = name.zip(field(bytes, b"value"));
        let Some((of, range)) = value else {
            name = None;
            continue;
        };
        let value = std::str::from_utf8(&bytes[range.clone()]);
        if value.is_ok_and(|value| is_secret_value(of, value)) {
            let range = line.start + range.start..line.start + range.end;
            unite(
                hits.entry(first + place).or_default(),
                Hit { range, rule: RULE },
            );
        }
    }
}

/// Where the value of a field is in a line of YAML or JSON that says nothing else.
fn field(line: &[u8], name: &[u8]) -> Option<Range<usize>> {
    let rest = line.trim_ascii_start();
    let rest = rest.strip_prefix(b"- ").unwrap_or(rest).trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let rest = rest.strip_prefix(name)?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    let value = rest.trim_ascii();
    let value = value.strip_suffix(b",").unwrap_or(value);
    let quote = value.first().filter(|byte| [b'"', b'\''].contains(byte));
    let bare = quote.map_or(Some(value), |quote| value.get(1..)?.strip_suffix(&[*quote]))?;
    let is_one = !bare.is_empty() && !bare.iter().any(u8::is_ascii_whitespace);
    let start = line.len() - rest.trim_ascii_start().len() + usize::from(quote.is_some());
    is_one.then(|| start..start + bare.len())
}

#[cfg(test)]
mod tests {
    use super::super::redact_text;

    #[test]
    fn values_below_the_name_of_a_secret_are_masked() {
        let value = ["Tr0ub4", "dor3x"].concat();
        for layout in [
            "env:\n  - name: DB_PASSWORD\n    value: VALUE\n  - name: other\n",
            "  - name: \"DB_PASSWORD\"\r\n    value: 'VALUE'\r\n",
            "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"VALUE\"\n}\n",
        ] {
            let text = layout.replace("VALUE", &value);
            assert_eq!(redact_text(&text), layout.replace("VALUE", "***"));
        }
        for innocent in [
            format!("- name: DB_USER\n  value: {value}\n"),
            format!("- name: DB_PASSWORD\n  other: 1\n  value: {value}\n"),
            "- name: DB_PASSWORD\n  value: $(FROM_ELSEWHERE)\n".to_owned(),
            "- name: DB_PASSWORD\n  value:\n- name: \"\n  value: '\n".to_owned(),
        ] {
            assert_eq!(redact_text(&innocent), innocent);
        }
    }
}
