//! Operators on strings.

mod ngrams;

use regex::Regex;

use super::moving::{View, moved};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("RegexFullMatch", 20, regex_full_match),
    Entry::since("StringConcat", 20, concat),
    Entry::since("StringNormalizer", 10, normalize),
    Entry::since("StringSplit", 20, split),
    Entry::since("TfIdfVectorizer", 9, ngrams::vectorize),
];

fn only_strings(facts: &Facts<'_>, input: usize) -> Result<DataType> {
    facts.data_type_where(input, |data_type| data_type == DataType::String)
}

fn concat(facts: &Facts<'_>) -> Result<Built> {
    only_strings(facts, 0)?;
    only_strings(facts, 1)?;
    let operator = |inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.tensor(0)?, inputs.tensor(1)?);
        let shape = a.shape().broadcast(b.shape())?;
        context.room_for(&shape, DataType::String)?;
        let spread = |x: &Tensor| moved(&View::broadcast(x.shape(), &shape), &[x], shape.clone());
        let (a, b) = (spread(a)?, spread(b)?);
        let pairs = a.strings()?.iter().zip(b.strings()?);
        let bytes: usize = pairs.clone().map(|(a, b)| a.len() + b.len()).sum();
        room_for_text(bytes, context)?;
        let joined = pairs.map(|(a, b)| [a.as_str(), b].concat()).collect();
        Ok(one(Tensor::from_strings(shape, joined)))
    };
    Ok(Built::one(DataType::String, operator))
}

fn room_for_text(bytes: usize, context: &Context<'_>) -> Result<()> {
    context.room_for(&[bytes].into(), DataType::U8).map(|_| ())
}

fn regex_full_match(facts: &Facts<'_>) -> Result<Built> {
    only_strings(facts, 0)?;
    let pattern = facts.text("pattern")?;
    let pattern = pattern.ok_or_else(|| fault!("attribute `pattern` is missing"))?;
    // The pattern must be whole by itself: a parenthesis may not close the one around it.
    let whole = Regex::new(pattern).and_then(|_| Regex::new(&format!(r"\A(?:{pattern})\z")));
    let whole = whole.map_err(|error| fault!("`{pattern}` is no pattern: {error}"))?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let matches = x.strings()?.iter().map(|text| whole.is_match(text));
        Ok(one(Tensor::from_bools(x.shape().clone(), matches)))
    };
    Ok(Built::one(DataType::Bool, operator))
}

fn split(facts: &Facts<'_>) -> Result<Built> {
    only_strings(facts, 0)?;
    let delimiter = facts.text_or("delimiter", "")?.to_owned();
    let most = match facts.int("maxsplit")? {
        None => usize::MAX,
        Some(most) => usize::try_from(most).map_err(|_| fault!("`maxsplit` is {most}"))?,
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let parts = x
            .strings()?
            .iter()
            .map(|text| parts_of(text, &delimiter, most));
        let parts: Vec<Vec<&str>> = parts.collect();
        let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
        let shape: Shape = x.shape().iter().copied().chain([longest]).collect();
        let rows = context.room_for(&shape, DataType::U64)?;
        let mut made = Vec::with_capacity(rows);
        for parts in &parts {
            made.extend(parts.iter().map(|&part| part.to_owned()));
            made.resize(made.len() + longest - parts.len(), String::new());
        }
        let counts: Vec<usize> = parts.iter().map(Vec::len).collect();
        let counts = Tensor::from_sizes(&counts).reshaped(x.shape().clone())?;
        let made = Tensor::from_strings(shape, made);
        Ok(Outputs::from_iter([made.into(), counts.into()]))
    };
    Ok(Built::new([DataType::String, DataType::I64], operator))
}

/// The parts of a text after at most so many splits: at each delimiter, or between words.
fn parts_of<'a>(text: &'a str, delimiter: &str, most: usize) -> Vec<&'a str> {
    let count = most.saturating_add(1);
    if !delimiter.is_empty() {
        return text.splitn(count, delimiter).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = match rest.find(char::is_whitespace) {
            Some(end) if parts.len() < most => end,
            _ => rest.len(),
        };
        let (part, left) = rest.split_at(end);
        parts.push(part);
        rest = left.trim_start();
    }
    parts
}

/// What becomes of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Lower,
    Upper,
    Kept,
}

impl Case {
    fn apply(self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Kept => text.to_owned(),
        }
    }
}

fn normalize(facts: &Facts<'_>) -> Result<Built> {
    only_strings(facts, 0)?;
    let case = match facts.text_or("case_change_action", "NONE")? {
        "LOWER" => Case::Lower,
        "UPPER" => Case::Upper,
        "NONE" => Case::Kept,
        other => return Err(fault!("`case_change_action` is `{other}`")),
    };
    let compared = if facts.flag("is_case_sensitive", false)? {
        Case::Kept
    } else {
        Case::Lower
    };
    // Letters change as Unicode says for all languages but these two.
    let locale = facts.text_or("locale", "")?;
    if ["tr", "az", "lt"]
        .iter()
        .any(|&other| locale.starts_with(other))
    {
        return Err(fault!("locale `{locale}` is not supported"));
    }
    let stopped: std::collections::HashSet<String> = facts
        .texts("stopwords")?
        .unwrap_or_default()
        .iter()
        .map(|word| compared.apply(word))
        .collect();
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        if !matches!(x.shape()[..], [_] | [1, _]) {
            return Err(fault!("found shape {}, expected [C] or [1, C]", x.shape()));
        }
        let kept = x.strings()?.iter();
        let kept =
            kept.filter(|text| stopped.is_empty() || !stopped.contains(&compared.apply(text)));
        let mut made: Vec<String> = kept.map(|text| case.apply(text)).collect();
        if made.is_empty() {
            made.push(String::new());
        }
        let mut shape = x.shape().clone();
        let last = shape.rank() - 1;
        shape[last] = made.len();
        Ok(one(Tensor::from_strings(shape, made)))
    };
    Ok(Built::one(DataType::String, operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_apart() {
        let cases: [(&str, &str, usize, &[&str]); 8] = [
            ("a,,b", ",", usize::MAX, &["a", "", "b"]),
            ("a,b,c", ",", 1, &["a", "b,c"]),
            ("", ",", usize::MAX, &[""]),
            ("  a  b ", "", usize::MAX, &["a", "b"]),
            (" a b  c ", "", 1, &["a", "b  c"]),
            ("a b", "", 0, &["a b"]),
            ("  ", "", usize::MAX, &[]),
            ("", "", usize::MAX, &[]),
        ];
        for (text, delimiter, most, expected) in cases {
            assert_eq!(parts_of(text, delimiter, most), expected, "{text:?}");
        }
    }
}
