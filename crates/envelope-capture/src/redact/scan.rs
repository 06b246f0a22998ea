//! Looking for secrets: words first, in all of a text at once, then patterns on the lines that have
//! them.

use super::judge::{is_placeholder, is_random, is_secret_name, is_secret_value, is_vague_name};
use super::rules::{self, Kind, Rule};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};
use regex::bytes::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// A longer line is data and not text; only this much of it is looked at around each word.
const WINDOW_BYTES: usize = 4096;

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

/// The words of all rules, and their patterns, each compiled when a word of it was met.
struct Scanner {
    words: Option<AhoCorasick>,
    /// For each word the rule that it belongs to.
    owners: Vec<usize>,
    rules: Vec<&'static Rule>,
    patterns: Vec<OnceLock<Option<Regex>>>,
}

/// Where in a text a secret is, and which rule says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) rule: &'static str,
}

/// A line of a text: where it is.
pub(super) type Span = Range<usize>;

/// Finds the secrets in lines of a text, given in their order; what stands between lines is not
/// looked at. Lines without secrets are left out, the others are told by their place in the order.
pub(super) fn scan(text: &[u8], lines: &[Span]) -> BTreeMap<usize, Vec<Hit>> {
    let mut found = BTreeMap::new();
    let mut place = 0;
    let mut at = 0;
    while let Some(word) = SCANNER.next_word(text, at) {
        // Most lines have no word at all, so that they are passed over without being looked up.
        place += lines[place..].partition_point(|line| line.end <= word);
        let Some(line) = lines.get(place) else {
            break;
        };
        at = line.end.max(word + 1);
        if line.start <= word {
            let hits = SCANNER.hits(text, line);
            if !hits.is_empty() {
                found.insert(place, hits);
            }
        } else {
            at = line.start;
        }
    }
    found
}

/// The lines of a text, without their ends.
pub(super) fn lines(text: &[u8]) -> Vec<Span> {
    let ends = memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len()));
    let mut start = 0;
    let spans = ends.map(|end| {
        let span = start..end;
        start = end + 1;
        span
    });
    spans.collect()
}

/// The part of a line around a place in it. Its places are rounded, so that one part serves many words.
fn window(line: &Span, at: usize) -> Span {
    if line.len() <= 2 * WINDOW_BYTES {
        return line.clone();
    }
    let part = at / WINDOW_BYTES;
    let start = line.start + part.saturating_sub(1) * WINDOW_BYTES;
    start..(start + 3 * WINDOW_BYTES).min(line.end)
}

impl Scanner {
    fn new() -> Self {
        let rules: Vec<&'static Rule> = rules::all().collect();
        let pairs = rules.iter().enumerate();
        let pairs = pairs.flat_map(|(at, rule)| rule.words.iter().map(move |word| (*word, at)));
        let (words, owners): (Vec<&str>, Vec<usize>) = pairs.unzip();
        let mut builder = AhoCorasick::builder();
        builder
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA));
        // Words of this file make an automaton; a test holds that.
        let words = builder.build(words).ok();
        Self {
            words,
            owners,
            patterns: rules.iter().map(|_| OnceLock::new()).collect(),
            rules,
        }
    }

    /// Where the next word is.
    fn next_word(&self, text: &[u8], at: usize) -> Option<usize> {
        let found = self.words.as_ref()?.find(Input::new(text).range(at..))?;
        Some(found.start())
    }

    /// The secrets in a line.
    fn hits(&self, text: &[u8], line: &Span) -> Vec<Hit> {
        let words = self
            .words
            .iter()
            .flat_map(|words| words.find_overlapping_iter(&text[line.clone()]));
        // Many words of a long line have the same part of it around them.
        let rules = words.map(|word| {
            let window = window(line, word.start());
            let rule = self.owners[word.pattern().as_usize()];
            (rule, window.start, window.end)
        });
        let rules: BTreeSet<(usize, usize, usize)> = rules.collect();
        let mut hits: Vec<Hit> = Vec::new();
        for (rule, start, end) in rules {
            self.apply(rule, text, start..end, &mut hits);
        }
        hits
    }

    fn apply(&self, at: usize, text: &[u8], window: Span, hits: &mut Vec<Hit>) {
        let rule = self.rules[at];
        let pattern = self.patterns[at].get_or_init(|| Regex::new(rule.pattern).ok());
        let Some(pattern) = pattern else {
            return;
        };
        let text = &text[window.clone()];
        let mut next = 0;
        while let Some(captures) = pattern.captures_at(text, next) {
            let range = secret(rule, &captures);
            // The value of an innocent name may hold another name and its value.
            let name = captures.get(1).filter(|_| rule.kind == Kind::Assignment);
            let last = name.filter(|_| range.is_none()).or(captures.get(0));
            next = last.map_or(text.len(), |last| last.end());
            let Some(range) = range else {
                continue;
            };
            let range = window.start + range.start..window.start + range.end;
            let overlaps = |hit: &&Hit| hit.range.start < range.end && range.start < hit.range.end;
            // Where several meet, the first one names the finding.
            let rule = hits.iter().find(overlaps).map_or(rule.name, |hit| hit.rule);
            unite(hits, Hit { range, rule });
        }
    }
}

/// Adds a secret to those of its line, in their order. What overlaps becomes one, since a part of a
/// secret that is left may still be one.
pub(super) fn unite(hits: &mut Vec<Hit>, mut hit: Hit) {
    hits.retain(|other| {
        let overlaps = other.range.start < hit.range.end && hit.range.start < other.range.end;
        if overlaps {
            let (start, end) = (hit.range.start, hit.range.end);
            hit.range = start.min(other.range.start)..end.max(other.range.end);
        }
        !overlaps
    });
    let place = hits.partition_point(|other| other.range.start < hit.range.start);
    hits.insert(place, hit);
}

/// Judges a match: where the secret in it is, if it is one.
fn secret(rule: &Rule, captures: &Captures<'_>) -> Option<Range<usize>> {
    if rule.kind == Kind::Assignment {
        let name = String::from_utf8_lossy(captures.get(1)?.as_bytes()).into_owned();
        let value = captures.get(2).or_else(|| captures.get(3))?;
        let text = std::str::from_utf8(value.as_bytes()).ok()?;
        // A word of letters without quotes that ends a statement is a type or a variable.
        let behind = &captures.get(0)?.as_bytes()[value.end() - captures.get(0)?.start()..];
        let is_code = behind == b";" && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_named = is_secret_name(&name) && !is_vague_name(&name);
        return (is_named && !is_code && is_secret_value(&name, text)).then(|| value.range());
    }
    let found = captures.get(1).or_else(|| captures.get(0))?;
    let text = String::from_utf8_lossy(found.as_bytes());
    let is_one = match rule.kind {
        Kind::Shape => !is_placeholder(&text),
        Kind::Random => !is_placeholder(&text) && is_random(&text),
        Kind::Password | Kind::Assignment => {
            !is_placeholder(&text) && !is_variable(&text) && !is_port(&text)
        }
    };
    is_one.then(|| found.range())
}

/// Whether a password with a slash is the port of an address, and the beginning of a path with an `@`.
fn is_port(text: &str) -> bool {
    text.split_once('/').is_some_and(|(port, _)| {
        let has = |test: fn(&u8) -> bool| port.as_bytes().iter().any(test);
        !(has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
    })
}

/// Whether a password is the word for one, or filled in later.
fn is_variable(text: &str) -> bool {
    let small = text.to_lowercase();
    let is_word = [
        "pass", "password", "passwd", "pwd", "secret", "token", "pw", "key",
    ]
    .contains(&small.as_str());
    let all_capitals = text
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_word || all_capitals || text.contains(['{', '}', '$', '(', ')', '%', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_word_is_small() {
        assert!(SCANNER.words.is_some());
        for rule in rules::all() {
            assert!(Regex::new(rule.pattern).is_ok(), "{}", rule.name);
            for word in rule.words {
                assert_eq!(*word, word.to_ascii_lowercase(), "{}", rule.name);
            }
        }
    }

    #[test]
    fn long_lines_are_looked_at_where_words_are() {
        let token = format!("gh{}{}", "p_", "q7Xb2mPz9LkV4tRw8sYdq7Xb2mPz9LkV4tRw");
        for padding in [10, 5000, 100_000] {
            let line = format!("{} {token} {}", "a".repeat(padding), "b".repeat(padding));
            let found = scan(line.as_bytes(), &lines(line.as_bytes()));
            let hits = &found[&0];
            assert_eq!(hits.len(), 1, "{padding}");
            assert_eq!(&line[hits[0].range.clone()], token);
        }
    }

    #[test]
    fn tokens_at_the_end_of_a_part_are_found_whole() {
        let body = "q7Xb2mPz9LkV4tRw8sYdC3nF6hJ1gT5vBeU0".repeat(3);
        let token = format!("sk-{}-{body}", "proj");
        // The second one begins in the last bytes of the part around the first.
        for gap in (3 * WINDOW_BYTES - 400..3 * WINDOW_BYTES).step_by(37) {
            let line = format!("{token} {} {token} {}", " ".repeat(gap), " ".repeat(20_000));
            let found = scan(line.as_bytes(), &lines(line.as_bytes()));
            let texts: Vec<&str> = found[&0]
                .iter()
                .map(|hit| &line[hit.range.clone()])
                .collect();
            assert_eq!(texts, [&token, &token], "{gap}");
        }
    }

    #[test]
    fn what_overlaps_becomes_one() {
        let hit = |range: Range<usize>| Hit { range, rule: "" };
        let mut hits = Vec::new();
        for range in [4..6, 0..2, 8..9, 5..9, 2..4] {
            unite(&mut hits, hit(range));
        }
        assert_eq!(hits, [hit(0..2), hit(2..4), hit(4..9)]);
    }
}
