//! Secrets that no line shows whole: in headings of hunks, in bytes, in parts of private keys.

use crate::secrets::{expanded, restored_masked, token};
use crate::support::Scratch;
use envelope_capture::Patch;
use envelope_capture::redact::{Contents, Effect, LineSide, Masked, mask, redact_text, secrets};
use std::fs;
use std::path::Path;

/// The sides and effects of what is masked.
fn told(masked: &Masked) -> Vec<(&str, LineSide, Effect)> {
    let lines = masked.lines.iter();
    lines
        .map(|line| (line.path.as_str(), line.side, line.effect))
        .collect()
}

/// Whether a patch, or the one for people, holds a text.
fn holds(masked: &Masked, text: &str) -> bool {
    [Some(&masked.patch), masked.readable.as_ref()]
        .into_iter()
        .flatten()
        .any(|patch| String::from_utf8_lossy(patch.as_bytes()).contains(text))
}

#[test]
fn headings_of_hunks_are_masked_and_named() {
    let lines: Vec<String> = (0..20).map(|number| format!("    {number}\n")).collect();
    let lines = lines.concat();
    // Git cuts the second one off in the middle of the token.
    for before in ["", "service = connect(host, port, region), "] {
        let secret = token('a');
        let scratch = Scratch::committed();
        let text = format!("{before}API_KEY = \"{secret}\"\n{lines}");
        scratch.write("train.py", &text);
        scratch.commit("with a secret");
        let new = text.replace("    18\n", "    changed\n");
        scratch.write("train.py", &new);
        let (is, masked) = restored_masked(&scratch);
        assert_eq!(is[Path::new("train.py")].1, new.as_bytes());
        assert!(!holds(
            &masked,
            &secret[secret.len() - 30..secret.len() - 15]
        ));
        let expected = [("train.py", LineSide::Context, Effect::Unchanged)];
        assert_eq!(told(&masked), expected);
        assert!(!masked.patch.sections()[0].is_binary());
    }
}

#[test]
fn old_contents_of_binary_files_are_not_told() {
    let scratch = Scratch::committed();
    let bytes = |letter: char| {
        let noise = (0..4000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
        let mut bytes: Vec<u8> = noise.collect();
        bytes[0] = 0;
        bytes.extend_from_slice(token(letter).as_bytes());
        bytes
    };
    scratch.write("gone.der", bytes('a'));
    scratch.write("moved.der", bytes('a'));
    scratch.commit("with secrets");
    fs::remove_file(scratch.here().join("gone.der")).unwrap();
    scratch.write("moved.der", b"\0nothing");
    let (is, masked) = restored_masked(&scratch);
    assert!(!is.contains_key(Path::new("gone.der")));
    assert_eq!(is[Path::new("moved.der")].1, b"\0nothing");
    assert!(masked.lines.is_empty());
    assert!(masked.patch.as_bytes().len() < 1000);
    let text = String::from_utf8_lossy(masked.patch.as_bytes());
    let told = text.lines().filter(|line| line.starts_with("literal"));
    assert_eq!(told.collect::<Vec<_>>(), ["literal 0", "literal 8"]);
}

#[test]
fn texts_of_two_bytes_a_letter_need_no_mark() {
    for encode in [u16::to_le_bytes, u16::to_be_bytes] {
        let text = format!("one\r\n$key = '{}'\r\n", token('b'));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(encode).collect();
        let scratch = Scratch::committed();
        scratch.write("settings.ps1", bytes);
        let (_, masked) = restored_masked(&scratch);
        let expected = [("settings.ps1", LineSide::New, Effect::RestoresMasked)];
        assert_eq!(told(&masked), expected);
    }
}

#[test]
fn hunks_that_are_out_of_order_leave_the_file_out() {
    struct Lines;
    impl Contents for Lines {
        fn object(&self, _: &str) -> Option<Vec<u8>> {
            Some(b"a\nb\nc\n".to_vec())
        }
        fn file(&self, _: &envelope_capture::Section) -> Option<Vec<u8>> {
            None
        }
    }
    let hunk = format!("@@ -1 +1 @@\n key = '{}'\n", token('a'));
    let header =
        "diff --git a/a.py b/a.py\nindex 1111111..2222222 100644\n--- a/a.py\n+++ b/a.py\n";
    let patch = Patch::read(format!("{header}{hunk}{hunk}").into_bytes()).unwrap();
    let found = secrets(&patch, &|_| None);
    let masked = mask(patch, &found, &Lines).unwrap();
    let effects: Vec<_> = masked.lines.iter().map(|line| line.effect).collect();
    assert_eq!(effects, [Effect::FileLeftOut; 2]);
}

/// Lines of letters of base 64 that are none of any key.
fn base64_lines(count: u64) -> Vec<String> {
    (0..count).map(|at| expanded("{b64:64}", at + 7)).collect()
}

#[test]
fn the_middle_of_a_private_key_is_one() {
    let header = |word: &str| format!("-----{word} RSA PRIVATE KEY-----");
    let lines = base64_lines(24);
    let file = |lines: &[String]| {
        let (begin, end) = (header("BEGIN"), header("END"));
        format!("{begin}\n{}\n{end}\nafter\n", lines.join("\n"))
    };
    for changed in [12, 22] {
        let scratch = Scratch::committed();
        scratch.write("server.pem", file(&lines));
        scratch.commit("with a key");
        let mut new = lines.clone();
        new[changed] = expanded("{b64:64}", 99);
        scratch.write("server.pem", file(&new));
        let (_, masked) = restored_masked(&scratch);
        let left = lines.iter().chain(&new).find(|line| holds(&masked, line));
        assert_eq!(left, None, "{changed}");
        let heading = masked.lines.iter().filter(|line| line.line == changed - 1);
        assert_eq!(heading.count(), 2, "{changed}: {:#?}", masked.lines);
    }
}

#[test]
fn the_middle_of_a_certificate_is_none() {
    let mut lines = base64_lines(24);
    let scratch = Scratch::committed();
    let file = |lines: &[String]| {
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
        format!("{begin}\n{}\n{end}\n", lines.join("\n"))
    };
    scratch.write("server.pem", file(&lines));
    scratch.commit("with a certificate");
    lines[22] = expanded("{b64:64}", 99);
    scratch.write("server.pem", file(&lines));
    assert!(restored_masked(&scratch).1.lines.is_empty());
}

#[test]
fn an_end_makes_a_key_of_the_lines_before_it() {
    let lines = base64_lines(3);
    let end = "-----END PRIVATE KEY-----";
    for (text, expected) in [
        (format!("{}\n{end}", lines.join("\n")), "***\n***\n***\n"),
        (
            format!("> {}\n> {end}", lines.join("\n> ")),
            "***\n***\n***\n> ",
        ),
        (format!("else\n{end}"), "else\n"),
    ] {
        assert_eq!(redact_text(&text), format!("{expected}{end}"));
    }
}

#[test]
fn all_keys_and_tokens_of_a_line_are_masked() {
    let key = |lines: &[String]| {
        let body = lines.join("\\n");
        format!("-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----")
    };
    let lines = base64_lines(4);
    let certificate = key(&lines[..1]).replace("PRIVATE KEY", "CERTIFICATE");
    let (one, two) = (key(&lines[1..2]), key(&lines[2..]));
    let text = format!("{} {certificate}{one}{two}", token('a'));
    let redacted = redact_text(&text);
    let is_left = |secret: &str| redacted.contains(secret);
    assert!(!lines[1..].iter().any(|line| is_left(line)), "{redacted}");
    assert!(redacted.starts_with("*** ") && is_left(&lines[0]));
}

#[test]
fn keys_in_code_and_citations_are_masked() {
    let lines = base64_lines(2);
    for (before, after) in [
        ("> ", ""),
        ("  \"", "\\n\" +"),
        ("+ '", "\\r\\n'"),
        ("| ", ""),
    ] {
        let wrap = |line: &str| format!("{before}{line}{after}\n");
        let begin = wrap("-----BEGIN EC PRIVATE KEY-----");
        let text = format!("{begin}{}{}end of it", wrap(&lines[0]), wrap(&lines[1]));
        let redacted = redact_text(&text);
        assert_eq!(redacted, format!("{begin}***\n***\nend of it"));
    }
}

#[test]
fn a_file_with_a_secret_in_its_name_is_left_out() {
    let scratch = Scratch::committed();
    let name = format!("runs/{}.txt", token('a'));
    scratch.write(&name, format!("key = '{}'\n", token('b')));
    scratch.write("train.py", "import jax\n");
    let (is, masked) = restored_masked(&scratch);
    assert!(!is.contains_key(Path::new(&name)));
    assert_eq!(is[Path::new("train.py")].1, b"import jax\n");
    assert!(!holds(&masked, &token('a')));
    let expected = ("runs/***.txt", LineSide::New, Effect::FileLeftOut);
    assert_eq!(told(&masked), [expected; 2]);
}
