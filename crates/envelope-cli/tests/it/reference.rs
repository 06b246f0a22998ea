//! `docs/cli.md` is made from the help of the commands.

use crate::support::Scratch;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const COMMANDS: [&str; 16] = [
    "package",
    "inspect",
    "verify",
    "diff",
    "run",
    "capture",
    "report",
    "payload",
    "check-input",
    "predict",
    "compare",
    "deps",
    "infer",
    "operators",
    "schema",
    "completions",
];
const DEPS_COMMANDS: [&str; 7] = [
    "prune", "graph", "why", "holdings", "diff", "suggest", "update",
];

#[test]
fn the_reference_is_what_the_commands_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let expected = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "docs/cli.md is out of date: run `UPDATE_DOCS=1 cargo test -p envelope-cli reference`"
    );
}

#[test]
fn the_reference_names_every_command() {
    let help = Scratch::new().envelope(&["--help"]).out;
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, COMMANDS);
}

fn reference() -> String {
    let scratch = Scratch::new();
    let help_of = |words: &[&str]| {
        let answer = scratch.envelope(words);
        assert_eq!(answer.status, 0, "{words:?}: {}", answer.err);
        let lines: Vec<&str> = answer.out.lines().map(str::trim_end).collect();
        lines.join("\n")
    };
    let mut text = String::from(
        "<!-- Made from the commands' help: UPDATE_DOCS=1 cargo test -p envelope-cli reference -->\n\n\
         # The command line\n\n\
         `envelope` makes, shows and checks MLflow model packages. Each command's own help, as \
         `envelope COMMAND --help` prints it:\n",
    );
    for command in COMMANDS {
        let _ = write!(text, "\n- [`envelope {command}`](#envelope-{command})");
    }
    let _ = write!(
        text,
        "\n\n## `envelope`\n\n```text\n{}\n```\n",
        help_of(&["--help"])
    );
    for command in COMMANDS {
        let help = help_of(&[command, "--help"]);
        let _ = write!(text, "\n## `envelope {command}`\n\n```text\n{help}\n```\n");
        for inner in DEPS_COMMANDS.iter().filter(|_| command == "deps") {
            let help = help_of(&["deps", inner, "--help"]);
            let _ = write!(
                text,
                "\n### `envelope deps {inner}`\n\n```text\n{help}\n```\n"
            );
        }
    }
    text
}
