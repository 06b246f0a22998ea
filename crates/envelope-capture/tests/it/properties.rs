//! Generated repositories: whatever was committed and whatever happened since, a clone and the patch
//! give the same files. Git itself restores.

use crate::restoring::{captured, restored};
use crate::support::{Files, Scratch, files, git, git_output, program};
use envelope_capture::changes::{Changes, Difference, Inexact, Limits};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Names that get in each other's way: files where folders are, spaces, quotes, other letters.
const NAMES: [&str; 10] = [
    "a",
    "a/b",
    "a/c/d.txt",
    "e.py",
    "e e.py",
    "\"q\"",
    "ö",
    "f\tg",
    "h.bin",
    "-i",
];

/// Where links point. None of them in a circle: `git apply` gives up on a circle whose place a folder
/// is to take.
const TARGETS: [&str; 4] = ["nowhere", "../here", "/", "."];

/// Attributes that git may be told, in the commit or after it.
const ATTRIBUTES: [&str; 9] = [
    "",
    "* text=auto\n",
    "* text=auto eol=crlf\n",
    "*.txt text\n*.py eol=lf\n",
    "*.py ident\n",
    "*.py -diff\n",
    "* -text\n",
    "*.py filter=upper\n",
    "a* text eol=crlf\n",
];

/// Those of them by which git stores every file as it is.
const PLAIN: [usize; 3] = [0, 5, 6];

/// What can happen to one file.
#[derive(Debug, Clone)]
enum Step {
    Write(usize, Vec<u8>),
    /// Writes over a part of what is there.
    Edit(usize, usize, Vec<u8>),
    Remove(usize),
    Rename(usize, usize),
    Toggle(usize),
    Link(usize, usize),
    Stage(usize),
    Unstage(usize),
    Announce(usize),
    Attributes(usize),
}

/// Where the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkout {
    Plain,
    Detached,
    Shallow,
    Linked,
    Unborn,
    /// With objects that have longer names.
    Sha256,
}

#[derive(Debug, Clone)]
struct Case {
    checkout: Checkout,
    auto_crlf: &'static str,
    committed: Vec<Step>,
    since: Vec<Step>,
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[a-c ]{0,6}\n",
        "[a-c]{0,3}\r\n",
        "[+\\- @\\\\]{0,4}\n",
        "é\n"
    ];
    let lines = prop::collection::vec(line, 0..40).prop_map(|lines| lines.concat().into_bytes());
    prop_oneof![
        6 => lines,
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => "[ab\n]{0,30}".prop_map(String::into_bytes),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES.len();
    prop_oneof![
        6 => (name(), contents()).prop_map(|(at, contents)| Step::Write(at, contents)),
        4 => (name(), 0..100usize, contents()).prop_map(|(at, place, part)| Step::Edit(at, place, part)),
        2 => name().prop_map(Step::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => name().prop_map(Step::Toggle),
        1 => (name(), 0..TARGETS.len()).prop_map(|(at, to)| Step::Link(at, to)),
        2 => name().prop_map(Step::Stage),
        1 => name().prop_map(Step::Unstage),
        1 => name().prop_map(Step::Announce),
        1 => (0..ATTRIBUTES.len()).prop_map(Step::Attributes),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    use Checkout::{Detached, Linked, Plain, Sha256, Shallow, Unborn};
    let checkouts = vec![Plain, Plain, Detached, Shallow, Linked, Unborn, Sha256];
    let checkout = prop::sample::select(checkouts);
    let auto_crlf = prop::sample::select(vec!["false", "false", "false", "input", "true"]);
    let steps = || prop::collection::vec(step(), 0..12);
    let parts = (checkout, auto_crlf, steps(), steps());
    parts.prop_map(|(checkout, auto_crlf, committed, since)| Case {
        checkout,
        auto_crlf,
        committed,
        since,
    })
}

impl Step {
    /// Does it, if it can be done; where it cannot, nothing happens.
    fn take(&self, root: &Path) {
        let file = |at: &usize| root.join(NAMES[*at]);
        let index = |words: &[&str], at: &usize| {
            git_output(root, &[words, &["--", NAMES[*at]]].concat());
        };
        match self {
            Self::Write(at, contents) => write(&file(at), contents),
            Self::Edit(at, place, part) => edit(&file(at), *place, part),
            Self::Remove(at) => drop(fs::remove_file(file(at))),
            Self::Rename(from, to) => drop(fs::rename(file(from), file(to))),
            Self::Toggle(at) => toggle(&file(at)),
            Self::Link(at, to) => drop(symlink(TARGETS[*to], file(at))),
            Self::Stage(at) => index(&["add"], at),
            Self::Unstage(at) => index(&["rm", "-q", "--cached"], at),
            Self::Announce(at) => index(&["add", "-N"], at),
            Self::Attributes(at) => write(&root.join(".gitattributes"), ATTRIBUTES[*at].as_bytes()),
        }
    }
}

fn write(path: &Path, contents: &[u8]) {
    // A link is not written through, and a file in the way is none that can be a folder.
    if path.is_symlink() {
        fs::remove_file(path).unwrap();
    }
    if path
        .parent()
        .is_some_and(|folder| fs::create_dir_all(folder).is_ok())
    {
        let _ = fs::write(path, contents);
    }
}

fn edit(path: &Path, place: usize, part: &[u8]) {
    if let Ok(mut contents) = fs::read(path)
        && !path.is_symlink()
    {
        let place = place.min(contents.len());
        let end = (place + part.len() / 2).min(contents.len());
        contents.splice(place..end, part.iter().copied());
        fs::write(path, contents).unwrap();
    }
}

fn toggle(path: &Path) {
    if let Ok(metadata) = fs::symlink_metadata(path)
        && metadata.is_file()
    {
        let mode = metadata.permissions().mode() ^ 0o111;
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
}

impl Case {
    /// Makes the repository, and gives the folder with its files.
    fn make(&self, scratch: &Scratch) -> PathBuf {
        if self.checkout == Checkout::Sha256 {
            fs::remove_dir_all(scratch.here().join(".git")).unwrap();
            scratch.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
        }
        scratch.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
        scratch.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
        scratch.git(&["config", "core.autocrlf", self.auto_crlf]);
        scratch.git(&["config", "core.safecrlf", "false"]);
        let root = match self.checkout {
            Checkout::Unborn => scratch.here(),
            checkout => {
                self.committed
                    .iter()
                    .for_each(|step| step.take(&scratch.here()));
                scratch.commit("first");
                checkout.of(scratch)
            }
        };
        self.since.iter().for_each(|step| step.take(&root));
        root
    }

    /// Whether anything may make git store a file otherwise than it is.
    fn is_converting(&self) -> bool {
        let mut steps = self.committed.iter().chain(&self.since);
        let converts = |step: &Step| match step {
            Step::Attributes(at) => !PLAIN.contains(at),
            _ => false,
        };
        self.auto_crlf != "false" || steps.any(converts)
    }
}

impl Checkout {
    fn of(self, scratch: &Scratch) -> PathBuf {
        let auto_crlf = || scratch.git(&["config", "core.autocrlf"]);
        let other = scratch.path().join("other");
        match self {
            Self::Plain | Self::Unborn | Self::Sha256 => return scratch.here(),
            Self::Detached => {
                scratch.git(&["checkout", "-q", "--detach"]);
                return scratch.here();
            }
            Self::Shallow => {
                scratch.commit("second");
                let from = format!("file://{}", scratch.here().display());
                let setting = format!("core.autocrlf={}", auto_crlf());
                git(
                    scratch.path(),
                    &[
                        "clone", "-q", "--depth", "1", "-c", &setting, &from, "other",
                    ],
                );
            }
            Self::Linked => drop(scratch.git(&["worktree", "add", "-q", "--detach", "../other"])),
        }
        other
    }
}

/// What is named as coming back otherwise must do so, and only where git converts anything.
fn named_in_vain(case: &Case, changes: &Changes, is: &Files, was: &Files) -> Option<String> {
    let mut named = changes.inexact.iter();
    let in_vain = named.find(|inexact| {
        let path = named_path(inexact);
        !case.is_converting()
            || inexact.because != Difference::Normalized
            || is.get(&path) == was.get(&path)
    });
    in_vain.map(|inexact| format!("{inexact:?} is named in vain"))
}

fn named_path(inexact: &Inexact) -> PathBuf {
    named(&inexact.path)
}

/// Files that git itself takes for those of the commit, although their bytes are others.
fn taken_for_unchanged(root: &Path, changes: &Changes, path: &Path) -> bool {
    let is_named = |inexact: &Inexact| named_path(inexact) == path;
    let in_patch = changes
        .patch
        .sections()
        .iter()
        .any(|section| named(&section.path()) == path);
    let path = path.to_str().unwrap();
    let stored = git_output(
        root,
        &["rev-parse", "-q", "--verify", &format!("HEAD:{path}")],
    );
    let would_be = git_output(root, &["hash-object", "--path", path, "--", path]);
    let is_same = stored.status.success() && stored.stdout == would_be.stdout;
    changes.inexact.iter().any(is_named) || (!in_patch && is_same)
}

/// The file of a name as it is shown: those with a tab are shown otherwise than they are.
fn named(shown: &str) -> PathBuf {
    let quoted = shown
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted.filter(|name| name.contains("\\t")) {
        Some(name) => PathBuf::from(name.replace("\\t", "\t")),
        None => PathBuf::from(shown),
    }
}

fn difference(root: &Path, changes: &Changes, is: &Files, was: &Files) -> Option<String> {
    for path in was.keys().chain(is.keys()) {
        let same = is.get(path) == was.get(path);
        let both = is.contains_key(path) && was.contains_key(path);
        if !(same || both && taken_for_unchanged(root, changes, path)) {
            return Some(format!(
                "{path:?} was {:?} and is {:?}",
                was.get(path),
                is.get(path)
            ));
        }
    }
    None
}

/// How many repositories are tried; `ENVELOPE_CASES=1000` tries more of them.
pub(crate) fn cases(few: u32) -> u32 {
    let asked = std::env::var("ENVELOPE_CASES").ok();
    asked.map_or(few, |count| count.parse().expect("expected a number"))
}

#[test]
fn a_clone_and_the_patch_give_the_same_files() {
    let config = ProptestConfig {
        cases: cases(64),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&case(), |case| {
        let scratch = Scratch::unborn();
        let root = case.make(&scratch);
        let changes = captured(&root, &program(), Limits::default());
        let (is, was) = (restored(&root, &changes), files(&root));
        let patch = String::from_utf8_lossy(changes.patch.as_bytes());
        let difference = difference(&root, &changes, &is, &was)
            .or_else(|| named_in_vain(&case, &changes, &is, &was));
        if let Some(difference) = difference {
            return Err(TestCaseError::fail(format!(
                "{difference}\n{:?}\n{patch}",
                changes.inexact
            )));
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
