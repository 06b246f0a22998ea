//! Runs programs: shows the exact command line, then checks how it ended.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Shows the command line and runs it with this terminal's input and output.
///
/// # Errors
/// When the program cannot be started or ends with another status than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    eprintln!("$ {}", line(command));
    run_silently(command)
}

/// Runs a command without showing its line.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_silently(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|source| start_failure(command, source))?;
    ended(command, status)
}

/// Runs a command silently and gives what it printed; its errors go to this terminal.
///
/// # Errors
/// As [`run`], and when the output is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| start_failure(command, source))?;
    ended(command, output.status)?;
    String::from_utf8(output.stdout)
        .map_err(|_| Failure::Unexpected(format!("`{}` printed no UTF-8", line(command))))
}

/// The command line as one could type it into a POSIX shell.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// One word of a command line, in single quotes where a shell would otherwise change it.
pub(crate) fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Names the program that could not be started.
pub(crate) fn start_failure(command: &Command, source: std::io::Error) -> Failure {
    Failure::Io {
        action: format!("start `{}`", command.get_program().to_string_lossy()),
        source,
    }
}

fn ended(command: &Command, status: std::process::ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Ended {
        line: line(command),
        status: status.code(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_line_that_a_shell_reads_back() {
        for (arguments, expected) in [
            (vec!["--out", "target/a"], "p --out target/a"),
            (
                vec!["mlflow==3.1.0", "pandas<3"],
                "p mlflow==3.1.0 'pandas<3'",
            ),
            (vec!["", "it's"], r"p '' 'it'\''s'"),
        ] {
            assert_eq!(line(Command::new("p").args(arguments)), expected);
        }
    }

    #[test]
    fn tells_how_a_program_ended() {
        let failure = run_silently(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(failure.exit_status(), 3);
        assert_eq!(failure.to_string(), "`sh -c 'exit 3'` ended with status 3");
    }

    #[test]
    fn names_a_program_that_does_not_exist() {
        let failure = output(&mut Command::new("no-such-program")).unwrap_err();
        assert!(
            failure
                .to_string()
                .starts_with("could not start `no-such-program`"),
            "{failure}"
        );
    }
}
