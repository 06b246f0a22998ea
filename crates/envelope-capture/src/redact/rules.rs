//! The shapes of secrets: one line each, with the words without which a line is not looked at.
//!
//! A shape is what its maker documents or prints; the length is the shortest one known. Where a
//! pattern has a group, the group is the secret, and otherwise the whole match.

mod formats;
mod platforms;
mod services;

/// One shape.
pub(super) struct Rule {
    /// What is said about a finding.
    pub(super) name: &'static str,
    /// Without any of these, in whatever case, the line has no such secret.
    pub(super) words: &'static [&'static str],
    pub(super) pattern: &'static str,
    pub(super) kind: Kind,
}

/// What makes a match a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The shape alone, unless it is an example for people.
    Shape,
    /// The value has to look like chance as well.
    Random,
    /// A value with a name: both have to be right.
    Assignment,
    /// Whatever stands there, unless it is an example: a password may be any word.
    Password,
}

const fn shape(name: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Shape,
    }
}

const fn random(name: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Random,
    }
}

const fn password(
    name: &'static str,
    words: &'static [&'static str],
    pattern: &'static str,
) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Password,
    }
}

/// Parts of the names of secrets, without which no line has a value with such a name.
const NAMES: &[&str] = &[
    "secret",
    "token",
    "pass",
    "pwd",
    "credential",
    "key",
    "auth",
    "bearer",
];

const fn assignment(name: &'static str, pattern: &'static str) -> Rule {
    Rule {
        name,
        words: NAMES,
        pattern,
        kind: Kind::Assignment,
    }
}

/// All shapes. Where several meet, the first one names the finding.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    [platforms::RULES, services::RULES, formats::RULES]
        .into_iter()
        .flatten()
}
