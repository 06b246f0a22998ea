//! Finding programs on a path, and running them line by line.

use super::Environments;
use crate::error::Error;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// How many of a program's last lines an error shows.
const LINES_KEPT: usize = 60;
/// How long a line is shown at most, in bytes.
const LINE_BYTES: usize = 4096;

/// Finds the first of some programs that is on a path.
pub(super) fn find(path: &OsStr, names: &[&str]) -> Option<PathBuf> {
    let folders = || std::env::split_paths(path).filter(|folder| folder.is_absolute());
    names.iter().find_map(|name| {
        folders()
            .map(|folder| folder.join(name))
            .find(|file| is_program(file))
    })
}

fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// The error that says which programs were looked for.
pub(super) fn none_of(names: &[&str], purpose: &'static str) -> Error {
    Error::NoProgram {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        purpose,
    }
}

impl Environments {
    /// The program uv.
    pub(super) fn uv(&self) -> Result<PathBuf, Error> {
        let purpose = "make the package's environment";
        match &self.uv {
            Some(uv) if is_program(uv) => Ok(uv.clone()),
            Some(uv) => Err(none_of(&[&uv.to_string_lossy()], purpose)),
            None => find(&self.path, &["uv"]).ok_or_else(|| none_of(&["uv"], purpose)),
        }
    }
}

/// What a program left behind.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    /// The last lines of what it printed.
    pub(super) log: String,
}

impl Finished {
    /// Makes an error of a failure.
    pub(super) fn check(self, program: &str, purpose: &'static str) -> Result<(), Error> {
        if self.status.success() {
            return Ok(());
        }
        Err(Error::Install {
            program: program.to_owned(),
            purpose,
            status: self.status.to_string(),
            log: self.log,
        })
    }
}

/// Runs programs with the variables handed in, and passes on each line that they print.
pub(super) struct Runner<'a> {
    variables: &'a [(OsString, OsString)],
    progress: &'a mut dyn FnMut(&str),
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        variables: &'a [(OsString, OsString)],
        progress: &'a mut dyn FnMut(&str),
    ) -> Self {
        Self {
            variables,
            progress,
        }
    }

    /// Runs a program to its end. The lock is its standard input, an empty file, so that it stays
    /// locked as long as the program lives, even if this process is killed before.
    pub(super) fn run(&mut self, command: &mut Command, lock: &File) -> Result<Finished, Error> {
        let program = PathBuf::from(command.get_program());
        let start = |source| Error::Start {
            python: program.clone(),
            source,
        };
        let (reader, writer) = std::io::pipe().map_err(start)?;
        command
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(lock.try_clone().map_err(start)?))
            .stdout(writer.try_clone().map_err(start)?)
            .stderr(writer);
        let mut child = command.spawn().map_err(start)?;
        // The command holds the writing ends; the lines end once nobody does.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let log = self.follow(BufReader::new(reader));
        let status = child.wait().map_err(start)?;
        Ok(Finished { status, log })
    }

    fn follow(&mut self, mut lines: impl BufRead) -> String {
        let mut kept = VecDeque::new();
        let mut bytes = Vec::new();
        while lines
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|count| count > 0)
        {
            bytes.truncate(LINE_BYTES);
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if line.is_empty() {
                continue;
            }
            (self.progress)(&line);
            if kept.len() == LINES_KEPT {
                kept.pop_front();
            }
            kept.push_back(line);
        }
        Vec::from(kept).join("\n")
    }
}
