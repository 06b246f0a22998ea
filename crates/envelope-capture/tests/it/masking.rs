//! Generated changes with secrets at any place: the masked patch holds none of them, applies, and gives
//! the same files but for the masks that it names.

use crate::properties::cases;
use crate::secrets::{restored_masked, token};
use crate::support::{Files, Scratch, files};
use envelope_capture::redact::{Effect, Masked};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::path::Path;

const NAMES: [&str; 3] = ["a.py", "b/c.txt", "d e.yaml"];

/// A line: some of few, so that lines of before come back, and some with a secret.
fn line() -> impl Strategy<Value = String> {
    let secret =
        (0..3_u8).prop_map(|number| format!("key = '{}'", token(char::from(b'a' + number))));
    prop_oneof![6 => "[a-d]{1,2}", 2 => secret, 1 => Just(String::new())]
}

/// A file before and after: lines, and whether the last one ends in a newline.
fn text() -> impl Strategy<Value = Option<String>> {
    let lines = (prop::collection::vec(line(), 0..25), any::<bool>());
    let text = lines.prop_map(|(lines, ends)| {
        let text = lines.join("\n");
        if ends && !text.is_empty() {
            text + "\n"
        } else {
            text
        }
    });
    prop_oneof![5 => text.prop_map(Some), 1 => Just(None)]
}

fn set(scratch: &Scratch, texts: &[Option<String>]) {
    for (name, text) in NAMES.iter().zip(texts) {
        match text {
            Some(text) => scratch.write(name, text),
            None => drop(std::fs::remove_file(scratch.here().join(name))),
        }
    }
}

/// A text with masks for all of its secrets.
fn masked(text: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(text).into_owned();
    for letter in ['a', 'b', 'c'] {
        text = text.replace(&token(letter), "***");
    }
    text
}

fn check(is: &Files, was: &Files, outcome: &Masked) -> Result<(), String> {
    let patch = String::from_utf8_lossy(outcome.patch.as_bytes());
    let readable = outcome
        .readable
        .as_ref()
        .map(|patch| String::from_utf8_lossy(patch.as_bytes()));
    if [Some(patch), readable]
        .iter()
        .flatten()
        .any(|text| masked(text.as_bytes()) != *text)
    {
        return Err("a secret is left".to_owned());
    }
    if is.keys().ne(was.keys()) {
        return Err(format!("{:?} became {:?}", was.keys(), is.keys()));
    }
    for (path, (_, contents)) in was {
        let restored = String::from_utf8_lossy(&is[path].1);
        if masked(restored.as_bytes()) != masked(contents) {
            return Err(format!("{path:?} became {restored}"));
        }
        for (number, line) in restored.lines().enumerate() {
            let named = outcome.lines.iter().any(|masked| {
                let is_here = Path::new(&masked.path) == path && masked.line == number + 1;
                is_here && masked.effect == Effect::RestoresMasked
            });
            if named != line.contains("***") {
                return Err(format!(
                    "{path:?} line {}: `{line}`, named {named}",
                    number + 1
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn masked_patches_give_the_same_files_but_for_masks_that_they_name() {
    let config = ProptestConfig {
        cases: cases(48),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let texts = || prop::collection::vec(text(), NAMES.len());
    let outcome = TestRunner::new(config).run(&(texts(), texts()), |(before, after)| {
        let scratch = Scratch::committed();
        set(&scratch, &before);
        scratch.commit("before");
        set(&scratch, &after);
        let (is, outcome) = restored_masked(&scratch);
        check(&is, &files(&scratch.here()), &outcome).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
