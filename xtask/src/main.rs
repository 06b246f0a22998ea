//! The workspace's own tasks: `cargo xtask help`.
//!
//! Each command is one file. `xtask` imports none of the workspace's crates: it runs cargo, Python
//! and the built `envelope`, and so compiles in seconds.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the tasks speak to the person at the terminal"
)]

mod bench;
mod conformance;
mod dist;
mod failure;
mod models;
mod package;
mod process;
mod python;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use workspace::Workspace;

/// One word after `cargo xtask`.
struct Task {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> Result<(), Failure>,
}

const TASKS: [Task; 7] = [
    Task {
        name: "package",
        usage: "package [SPEC or DIR] [FLAGS]",
        about: "Packages the example, or the spec given, into target/example/ and verifies it",
        run: package::run,
    },
    Task {
        name: "test",
        usage: "test [ARGS]",
        about: "Makes the Python environments, then runs `cargo test --workspace ARGS`",
        run: test::run,
    },
    Task {
        name: "python",
        usage: "python [VERSION]",
        about: "Only makes the Python environments, or the one named",
        run: python::run,
    },
    Task {
        name: "tidy",
        usage: "tidy",
        about: "Checks floors, sizes and prose, and tells all it finds",
        run: tidy::run,
    },
    Task {
        name: "bench",
        usage: "bench package|deps|infer|predict|capture [--runs N] [--markdown FILE]",
        about: "Measures packaging, pruning or running, side by side with what it replaces",
        run: bench::run,
    },
    Task {
        name: "conformance",
        usage: "conformance [--device cpu|gpu] [--only TEXT] [--write] [--models]",
        about: "Runs ONNX's own test cases on both devices and holds them against the lists",
        run: conformance::run,
    },
    Task {
        name: "dist",
        usage: "dist [ARGS]",
        about: "Builds the wheel of `envelope-deps` into target/dist/; ARGS go to maturin",
        run: dist::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.exit_status())
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((word, rest)) = arguments.split_first() else {
        print!("{}", help());
        return Ok(());
    };
    if ["help", "--help", "-h"].contains(&word.as_str()) {
        print!("{}", help());
        return Ok(());
    }
    let task = TASKS.iter().find(|task| task.name == word).ok_or_else(|| {
        Failure::Usage(format!(
            "there is no task `{word}`; `cargo xtask help` lists them"
        ))
    })?;
    (task.run)(&Workspace::find()?, rest)
}

/// Says what there is, one line for each task.
fn help() -> String {
    let width = TASKS.iter().map(|task| task.usage.len()).max().unwrap_or(0);
    let line = |usage, about| format!("  {usage:width$}  {about}\n");
    let tasks = TASKS.iter().map(|task| line(task.usage, task.about));
    let tasks: String = tasks.chain([line("help", "Prints this list")]).collect();
    format!("The workspace's own tasks.\n\nUsage: cargo xtask TASK\n\nTasks:\n{tasks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_task() {
        let text = help();
        for task in &TASKS {
            assert!(
                text.contains(&format!("  {}", task.name)),
                "{} is not in {text}",
                task.name
            );
        }
    }

    #[test]
    fn refuses_an_unknown_task_by_name() {
        let failure = dispatch(&["pakage".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("`pakage`"), "{failure}");
        assert_eq!(failure.exit_status(), 2);
    }
}
