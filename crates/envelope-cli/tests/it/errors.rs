//! Wrong words, readers that go away, and outputs that are full.

use crate::support::{Answer, Scratch};
use std::fs::File;
use std::process::Stdio;

#[test]
fn wrong_words_are_told_on_the_standard_error() {
    let scratch = Scratch::new();
    for (words, expected) in [
        (&["inspekt"][..], "a similar subcommand exists: 'inspect'"),
        (&["inspect"], "required arguments were not provided"),
        (&["inspect", "p", "-q", "-v"], "cannot be used with"),
        (
            &["verify", "p", "--color", "blue"],
            "possible values: auto, always, never",
        ),
        (&[], "Usage: envelope"),
    ] {
        let answer = scratch.envelope(words);
        assert_eq!((answer.status, answer.out.as_str()), (2, ""), "{words:?}");
        assert!(answer.err.contains(expected), "{words:?}: {}", answer.err);
    }
}

#[test]
fn wrong_words_are_json_where_json_was_asked_for() {
    let scratch = Scratch::new();
    let answer = scratch.envelope(&["inspect", "--json", "p", "--what"]);
    assert_eq!((answer.status, answer.err.as_str()), (2, ""));
    let document: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(
        document["error"]["message"],
        "unexpected argument '--what' found"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scratch = Scratch::new();
    scratch.package();
    for words in [
        &["inspect", "doubler"][..],
        &["schema"],
        &["verify", "doubler"],
        &["--help"],
    ] {
        let mut command = scratch.command(words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let answer = Answer::of(&child.wait_with_output().unwrap());
        assert_eq!((answer.status, answer.err.as_str()), (0, ""), "{words:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let scratch = Scratch::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let child = scratch
        .command(&["schema"])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let answer = Answer::of(&child.wait_with_output().unwrap());
    assert_eq!(answer.status, 2);
    assert!(
        answer.err.starts_with("error: cannot write the output: "),
        "{}",
        answer.err
    );
}
