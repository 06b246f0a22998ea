//! A package of many small files: `envelope inspect` against `find`, which asks each file for its
//! size. Sealed, the package tells the sum itself; without our flavor `inspect` asks as well.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::Bench;
use super::inspect;
use super::report::{Goal, Row};
use super::samples::time;
use super::small::packaging;
use crate::failure::Failure;

const FILES: usize = 5_000;

const SPEC: &str = "\
name: many
kind: loader
python: 3.11.7
model:
  module: loading
  data: parts
code: [loading.py]
requirements: [mlflow==3.17.2]
signature:
  inputs: [{type: double, name: x}]
";

const LOADER: &str = "\
def _load_pyfunc(path):
    raise NotImplementedError
";

/// The package's `MLmodel` as MLflow would write it.
const WITHOUT_OUR_FLAVOR: &str = "\
flavors:
  python_function:
    code: code
    data: data/parts
    loader_module: loading
    python_version: 3.11.7
mlflow_version: 3.17.2
";

/// Measures the package sealed and not.
///
/// # Errors
/// When a side fails.
pub(super) fn measure(bench: &Bench) -> Result<[Row; 2], Failure> {
    let sources = bench.folder.join("many");
    let package = bench.folder.join("many-envelope");
    fill(&sources)?;
    time(&mut packaging(bench, &sources, &package))?;
    let goal = Goal::CpuSeconds(0.010);
    let sealed = row(bench, &package, "5,000 files", goal)?;
    write(&package.join("MLmodel"), WITHOUT_OUR_FLAVOR)?;
    let goal = Goal::TimesTheTime(1.2);
    Ok([
        sealed,
        row(bench, &package, "5,000 files, not sealed", goal)?,
    ])
}

fn row(bench: &Bench, package: &Path, title: &str, goal: Goal) -> Result<Row, Failure> {
    eprintln!("measuring: inspect, {title}");
    let words: [&OsStr; 4] = [
        "find".as_ref(),
        package.as_ref(),
        "-printf".as_ref(),
        "%s\\n".as_ref(),
    ];
    let [envelope, find] = inspect::measure_beside(bench, package, &words)?;
    let title = format!("`inspect`, {title}");
    let label = "`find` telling each size".to_owned();
    Ok(Row::cpu(title, &envelope, label, &find, goal))
}

/// Writes the sources of the package.
fn fill(sources: &Path) -> Result<(), Failure> {
    let parts = sources.join("parts");
    fs::create_dir_all(&parts).map_err(|source| Failure::io("make", &parts, source))?;
    for number in 0..FILES {
        let text = format!("part {number}\n");
        write(&parts.join(format!("part-{number:05}.txt")), &text)?;
    }
    write(&sources.join("loading.py"), LOADER)?;
    write(&sources.join("envelope.yaml"), SPEC)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::io("write", path, source))
}
