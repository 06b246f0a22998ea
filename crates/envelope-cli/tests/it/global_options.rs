//! `--color`, `--version` and widths.

use crate::support::{Answer, Scratch};
use std::process::Command;

const ESCAPE: char = '\u{1b}';

#[test]
fn piped_output_has_colours_only_when_told() {
    let scratch = Scratch::new();
    scratch.package();
    let colourful = |command: &mut Command| {
        let answer = Answer::of(&command.output().unwrap());
        answer.out.contains(ESCAPE) || answer.err.contains(ESCAPE)
    };
    for words in [
        &["inspect", "doubler"][..],
        &["verify", "doubler"],
        &["inspect", "no"],
        &["--help"],
        &["x"],
    ] {
        assert!(!colourful(&mut scratch.command(words)), "{words:?}");
        let forced = [words, &["--color", "always"]].concat();
        assert!(colourful(&mut scratch.command(&forced)), "{forced:?}");
        assert!(
            colourful(scratch.command(words).env("CLICOLOR_FORCE", "1")),
            "{words:?}"
        );
        let never = [words, &["--color=never"]].concat();
        assert!(
            !colourful(scratch.command(&never).env("CLICOLOR_FORCE", "1")),
            "{never:?}"
        );
        assert!(
            !colourful(scratch.command(words).env("NO_COLOR", "1")),
            "{words:?}"
        );
    }
}

#[test]
fn json_never_has_colours() {
    let scratch = Scratch::new();
    scratch.package();
    for words in [
        ["inspect", "doubler"],
        ["verify", "doubler"],
        ["verify", "no"],
    ] {
        let words = [&words[..], &["--json", "--color", "always"]].concat();
        let answer = scratch.envelope(&words);
        assert!(!answer.out.contains(ESCAPE), "{words:?}");
        serde_json::from_str::<serde_json::Value>(&answer.out).unwrap();
    }
}

#[test]
fn piped_lines_have_at_most_a_hundred_columns() {
    let scratch = Scratch::new();
    scratch.write_mlmodel("flavors: {python_function: {loader_module: mine}}\n");
    let long = "a long word beside many others ".repeat(20);
    scratch.write(
        "p/MLmodel",
        format!("flavors: {{}}\nmetadata: {{text: {long}}}\n"),
    );
    let answer = scratch.envelope(&["inspect", "p"]);
    assert!(
        answer.out.lines().all(|line| line.chars().count() <= 100),
        "{}",
        answer.out
    );
}

#[test]
fn tells_its_version() {
    let answer = Scratch::new().envelope(&["--version"]);
    let expected = format!("envelope {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((answer.status, answer.out), (0, expected));
}
