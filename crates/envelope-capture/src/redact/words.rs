//! Arguments of a command, variables of an environment, and texts, without their secrets.

use super::MASK;
use super::judge::{is_placeholder, is_random, is_secret_name, is_vague_name};
use super::scan::{lines, scan};
use super::several_lines;
use super::url::redact_url;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Masks the secrets among the arguments of a command.
///
/// An argument is masked where its option promises a secret (`--api-key VALUE`, `--token=VALUE`,
/// `password=VALUE`), and otherwise in the parts that have the shape of one.
///
/// ```
/// use envelope_capture::redact_arguments;
///
/// let arguments = ["train.py", "--epochs", "3", "--api-key", "q7Xb2", "--db=postgresql://u:p@h/x"];
/// assert_eq!(
///     redact_arguments(arguments),
///     ["train.py", "--epochs", "3", "--api-key", "***", "--db=postgresql://***@h/x"]
/// );
/// ```
pub fn redact_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    // An option that may have its value in the next word.
    let mut option = "";
    let mut is_curl = false;
    let mut redacted = Vec::new();
    for argument in arguments {
        let text = if !is_option(argument) && holds_secret(option, argument) {
            MASK.to_owned()
        } else if is_curl && ["-u", "--user", "--proxy-user"].contains(&option) {
            without_password(argument)
        } else {
            redact_value(argument)
        };
        redacted.push(text);
        is_curl |= argument.rsplit('/').next() == Some("curl");
        let is_open = argument.starts_with('-') && !argument.contains('=');
        option = if is_open { argument } else { "" };
    }
    redacted
}

/// Whether a word is an option, and no value that begins with a dash.
fn is_option(word: &str) -> bool {
    let Some(name) = word.strip_prefix('-') else {
        return false;
    };
    let name = name.strip_prefix('-').unwrap_or(name);
    let (name, value) = name.split_once('=').unwrap_or((name, ""));
    let is_word = name.is_empty() || name.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    // Padding of base 64 is no value.
    is_word && is_plain && !is_random(name) && !(value.is_empty() && word.ends_with('='))
}

/// `user:password`, as `curl` takes it.
fn without_password(word: &str) -> String {
    match word.split_once(':') {
        Some((user, password)) if !password.is_empty() => format!("{user}:{MASK}"),
        _ => redact_value(word),
    }
}

/// Masks the value of a variable, all of it where the name promises a secret.
///
/// ```
/// use envelope_capture::redact_variable;
///
/// assert_eq!(redact_variable("HF_TOKEN", "anything"), "***");
/// assert_eq!(redact_variable("MLFLOW_TRACKING_URI", "https://u:p@h.example"), "https://***@h.example");
/// assert_eq!(redact_variable("CUDA_VISIBLE_DEVICES", "0,1"), "0,1");
/// ```
pub fn redact_variable(name: &str, value: &str) -> String {
    if holds_secret(name, value) {
        return MASK.to_owned();
    }
    redact_value(value)
}

/// Whether a value is a secret because of its name.
fn holds_secret(name: &str, value: &str) -> bool {
    let is_switch = ["0", "1", "true", "false", "True", "False", "none", "null"].contains(&value);
    let is_value = !value.is_empty() && !is_switch && !is_reference(value);
    is_value && is_secret_name(name) && !(is_vague_name(name) && is_plain(value))
}

/// Whether a value is a number, perhaps with its unit, or a word in small letters, or a path of some.
fn is_plain(value: &str) -> bool {
    let number = value.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let is_number = number.parse::<f64>().is_ok() && value.len() - number.len() <= 1;
    let is_path = value.contains(['.', '/']);
    let is_letter = |byte: u8| {
        byte.is_ascii_lowercase() || b"-_./".contains(&byte) || (is_path && byte.is_ascii_digit())
    };
    is_number || value.bytes().all(is_letter)
}

/// Where the value begins in the header of a request that holds a secret: `Authorization: …`.
fn header(text: &str) -> Option<usize> {
    let (name, value) = text.split_once(": ")?;
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let small = name.to_ascii_lowercase();
    let is_header = small.ends_with("authorization") || small == "cookie";
    let is_secret = is_header || holds_secret(name, value);
    (is_secret && name.bytes().all(is_letter)).then_some(text.len() - value.len())
}

/// Masks what has the shape of a secret in a value, and what has the name of one: `a=1,password=VALUE`,
/// `{"password": "VALUE"}`.
fn redact_value(value: &str) -> String {
    let text = redact_pairs(&redact_text(value));
    if let Some(at) = assigned(&text).or_else(|| header(&text)) {
        return format!("{}{MASK}", &text[..at]);
    }
    if text.contains(" -") {
        // A command in a word: its parts hold no blank, and so no command.
        return redact_arguments(text.split(' ')).join(" ");
    }
    let separators = [',', ';', '&', ' ', '\t', '\n'];
    let parts = text.split_inclusive(separators).map(|part| {
        let body = part.trim_end_matches(separators);
        match assigned(body) {
            // A call is code, which takes the value from somewhere.
            Some(at) if !body[at..].contains(['(', ')', '[']) => {
                format!("{}{MASK}{}", &part[..at], &part[body.len()..])
            }
            _ => part.to_owned(),
        }
    });
    parts.collect()
}

/// Where the value begins that has the name of a secret, in `name=value`, and in what options take in
/// this form: `--set=name=value`.
fn assigned(text: &str) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = text[start..].find('=') {
        let name = text[start..start + length].trim_start_matches(['-', '+', '"', '\'']);
        let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let is_letter = |letter: char| letter.is_alphanumeric() || "_-./@:".contains(letter);
        if !begins || !name.chars().all(is_letter) || name.contains("://") {
            return None;
        }
        start += length + 1;
        if holds_secret(name, &text[start..]) {
            return Some(start);
        }
    }
    None
}

/// Names and values as JSON has them, in quotes of either kind, also where a text holds the JSON; and
/// without quotes behind a brace, as YAML has them.
static PAIRS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"([A-Za-z_][\w.\-]*)";
    let quoted = r#"\\"((?:[^"\\]|\\[^"])*)\\"|"((?:[^"\\]|\\.)*)"|'([^']*)'"#;
    let bare = r#"[{,]\s*([A-Za-z_][\w.\-]*)\s*:\s*([^\s"'{}\[\],\\]+)"#;
    Regex::new(&format!(r#"["']{name}\\?["']\s*:\s*(?:{quoted})|{bare}"#)).ok()
});

fn redact_pairs(text: &str) -> String {
    let Some(pairs) = PAIRS.as_ref().filter(|_| text.contains(':')) else {
        return text.to_owned();
    };
    let masked = pairs.replace_all(text, |captures: &Captures<'_>| {
        let whole = &captures[0];
        let name = captures.get(1).or_else(|| captures.get(5));
        let value = [2, 3, 4, 6].iter().find_map(|group| captures.get(*group));
        let start = captures.get(0).map_or(0, |whole| whole.start());
        match name.zip(value) {
            Some((name, value)) if holds_secret(name.as_str(), value.as_str()) => format!(
                "{}{MASK}{}",
                &whole[..value.start() - start],
                &whole[value.end() - start..]
            ),
            _ => whole.to_owned(),
        }
    });
    masked.into_owned()
}

/// A value that names where the secret is, and is none itself.
fn is_reference(value: &str) -> bool {
    value.starts_with("${") && value.ends_with('}') && is_placeholder(value)
}

/// Masks the secrets in a text, and the credentials of the addresses in it.
pub fn redact_text(text: &str) -> String {
    let spans = lines(text.as_bytes());
    let mut hits = scan(text.as_bytes(), &spans);
    several_lines::add(text.as_bytes(), 0, &spans, &mut hits);
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for hit in hits.values().flatten() {
        // The ends of a match are ends of letters, since patterns match text.
        written.push_str(text.get(at..hit.range.start).unwrap_or_default());
        written.push_str(MASK);
        at = hit.range.end;
    }
    written.push_str(text.get(at..).unwrap_or_default());
    let text = written;
    if !text.contains("://") {
        return text;
    }
    let words = text.split_inclusive([' ', '\n', '\t', '"', '\'', ',', '|']);
    words.map(redact_address).collect()
}

/// Masks what stands before the host in a word that is an address, or ends in some: `--uri=https://…`.
fn redact_address(word: &str) -> String {
    let mut written = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = address(rest) {
        written.push_str(&rest[..start]);
        let behind = start + rest[start..].find("://").map_or(0, |at| at + 3);
        let end = address(&rest[behind..]).map_or(rest.len(), |next| behind + next);
        written.push_str(&redact_url(&rest[start..end]));
        rest = &rest[end..];
    }
    written + rest
}

/// Where the first address in a word begins, with its scheme.
fn address(word: &str) -> Option<usize> {
    let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || "+.-".contains(letter);
    let before = &word[..word.find("://")?];
    Some(before.trim_end_matches(is_scheme).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_keep_all_but_their_secrets() {
        for (arguments, redacted) in [
            ("--lr 0.1 --max-tokens 512", "--lr 0.1 --max-tokens 512"),
            ("--token abc -v", "--token *** -v"),
            ("--token --verbose x", "--token --verbose x"),
            ("-p --password=hunter2", "-p --password=***"),
            (
                "model.api_key=abc trainer.lr=1",
                "model.api_key=*** trainer.lr=1",
            ),
            ("https://u:p@h.example/x", "https://***@h.example/x"),
            ("s3://bucket/key", "s3://bucket/key"),
            ("ü=ß://x", "ü=ß://x"),
            (
                "--db postgresql://u:hunter22@h/x?sslmode=require",
                "--db postgresql://***@h/x?sslmode=require",
            ),
            ("https://T0KEN@h/x?a=b", "https://***@h/x?a=b"),
            ("https://h/x?sig=S3CRET&a=b", "https://h/x?sig=***&a=b"),
            (
                "a=https://u:p@h/x;b=https://u:p@h",
                "a=https://***@h/x;b=https://***@h",
            ),
            ("--password -S3cretValue9!", "--password ***"),
            ("--password -S3cretValue9", "--password ***"),
            ("--password --verbose -x", "--password --verbose -x"),
            ("--password --lr=0.1", "--password --lr=0.1"),
            ("--set=db.password=S3cret1", "--set=db.password=***"),
            (
                "--set=a=1,db.password=S3cret1,b=2",
                "--set=a=1,db.password=***,b=2",
            ),
            ("--env=PASSWORD=S3cret1", "--env=PASSWORD=***"),
            ("-e PASSWORD=S3cret1", "-e PASSWORD=***"),
            ("--wandb-key V --hf-key V", "--wandb-key *** --hf-key ***"),
            ("--openai-key V --bearer V", "--openai-key *** --bearer ***"),
            ("--api-keys V --tokens V", "--api-keys *** --tokens ***"),
            (
                "--tokenizer gpt2 --num-tokens 5",
                "--tokenizer gpt2 --num-tokens 5",
            ),
            (
                "--tokens 512 --key-column id",
                "--tokens 512 --key-column id",
            ),
            (
                "--no-auth train.py --token true",
                "--no-auth train.py --token true",
            ),
            ("--auth u:S3cret1", "--auth ***"),
            ("--tokens 5B --auth basic", "--tokens 5B --auth basic"),
            ("--max_tokens=512 tokens=64", "--max_tokens=512 tokens=64"),
            ("curl -u bob:hunter2 https://h", "curl -u bob:*** https://h"),
            ("docker run -u 1000:1000 x", "docker run -u 1000:1000 x"),
            (
                "--image python:3.12@sha256:2b00",
                "--image python:3.12@sha256:2b00",
            ),
        ] {
            assert_eq!(redact_arguments(arguments.split(' ')).join(" "), redacted);
        }
    }

    #[test]
    fn values_lose_what_has_the_name_of_a_secret() {
        let token = format!("{}_{}", "hf", "qXbmPzLkVtRwsYdqXbmPzLkVtRwsYdqXbm");
        let code = format!("login('{token}'); x=1");
        for (argument, redacted) in [
            (code.as_str(), "login('***'); x=1"),
            (r#"{"password": "S3cret1"}"#, r#"{"password": "***"}"#),
            (
                r#"{"a": {"password":"S\"3","b":"c"}}"#,
                r#"{"a": {"password":"***","b":"c"}}"#,
            ),
            (
                r#""{\"password\": \"S3\"}""#,
                r#""{\"password\": \"***\"}""#,
            ),
            ("{'token': 'S3cret1'}", "{'token': '***'}"),
            ("{password: S3cret1, a: b}", "{password: ***, a: b}"),
            (
                r#"{"pad_token": "x", "key": "y"}"#,
                r#"{"pad_token": "x", "key": "y"}"#,
            ),
            (
                "host=h password=S3cret1 user=u",
                "host=h password=*** user=u",
            ),
            ("f(a, token=load())", "f(a, token=load())"),
            ("password=${PASSWORD}", "password=${PASSWORD}"),
            ("X-Api-Key: S3cret1", "X-Api-Key: ***"),
            ("Authorization: Token S3cret1", "Authorization: ***"),
            ("Accept: text/html", "Accept: text/html"),
            ("train.py --api-key S3cret1 -v", "train.py --api-key *** -v"),
        ] {
            assert_eq!(redact_arguments([argument]), [redacted]);
            assert_eq!(redact_variable("TF_CONFIG", argument), redacted);
            assert_eq!(redact_arguments([redacted]), [redacted]);
        }
        for (name, value, redacted) in [
            ("HF_KEY", "S3cret1", "***"),
            ("MLFLOW_AUTH", "u:S3cret1", "***"),
            ("MLFLOW_TRACKING_AUTH", "databricks", "databricks"),
            (
                "X",
                "mysql+pymysql://u:S3cret1/x@h/db",
                "mysql+pymysql://***@h/db",
            ),
        ] {
            assert_eq!(redact_variable(name, value), redacted);
        }
    }

    #[test]
    fn texts_lose_addresses_credentials_and_shapes() {
        let token = format!("{}_{}", "hf", "qXbmPzLkVtRwsYdqXbmPzLkVtRwsYdqXbm");
        let text = format!("login {token}\nsee https://u:pw9@h.example/a, or\nnothing");
        assert_eq!(
            redact_text(&text),
            "login ***\nsee https://***@h.example/a, or\nnothing"
        );
    }
}
