//! The sides of a comparison: the commands, how they take turns, and what each tells.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::bench::samples::Samples;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Runs of a model in one process; the first is not counted.
pub(super) const REPEAT: &str = "20";

/// The longest reason that a cell shows, in characters.
const REASON_LIMIT: usize = 120;

/// The programs that run models.
pub(super) struct Programs {
    /// `envelope`.
    pub(super) envelope: PathBuf,
    /// The Python with onnxruntime.
    pub(super) python: PathBuf,
    /// The folder of the Python scripts.
    pub(super) scripts: PathBuf,
    /// The engines written in Rust.
    pub(super) peers: PathBuf,
}

/// One program with what it is to do.
pub(super) struct Side {
    words: Vec<PathBuf>,
    /// Whether it may turn out that it cannot run the model.
    may_fail: bool,
}

/// What one side told, over all processes.
#[derive(Default)]
pub(super) struct Told {
    /// Seconds of loading.
    pub(super) load: Samples,
    /// Seconds of the median later run.
    pub(super) run: Samples,
    /// The most memory of the process, in bytes.
    pub(super) peak: Samples,
    /// Why it cannot run the model.
    pub(super) unable: Option<String>,
}

/// What one process told.
#[derive(Debug, PartialEq)]
enum Answer {
    Numbers { load: f64, run: f64, peak: f64 },
    Unable(String),
}

/// Builds the engines that are written in Rust, a workspace of their own; says where the binary is.
///
/// # Errors
/// When it does not compile.
pub(in crate::bench) fn build_peers(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let target = workspace.target.join("peers");
    let mut command = workspace.cargo();
    command
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(
            workspace
                .root
                .join("xtask")
                .join("peers")
                .join("Cargo.toml"),
        )
        .arg("--target-dir")
        .arg(&target);
    process::run(&mut command)?;
    let name = format!("peers{}", std::env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(name))
}

impl Programs {
    /// `envelope infer`.
    pub(super) fn ours(&self, model: &Path) -> Side {
        let mut words = vec![self.envelope.clone(), "infer".into(), model.to_path_buf()];
        words.extend(["--input".into(), inputs(model)]);
        words.extend(["--device", "cpu", "--repeat", REPEAT, "--json"].map(PathBuf::from));
        Side {
            words,
            may_fail: false,
        }
    }

    /// The script with onnxruntime.
    pub(super) fn onnxruntime(&self, model: &Path) -> Side {
        let script = self.scripts.join("onnxruntime_times.py");
        let mut words = vec![self.python.clone(), script];
        words.extend(task(model));
        Side {
            words,
            may_fail: false,
        }
    }

    /// An engine written in Rust, by its name.
    pub(super) fn peer(&self, name: &str, model: &Path) -> Side {
        let mut words = vec![self.peers.clone(), name.into()];
        words.extend(task(model));
        Side {
            words,
            may_fail: true,
        }
    }

    /// Lets all sides take turns, each once before anything counts.
    ///
    /// # Errors
    /// When a side fails that may not.
    pub(super) fn alternate<const N: usize>(
        &self,
        runs: usize,
        sides: &[Side; N],
    ) -> Result<[Told; N], Failure> {
        take_turns(runs, sides, |side| self.answer(side))
    }

    fn answer(&self, side: &Side) -> Result<Answer, Failure> {
        let mut command = Command::new(&self.python);
        command
            .arg(self.scripts.join("peak_memory.py"))
            .args(&side.words);
        if !side.may_fail {
            return numbers(&process::output(&mut command)?);
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|source| process::start_failure(&command, source))?;
        if output.status.success() {
            return numbers(&String::from_utf8_lossy(&output.stdout));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Ok(Answer::Unable(reason(&said, output.status.code())))
    }
}

/// The inputs lie beside their model.
fn inputs(model: &Path) -> PathBuf {
    model.with_extension("npz")
}

/// The words that say the same to onnxruntime's script and to the peers.
fn task(model: &Path) -> [PathBuf; 4] {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    [
        model.to_path_buf(),
        inputs(model),
        REPEAT.into(),
        threads.to_string().into(),
    ]
}

/// Asks all sides in turn; a side that cannot run the model is not asked again.
fn take_turns<const N: usize>(
    runs: usize,
    sides: &[Side; N],
    mut ask: impl FnMut(&Side) -> Result<Answer, Failure>,
) -> Result<[Told; N], Failure> {
    let mut told = std::array::from_fn(|_| Told::default());
    for number in 0..=runs {
        for (side, told) in sides.iter().zip(&mut told) {
            if told.unable.is_some() {
                continue;
            }
            match ask(side)? {
                Answer::Unable(reason) => told.unable = Some(reason),
                Answer::Numbers { load, run, peak } if number > 0 => {
                    told.load.push(load);
                    told.run.push(run);
                    told.peak.push(peak);
                }
                Answer::Numbers { .. } => {}
            }
        }
    }
    Ok(told)
}

/// The numbers of a JSON document with, on a last line of its own, the peak memory.
fn numbers(text: &str) -> Result<Answer, Failure> {
    let unexpected =
        || Failure::Unexpected(format!("expected JSON and a number of bytes, found {text}"));
    let (document, peak) = text.trim_end().rsplit_once('\n').ok_or_else(unexpected)?;
    let document: Value = serde_json::from_str(document).map_err(|_| unexpected())?;
    let number = |key: &str| document[key].as_f64().ok_or_else(unexpected);
    Ok(Answer::Numbers {
        load: number("load_seconds")?,
        run: number("median_run_seconds")?,
        peak: peak.parse().map_err(|_| unexpected())?,
    })
}

/// The first line that a program said before it ended, as far as a cell has room.
fn reason(said: &str, status: Option<i32>) -> String {
    let Some(line) = said.lines().map(str::trim).find(|line| !line.is_empty()) else {
        return match status {
            Some(status) => format!("it ended with status {status}"),
            None => "it was ended by a signal".to_owned(),
        };
    };
    match line.char_indices().nth(REASON_LIMIT) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides() -> [Side; 2] {
        ["a", "b"].map(|word| Side {
            words: vec![word.into()],
            may_fail: true,
        })
    }

    const NUMBERS: Answer = Answer::Numbers {
        load: 0.5,
        run: 0.25,
        peak: 4096.0,
    };

    #[test]
    fn reads_what_a_process_told() {
        let text = "{\"load_seconds\": 0.5,\n\"median_run_seconds\": 0.25}\n4096\n";
        assert_eq!(numbers(text).unwrap(), NUMBERS);
        for text in ["", "4096", "{}\n4096\n", "not JSON\n4096\n"] {
            assert!(numbers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sides_take_turns_and_the_first_turn_does_not_count() {
        let mut order = String::new();
        let told = take_turns(2, &sides(), |side| {
            order += &side.words[0].to_string_lossy();
            Ok(NUMBERS)
        })
        .unwrap();
        assert_eq!(order, "ababab");
        assert_eq!(told[1].run.range(), (0.25, 0.25));
        assert!(told.iter().all(|told| told.unable.is_none()));
    }

    #[test]
    fn a_side_that_cannot_is_not_asked_again() {
        let mut order = String::new();
        let told = take_turns(2, &sides(), |side| {
            let word = side.words[0].to_string_lossy();
            order += &word;
            Ok(match &*word {
                "a" => Answer::Unable("no such operator".to_owned()),
                _ => NUMBERS,
            })
        })
        .unwrap();
        assert_eq!(order, "abbb");
        assert_eq!(told[0].unable.as_deref(), Some("no such operator"));
    }

    #[test]
    fn a_reason_is_one_line_that_fits() {
        for (said, status, expected) in [
            ("\n  no operator `A`\nmore\n", Some(1), "no operator `A`"),
            ("", Some(247), "it ended with status 247"),
            ("", None, "it was ended by a signal"),
        ] {
            assert_eq!(reason(said, status), expected);
        }
        let long = reason(&"µ".repeat(500), Some(1));
        assert_eq!(long.chars().count(), REASON_LIMIT + 1);
    }
}
