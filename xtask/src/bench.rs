//! `cargo xtask bench package`: how long packaging takes, side by side with what it replaces.
//!
//! Everything compared runs alternately in one go on one machine, so that a busy moment strikes
//! all sides; what is told is the median of each side and the ratio of the medians.

mod inspect;
mod large;
mod report;
mod samples;
mod small;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::python;
use crate::workspace::{Profile, Workspace};
use report::Row;

/// What every measurement needs.
struct Bench {
    /// The release build of `envelope`.
    envelope: PathBuf,
    /// The release build of the library's example that seals on request.
    library: PathBuf,
    /// The Python with the newest MLflow.
    python: PathBuf,
    /// The folder of the Python scripts.
    scripts: PathBuf,
    /// A folder that is removed at the end.
    folder: PathBuf,
    /// How often each side runs.
    runs: usize,
}

impl Bench {
    /// A script of ours with the interpreter that runs it.
    fn script(&self, name: &str) -> std::process::Command {
        let mut command = std::process::Command::new(&self.python);
        command
            .arg(self.scripts.join(name))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // What MLflow advises is of no use here; that it stays silent costs it nothing.
            .env("PYTHONWARNINGS", "ignore")
            .env("MLFLOW_LOGGING_LEVEL", "ERROR");
        command
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A folder left over is a nuisance, not a wrong measurement.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The words after `bench package`.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    runs: usize,
    markdown: Option<PathBuf>,
}

/// `bench package [--runs N] [--markdown FILE]`.
///
/// # Errors
/// When an argument is unknown, something does not build, or a measured program fails.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let arguments = parse(arguments)?;
    let python = python::prepare(
        workspace,
        std::slice::from_ref(python::named(python::NEWEST)?),
    )?;
    let bench = Bench {
        envelope: workspace.build_envelope(Profile::Release)?,
        library: workspace.build(
            "envelope-format",
            &["--example", "seal_on_request"],
            Profile::Release,
        )?,
        python: python::named(python::NEWEST)?.python(&python),
        scripts: workspace.root.join("xtask").join("python"),
        folder: workspace
            .target
            .join(format!("bench-{}", std::process::id())),
        runs: arguments.runs,
    };
    fs::create_dir_all(&bench.folder)
        .map_err(|source| Failure::io("make", &bench.folder, source))?;
    let rows = measure(&bench, &workspace.root)?;
    let text = report::markdown(&bench, &rows);
    print!("{text}");
    if let Some(path) = &arguments.markdown {
        fs::write(path, &text).map_err(|source| Failure::io("write", path, source))?;
    }
    Ok(())
}

fn measure(bench: &Bench, root: &Path) -> Result<Vec<Row>, Failure> {
    let mut rows = small::measure(bench)?;
    rows.extend(large::measure(bench)?);
    let mut packages = small::packages(bench);
    packages.push(("the 1 GiB package", large::package(bench)));
    let example = root.join("target/example/item_price");
    if example.is_dir() {
        packages.push(("the bundled example", example));
    }
    rows.extend(inspect::measure(bench, &packages)?);
    Ok(rows)
}

fn parse(arguments: &[String]) -> Result<Arguments, Failure> {
    let Some(("package", rest)) = arguments
        .split_first()
        .map(|(word, rest)| (word.as_str(), rest))
    else {
        return Err(Failure::Usage("expected `bench package`".to_owned()));
    };
    let mut parsed = Arguments {
        runs: 9,
        markdown: None,
    };
    let mut words = rest.iter();
    while let Some(flag) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| Failure::Usage(format!("expected a value after `{flag}`")))
        };
        match flag.as_str() {
            "--runs" => {
                let value = value()?;
                parsed.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or_else(|| {
                    Failure::Usage(format!("found `--runs {value}`, expected a number above 0"))
                })?;
            }
            "--markdown" => parsed.markdown = Some(PathBuf::from(value()?)),
            _ => {
                return Err(Failure::Usage(format!(
                    "found `{flag}`, expected `--runs N` or `--markdown FILE`"
                )));
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn reads_its_arguments() {
        for (line, runs, markdown) in [
            ("package", 9, None),
            ("package --runs 3", 3, None),
            (
                "package --markdown docs/benchmarks.md --runs 1",
                1,
                Some("docs/benchmarks.md"),
            ),
        ] {
            let expected = Arguments {
                runs,
                markdown: markdown.map(PathBuf::from),
            };
            assert_eq!(parse(&words(line)).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn refuses_arguments_it_does_not_know() {
        for (line, part) in [
            ("", "expected `bench package`"),
            ("serve", "expected `bench package`"),
            ("package --runs", "expected a value after `--runs`"),
            ("package --runs 0", "found `--runs 0`"),
            ("package --fast", "found `--fast`"),
        ] {
            let message = parse(&words(line)).unwrap_err().to_string();
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
