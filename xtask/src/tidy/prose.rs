//! What files say and how they are named: module docs first, nothing left to do, no traces of one
//! person's machine, nouns of the domain as module names.

use super::Finding;
use super::tree::TextFile;

/// Left-overs no Rust file may contain; in two parts, so that this file holds none of them.
const UNFINISHED: [(&str, &str); 4] = [
    ("todo", "!"),
    ("unimplemented", "!"),
    ("FIX", "ME"),
    ("#[ign", "ore"),
];

/// Module names that say nothing; `mod` is for `mod.rs`, where `foo.rs` beside `foo/` is the custom.
const EMPTY_NAMES: [&str; 8] = [
    "util", "utils", "common", "helper", "helpers", "misc", "manager", "mod",
];

/// Folders under which a person's own files lie.
const MACHINE_FOLDERS: [&str; 4] = ["/home/", "/Users/", "/root/", "/work/"];

/// Names of people who do not exist, for examples and tests.
const INVENTED_PEOPLE: [&str; 6] = ["alice", "bob", "me", "user", "username", "you"];

/// Tells all that is wrong with the text of one file.
pub(super) fn check(file: &TextFile) -> Vec<Finding> {
    if file.is_fixture() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if file.is_rust() {
        faults.extend(missing_module_docs(file));
        faults.extend(empty_file_name(file));
        faults.extend(each_line(file, unfinished));
        faults.extend(each_line(file, empty_module_name));
    }
    faults.extend(each_line(file, machine_path));
    let finding = |(line, message)| Finding {
        path: file.path.clone(),
        line,
        message,
    };
    faults.into_iter().map(finding).collect()
}

fn each_line(
    file: &TextFile,
    check: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = (usize, String)> {
    file.numbered_lines()
        .filter_map(move |(number, line)| Some((number, check(line)?)))
}

fn missing_module_docs(file: &TextFile) -> Option<(usize, String)> {
    // A library's docs may be its README.
    let documented = ["//!", "#![doc = include_str!"]
        .iter()
        .any(|start| file.text.starts_with(start));
    (!documented).then(|| (1, "expected `//!` module docs at the top".to_owned()))
}

fn empty_file_name(file: &TextFile) -> Option<(usize, String)> {
    let parts = file.path.trim_end_matches(".rs").split('/');
    let name = parts.into_iter().find(|part| EMPTY_NAMES.contains(part))?;
    Some((
        0,
        format!("`{name}` says nothing as a module name, expected a noun of the domain"),
    ))
}

fn empty_module_name(line: &str) -> Option<String> {
    let line = line.trim_start();
    let rest = line
        .strip_prefix("pub ")
        .or_else(|| line.strip_prefix("pub(crate) "));
    let name = rest
        .unwrap_or(line)
        .strip_prefix("mod ")?
        .split([' ', ';'])
        .next()?;
    EMPTY_NAMES
        .contains(&name)
        .then(|| format!("`{name}` says nothing as a module name, expected a noun of the domain"))
}

fn unfinished(line: &str) -> Option<String> {
    UNFINISHED
        .iter()
        .map(|(start, end)| format!("{start}{end}"))
        .find(|word| line.contains(word))
        .map(|word| format!("found `{word}`, expected finished work"))
}

/// Finds an absolute path of somebody's machine; the bare folder, as a rule that looks for such
/// paths spells it, and the folders of invented people are none.
fn machine_path(line: &str) -> Option<String> {
    MACHINE_FOLDERS.iter().find_map(|folder| {
        line.match_indices(folder).find_map(|(start, _)| {
            let continues_a_path = line[..start]
                .ends_with(|c: char| c.is_alphanumeric() || ['~', '.', '_', '-', '}'].contains(&c));
            let name: String = line[start + folder.len()..]
                .chars()
                .take_while(|c| names_a_file(*c))
                .collect();
            let harmless =
                continues_a_path || name.is_empty() || INVENTED_PEOPLE.contains(&name.as_str());
            (!harmless).then(|| {
                format!("found `{folder}{name}`, expected no path of one person's machine")
            })
        })
    })
}

fn names_a_file(c: char) -> bool {
    c.is_alphanumeric() || "._-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_a_documented_file() {
        assert!(findings("src/signature.rs", "//! Signatures.\n\nmod schema;\n").is_empty());
        assert!(findings("src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n").is_empty());
    }

    #[test]
    fn refuses_a_file_without_module_docs() {
        for text in ["use std::fs;\n", "\n//! Late.\n", ""] {
            let found = findings("src/a.rs", text);
            assert_eq!(
                found,
                ["src/a.rs:1: expected `//!` module docs at the top"],
                "{text:?}"
            );
        }
    }

    #[test]
    fn refuses_unfinished_work() {
        for (start, end) in UNFINISHED {
            let found = findings("src/a.rs", &format!("//! A.\n    {start}{end}\n"));
            let expected = format!("src/a.rs:2: found `{start}{end}`, expected finished work");
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn refuses_module_names_that_say_nothing() {
        for (path, text) in [
            ("crates/a/src/util.rs", "//! A.\n"),
            ("crates/a/src/helpers/b.rs", "//! A.\n"),
            ("tests/support/mod.rs", "//! A.\n"),
            ("crates/a/src/lib.rs", "//! A.\npub(crate) mod common;\n"),
            ("crates/a/src/lib.rs", "//! A.\n    mod manager {\n"),
        ] {
            let found = findings(path, text);
            assert_eq!(found.len(), 1, "{path} {text}: {found:?}");
            assert!(
                found[0].contains("says nothing as a module name"),
                "{found:?}"
            );
        }
    }

    #[test]
    fn accepts_names_that_only_resemble_empty_ones() {
        for (path, text) in [
            ("crates/a/src/utilization.rs", "//! A.\n"),
            (
                "crates/a/src/lib.rs",
                "//! A.\nmod model;\nmod commonality;\n",
            ),
        ] {
            assert!(findings(path, text).is_empty(), "{path}");
        }
    }

    #[test]
    fn refuses_paths_of_one_machine_in_any_text() {
        for (path, name) in [("docs/a.md", "jsmith"), ("example/conda.yaml", "x1")] {
            for folder in MACHINE_FOLDERS {
                let found = findings(path, &format!("one\nsee {folder}{name}/model\n"));
                assert_eq!(found.len(), 1, "{folder}: {found:?}");
                assert!(found[0].starts_with(&format!("{path}:2: found `{folder}{name}`")));
            }
        }
    }

    #[test]
    fn accepts_paths_that_are_no_machines() {
        for folder in MACHINE_FOLDERS {
            for line in [
                format!("starts with `{folder}`"),
                format!("{folder}alice/model.onnx"),
                format!("https://example.org{folder}index"),
                format!("~{folder}model"),
            ] {
                assert!(findings("docs/a.md", &line).is_empty(), "{line}");
            }
        }
    }

    #[test]
    fn leaves_fixtures_as_they_are() {
        let text = format!("{}jsmith/model", MACHINE_FOLDERS[0]);
        assert!(findings("tests/fixtures/MLmodel", &text).is_empty());
    }
}
