//! That relative links in Markdown lead to something in the repository.

use std::path::Path;

use super::Finding;
use super::tree::TextFile;

/// Tells every relative link of a Markdown file for whose target `exists` says no; `exists` takes
/// paths from the root.
pub(super) fn check(file: &TextFile, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    if !file.has_extension("md") || file.is_fixture() {
        return Vec::new();
    }
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let broken = |target: &&str| !exists(&folder.join(target));
    let finding = |line, target: &str| Finding {
        path: file.path.clone(),
        line,
        message: format!("links to `{target}`, which is not in the repository"),
    };
    let mut in_code = false;
    let mut findings = Vec::new();
    for (number, line) in file.numbered_lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let targets = targets(line).into_iter().filter(broken);
            findings.extend(targets.map(|target| finding(number, target)));
        }
    }
    findings
}

/// The files that a line of Markdown links to, without anchors; addresses are left out.
fn targets(line: &str) -> Vec<&str> {
    line.match_indices("](")
        // Inside a code span: an odd number of backticks so far.
        .filter(|(start, _)| line[..*start].matches('`').count().is_multiple_of(2))
        .filter_map(|(start, mark)| line[start + mark.len()..].split([')', ' ']).next())
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let exists = |path: &Path| path == Path::new("docs/cli.md");
        check(&file, exists)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn refuses_a_link_to_nothing() {
        assert_eq!(
            findings(
                "README.md",
                "See [cli](docs/cli.md),\n[lost](docs/lost.md#here).\n"
            ),
            ["README.md:2: links to `docs/lost.md`, which is not in the repository"]
        );
        assert_eq!(findings("docs/a.md", "[cli](docs/cli.md)").len(), 1);
    }

    #[test]
    fn accepts_links_that_lead_somewhere() {
        for (path, text) in [
            (
                "README.md",
                "[a](docs/cli.md#inspect) and [`code`](docs/cli.md \"title\")",
            ),
            ("docs/a.md", "[a](cli.md)"),
            (
                "README.md",
                "[a](https://example.org/x) [b](#below) [c](mailto:a@example.org)",
            ),
            ("README.md", "a code span: `[a](lost.md)`"),
            ("README.md", "```\n[a](lost.md)\n```"),
            ("a.txt", "[a](lost.md)"),
        ] {
            let found = findings(path, text);
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }
}
