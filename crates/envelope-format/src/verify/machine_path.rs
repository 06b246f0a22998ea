//! `SAF504` machine-path.

use super::{Findings, Rule, Subject};
use crate::envelope_flavor;
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "SAF504",
    name: "machine-path",
    severity: Severity::Warning,
    summary: "a path of the machine that made the package stands in it",
    why: "It helps no one, names people and projects, and breaks whoever relies on it.",
    remedy: "write the path relative to the package, or take it out",
    check,
};

use crate::yaml::Node;
use regex::Regex;
use std::sync::LazyLock;

/// Where people's files lie: home folders, temporary folders, users' folders of Windows.
static MACHINE_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)(?:file://)?(?:
            /(?:home|Users)/[\w.-]+/[^\s'"`,;:)\]}>]*
          | /(?:root|tmp|private|mnt|workspace|srv|data|opt/ml|databricks|var/folders)/[\w.-]+[^\s'"`,;:)\]}>]*
          | [A-Za-z]:\\+Users\\+[^\s'"`,;:)\]}>]+
        )"#,
    )
    .expect("the pattern is a constant, and a test uses it")
});

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (key, written) in subject.absolute_origins() {
        let place = Place::file("MLmodel").at(written.position).element(key);
        findings.add(place, format!("holds the absolute path `{}`", written.text));
    }
    // What is recorded of a run tells of its machine on purpose.
    let flavor = subject.mlmodel().flavor(envelope_flavor::NAME);
    let recorded = flavor.and_then(|flavor| flavor.get(envelope_flavor::PROVENANCE));
    let recorded: Vec<&str> = recorded
        .and_then(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(_, file)| file.text())
        .collect();
    for (file, text) in subject.texts() {
        if recorded.contains(&file.as_str()) {
            continue;
        }
        let mut found = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let Some(path) = MACHINE_PATH
                .find(line)
                .filter(|path| is_path_start(line, path.start()))
            else {
                continue;
            };
            found.push((number + 1, path.as_str()));
        }
        for (line, path) in found.into_iter().take(20) {
            let already = file == "MLmodel"
                && subject
                    .absolute_origins()
                    .any(|(_, at)| at.position.line == line);
            if !already {
                findings.add(
                    Place::file(file).line(line),
                    format!("holds the path `{path}`"),
                );
            }
        }
    }
}

/// Whether a path begins here, and not in the middle of a URL or a longer path.
fn is_path_start(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '$' | '}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_paths_of_people_and_leaves_others_alone() {
        let cases = [
            (
                "x = '/home/alice/data/x.csv'",
                Some("/home/alice/data/x.csv"),
            ),
            ("/Users/bob/model.pt", Some("/Users/bob/model.pt")),
            (r"C:\Users\carol\model", Some(r"C:\Users\carol\model")),
            ("file:///tmp/run/x", Some("file:///tmp/run/x")),
            ("/usr/bin/python", None),
            ("https://example.com/home/alice/x", None),
            ("artifacts/home/alice", None),
            ("/home", None),
        ];
        for (line, expected) in cases {
            let found = MACHINE_PATH
                .find(line)
                .filter(|path| is_path_start(line, path.start()));
            assert_eq!(found.map(|path| path.as_str()), expected, "{line}");
        }
    }
}
