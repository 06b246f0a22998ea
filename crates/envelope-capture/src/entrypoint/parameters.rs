//! Arguments read as parameters, without knowing the program that they are for.
//!
//! `--name value`, `--name=value`, `-x value`, `-x4`, `--flag`, and Hydra's `name=value`. Numbers that
//! follow a number belong to it, as in `--sizes 64 32`; a word that follows a word does not.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The value of a parameter, as text: what it means to the program is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// It stands there without a value.
    Flag(bool),
    /// It has one value.
    One(String),
    /// It has several, or is there several times.
    Many(Vec<String>),
}

impl fmt::Display for Parameter {
    /// In one line, as MLflow shows parameters: several values with spaces between.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(set) => write!(formatter, "{set}"),
            Self::One(value) => formatter.write_str(value),
            Self::Many(values) => formatter.write_str(&values.join(" ")),
        }
    }
}

pub(super) fn read(arguments: &[String]) -> BTreeMap<String, Parameter> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut rest = arguments;
    while let [word, after @ ..] = rest {
        rest = after;
        if word == "--" {
            break;
        }
        if let Some((name, values)) = option(word, &mut rest) {
            found.entry(name).or_default().extend(values);
        } else if let Some((name, value)) = assignment(word) {
            found.entry(name.into()).or_default().push(value.into());
        }
    }
    found
        .into_iter()
        .map(|(name, values)| (name, parameter(values)))
        .collect()
}

fn parameter(mut values: Vec<String>) -> Parameter {
    match values.len() {
        0 => Parameter::Flag(true),
        1 => Parameter::One(values.remove(0)),
        _ => Parameter::Many(values),
    }
}

/// One option with its values, which are taken from the words after it.
fn option(word: &str, rest: &mut &[String]) -> Option<(String, Vec<String>)> {
    let name = word.strip_prefix('-').filter(|_| !is_number(word))?;
    let name = name.strip_prefix('-').unwrap_or(name);
    if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return None;
    }
    if let Some((name, value)) = name.split_once('=') {
        return Some((name.into(), vec![value.into()]));
    }
    if let Some((name, number)) = number_attached(word) {
        return Some((name.into(), vec![number.into()]));
    }
    let mut values: Vec<String> = Vec::new();
    while let [value, after @ ..] = *rest {
        let belongs = match values.last() {
            None => !is_option(value) && assignment(value).is_none(),
            Some(last) => is_number(last) && is_number(value),
        };
        if !belongs {
            break;
        }
        values.push(value.clone());
        *rest = after;
    }
    Some((name.into(), values))
}

/// `-j8`: one letter and a number.
fn number_attached(word: &str) -> Option<(&str, &str)> {
    let name = word.strip_prefix('-')?.get(..1)?;
    let number = word.get(2..)?;
    (name != "-" && is_number(number)).then_some((name, number))
}

/// Hydra's `name=value`, `+name=value` and `++name=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let name = name.trim_start_matches('+');
    let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_-./@:".contains(c));
    is_name.then_some((name, value))
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !is_number(word)
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok() && word.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_ways_to_write_parameters() {
        for (line, expected) in [
            ("--num-epochs 10", r#"{"num-epochs":"10"}"#),
            ("--a=b --c=", r#"{"a":"b","c":""}"#),
            ("-x 1 -y", r#"{"x":"1","y":true}"#),
            ("-j8 -lr 0.1", r#"{"j":"8","lr":"0.1"}"#),
            ("--verbose --seed 7", r#"{"seed":"7","verbose":true}"#),
            ("--min -1 --max -1e-3", r#"{"max":"-1e-3","min":"-1"}"#),
            ("--sizes 64 32 data.csv", r#"{"sizes":["64","32"]}"#),
            ("--data a.csv b.csv", r#"{"data":"a.csv"}"#),
            ("--tag a --tag b", r#"{"tag":["a","b"]}"#),
            (
                "model=resnet +trainer.gpus=2 ++x.y=1",
                r#"{"model":"resnet","trainer.gpus":"2","x.y":"1"}"#,
            ),
            (
                "--multirun lr=0.1,0.2",
                r#"{"lr":"0.1,0.2","multirun":true}"#,
            ),
            ("--url http://host/?a=b", r#"{"url":"http://host/?a=b"}"#),
            ("--expression a=b", r#"{"a":"b","expression":true}"#),
            ("data.csv - ~model -- --not an=option", "{}"),
            ("--name=a=b", r#"{"name":"a=b"}"#),
            ("--infinity inf", r#"{"infinity":"inf"}"#),
        ] {
            let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
            assert_eq!(
                serde_json::to_string(&read(&words)).unwrap(),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn odd_words_are_no_parameters_and_no_panic() {
        for word in [
            "", "-", "--", "---", "-é", "=", "+=", "-=", "--=", "-1", "é=1", "-é1",
        ] {
            let found = read(&[word.into(), "1".into()]);
            assert!(found.len() <= 1, "{word}: {found:?}");
        }
    }

    #[test]
    fn shows_values_in_one_line() {
        for (parameter, text) in [
            (Parameter::Flag(true), "true"),
            (Parameter::One("10".into()), "10"),
            (Parameter::Many(vec!["a".into(), "b".into()]), "a b"),
        ] {
            assert_eq!(parameter.to_string(), text);
            let json = serde_json::to_string(&parameter).unwrap();
            assert_eq!(serde_json::from_str::<Parameter>(&json).unwrap(), parameter);
        }
    }
}
