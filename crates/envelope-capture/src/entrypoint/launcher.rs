//! Programs that run something else, and where in their words that stands.

use super::{Command, Kind};
use std::path::Path;

/// A program that runs what its words name.
struct Launcher {
    /// Its name, and the word behind it where it does other things as well.
    name: &'static str,
    command: Option<&'static str>,
    /// Options that take the next word for their value.
    valued: &'static [&'static str],
    runs: Runs,
}

/// What a launcher takes its first word for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// Another command.
    Command,
    /// A script, or with `-m` a module.
    Python,
    /// A script of its own language.
    Script,
    /// A notebook, wherever it stands.
    Notebook,
}

const fn launcher(
    name: &'static str,
    command: Option<&'static str>,
    valued: &'static [&'static str],
    runs: Runs,
) -> Launcher {
    Launcher {
        name,
        command,
        valued,
        runs,
    }
}

const LAUNCHERS: [Launcher; 26] = [
    launcher(
        "python",
        None,
        &["-X", "-W", "--check-hash-based-pycs"],
        Runs::Python,
    ),
    launcher("pypy", None, &["-X", "-W"], Runs::Python),
    launcher("ipython", None, &["--profile"], Runs::Python),
    launcher(
        "uv",
        Some("run"),
        &[
            "--with",
            "--with-editable",
            "--with-requirements",
            "--extra",
            "--group",
            "--only-group",
            "--no-group",
            "--package",
            "--python",
            "-p",
            "--env-file",
            "--directory",
            "--project",
            "--index",
            "--default-index",
        ],
        Runs::Python,
    ),
    launcher("poetry", Some("run"), &["-C", "--directory"], Runs::Command),
    launcher("pdm", Some("run"), &["-p", "--project"], Runs::Command),
    launcher("pipenv", Some("run"), &[], Runs::Command),
    launcher("hatch", Some("run"), &["-e", "--env"], Runs::Command),
    launcher(
        "pixi",
        Some("run"),
        &["-e", "--environment", "--manifest-path"],
        Runs::Command,
    ),
    launcher(
        "conda",
        Some("run"),
        &["-n", "--name", "-p", "--prefix", "--cwd"],
        Runs::Command,
    ),
    launcher(
        "mamba",
        Some("run"),
        &["-n", "--name", "-p", "--prefix", "--cwd"],
        Runs::Command,
    ),
    launcher(
        "micromamba",
        Some("run"),
        &["-n", "--name", "-p", "--prefix", "--cwd"],
        Runs::Command,
    ),
    launcher(
        "env",
        None,
        &["-u", "--unset", "-C", "--chdir"],
        Runs::Command,
    ),
    launcher("nohup", None, &[], Runs::Command),
    launcher("nice", None, &["-n"], Runs::Command),
    launcher("time", None, &["-f", "-o"], Runs::Command),
    launcher("stdbuf", None, &["-i", "-o", "-e"], Runs::Command),
    launcher("timeout", None, &["-k", "-s"], Runs::Command),
    launcher("numactl", None, &["-N", "-m", "-C"], Runs::Command),
    launcher(
        "torchrun",
        None,
        &[
            "--nnodes",
            "--nproc-per-node",
            "--nproc_per_node",
            "--rdzv-backend",
            "--rdzv_backend",
            "--rdzv-endpoint",
            "--rdzv_endpoint",
            "--rdzv-id",
            "--rdzv_id",
            "--rdzv-conf",
            "--rdzv_conf",
            "--max-restarts",
            "--max_restarts",
            "--monitor-interval",
            "--monitor_interval",
            "--node-rank",
            "--node_rank",
            "--master-addr",
            "--master_addr",
            "--master-port",
            "--master_port",
            "--log-dir",
            "--log_dir",
        ],
        Runs::Python,
    ),
    launcher(
        "accelerate",
        Some("launch"),
        &[
            "--config_file",
            "--num_processes",
            "--num_machines",
            "--machine_rank",
            "--main_process_ip",
            "--main_process_port",
            "--mixed_precision",
            "--gpu_ids",
            "--num_cpu_threads_per_process",
            "--dynamo_backend",
        ],
        Runs::Python,
    ),
    launcher(
        "deepspeed",
        None,
        &[
            "--hostfile",
            "--include",
            "--exclude",
            "--num_nodes",
            "--num_gpus",
            "--master_port",
            "--master_addr",
        ],
        Runs::Python,
    ),
    launcher("papermill", None, &[], Runs::Notebook),
    launcher(
        "jupyter",
        Some("nbconvert"),
        &["--to", "--output", "--output-dir"],
        Runs::Notebook,
    ),
    launcher("bash", None, &["-O", "-o"], Runs::Script),
    launcher("sh", None, &["-o"], Runs::Script),
];

/// The most launchers behind one another.
const LIMIT_DEPTH: usize = 8;

/// Reads a command, through as many launchers as it has.
pub(super) fn read(words: &[String]) -> Option<Command<'_>> {
    let mut words = words;
    for _ in 0..LIMIT_DEPTH {
        let Some((launcher, rest, name)) = launched(words) else {
            break;
        };
        if launcher.runs != Runs::Command {
            return run_by(launcher, name, rest).or_else(|| by_itself(words));
        }
        match behind_options(launcher, rest) {
            [] => break,
            inner => words = inner,
        }
    }
    by_itself(words)
}

fn by_itself(words: &[String]) -> Option<Command<'_>> {
    let (name, arguments) = words.split_first()?;
    Some(Command {
        kind: Kind::Program,
        name,
        interpreter: None,
        arguments,
    })
}

/// The launcher that a command begins with, its words, and how the command names it.
fn launched(words: &[String]) -> Option<(&'static Launcher, &[String], &str)> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit('/').next()?;
    // `python3.12` is a `python`.
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let of_name = LAUNCHERS.iter().filter(|launcher| launcher.name == name);
    of_name
        .into_iter()
        .find_map(|launcher| match launcher.command {
            None => Some((launcher, rest, first.as_str())),
            Some(command) => {
                let behind = rest.strip_prefix(&[command.to_owned()])?;
                // Only `uv` stands in a command as a path, and is as good without it.
                let names = [
                    ("uv", "uv run"),
                    ("accelerate", "accelerate launch"),
                    ("jupyter", "jupyter nbconvert"),
                ];
                let whole = names.iter().find(|(name, _)| *name == launcher.name);
                Some((
                    launcher,
                    behind,
                    whole.map_or(first.as_str(), |(_, whole)| whole),
                ))
            }
        })
}

/// What a launcher runs itself; nothing where it was only started.
fn run_by<'a>(launcher: &Launcher, name: &'a str, words: &'a [String]) -> Option<Command<'a>> {
    let interpreter = Some(name);
    if launcher.runs == Runs::Notebook {
        let place = words
            .iter()
            .position(|word| Path::new(word).extension() == Some("ipynb".as_ref()))?;
        let arguments = &words[place + 1..];
        return Some(Command {
            kind: Kind::Notebook,
            name: &words[place],
            interpreter,
            arguments,
        });
    }
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let short = |letter: char| is_short_with(word, letter);
        if launcher.runs == Runs::Python && (short('m') || word == "--module") {
            let (name, arguments) = after.split_first()?;
            return Some(Command {
                kind: Kind::Module,
                name,
                interpreter,
                arguments,
            });
        }
        if short('c') {
            let arguments = after.get(1..).unwrap_or_default();
            return Some(Command {
                kind: Kind::Code,
                name: "-c",
                interpreter,
                arguments,
            });
        }
        if !word.starts_with('-') {
            // What `uv run` runs need not be a script.
            let is_script =
                launcher.name != "uv" || word.contains('.') && !word.starts_with("python");
            if !is_script {
                return read(rest);
            }
            return Some(Command {
                kind: Kind::Script,
                name: word,
                interpreter,
                arguments: after,
            });
        }
        rest = behind_option(launcher, word, after);
    }
    None
}

/// Whether a word is short options of which the last one is that letter: `-m`, `-um`.
fn is_short_with(word: &str, letter: char) -> bool {
    let letters = word.strip_prefix('-').filter(|letters| letters.len() <= 3);
    letters.is_some_and(|letters| {
        letters.ends_with(letter) && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

/// What follows the options of a launcher that runs a command, and the variables of `env`.
fn behind_options<'a>(launcher: &Launcher, words: &'a [String]) -> &'a [String] {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let is_setting = launcher.name == "env" && word.contains('=');
        let is_duration =
            launcher.name == "timeout" && word.starts_with(|letter: char| letter.is_ascii_digit());
        if word == "--" {
            return after;
        }
        if word.starts_with('-') {
            rest = behind_option(launcher, word, after);
        } else if is_setting || is_duration {
            rest = after;
        } else {
            break;
        }
    }
    rest
}

fn behind_option<'a>(launcher: &Launcher, word: &str, after: &'a [String]) -> &'a [String] {
    let takes_next = launcher.valued.contains(&word);
    after.get(usize::from(takes_next)..).unwrap_or_default()
}
