//! `cargo xtask conformance`: ONNX's own test cases and real networks, on the processor and on a GPU.
//!
//! The cases are made by the `onnx` package, the networks exported by PyTorch with its own outputs
//! beside them. `--models` adds the networks. What does not pass is listed in `crates/envelope-infer/conformance/`, each case with
//! its reason; the lists cut both ways.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::models;
use crate::process;
use crate::python::{self, NEWEST};
use crate::workspace::{Profile, Workspace};

/// The folder of the lists, from the repository's root.
const LISTS: &str = "crates/envelope-infer/conformance";

/// The suites: the folder of each, and what it holds.
const SUITES: [(&str, &str); 2] = [
    ("node", "single operators"),
    ("data", "small models and real networks"),
];

/// The networks, smallest first.
const MODELS: [&str; 7] = [
    "mlp",
    "lstm",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "minilm",
    "vit_b_16",
];

/// What was asked for.
struct Wanted<'a> {
    devices: &'a [&'static str],
    only: &'a str,
    write: bool,
    models: bool,
}

/// `conformance [--device cpu|gpu] [--only TEXT] [--write] [--models]`: runs all suites on both
/// devices.
///
/// # Errors
/// When a case is not as its list says, there is no GPU, or the cases cannot be made.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let wanted = wanted(arguments)?;
    let cases = cases(workspace)?;
    // The example of the whole workspace: with the features that the tests build, so that nothing
    // is built twice.
    let program = workspace.build_example("conformance", Profile::Dev)?;
    let mut failed = Vec::new();
    for device in wanted.devices {
        for (suite, about) in SUITES {
            eprintln!("\n{suite} ({about}) on {device}");
            let outcome = process::run(&mut suite_command(
                workspace,
                &program,
                &cases.join(suite),
                device,
                &wanted,
            ));
            if outcome.is_err() {
                failed.push(format!("{suite} on {device}"));
            }
        }
    }
    if wanted.models {
        failed.extend(models(workspace, &wanted)?);
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Unexpected(format!(
        "not as listed: {}",
        failed.join(", ")
    )))
}

fn wanted(arguments: &[String]) -> Result<Wanted<'_>, Failure> {
    let mut wanted = Wanted {
        devices: &["cpu", "gpu"],
        only: "",
        write: false,
        models: false,
    };
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--device" => {
                wanted.devices = match words.next() {
                    Some("cpu") => &["cpu"],
                    Some("gpu") => &["gpu"],
                    other => {
                        return Err(Failure::Usage(format!(
                            "found --device {other:?}, expected cpu or gpu"
                        )));
                    }
                }
            }
            "--only" => wanted.only = words.next().unwrap_or_default(),
            "--write" => wanted.write = true,
            "--models" => wanted.models = true,
            _ => {
                return Err(Failure::Usage(format!(
                    "found `{word}`, expected --device, --only, --write or --models"
                )));
            }
        }
    }
    Ok(wanted)
}

/// Runs the networks and holds their answers against PyTorch's; gives those that differ.
fn models(workspace: &Workspace, wanted: &Wanted<'_>) -> Result<Vec<String>, Failure> {
    let names: Vec<&str> = MODELS
        .into_iter()
        .filter(|name| name.contains(wanted.only))
        .collect();
    let folder = models::exported(workspace, &names)?;
    let python = python::named(models::ENVIRONMENT)?.python(&workspace.target.join("python"));
    let envelope = workspace.build_runner()?;
    let scripts = workspace.root.join("xtask").join("python");
    let mut failed = Vec::new();
    for device in wanted.devices {
        for name in &names {
            let (inputs, out) = (
                folder.join(format!("{name}.npz")),
                folder.join(format!("{name}-{device}")),
            );
            eprint!("{name} on {device}: ");
            let mut run = Command::new(&envelope);
            run.arg("infer")
                .arg(folder.join(format!("{name}.onnx")))
                .arg("--input")
                .arg(&inputs)
                .args(["--device", device, "--quiet", "--output"])
                .arg(&out);
            with_runtime_folder(&mut run);
            let mut compare = Command::new(&python);
            compare
                .arg(scripts.join("compare_outputs.py"))
                .arg(&inputs)
                .arg(&out);
            let outcome =
                process::run_silently(&mut run).and_then(|()| process::run_silently(&mut compare));
            if let Err(failure) = outcome {
                eprintln!("{failure}");
                failed.push(format!("{name} on {device}"));
            }
        }
    }
    Ok(failed)
}

fn suite_command(
    workspace: &Workspace,
    program: &Path,
    cases: &Path,
    device: &str,
    wanted: &Wanted<'_>,
) -> Command {
    let suite = cases.file_name().unwrap_or_default().to_string_lossy();
    let mut command = Command::new(program);
    command.arg(cases).args(["--device", device]);
    if wanted.only.is_empty() {
        let list = format!("{device}-{suite}.txt");
        command
            .arg("--known")
            .arg(workspace.root.join(LISTS).join(list));
    } else {
        command.args(["--only", wanted.only]);
    }
    if wanted.write {
        command.arg("--write");
    }
    with_runtime_folder(&mut command);
    // Panics that become errors would be told twice, with a trace that fills the screen.
    command.env_remove("RUST_BACKTRACE");
    command
}

/// The Vulkan loader wants a folder of the user's own.
fn with_runtime_folder(command: &mut Command) {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
}

/// The folder of the cases, made once.
fn cases(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let environment = python::named(NEWEST)?;
    let folder = python::prepare(workspace, std::slice::from_ref(environment))?;
    let script = workspace
        .root
        .join("xtask")
        .join("python")
        .join("conformance_cases.py");
    let text =
        fs::read_to_string(&script).map_err(|source| Failure::io("read", &script, source))?;
    let cases = workspace.target.join("conformance");
    let stamp = cases.join("complete.txt");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == text) {
        return Ok(cases);
    }
    eprintln!("making ONNX's test cases");
    process::run_silently(
        Command::new(environment.python(&folder))
            .arg(&script)
            .arg(&cases),
    )?;
    fs::write(&stamp, text).map_err(|source| Failure::io("write", &stamp, source))?;
    Ok(cases)
}
