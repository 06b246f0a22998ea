//! A finding: a fault in a package that does not stop reading it.

use crate::yaml::Position;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; the package is as good as before.
    Note,
    /// The package loads, but is not what it should be.
    Warning,
    /// Not to be used: it does not load, is not what was sealed, or would do harm.
    Error,
}

/// One fault: which rule saw it, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The rule's code, `ENV201`; all are in `docs/findings.md`.
    pub code: &'static str,
    /// The rule's name, `missing-file`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where: a file of the package and perhaps a line in it.
    pub place: Place,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether `mlflow.pyfunc.load_model`, or the first prediction, fails because of it.
    pub stops_mlflow: bool,
}

/// A place in a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    /// The file, relative to the package; empty for the package as a whole.
    pub file: String,
    /// The line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The key or element in it: `signature.inputs[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            ..Self::default()
        }
    }

    /// The same file, at a line.
    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = (line > 0).then_some(line);
        self
    }

    /// The same file, at a position.
    #[must_use]
    pub fn at(self, position: Position) -> Self {
        self.line(position.line)
    }

    /// The same place, at a key or element.
    #[must_use]
    pub fn element(mut self, element: impl Into<String>) -> Self {
        self.element = Some(element.into());
        self
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.file.is_empty() {
            "."
        } else {
            &self.file
        })?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(element) = &self.element {
            write!(f, " ({element})")?;
        }
        Ok(())
    }
}
