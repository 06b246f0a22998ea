//! Finds a Python that can hold the test environments.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// The minor versions of Python 3 for which every pinned requirement has wheels.
const MINOR_VERSIONS: std::ops::RangeInclusive<u32> = 11..=13;

/// Names under which a fitting Python may be installed, the usual one first.
const NAMES: [&str; 4] = ["python3", "python3.13", "python3.12", "python3.11"];

/// Prints the version, whether `venv` works (Debian ships its parts apart), and the real path.
const QUESTION: &str = "import sys, importlib.util as u; \
    print(sys.version_info.major, sys.version_info.minor, \
    all(u.find_spec(m) for m in ('venv', 'ensurepip')), sys.executable)";

/// What one Python says of itself.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    version: (u32, u32),
    makes_environments: bool,
    path: PathBuf,
}

/// Finds an interpreter that fits.
///
/// # Errors
/// When there is none, with what to install.
pub(super) fn find() -> Result<PathBuf, Failure> {
    choose(NAMES.iter().filter_map(|name| ask(name)))
}

/// Takes the first Python that fits, else says what the best of them lacks.
fn choose(answers: impl Iterator<Item = Answer>) -> Result<PathBuf, Failure> {
    let (mut without_venv, mut other) = (None, None);
    for answer in answers {
        let fits = answer.version.0 == 3 && MINOR_VERSIONS.contains(&answer.version.1);
        match (fits, answer.makes_environments) {
            (true, true) => return Ok(answer.path),
            (true, false) => without_venv = without_venv.or(Some(answer.path)),
            _ => other = other.or(Some(answer.version)),
        }
    }
    let debian = "on Debian and Ubuntu: apt-get install python3 python3-venv";
    let range = format!("3.{} to 3.{}", MINOR_VERSIONS.start(), MINOR_VERSIONS.end());
    let (what, remedy) = match (without_venv, other) {
        (Some(path), _) => (
            format!(
                "Python at `{}` cannot make virtual environments",
                path.display()
            ),
            "install its venv module; on Debian and Ubuntu: apt-get install python3-venv"
                .to_owned(),
        ),
        (None, Some((major, minor))) => (
            format!("found Python {major}.{minor}, expected {range}"),
            "install one of these, reachable as `python3`, `python3.13`, `python3.12` or \
             `python3.11`"
                .to_owned(),
        ),
        (None, None) => (
            format!("found no `python3`, expected Python {range}"),
            debian.to_owned(),
        ),
    };
    Err(Failure::Missing { what, remedy })
}

fn ask(name: &str) -> Option<Answer> {
    let output = Command::new(name)
        .args(["-c", QUESTION])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    parse(&String::from_utf8(output.stdout).ok()?)
}

fn parse(answer: &str) -> Option<Answer> {
    let mut words = answer.trim_end().splitn(4, ' ');
    let mut next = || words.next();
    Some(Answer {
        version: (next()?.parse().ok()?, next()?.parse().ok()?),
        makes_environments: next()? == "True",
        path: PathBuf::from(next()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(minor: u32, makes_environments: bool) -> Answer {
        Answer {
            version: (3, minor),
            makes_environments,
            path: format!("bin/python3.{minor}").into(),
        }
    }

    #[test]
    fn reads_what_a_python_says_of_itself() {
        assert_eq!(parse("3 11 True bin/python3.11\n"), Some(answer(11, true)));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn takes_the_first_python_that_fits() {
        let answers = [
            answer(9, true),
            answer(12, false),
            answer(13, true),
            answer(11, true),
        ];
        assert_eq!(
            choose(answers.into_iter()).unwrap(),
            PathBuf::from("bin/python3.13")
        );
    }

    #[test]
    fn says_what_to_install_when_no_python_fits() {
        for (answers, what, remedy) in [
            (
                vec![],
                "found no `python3`",
                "apt-get install python3 python3-venv",
            ),
            (
                vec![answer(9, true)],
                "found Python 3.9, expected 3.11 to 3.13",
                "`python3.12`",
            ),
            (
                vec![answer(11, false)],
                "cannot make virtual environments",
                "python3-venv",
            ),
        ] {
            let message = choose(answers.into_iter()).unwrap_err().to_string();
            assert!(
                message.contains(what) && message.contains(remedy),
                "{message}"
            );
        }
    }
}
