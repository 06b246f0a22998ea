//! How long a Rust file may be, its tests not counted. Functions are left to clippy.

use super::Finding;
use super::tree::TextFile;

/// The most lines a file may have; 250 are aimed for.
const LIMIT_LINES: usize = 500;

/// Tells a file that is too long.
pub(super) fn check(file: &TextFile) -> Option<Finding> {
    if !file.is_rust() || file.is_fixture() || holds_only_tests(&file.path) {
        return None;
    }
    let lines = lines_without_tests(&file.text);
    (lines > LIMIT_LINES).then(|| Finding {
        path: file.path.clone(),
        line: 0,
        message: format!("has {lines} lines without its tests, expected at most {LIMIT_LINES}"),
    })
}

/// Whether the file is below a folder `tests`, or is the `tests.rs` of a `#[cfg(test)] mod tests;`.
fn holds_only_tests(path: &str) -> bool {
    path.trim_end_matches(".rs")
        .split('/')
        .any(|part| part == "tests")
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

    fn long(path: &str, text: String) -> Option<String> {
        let file = TextFile {
            path: path.to_owned(),
            text,
        };
        check(&file).map(|finding| finding.to_string())
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
        let finding = long("src/a.rs", "fn a() {}\n".repeat(501));
        let expected = "src/a.rs: has 501 lines without its tests, expected at most 500";
        assert_eq!(finding.as_deref(), Some(expected));
    }

    #[test]
    fn accepts_a_file_whose_tests_make_it_long() {
        let code = "fn a() {}\n".repeat(500);
        let tests = "    fn b() {}\n".repeat(900);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{tests}}}\n");
        assert_eq!(long("src/a.rs", code + &tests), None);
    }

    #[test]
    fn accepts_long_files_of_nothing_but_tests() {
        for path in ["tests/end_to_end/package.rs", "src/pickle/tests.rs"] {
            assert_eq!(long(path, "fn a() {}\n".repeat(501)), None, "{path}");
        }
    }
}
