//! Predicting: the answer to the bundled example from the start of the process on, and reading and
//! enforcing a large table, beside MLflow; and how long simd-json takes for the bare text.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::infer::build_peers;
use super::report::{self, Conditions, Goal, Row};
use super::samples::{Side, alternate, time};
use super::small::Warm;
use super::{Arguments, Bench};
use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::{Profile, Workspace};

/// The forms of the large request, and what to call them.
const FORMS: [(&str, &str); 3] = [
    ("split", "`dataframe_split`"),
    ("records", "`dataframe_records`"),
    ("columns", "`inputs` by column"),
];

/// Measures, and tells or writes the table.
///
/// # Errors
/// When something does not build, or a side fails.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let newest = python::named(python::NEWEST)?;
    let environments = python::prepare(workspace, std::slice::from_ref(newest))?;
    let bench = Bench {
        envelope: workspace.build_runner()?,
        library: workspace.build(
            "envelope-format",
            &["--example", "receive_on_request"],
            Profile::Release,
        )?,
        python: newest.python(&environments),
        scripts: workspace.root.join("xtask").join("python"),
        folder: workspace
            .target
            .join(format!("bench-{}", std::process::id())),
        runs: arguments.runs,
    };
    let peers = build_peers(workspace)?;
    std::fs::create_dir_all(&bench.folder)
        .map_err(|source| Failure::io("make", &bench.folder, source))?;
    let mut rows = vec![measure_example(&bench, workspace)?];
    rows.extend(measure_tables(&bench, &peers)?);
    let version = python::NEWEST.trim_start_matches("mlflow-");
    let conditions = Conditions {
        python: &bench.python,
        folder: &bench.folder,
        versions: &format!("MLflow {version}"),
    };
    let text = format!(
        "{}\n\n{}\n\n{}",
        introduction(bench.runs),
        conditions.list(),
        report::table(&rows)
    );
    report::publish("Predicting", &text, arguments.markdown.as_deref())
}

fn introduction(runs: usize) -> String {
    format!(
        "`cargo xtask bench predict --runs {runs}` measured this: all sides of a comparison ran alternately
in one go, each once untimed first. A time is the median, with the least and the greatest value in
brackets. The example is answered by whole processes. A table of 100,000 rows and 20 columns of whole
numbers, floats, texts, truth values and times is read and enforced in processes that have everything
loaded, from bytes in memory; simd-json makes no values of them, and shows what the text alone costs."
    )
}

fn measure_example(bench: &Bench, workspace: &Workspace) -> Result<Row, Failure> {
    let package = bench.folder.join("item_price");
    let mut make = Command::new(&bench.envelope);
    make.arg("package")
        .arg(workspace.root.join("example"))
        .arg("--out")
        .arg(&package);
    process::run_silently(&mut make)?;
    let request = package.join("serving_input_example.json");
    let predict = |mut command: Command| {
        command.arg("-m").arg(&package).arg("-i").arg(&request);
        command.arg("-o").arg(bench.folder.join("answer.json"));
        time(&mut command)
    };
    let envelope: Side = Box::new(|| {
        let mut command = Command::new(&bench.envelope);
        command.arg("predict");
        predict(command)
    });
    let mlflow: Side = Box::new(|| {
        let mut command = Command::new(bench.python.with_file_name("mlflow"));
        command.args(["models", "predict", "--env-manager", "local"]);
        predict(command)
    });
    let [envelope, mlflow] = alternate(bench.runs, [envelope, mlflow])?;
    let title = "`mlflow models predict --env-manager local`".to_owned();
    let goal = Goal::TimesFaster(50.0);
    Ok(Row::faster(
        "the example, answered",
        &envelope,
        title,
        &mlflow,
        goal,
    ))
}

fn measure_tables(bench: &Bench, peers: &Path) -> Result<Vec<Row>, Failure> {
    let folder = bench.folder.join("requests");
    process::run_silently(bench.script("make_requests.py").arg(&folder))?;
    let signature = folder.join("signature.json");
    let mut rows = Vec::new();
    for (form, title) in FORMS {
        eprintln!("measuring: {title}");
        let request = folder.join(format!("{form}.json"));
        let ours = Warm::start(Command::new(&bench.library).arg(&signature))?;
        let theirs = Warm::start(bench.script("receive.py").arg(&signature))?;
        let bare = Warm::start(Command::new(peers).arg("simd-json"))?;
        let sides = [
            side(ours, &request),
            side(theirs, &request),
            side(bare, &request),
        ];
        let [ours, theirs, bare] = alternate(bench.runs, sides)?;
        let what = format!("a table in {title}, read and enforced");
        let goal = Goal::TimesFaster(10.0);
        rows.push(Row::faster(
            &what,
            &ours,
            "MLflow".to_owned(),
            &theirs,
            goal,
        ));
        rows.push(Row::beside(
            &what,
            &ours,
            "simd-json, bare".to_owned(),
            &bare,
        ));
    }
    Ok(rows)
}

fn side<'a>(mut warm: Warm, request: &Path) -> Side<'a> {
    let request: PathBuf = request.to_owned();
    Box::new(move || warm.ask(&request))
}
