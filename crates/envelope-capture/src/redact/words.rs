//! Arguments of a command, variables of an environment, and texts, without their secrets.

use super::MASK;
use super::judge::{is_placeholder, is_secret_name};
use super::key_block;
use super::scan::{lines, scan};
use super::url::redact_url;

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
    let mut is_secret = false;
    let mut redacted = Vec::new();
    for argument in arguments {
        let is_option = argument.starts_with('-');
        let text = match argument.split_once('=') {
            _ if is_secret && !is_option => MASK.to_owned(),
            Some((name, value)) => format!(
                "{name}={}",
                redact_variable(name.trim_start_matches('-'), value)
            ),
            None => redact_text(argument),
        };
        redacted.push(text);
        is_secret = is_option && !argument.contains('=') && is_secret_name(argument);
    }
    redacted
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
    if is_secret_name(name) && !value.is_empty() && !is_reference(value) {
        return MASK.to_owned();
    }
    redact_text(value)
}

/// A value that names where the secret is, and is none itself.
fn is_reference(value: &str) -> bool {
    value.starts_with("${") && value.ends_with('}') && is_placeholder(value)
}

/// Masks the secrets in a text, and the credentials of the addresses in it.
pub fn redact_text(text: &str) -> String {
    let spans = lines(text.as_bytes());
    let mut hits = scan(text.as_bytes(), &spans);
    if key_block::is_possible(text.as_bytes()) {
        key_block::add(text.as_bytes(), 0, &spans, &mut hits);
    }
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

/// Masks what stands before the host in a word that is an address, or ends in one: `--uri=https://…`.
fn redact_address(word: &str) -> String {
    let Some(place) = word.find("://") else {
        return word.to_owned();
    };
    let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || "+.-".contains(letter);
    let start = word[..place]
        .rfind(|letter| !is_scheme(letter))
        .map_or(0, |at| at + 1);
    // A letter of more bytes would leave the start inside of it; then the word is left alone.
    match (word.get(..start), word.get(start..)) {
        (Some(before), Some(address)) => format!("{before}{}", redact_url(address)),
        _ => word.to_owned(),
    }
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
        ] {
            assert_eq!(redact_arguments(arguments.split(' ')).join(" "), redacted);
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
