//! `cargo xtask tidy`: what the house asks for and the compiler does not check.
//!
//! One kind of check is one file: [`floors`] who may depend on whom, [`sizes`] how long a file may
//! be, [`prose`] what text says and how files are named, [`links`] that links lead somewhere.
//! Functions are left to clippy. All findings are told at once.

mod floors;
mod links;
mod prose;
mod sizes;
mod tree;

use std::fmt;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// A fault, and the place to mend it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// The line, counted from 1; 0 for the file as a whole.
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.message),
            line => write!(formatter, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// `tidy`: prints the findings, sorted by place.
///
/// # Errors
/// When there are findings, or cargo or git cannot be asked.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage("`tidy` takes no arguments".to_owned()));
    }
    let files = tree::read(&workspace.root)?;
    let mut findings = floors::check(&workspace.metadata);
    for file in &files {
        findings.extend(sizes::check(file));
        findings.extend(prose::check(file));
        findings.extend(links::check(file, |path| {
            workspace.root.join(path).exists()
        }));
    }
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::Findings(count)),
    }
}
