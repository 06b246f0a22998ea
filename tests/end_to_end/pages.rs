//! Pages of `docs/` that are made from the code. With `UPDATE_DOCS=1` the tests write them anew.

use crate::support::fixtures::repository;
use envelope_format::Severity;
use envelope_format::spec::JSON_SCHEMA;
use envelope_format::verify::{RULES, Rule};
use envelope_format::yaml::Node;
use std::fmt::Write as _;
use std::fs;

/// The families of rules, by the beginning of their codes.
const FAMILIES: [(&str, &str); 5] = [
    ("MLM", "What `MLmodel` says"),
    ("ENV", "The environment files"),
    ("EXA", "The input example"),
    ("FIL", "The files"),
    ("SAF", "Safety"),
];

/// Compares a page with what the code says it is.
fn assert_page(name: &str, expected: &str) {
    let path = repository().join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is out of date: run the tests of `model-envelope` with UPDATE_DOCS=1"
    );
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A sentence from a phrase as the rules hold it.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    let stop = if phrase.ends_with('.') { "" } else { "." };
    format!("{}{}{stop}", first.unwrap_or_default(), letters.as_str())
}

fn section(rule: &Rule) -> String {
    format!(
        "### {} {}\n\n*{}*: {}\n\n**Why it matters.** {}\n\n**What to do.** {}\n\n",
        rule.code,
        rule.name,
        sentence(word(rule.severity)).trim_end_matches('.'),
        rule.summary.trim_end_matches('.').to_owned() + ".",
        sentence(rule.why),
        sentence(rule.remedy),
    )
}

fn findings_page() -> String {
    let mut page = String::from(
        "# Findings\n\n\
         What `envelope verify` looks for. It reads the package and runs nothing of it. A *note* is \
         worth\nknowing; a *warning* means that the package loads but is not what it should be; an \
         *error* that it\ndoes not load, is not what was sealed, or would do harm. The exit status \
         is 0 without warnings and\nerrors, 1 with one, 2 when there is no package to read.\n\n\
         This page is made from the rules by a test; codes never change their meaning.\n\n\
         | code | name | severity | what it finds |\n|---|---|---|---|\n",
    );
    for rule in &RULES {
        let anchor = format!("{}-{}", rule.code.to_lowercase(), rule.name);
        let severity = word(rule.severity);
        let (code, name, summary) = (rule.code, rule.name, rule.summary);
        writeln!(
            page,
            "| [{code}](#{anchor}) | {name} | {severity} | {summary} |"
        )
        .unwrap();
    }
    for (start, title) in FAMILIES {
        write!(page, "\n## {title}\n\n").unwrap();
        let rules = RULES.iter().filter(|rule| rule.code.starts_with(start));
        let sections: String = rules.map(section).collect();
        page.push_str(sections.trim_end());
        page.push('\n');
    }
    page
}

#[test]
fn the_page_of_findings_is_made_from_the_rules() {
    assert_page("findings.md", &findings_page());
}

#[test]
fn every_rule_has_its_place_on_the_page() {
    let page = findings_page();
    for rule in &RULES {
        let heading = format!("### {} {}\n", rule.code, rule.name);
        assert_eq!(page.matches(&heading).count(), 1, "{}", rule.code);
    }
}

#[test]
fn the_shipped_schema_is_that_of_the_library() {
    assert_page("envelope.schema.json", JSON_SCHEMA);
}

#[test]
fn the_schema_is_one_and_accepts_the_example_but_not_everything() {
    let schema: serde_json::Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut specs = crate::support::fixtures::specs();
    for (name, path) in specs.drain(..) {
        let text = fs::read_to_string(path).unwrap();
        let document = Node::parse(&text).unwrap().to_json();
        assert!(validator.is_valid(&document), "{name}");
        let mut wrong = document;
        wrong["kind"] = "pickle".into();
        assert!(!validator.is_valid(&wrong), "{name}");
    }
}
