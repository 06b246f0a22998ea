//! `cargo xtask bench infer`: how long real networks take to load and to run, side by side with
//! onnxruntime, tract and rten on the same inputs and as many threads.
//!
//! The networks are exported by PyTorch. All sides are whole processes that load the model, run it
//! once, and then so many times more; what is compared is what each tells of loading and of the
//! median of the later runs, and the most memory that the process had. A chain of small nodes tells
//! what a node costs that has next to nothing to do.

mod sides;

pub(super) use sides::build_peers;

use std::path::Path;

use super::Arguments;
use super::report::{self, Conditions, Goal, Row};
use crate::failure::Failure;
use crate::models;
use crate::python;
use crate::workspace::Workspace;
use sides::{Programs, REPEAT, Told};

const TITLE: &str = "Running models";

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

/// The engines written in Rust, with the versions that their lock file says.
const PEERS: [(&str, &str, &str); 2] = [
    ("tract", "tract-onnx", "0.23.9"),
    ("rten", "rten", "0.27.0"),
];

/// Nodes of the chain, and the most microseconds that one may take.
const CHAIN: (usize, f64) = (1000, 2.0);

/// Measures, shows the table, and records it where that is asked for.
///
/// # Errors
/// When something does not build, or a measured program fails.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let names: Vec<&str> = MODELS.iter().map(|model| model.0).collect();
    let folder = models::exported(workspace, &names)?;
    models::chain(workspace, CHAIN.0)?;
    let environment = python::named(models::ENVIRONMENT)?;
    let programs = Programs {
        envelope: workspace.build_runner()?,
        python: environment.python(&workspace.target.join("python")),
        scripts: workspace.root.join("xtask").join("python"),
        peers: sides::build_peers(workspace)?,
    };
    let rows = measure(&programs, &folder, arguments.runs)?;
    let [tract, rten] = PEERS.map(|(name, _, version)| format!("{name} {version}"));
    let conditions = Conditions {
        python: &programs.python,
        folder: &folder,
        versions: &format!("onnxruntime 1.31.1, PyTorch 2.15.0, {tract}, {rten}"),
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
        "`cargo xtask bench infer --runs {runs}` measured this: `envelope infer`, a Python script with
onnxruntime, and a small program with tract or rten took turns in one go, each a process that loads
the model and runs it once and then {REPEAT} times less one; a time is the median over the processes, of
loading or of the median later run, with the least and the greatest value in brackets. All have all
processors; tract, which keeps to one thread unless told otherwise, has its executor for several. It
is told the shapes of the inputs before it optimises, and rten packs its weights when it loads. Each
of the two is held against PyTorch's own output, and one that differs by more than a thousandth of its
greatest value counts as unable. Memory is the most that the process had; that of the script holds
Python and NumPy as well. The chain adds and multiplies four numbers a thousand times in turns, so
that nearly all of its time is the interpreter's own; that time is told by the node."
    )
}

fn measure(programs: &Programs, folder: &Path, runs: usize) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (name, most) in MODELS {
        eprintln!("measuring: {name}");
        let model = folder.join(format!("{name}.onnx"));
        let [tract, rten] = PEERS.map(|(peer, ..)| programs.peer(peer, &model));
        let sides = [
            programs.ours(&model),
            programs.onnxruntime(&model),
            tract,
            rten,
        ];
        rows.extend(compared(name, most, &programs.alternate(runs, &sides)?));
    }
    eprintln!("measuring: the chain");
    let chain = [programs.ours(&folder.join("chain.onnx"))];
    let [chain] = programs.alternate(runs, &chain)?;
    rows.push(per_node(&chain));
    Ok(rows)
}

/// The rows of one model, from what `envelope`, onnxruntime and the peers told.
fn compared(name: &str, most: f64, told: &[Told; 4]) -> Vec<Row> {
    let [ours, theirs, peers @ ..] = told;
    let label = || "onnxruntime".to_owned();
    let mut rows = vec![
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
    ];
    let peers = PEERS.iter().zip(peers);
    rows.extend(peers.map(|((peer, ..), told)| beside(name, ours, peer, told)));
    rows.push(Row::more_memory(
        &format!("{name}, peak"),
        ours.peak.median(),
        label(),
        theirs.peak.median(),
        1.5,
    ));
    rows
}

/// A run beside that of an engine about which there is no goal.
fn beside(name: &str, ours: &Told, peer: &str, theirs: &Told) -> Row {
    let (what, label) = (format!("{name}, run"), peer.to_owned());
    match &theirs.unable {
        Some(reason) => Row::unable(&what, &ours.run, label, reason),
        None => Row::beside(&what, &ours.run, label, &theirs.run),
    }
}

/// What one node of the chain takes.
fn per_node(chain: &Told) -> Row {
    let (nodes, most) = CHAIN;
    let each = chain.run.divided(nodes as f64);
    let what = "chain of 1,000 nodes, each".to_owned();
    Row::elapsed(what, &each, Goal::Microseconds(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../peers/Cargo.lock");
        for (name, package, version) in PEERS {
            let entry = format!("name = \"{package}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{name} is not {version}");
        }
    }

    #[test]
    fn a_peer_that_cannot_run_a_model_has_a_row() {
        let (mut ours, mut theirs) = (Told::default(), Told::default());
        ours.run.push(0.003);
        theirs.unable = Some("no operator `A`".to_owned());
        let table = report::table(&[beside("net", &ours, "rten", &theirs)]);
        let row = "| net, run | 3.00 ms (3.00–3.00) | rten    | cannot run it: no operator `A` |";
        assert!(table.contains(row), "{table}");
    }

    #[test]
    fn the_chain_is_told_by_the_node() {
        let mut chain = Told::default();
        chain.run.push(0.0015);
        let table = report::table(&[per_node(&chain)]);
        let row = "| chain of 1,000 nodes, each | 1.50 µs (1.50–1.50) |";
        assert!(table.contains(row), "{table}");
        assert!(table.contains("| at most 2 µs: reached |"), "{table}");
    }
}
