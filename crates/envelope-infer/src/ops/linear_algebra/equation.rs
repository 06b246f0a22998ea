//! The equation of an Einstein sum: `bij, bjk -> bik`.

use crate::fault::{Result, fault};

/// What names a dimension: a letter, or a place among the dimensions that an ellipsis stands for,
/// counted from the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Ellipsis(usize),
    Letter(u8),
}

/// A side of the equation for one tensor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    before: Vec<u8>,
    has_ellipsis: bool,
    after: Vec<u8>,
}

/// An equation as it is written.
#[derive(Clone, Debug)]
pub(super) struct Equation {
    operands: Vec<Side>,
    output: Option<Side>,
}

impl Equation {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text: String = text.chars().filter(|c| *c != ' ').collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let equation = Self {
            operands: left.split(',').map(Side::parse).collect::<Result<_>>()?,
            output: right.map(Side::parse).transpose()?,
        };
        equation.check()?;
        Ok(equation)
    }

    /// The number of tensors that it is for.
    pub(super) fn operands(&self) -> usize {
        self.operands.len()
    }

    fn check(&self) -> Result<()> {
        let Some(output) = &self.output else {
            return Ok(());
        };
        let letters: Vec<u8> = output.letters().collect();
        for (i, letter) in letters.iter().enumerate() {
            let known = self
                .operands
                .iter()
                .flat_map(Side::letters)
                .any(|l| l == *letter);
            if !known || letters[..i].contains(letter) {
                let letter = char::from(*letter);
                return Err(fault!(
                    "the output's index `{letter}` is new or named twice"
                ));
            }
        }
        let some_ellipsis = self.operands.iter().any(|side| side.has_ellipsis);
        if some_ellipsis != output.has_ellipsis {
            return Err(fault!("an ellipsis must be on both sides of the equation"));
        }
        Ok(())
    }

    /// The labels of an operand of this rank.
    pub(super) fn labels(&self, operand: usize, rank: usize) -> Result<Vec<Label>> {
        let side = &self.operands[operand];
        let letters = side.before.len() + side.after.len();
        let hidden = rank.checked_sub(letters);
        let hidden = hidden.filter(|&hidden| side.has_ellipsis || hidden == 0);
        let hidden = hidden.ok_or_else(|| {
            fault!("operand {operand} has {rank} dimensions, the equation names {letters}")
        })?;
        Ok(side.labels(hidden))
    }

    /// The labels of the output, where ellipses stand for so many dimensions at most.
    pub(super) fn output_labels(&self, hidden: usize) -> Vec<Label> {
        if let Some(output) = &self.output {
            return output.labels(hidden);
        }
        let mut letters: Vec<u8> = self.operands.iter().flat_map(Side::letters).collect();
        letters.sort_unstable();
        let once = letters
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() == 1);
        let implicit = Side {
            before: Vec::new(),
            has_ellipsis: true,
            after: once.map(|same| same[0]).collect(),
        };
        implicit.labels(hidden)
    }
}

impl Side {
    fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split("...");
        let mut letters = || -> Result<Option<Vec<u8>>> {
            let Some(part) = parts.next() else {
                return Ok(None);
            };
            match part.bytes().find(|byte| !byte.is_ascii_alphabetic()) {
                Some(byte) => {
                    let found = char::from(byte);
                    Err(fault!("found `{found}` in the equation, expected letters"))
                }
                None => Ok(Some(part.bytes().collect())),
            }
        };
        let before = letters()?.unwrap_or_default();
        let after = letters()?;
        if letters()?.is_some() {
            return Err(fault!("a term has two ellipses"));
        }
        Ok(Self {
            before,
            has_ellipsis: after.is_some(),
            after: after.unwrap_or_default(),
        })
    }

    fn letters(&self) -> impl Iterator<Item = u8> {
        self.before.iter().chain(&self.after).copied()
    }

    fn labels(&self, hidden: usize) -> Vec<Label> {
        let letters = |letters: &[u8]| {
            letters
                .iter()
                .map(|&l| Label::Letter(l))
                .collect::<Vec<_>>()
        };
        let mut labels = letters(&self.before);
        labels.extend((0..hidden).rev().map(Label::Ellipsis));
        labels.extend(letters(&self.after));
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_equations_are_refused() {
        for text in [
            "a.b",
            "a->bb",
            "a->b",
            "...a...->a",
            "...a->a",
            "a->...a",
            "i1",
            "a->b->c",
        ] {
            assert!(Equation::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn implicit_outputs_are_what_appears_once() {
        let equation = Equation::parse("b...A, Ac").unwrap();
        let expected = [
            Label::Ellipsis(1),
            Label::Ellipsis(0),
            Label::Letter(b'b'),
            Label::Letter(b'c'),
        ];
        assert_eq!(equation.output_labels(2), expected);
        assert!(equation.labels(1, 3).is_err());
        assert_eq!(equation.labels(0, 4).unwrap().len(), 4);
    }
}
