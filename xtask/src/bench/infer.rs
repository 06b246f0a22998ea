//! `cargo xtask bench infer`: how long real networks take to load and to run, side by side with
//! onnxruntime on the same inputs and as many threads.
//!
//! The networks are exported by PyTorch. Both sides are whole processes that load the model, run it
//! once, and then so many times more; what is compared is what each tells of loading and of the
//! median of the later runs, and the most memory that the process had.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::Value;

use super::Arguments;
use super::report::{self, Conditions, Goal, Row};
use super::samples::Samples;
use crate::failure::Failure;
use crate::models;
use crate::process;
use crate::python;
use crate::workspace::Workspace;

const TITLE: &str = "Running models";

/// Runs of a model in one process; the first is not counted.
const REPEAT: &str = "20";

/// A model, and the most times of onnxruntime's that a run may take.
const MODELS: [(&str, f64); 7] = [
    ("mlp", 1.5),
    ("lstm", 1.5),
    ("minilm", 1.5),
    ("resnet18", 2.5),
    ("resnet50", 2.5),
    ("mobilenet_v2", 2.5),
    ("vit_b_16", 2.5),
];

/// What one side told, over all processes.
#[derive(Default)]
struct Told {
    load: Samples,
    run: Samples,
    peak: Samples,
}

/// Measures, shows the table, and records it where that is asked for.
///
/// # Errors
/// When something does not build, or a measured program fails.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let names: Vec<&str> = MODELS.iter().map(|model| model.0).collect();
    let folder = models::exported(workspace, &names)?;
    let environment = python::named(models::ENVIRONMENT)?;
    let python = environment.python(&workspace.target.join("python"));
    let envelope = workspace.build_runner()?;
    let scripts = workspace.root.join("xtask").join("python");
    let mut rows = Vec::new();
    for (name, most) in MODELS {
        eprintln!("measuring: {name}");
        let model = folder.join(format!("{name}.onnx"));
        let inputs = folder.join(format!("{name}.npz"));
        let sides = [
            ours(&envelope, &model, &inputs),
            theirs(&python, &scripts, &model, &inputs),
        ];
        let [ours, theirs] = alternate(arguments.runs, &python, &scripts, &sides)?;
        rows.extend(compared(name, most, &ours, &theirs));
    }
    let conditions = Conditions {
        python: &python,
        folder: &folder,
        versions: "onnxruntime 1.31.1, PyTorch 2.15.0",
    };
    let text = format!(
        "{}\n\n{}\n\n{}",
        introduction(arguments.runs),
        conditions.list(),
        report::table(&rows)
    );
    report::publish(TITLE, &text, arguments.markdown.as_deref())
}

fn introduction(runs: usize) -> String {
    format!(
        "`cargo xtask bench infer --runs {runs}` measured this: `envelope infer` and a Python script with
onnxruntime took turns in one go, each a process that loads the model and runs it once and then {REPEAT}
times less one; a time is the median over the processes, of loading or of the median later run, with
the least and the greatest value in brackets. Both have all processors. Memory is the most that the
process had; that of the script holds Python and NumPy as well."
    )
}

fn compared(name: &str, most: f64, ours: &Told, theirs: &Told) -> Vec<Row> {
    let label = || "onnxruntime".to_owned();
    vec![
        Row::slower(
            &format!("{name}, load"),
            &ours.load,
            label(),
            &theirs.load,
            Goal::TimesTheTime(1.0),
        ),
        Row::slower(
            &format!("{name}, run"),
            &ours.run,
            label(),
            &theirs.run,
            Goal::TimesTheTime(most),
        ),
        Row::more_memory(
            &format!("{name}, peak"),
            ours.peak.median(),
            label(),
            theirs.peak.median(),
            1.5,
        ),
    ]
}

fn ours(envelope: &Path, model: &Path, inputs: &Path) -> Vec<PathBuf> {
    let mut words = vec![envelope.to_path_buf(), "infer".into(), model.to_path_buf()];
    words.extend([
        "--input".into(),
        inputs.to_path_buf(),
        "--device".into(),
        "cpu".into(),
    ]);
    words.extend(["--repeat".into(), REPEAT.into(), "--json".into()]);
    words
}

fn theirs(python: &Path, scripts: &Path, model: &Path, inputs: &Path) -> Vec<PathBuf> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .to_string();
    let script = scripts.join("onnxruntime_times.py");
    vec![
        python.to_path_buf(),
        script,
        model.to_path_buf(),
        inputs.to_path_buf(),
        REPEAT.into(),
        threads.into(),
    ]
}

/// Lets both sides take turns, each once before anything counts.
fn alternate(
    runs: usize,
    python: &Path,
    scripts: &Path,
    sides: &[Vec<PathBuf>; 2],
) -> Result<[Told; 2], Failure> {
    let mut told = [Told::default(), Told::default()];
    for number in 0..=runs {
        for (side, told) in sides.iter().zip(&mut told) {
            let mut command = Command::new(python);
            command.arg(scripts.join("peak_memory.py")).args(side);
            let answer = answer(&process::output(&mut command)?)?;
            if number > 0 {
                told.load.push(answer["load_seconds"]);
                told.run.push(answer["median_run_seconds"]);
                told.peak.push(answer["peak_bytes"]);
            }
        }
    }
    Ok(told)
}

/// The numbers of a JSON document with, on a last line of its own, the peak memory.
fn answer(text: &str) -> Result<BTreeMap<&'static str, f64>, Failure> {
    let unexpected =
        || Failure::Unexpected(format!("expected JSON and a number of bytes, found {text}"));
    let (document, peak) = text.trim_end().rsplit_once('\n').ok_or_else(unexpected)?;
    let document: Value = serde_json::from_str(document).map_err(|_| unexpected())?;
    let number = |key: &'static str| Ok((key, document[key].as_f64().ok_or_else(unexpected)?));
    let peak = peak.parse().map_err(|_| unexpected())?;
    Ok(BTreeMap::from([
        number("load_seconds")?,
        number("median_run_seconds")?,
        ("peak_bytes", peak),
    ]))
}
