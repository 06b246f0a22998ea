//! The program `git`: started with the environment that the caller hands in, less what would turn
//! it to another repository or change what it writes.
//!
//! See <https://git-scm.com/docs/git#_environment_variables>.

use crate::error::Error;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Variables of git's own that are kept; all others that begin with `GIT_` say where a repository
/// is, or how something is to be shown.
const KEPT: [&str; 3] = [
    "GIT_CONFIG",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
];

/// Variables that keep git, and Git LFS as its filter, from writing into the repository, asking, and
/// fetching.
const SET: [(&str, &str); 7] = [
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("GIT_PAGER", "cat"),
    ("GIT_LITERAL_PATHSPECS", "1"),
];

/// Settings that every command gets: nothing watches the files, no hook runs, and names are quoted
/// in the one way that [`crate::Patch`] reads.
const SETTINGS: [&str; 5] = [
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=true",
    "gc.auto=0",
];

/// The program `git` and the environment to start it in.
#[derive(Debug, Clone)]
pub struct GitProgram {
    path: PathBuf,
    environment: BTreeMap<OsString, OsString>,
}

/// What it is asked, and where.
pub(crate) struct Question<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) words: Vec<OsString>,
    /// Written to its standard input.
    pub(crate) input: Vec<u8>,
    /// Further variables.
    pub(crate) variables: Vec<(&'static str, OsString)>,
}

impl<'a> Question<'a> {
    pub(crate) fn new<W: AsRef<OsStr>>(
        folder: &'a Path,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        Self {
            folder,
            words: words.collect(),
            input: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    pub(crate) fn variables(mut self, variables: &[(&'static str, OsString)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }
}

impl GitProgram {
    /// Names the program, as a path or as a name that is looked up in the `PATH` of the environment
    /// given. That environment is all that git sees; usually it is the whole of one's own.
    pub fn new(
        path: impl Into<PathBuf>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let environment = environment.into_iter().filter(|(name, _)| keeps(name));
        Self {
            path: path.into(),
            environment: environment.collect(),
        }
    }

    /// A variable of the environment that it is started with.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.environment
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
    }

    /// Asks, and gives what it wrote.
    ///
    /// # Errors
    /// That it could not be started, or that it failed, with the last line that it said.
    pub(crate) fn ask(&self, question: Question<'_>) -> Result<Vec<u8>, Error> {
        self.ask_within(question, u64::MAX)
    }

    /// Asks, and gives up on an answer of more bytes than the limit.
    pub(crate) fn ask_within(
        &self,
        question: Question<'_>,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut command = self.command(&question);
        let start = |source| Error::NoGit {
            program: self.path.clone(),
            source,
        };
        let mut child = command.spawn().map_err(start)?;
        let words = question
            .words
            .join(OsStr::new(" "))
            .to_string_lossy()
            .into_owned();
        let log = listen(&mut child);
        let writer = feed(&mut child, question.input);
        let mut answer = Vec::new();
        let read = child
            .stdout
            .take()
            .map(|out| out.take(limit_bytes.saturating_add(1)));
        let outcome = read.map(|mut out| out.read_to_end(&mut answer)).transpose();
        if answer.len() as u64 > limit_bytes {
            // Whatever becomes of it, its answer is not wanted any more.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::PatchTooLarge { limit_bytes });
        }
        let status = child.wait().map_err(Error::io("wait for", &self.path))?;
        outcome.map_err(Error::io("read from", &self.path))?;
        let _ = writer.map(thread::JoinHandle::join);
        let log = log.and_then(|log| log.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(answer);
        }
        Err(refusal(&log, question.folder, words, status.to_string()))
    }

    fn command(&self, question: &Question<'_>) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().envs(&self.environment).envs(SET);
        command.envs(question.variables.iter().map(|(name, value)| (name, value)));
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(&question.words).current_dir(question.folder);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn keeps(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with("GIT_") || KEPT.iter().any(|kept| name.starts_with(kept))
}

/// Reads what it complains about while it works, so that it never waits for us.
fn listen(child: &mut Child) -> Option<thread::JoinHandle<String>> {
    let mut complaints = child.stderr.take()?;
    Some(thread::spawn(move || {
        let mut log = Vec::new();
        let _ = complaints.read_to_end(&mut log);
        String::from_utf8_lossy(&log).into_owned()
    }))
}

/// Writes its input while it works; that it may end before it has read all is no fault of ours.
fn feed(child: &mut Child, input: Vec<u8>) -> Option<thread::JoinHandle<()>> {
    let mut pipe = child.stdin.take()?;
    if input.is_empty() {
        return None;
    }
    Some(thread::spawn(move || {
        let _ = pipe.write_all(&input);
    }))
}

fn refusal(log: &str, folder: &Path, words: String, status: String) -> Error {
    let path = folder.to_owned();
    if log.contains("dubious ownership") || log.contains("unsafe repository") {
        return Error::OtherOwner { path };
    }
    if log.contains("not a git repository") {
        return Error::NoRepository { path };
    }
    let said = log
        .lines()
        .find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let log = said
        .or_else(|| log.lines().last())
        .unwrap_or_default()
        .to_owned();
    Error::Git { words, status, log }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_settings_and_drops_what_points_elsewhere() {
        for (name, kept) in [
            ("PATH", true),
            ("HOME", true),
            ("GIT_CONFIG_GLOBAL", true),
            ("GIT_CONFIG_COUNT", true),
            ("GIT_CEILING_DIRECTORIES", true),
            ("GIT_DIR", false),
            ("GIT_INDEX_FILE", false),
            ("GIT_EXTERNAL_DIFF", false),
            ("GIT_DIFF_OPTS", false),
        ] {
            assert_eq!(keeps(OsStr::new(name)), kept, "{name}");
        }
    }

    #[test]
    fn says_that_there_is_no_such_program() {
        let git = GitProgram::new("/nowhere/git", []);
        let error = git
            .ask(Question::new(Path::new("/"), ["version"]))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot start `/nowhere/git`: "),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("install git"));
    }
}
