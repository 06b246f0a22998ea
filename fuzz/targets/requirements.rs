//! Requirement lines: each line is sorted into its kind, and its text reads as the same kind.

#![no_main]

use envelope_format::environment::{Requirement, Requirements};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let requirements = Requirements::parse(text);
    let count = text.lines().count();
    for line in &requirements.lines {
        assert!((1..=count).contains(&line.line), "{line:?}");
        assert_eq!(Requirement::parse(&line.text), line.requirement);
    }
});
