//! Every way to fail.
//!
//! An [`Error`] is something that could not be read or understood; a [`Refusal`] is a prune that
//! would not do what was meant, and names the ways out.

use crate::inventory::Root;
use crate::names::PackageName;
use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A text does not follow its format.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What was found and what was expected.
        message: String,
    },
    /// A requirements file includes one that is not there.
    #[error("{place}: the included file `{include}` is not there")]
    MissingInclude {
        /// The line that includes it.
        place: Place,
        /// The file, as the line names it.
        include: String,
    },
    /// Two lines pin one package at different versions for the same environments.
    #[error(transparent)]
    ConflictingPins(Box<ConflictingPins>),
    /// A lock of a version that is not known here.
    #[error("`{}` is {format} of version {found}, expected {expected}", path.display())]
    UnsupportedVersion {
        /// The lock.
        path: PathBuf,
        /// The format, such as `a uv.lock`.
        format: &'static str,
        /// The version in the file.
        found: String,
        /// The versions that can be read.
        expected: &'static str,
    },
    /// A format that can be read, but holds no edges, and nothing to join it with.
    #[error("`{}` holds no edges: {reason}", path.display())]
    NoEdges {
        /// The file.
        path: PathBuf,
        /// Why it holds none.
        reason: &'static str,
    },
    /// A file of no known format.
    #[error("`{}` is of no known format", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A text that names no package, pattern or extra.
    #[error(
        "`{found}` names no package, expected a name, a pattern such as `jupyter*`, or `name[extra]`"
    )]
    Pattern {
        /// The text.
        found: String,
    },
    /// A text that is no requirement.
    #[error("`{found}` is not a requirement: {message}")]
    Requirement {
        /// The text, without credentials.
        found: String,
        /// What is wrong with it.
        message: String,
    },
    /// Values of an environment that cannot be.
    #[error("{message}")]
    Environment {
        /// What was found and what was expected.
        message: String,
    },
    /// A program that was called failed.
    #[error("`{program}` failed: {message}")]
    Program {
        /// The program.
        program: String,
        /// What it said.
        message: String,
    },
    /// A prune that would not do what was meant.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Error {
    /// The word by which scripts know it, such as `missing-include`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "unreadable",
            Self::Syntax { .. } => "syntax",
            Self::MissingInclude { .. } => "missing-include",
            Self::ConflictingPins(_) => "conflicting-pins",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::NoEdges { .. } => "no-edges",
            Self::UnknownFormat { .. } => "unknown-format",
            Self::Pattern { .. } => "not-a-name",
            Self::Requirement { .. } => "not-a-requirement",
            Self::Environment { .. } => "environment",
            Self::Program { .. } => "program",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn syntax(
        path: &Path,
        line: usize,
        column: usize,
        message: impl Into<String>,
    ) -> Self {
        Self::Syntax {
            place: Place {
                path: path.to_owned(),
                line,
                column,
            },
            message: message.into(),
        }
    }
}

/// Two lines that pin one package at different versions for the same environments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{second}: `{name}` is pinned at {second_version}, but {first} pins it at {first_version}")]
pub struct ConflictingPins {
    /// The package.
    pub name: PackageName,
    /// The first line.
    pub first: Place,
    /// Its version.
    pub first_version: String,
    /// The other line.
    pub second: Place,
    /// Its version.
    pub second_version: String,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 for the line as a whole.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.line > 0 && self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// Why a prune was refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Names that are nowhere: most often a slip of the pen.
    #[error("nothing is named {}", listed(names))]
    UnmatchedPrune {
        /// The names as they were given, sorted.
        names: Vec<String>,
        /// For each, the nearest name that there is.
        nearest: Vec<Option<PackageName>>,
    },
    /// Packages that stay need packages that were to go.
    #[error("{}", conflicts_in_words(conflicts))]
    PrunedButRequired {
        /// Each pair, sorted.
        conflicts: Vec<Conflict>,
    },
    /// Names both kept and pruned.
    #[error("{} both kept and pruned", is_or_are(names))]
    KeepAndPrune {
        /// The names, sorted.
        names: Vec<PackageName>,
    },
}

impl Refusal {
    /// The word by which scripts know it: `unmatched-prune`, `pruned-but-required`,
    /// `keep-and-prune`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnmatchedPrune { .. } => "unmatched-prune",
            Self::PrunedButRequired { .. } => "pruned-but-required",
            Self::KeepAndPrune { .. } => "keep-and-prune",
        }
    }
}

/// A package that stays, and a pruned one that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The package that stays.
    pub kept: PackageName,
    /// The pruned one.
    pub pruned: PackageName,
    /// The requirement, as the kept package states it.
    pub requirement: String,
    /// The extra of the kept package that asks for it, when one does.
    pub extra: Option<crate::names::ExtraName>,
    /// A shortest path from a root to the kept package, both included.
    pub path: Vec<PackageName>,
    /// The root that the path begins with, when it is one that was asked for.
    pub root: Option<Root>,
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn is_or_are(names: &[PackageName]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", quoted.join(", "))
}

fn conflicts_in_words(conflicts: &[Conflict]) -> String {
    let lines: Vec<String> = conflicts
        .iter()
        .map(|one| {
            let path: Vec<&str> = one.path.iter().map(PackageName::as_str).collect();
            let why = if path.len() > 1 {
                format!("which stays ({})", path.join(" → "))
            } else {
                "which was asked for".to_owned()
            };
            format!("`{}` is needed by `{}`, {why}", one.pruned, one.kept)
        })
        .collect();
    lines.join("\n")
}
