//! Folders, packages and real Python environments for the tests.

use envelope_format::package::Package;
use envelope_python::{Interpreter, Limits, Request, Trust, Worker};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The versions of MLflow that packages must work with.
pub(crate) const MLFLOW: [&str; 3] = ["2.20.0", "3.1.0", "3.17.2"];
/// The newest of them.
pub(crate) const NEWEST: &str = "3.17.2";

/// Numbers the folders of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder under cargo's target folder that goes with this value.
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("python-{name}-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, part: impl AsRef<Path>) -> PathBuf {
        self.path.join(part)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind lies under the target folder and harms nothing.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A package of the workspace's fixtures, `ARCHIVE/…/PACKAGE`, unpacked into a folder.
pub(crate) fn fixture(path: &str, scratch: &Scratch) -> Package {
    let archive = path.split('/').next().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let file = File::open(fixtures.join(format!("{archive}.tar.gz"))).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().starts_with(path) {
            entry.unpack_in(scratch.path()).unwrap();
        }
    }
    Package::open(&scratch.join(path)).unwrap()
}

/// A program of one of the Python environments of the tests.
pub(crate) fn program(environment: &str, name: &str) -> PathBuf {
    let folder = std::env::var_os("ENVELOPE_TEST_PYTHON_DIR").map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python"),
        PathBuf::from,
    );
    let program = folder.join(environment).join("bin").join(name);
    assert!(
        program.exists(),
        "there is no `{name}` in the Python environment {environment}: run `cargo xtask test`"
    );
    program
}

/// A real MLflow, which leaves what it writes in a folder.
pub(crate) fn mlflow(version: &str) -> Interpreter {
    Interpreter {
        variables: quiet(),
        ..Interpreter::new(program(&format!("mlflow-{version}"), "python"))
    }
}

/// Variables that keep MLflow from writing where the tests run, and from taking every core.
pub(crate) fn quiet() -> Vec<(OsString, OsString)> {
    let pairs = [
        ("MLFLOW_TRACKING_URI", "sqlite:///tracking.db"),
        ("OMP_NUM_THREADS", "1"),
    ];
    pairs
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// Limits with a folder of the test's own to run in.
pub(crate) fn limits(scratch: &Scratch) -> Limits {
    Limits {
        folder: Some(scratch.path().to_owned()),
        ..Limits::default()
    }
}

/// A package from code: `predict` is the body of its method, with `data` and `params` at hand.
pub(crate) fn from_code(scratch: &Scratch, head: &str, predict: &str) -> Package {
    let root = scratch.join("package");
    std::fs::create_dir_all(&root).unwrap();
    let body = predict.replace('\n', "\n        ");
    let model = format!(
        "import os, sys, time\nimport mlflow\n{head}\n\
         class Model(mlflow.pyfunc.PythonModel):\n    \
         def predict(self, context, data, params=None):\n        {body}\n\
         mlflow.models.set_model(Model())\n"
    );
    std::fs::write(root.join("model.py"), model).unwrap();
    let mlmodel = "flavors:\n  python_function:\n    \
                   loader_module: mlflow.pyfunc.loaders.code_model\n    model_code_path: model.py\n\
                   mlflow_version: 3.17.2\n";
    std::fs::write(root.join("MLmodel"), mlmodel).unwrap();
    Package::open(&root).unwrap()
}

/// A worker of the newest MLflow for a package that needs no pickle.
pub(crate) fn start(package: &Package, scratch: &Scratch) -> Worker {
    Worker::start(package, &mlflow(NEWEST), Trust::NoPickles, &limits(scratch)).unwrap()
}

/// A request whose payload is a list of numbers under `inputs`.
pub(crate) fn json(payload: &str) -> Request<'_> {
    Request::new(envelope_python::ContentType::Json, payload.as_bytes())
}
