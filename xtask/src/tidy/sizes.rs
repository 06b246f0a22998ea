//! How long a Rust file may be, its tests not counted. Functions are left to clippy.

use super::Finding;
use super::tree::TextFile;

/// The most lines a file may have; 250 are aimed for.
const LIMIT_LINES: usize = 500;

/// Tells a file that is too long.
pub(super) fn check(file: &TextFile) -> Option<Finding> {
    if !file.is_rust() || file.is_fixture() {
        return None;
    }
    let lines = lines_without_tests(&file.text);
    (lines > LIMIT_LINES).then(|| Finding {
        path: file.path.clone(),
        line: 0,
        message: format!("has {lines} lines without its tests, expected at most {LIMIT_LINES}"),
    })
}

/// Counts the lines outside `#[cfg(test)]` items, relying on rustfmt's layout: an item ends at the
/// first line with its own indentation that closes a brace or ends a statement.
fn lines_without_tests(text: &str) -> usize {
    let mut count = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let item = line.trim_start();
        if !item.starts_with("#[cfg(test)]") {
            count += 1;
            continue;
        }
        let indent = line.len() - item.len();
        let closes = |line: &str| {
            let at_indent = line.len() - line.trim_start().len() == indent;
            at_indent && (line.ends_with('}') || line.ends_with(';'))
        };
        lines.by_ref().find(|line| closes(line));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: String) -> TextFile {
        TextFile {
            path: "src/a.rs".to_owned(),
            text,
        }
    }

    #[test]
    fn counts_all_but_tests() {
        for (text, expected) in [
            ("//! A.\n\nfn a() {}\n", 3),
            (
                "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\n",
                2,
            ),
            ("#[cfg(test)]\nmod tests;\nfn a() {}\n", 1),
            (
                "mod m {\n    #[cfg(test)]\n    fn b() {\n        c();\n    }\n}\n",
                2,
            ),
            (
                "#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n\nfn after() {}\n",
                2,
            ),
        ] {
            assert_eq!(lines_without_tests(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_a_file_that_is_too_long() {
        let finding = check(&rust("fn a() {}\n".repeat(501))).unwrap();
        assert_eq!(
            finding.to_string(),
            "src/a.rs: has 501 lines without its tests, expected at most 500"
        );
    }

    #[test]
    fn accepts_a_file_whose_tests_make_it_long() {
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    fn b() {}\n".repeat(900)
        );
        assert_eq!(check(&rust("fn a() {}\n".repeat(500) + &tests)), None);
    }
}
