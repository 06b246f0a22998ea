//! Secrets in patches: found where they are, masked so that the patch still applies, and nothing
//! innocent taken for one.

use crate::restoring::{captured, restored};
use crate::support::{Files, Scratch, program};
use envelope_capture::changes::{Limits, RepositoryContents};
use envelope_capture::git::probe;
use envelope_capture::redact::{Contents, Effect, LineSide, Masked, mask, redact_text, secrets};
use envelope_capture::{Known, Patch};
use std::fs;
use std::path::{Path, PathBuf};

const ALPHABETS: [(&str, &str); 8] = [
    (
        "an",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ),
    ("AN", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("hex", "0123456789abcdef"),
    ("b32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    (
        "b64",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ),
    (
        "w",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
    ),
    ("d", "0123456789"),
    ("al", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
];

fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpora")
        .join(name)
}

/// Puts a planted line together: `{hex:40}` is drawn, `{}` is nothing.
pub(crate) fn expanded(template: &str, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
        let drawn = inside.split_once(':').and_then(|(name, count)| {
            let (_, letters) = ALPHABETS.iter().find(|(known, _)| *known == name)?;
            Some((letters.as_bytes(), count.parse::<usize>().ok()?))
        });
        match drawn {
            Some((letters, count)) => {
                text.extend((0..count).map(|_| char::from(letters[next() % letters.len()])));
                rest = behind;
            }
            None if inside.is_empty() => rest = behind,
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.replace("\\\\n", "\u{1}")
        .replace("\\n", "\n")
        .replace('\u{1}', "\\n")
}

/// The planted lines, with the rule that is to find each.
fn planted() -> Vec<(String, String)> {
    let text = fs::read_to_string(corpus("planted.txt")).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate();
    let lines = lines.map(|(number, line)| {
        let (rule, template) = line.split_once(" | ").unwrap();
        (rule.to_owned(), expanded(template, number as u64 + 1))
    });
    lines.collect()
}

/// A patch that adds a file of these lines.
fn adding(name: &str, text: &str) -> Patch {
    let scratch = Scratch::committed();
    scratch.write(name, text);
    scratch.git(&["add", "-A"]);
    let mut patch = scratch.git(&["diff", "--cached", "--binary", "--full-index"]);
    patch.push('\n');
    Patch::read(patch.into_bytes()).unwrap()
}

#[test]
fn every_planted_secret_is_found_by_its_rule() {
    let planted = planted();
    assert!(planted.len() >= 90, "{}", planted.len());
    let text: Vec<&str> = planted.iter().map(|(_, line)| line.as_str()).collect();
    let patch = adding("settings.py", &(text.join("\n\n") + "\n"));
    let found = secrets(&patch, &|_| None);
    let mut missed = Vec::new();
    let mut line = 1;
    for (rule, text) in &planted {
        let lines = line..line + text.lines().count();
        line = lines.end + 1;
        let here = found.iter().filter(|secret| lines.contains(&secret.line));
        let rules: Vec<&str> = here.map(|secret| secret.rule).collect();
        if !rules.contains(&rule.as_str()) {
            missed.push(format!("{rule}: {rules:?} in {text}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(
        found
            .iter()
            .all(|secret| secret.path == "settings.py" && secret.side == LineSide::New)
    );
}

#[test]
fn nothing_of_a_secret_is_left_behind_its_mask() {
    for (rule, line) in planted() {
        if line.contains('\n') {
            continue;
        }
        let redacted = redact_text(&line);
        assert!(redacted.contains("***"), "{rule}: {redacted}");
        let left = redacted
            .split("***")
            .map(|part| part.trim_matches(|l: char| !l.is_alphanumeric()));
        for part in left.filter(|part| part.len() > 24) {
            let is_words = part.contains([' ', '/', '.', '(', '=', ':']);
            assert!(is_words, "{rule}: `{part}` of {line}");
        }
        assert_eq!(redact_text(&redacted), redacted, "{rule}");
    }
}

#[test]
fn innocent_look_alikes_pass() {
    let mut count = 0;
    for entry in fs::read_dir(corpus("innocent")).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        count += text.lines().count();
        let patch = adding("file.txt", &text);
        let found = secrets(&patch, &|_| None);
        let lines: Vec<&str> = text.lines().collect();
        let taken: Vec<_> = found
            .iter()
            .map(|secret| (secret.rule, lines[secret.line - 1]))
            .collect();
        assert!(taken.is_empty(), "{}: {taken:#?}", file.display());
    }
    assert!(count >= 100, "{count}");
}

/// A token that is none, put together so that this file holds none either.
pub(crate) fn token(letter: char) -> String {
    let body: String = "q7Xb2mPz9LkV4tRw8sYdC3nF6hJ1gT5vBeU0"
        .chars()
        .rev()
        .collect();
    format!("gh{}_{letter}{}", 'p', &body[1..])
}

/// Captures, masks, restores in a clone, and gives what came back beside the masked lines.
pub(crate) fn restored_masked(scratch: &Scratch) -> (Files, Masked) {
    let git = program();
    let Known::Value(repository) = probe(&scratch.here(), &git) else {
        panic!("expected a repository");
    };
    let mut changes = captured(&scratch.here(), &git, Limits::default());
    let contents = RepositoryContents {
        repository: &repository,
        git: &git,
    };
    let found = secrets(&changes.patch, &|section| contents.file(section));
    let masked = mask(changes.patch, &found, &contents).unwrap();
    changes.patch = masked.patch.clone();
    (restored(&scratch.here(), &changes), masked)
}

/// A repository with secrets in lines that come, go and stay.
fn with_secrets(old: &str, new: &str, kept: &str) -> Scratch {
    let scratch = Scratch::committed();
    scratch.write("gone.py", format!("key = '{old}'\n"));
    scratch.write("moved.py", format!("a = 1\nkey = '{old}'\nb = 2\n"));
    scratch.write(
        "around.py",
        format!("one\nkey = '{kept}'\nthree\nfour\nfive\nsix\nseven\nend '{kept}'"),
    );
    scratch.commit("with secrets");
    fs::remove_file(scratch.here().join("gone.py")).unwrap();
    scratch.write("moved.py", "a = 1\nkey = os.environ['KEY']\nb = 2\n");
    scratch.write(
        "around.py",
        format!("one\nkey = '{kept}'\n3 '{new}'\nfour\nfive\nsix\nseven\nand\nend '{kept}'"),
    );
    scratch.write("new.py", format!("import os\r\nkey = '{new}'\r\n"));
    scratch.write("data.bin", format!("\0\u{1}{new}\0end").as_bytes());
    scratch
}

#[test]
fn a_masked_patch_applies_and_says_which_lines_do_not_come_back() {
    let (old, new, kept) = (token('a'), token('b'), token('c'));
    let scratch = with_secrets(&old, &new, &kept);
    let (is, masked) = restored_masked(&scratch);
    let text = |name: &str| String::from_utf8(is[Path::new(name)].1.clone()).unwrap();
    assert!(!is.contains_key(Path::new("gone.py")));
    assert_eq!(text("moved.py"), "a = 1\nkey = os.environ['KEY']\nb = 2\n");
    assert_eq!(
        text("around.py"),
        format!("one\nkey = '{kept}'\n3 '***'\nfour\nfive\nsix\nseven\nand\nend '{kept}'")
    );
    assert_eq!(text("new.py"), "import os\r\nkey = '***'\r\n");
    assert_eq!(
        text("data.bin"),
        format!("\0\u{1}{}\0end", "*".repeat(new.len()))
    );
    let lines: Vec<_> = masked
        .lines
        .iter()
        .map(|line| (line.path.as_str(), line.line, line.side, line.effect))
        .collect();
    assert_eq!(
        lines,
        [
            ("around.py", 2, LineSide::Context, Effect::Unchanged),
            ("around.py", 3, LineSide::New, Effect::RestoresMasked),
            ("around.py", 9, LineSide::Context, Effect::Unchanged),
            ("data.bin", 1, LineSide::New, Effect::RestoresMasked),
            ("gone.py", 1, LineSide::Old, Effect::Unchanged),
            ("moved.py", 2, LineSide::Old, Effect::Unchanged),
            ("new.py", 2, LineSide::New, Effect::RestoresMasked),
        ]
    );
    let readable = masked.readable.unwrap();
    for bytes in [masked.patch.as_bytes(), readable.as_bytes()] {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            [&old, &new, &kept]
                .iter()
                .all(|token| !text.contains(token.as_str())),
            "{text}"
        );
    }
    assert!(secrets(&readable, &|_| None).is_empty());
    let moved = readable
        .sections()
        .iter()
        .find(|section| section.path() == "moved.py");
    assert_eq!(moved.unwrap().counts(), (1, 1));
}

#[test]
fn texts_of_two_bytes_a_letter_are_masked_letter_by_letter() {
    let new = token('b');
    let encode = |text: &str| -> Vec<u8> {
        let letters = std::iter::once(0xfeff).chain(text.encode_utf16());
        letters.flat_map(u16::to_le_bytes).collect()
    };
    let scratch = Scratch::committed();
    scratch.write(
        "settings.ps1",
        encode(&format!("one\r\n$key = '{new}' # ü\r\n")),
    );
    let (is, masked) = restored_masked(&scratch);
    let stars = "*".repeat(new.len());
    let expected = encode(&format!("one\r\n$key = '{stars}' # ü\r\n"));
    assert!(is[Path::new("settings.ps1")].1 == expected);
    assert_eq!((masked.lines.len(), masked.lines[0].line), (1, 2));
}

#[test]
fn a_file_whose_contents_are_not_to_be_had_is_left_out_by_name() {
    struct Nothing;
    impl Contents for Nothing {
        fn object(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
        fn file(&self, _: &envelope_capture::Section) -> Option<Vec<u8>> {
            None
        }
    }
    let scratch = Scratch::committed();
    scratch.write("a.py", format!("key = '{}'\n", token('a')));
    scratch.commit("with a secret");
    scratch.write("a.py", "key = None\n");
    scratch.write("train.py", "import jax\n");
    let patch = captured(&scratch.here(), &program(), Limits::default()).patch;
    let found = secrets(&patch, &|_| None);
    let masked = mask(patch, &found, &Nothing).unwrap();
    assert_eq!(masked.lines.len(), 1);
    assert_eq!(masked.lines[0].effect, Effect::FileLeftOut);
    assert_eq!(masked.patch.sections().len(), 1);
}

#[test]
fn a_private_key_is_masked_line_by_line() {
    let planted = planted();
    let (_, key) = planted
        .iter()
        .find(|(rule, _)| rule == "private-key")
        .unwrap();
    let scratch = Scratch::committed();
    scratch.write("id_ed25519", format!("{key}\nafter\n"));
    let (is, masked) = restored_masked(&scratch);
    let text = String::from_utf8(is[Path::new("id_ed25519")].1.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[1], lines[2], lines[4]), ("***", "***", "after"));
    assert!(lines[0].starts_with("-----BEGIN OPENSSH") && lines[3].starts_with("-----END OPENSSH"));
    assert_eq!(
        masked
            .lines
            .iter()
            .map(|line| line.line)
            .collect::<Vec<_>>(),
        [2, 3]
    );
}
