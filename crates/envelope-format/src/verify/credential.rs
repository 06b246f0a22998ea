//! `SAF505` credential.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "SAF505",
    name: "credential",
    severity: Severity::Error,
    summary: "a text file holds what looks like a credential",
    why: "Whoever gets the package can use it.",
    remedy: "revoke it at once, take it out, and read it from the environment instead",
    check,
};

use regex::Regex;
use std::sync::LazyLock;

/// The most findings in one file.
const MAX_FINDINGS_PER_FILE: usize = 100;

/// Token shapes that their issuers document, each with its name.
static SHAPES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let shapes = [
        ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
        ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        (
            "an AWS secret key",
            r#"(?i)aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?[A-Za-z0-9/+=]{40}\b"#,
        ),
        (
            "a GitHub token",
            r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b",
        ),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
        ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
        ("a Google API key", r"\bAIza[0-9A-Za-z_-]{35}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
        ("a Databricks token", r"\bdapi[0-9a-f]{32}\b"),
        ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("a PyPI token", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
        (
            "a JSON web token",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        ),
        (
            "a password in a URL",
            r#"[a-z][a-z0-9+.-]*://[^/\s:@'"]+:[^/\s:@'"$\{]+@[A-Za-z0-9]"#,
        ),
        (
            "a password or token",
            r#"(?i)\b[\w-]*(?:password|passwd|secret|api_?key|access_?token|auth_?token)["']?\s*[:=]\s*["'][^"'\s$\{<>]{8,}["']"#,
        ),
    ];
    let compile =
        |pattern| Regex::new(pattern).expect("the patterns are constants, and a test uses them");
    shapes
        .into_iter()
        .map(|(name, pattern)| (name, compile(pattern)))
        .collect()
});

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, text) in subject.texts() {
        let lines = text.lines().enumerate();
        let found = lines.filter_map(|(number, line)| Some((number, credential(line)?)));
        for (number, (name, found)) in found.take(MAX_FINDINGS_PER_FILE) {
            let message = format!("holds {name}: {}", mask(found));
            findings.add(Place::file(file).line(number + 1), message);
        }
    }
}

fn credential(line: &str) -> Option<(&'static str, &str)> {
    SHAPES
        .iter()
        .find_map(|(name, shape)| Some((*name, shape.find(line)?.as_str())))
}

/// The beginning of a credential, enough to find it again.
fn mask(found: &str) -> String {
    let shown: String = found.chars().take(8).collect();
    format!("`{shown}…`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_credentials_from_their_placeholders() {
        // The credentials are put together here, so that none stands in this file.
        let cases = [
            (
                format!("key = 'AKIA{}'", "IOSFODNN7EXAMPLE"),
                Some("an AWS access key"),
            ),
            (
                format!("token: gh{}{}", "p_", "a1B2".repeat(9)),
                Some("a GitHub token"),
            ),
            (
                format!("-----BEGIN {}PRIVATE KEY-----", "RSA "),
                Some("a private key"),
            ),
            (
                format!("--index-url https://me:{}@x.example/simple", "pa55word"),
                Some("a password in a URL"),
            ),
            (
                format!("db_password = '{}'", "correct-horse"),
                Some("a password or token"),
            ),
            (
                "--index-url https://${USER}:${PASS}@x.example/simple".to_owned(),
                None,
            ),
            ("password = os.environ['DB_PASSWORD']".to_owned(), None),
            ("api_key = '<your key here>'".to_owned(), None),
            ("see https://x.example/a:b".to_owned(), None),
        ];
        for (line, expected) in cases {
            assert_eq!(credential(&line).map(|(name, _)| name), expected, "{line}");
        }
    }
}
