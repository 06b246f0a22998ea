//! Parameters of a run, as its command line gives them.

use crate::redact::redact_variable;
use std::collections::BTreeMap;

/// Reads parameters from arguments: `--num-epochs 10` and `--num-epochs=10` give `num-epochs: 10`,
/// `trainer.lr=0.1` gives `trainer.lr: 0.1`, and an option without a value is `true`. Of those that come
/// twice the last one counts. Secrets are masked.
///
/// ```
/// use envelope_capture::entrypoint::parameters;
///
/// let parameters = parameters(["--num-epochs", "10", "--lr=-0.1", "model.depth=3", "--fast"]);
/// let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect();
/// assert_eq!(pairs, ["fast: true", "lr: -0.1", "model.depth: 3", "num-epochs: 10"]);
/// ```
pub fn parameters<'a>(arguments: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let mut words = arguments.into_iter().peekable();
    while let Some(word) = words.next() {
        let option = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
        let option = option.filter(|name| name.starts_with(char::is_alphabetic));
        let (name, value) = match (option, word.split_once('=')) {
            (Some(option), Some(_)) => match option.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => continue,
            },
            (Some(name), None) => (
                name,
                words
                    .next_if(|next| is_value(next))
                    .unwrap_or("true")
                    .to_owned(),
            ),
            (None, Some((name, value))) if is_name(name) => (name, value.to_owned()),
            _ => continue,
        };
        parameters.insert(name.to_owned(), redact_variable(name, &value));
    }
    parameters
}

/// Whether a word is a value and not the next option: `-0.1` is one.
fn is_value(word: &str) -> bool {
    !word.starts_with('-')
        || word[1..].starts_with(|letter: char| letter.is_ascii_digit() || letter == '.')
}

/// Whether a word may be the name of a setting, as in Hydra's `trainer.lr=0.1`.
fn is_name(name: &str) -> bool {
    let name = name.trim_start_matches('+');
    name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "._-/@".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_people_write_them() {
        for (arguments, pairs) in [
            ("--lr 0.1 --lr 0.2", "lr=0.2"),
            ("-b 32 --resume", "b=32 resume=true"),
            ("--offset -5 --x -.5", "offset=-5 x=-.5"),
            ("--token abc --max-tokens 5", "max-tokens=5 token=***"),
            ("+model/size=large ++seed=1", "++seed=1 +model/size=large"),
            ("data.csv --flag data2.csv", "flag=data2.csv"),
            ("https://h.example/?a=b -- --", ""),
            ("--=x -=y --a=", "a="),
        ] {
            let is = parameters(arguments.split(' '));
            let is: Vec<String> = is
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            assert_eq!(is.join(" "), pairs, "{arguments}");
        }
    }
}
