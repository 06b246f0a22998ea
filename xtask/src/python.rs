//! `cargo xtask python`: the Python environments of the tests, under cargo's target folder.
//!
//! Each environment is a virtual environment with the requirements listed here. It counts as made
//! only once its stamp, a file with that list, is written, which happens last: an interrupted
//! set-up is done again, a changed list too, and an unchanged one costs a few file reads.

mod interpreter;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// A virtual environment by name, and what is installed in it.
pub(crate) struct Environment {
    /// The name of its folder.
    pub(crate) name: &'static str,
    requirements: &'static [&'static str],
}

/// The environment that has `uv`, which makes the others.
pub(crate) const TOOLS: Environment = Environment {
    name: "tools",
    requirements: &["uv==0.13.8"],
};

/// The programs beside which `envelope deps` is measured, into which it hooks, and which makes its
/// wheel; and the library that reads its bills of materials.
pub(crate) const PEERS: Environment = Environment {
    name: "peers",
    requirements: &[
        "pre-commit==4.7.0",
        "pipdeptree==4.2.14",
        "maturin==1.16.0",
        "cyclonedx-python-lib[json-validation]==11.12.0",
    ],
};

/// The real MLflow in the three versions that packages must work with, and PyTorch with the newest.
///
/// MLflow 2.20.0 and 3.1.0 do not start with newer `SQLAlchemy` and pandas, 3.1.0 not with a newer
/// web framework either.
pub(crate) const ENVIRONMENTS: [Environment; 5] = [
    PEERS,
    Environment {
        name: "mlflow-2.20.0",
        requirements: &[
            "mlflow==2.20.0",
            "sqlalchemy==2.0.58",
            "pandas==2.3.3",
            "numpy==2.4.6",
            "onnx==1.22.0",
            "onnxruntime==1.31.1",
            "scikit-learn==1.9.1",
            "skops==0.16.0",
        ],
    },
    Environment {
        name: "mlflow-3.1.0",
        requirements: &[
            "mlflow==3.1.0",
            "sqlalchemy==2.0.58",
            "pandas==2.3.3",
            "numpy==2.4.6",
            "fastapi==0.115.12",
            "starlette==0.46.2",
            "uvicorn==0.34.0",
            "onnx==1.23.2",
            "onnxruntime==1.31.1",
            "scikit-learn==1.9.1",
            "skops==0.16.0",
        ],
    },
    Environment {
        name: NEWEST,
        requirements: &[
            "mlflow==3.17.2",
            "pandas==3.1.1",
            "numpy==2.4.6",
            "onnx==1.23.2",
            "onnxruntime==1.31.1",
            "scikit-learn==1.9.1",
            "skops==0.16.0",
            // MLflow records the version of pip, as it does in nearly every environment.
            "pip==26.3",
        ],
    },
    Environment {
        name: "torch-3.17.2",
        requirements: &[
            "mlflow==3.17.2",
            "torch==2.15.0",
            "torchvision==0.29.2",
            "transformers==5.24.0",
            "onnxscript==0.7.2",
            "pandas==3.1.1",
            "numpy==2.4.6",
            "onnx==1.23.2",
            "onnxruntime==1.31.1",
        ],
    },
];

/// The environment that benchmarks compare with.
pub(crate) const NEWEST: &str = "mlflow-3.17.2";

/// `python [VERSION]`: makes all environments or the one named, and says where they are.
///
/// # Errors
/// When the name is unknown, Python is absent, or a requirement cannot be installed.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let wanted = match arguments {
        [] => ENVIRONMENTS.as_slice(),
        [name] => std::slice::from_ref(named(name)?),
        _ => return Err(Failure::Usage("expected one version or none".to_owned())),
    };
    let folder = prepare(workspace, wanted)?;
    for environment in wanted {
        println!("{}", environment.python(&folder).display());
    }
    Ok(())
}

/// Finds an environment by its name or its MLflow version.
///
/// # Errors
/// When there is none.
pub(crate) fn named(name: &str) -> Result<&'static Environment, Failure> {
    let by_version = format!("mlflow-{name}");
    let found = ENVIRONMENTS
        .iter()
        .find(|one| one.name == name || one.name == by_version);
    found.ok_or_else(|| {
        let names: Vec<_> = ENVIRONMENTS
            .iter()
            .map(|environment| environment.name)
            .collect();
        Failure::Usage(format!(
            "there is no Python environment `{name}`, expected one of {}",
            names.join(", ")
        ))
    })
}

/// Makes those of the environments that are not complete; gives the folder they are in.
///
/// # Errors
/// When Python is absent or a requirement cannot be installed.
pub(crate) fn prepare(
    workspace: &Workspace,
    environments: &[Environment],
) -> Result<PathBuf, Failure> {
    let folder = workspace.target.join("python");
    let complete = |environment: &Environment| environment.is_complete(&folder);
    if environments.iter().all(complete) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).map_err(|source| Failure::io("make", &folder, source))?;
    let _lock = lock(&folder)?;
    let interpreter = interpreter::find()?;
    if !TOOLS.is_complete(&folder) {
        TOOLS.make(&folder, |place| make_tools(&interpreter, place))?;
    }
    // Asked again: another checkout may have made them while this one waited for the lock.
    for environment in environments
        .iter()
        .filter(|environment| !environment.is_complete(&folder))
    {
        environment.make(&folder, |place| {
            make_with_uv(&folder, &interpreter, environment, place)
        })?;
    }
    Ok(folder)
}

impl Environment {
    /// The interpreter of the environment.
    pub(crate) fn python(&self, folder: &Path) -> PathBuf {
        folder.join(self.name).join("bin").join("python")
    }

    fn stamp(&self, folder: &Path) -> PathBuf {
        folder.join(self.name).join("complete.txt")
    }

    /// What the stamp of a complete environment says.
    fn stamp_text(&self) -> String {
        self.requirements
            .iter()
            .flat_map(|requirement| [requirement, "\n"])
            .collect()
    }

    /// Whether the stamp says today's requirements; an interpreter since removed breaks the link
    /// in `bin` and counts as absent.
    fn is_complete(&self, folder: &Path) -> bool {
        fs::read_to_string(self.stamp(folder)).is_ok_and(|text| text == self.stamp_text())
            && self.python(folder).exists()
    }

    /// Makes the environment anew; the stamp goes first and comes last.
    fn make(
        &self,
        folder: &Path,
        fill: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let place = folder.join(self.name);
        let stamp = self.stamp(folder);
        if stamp.exists() {
            fs::remove_file(&stamp).map_err(|source| Failure::io("remove", &stamp, source))?;
        }
        fill(&place)?;
        fs::write(&stamp, self.stamp_text()).map_err(|source| Failure::io("write", &stamp, source))
    }
}

/// Keeps other checkouts that share the folder waiting while this one installs.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|source| Failure::io("make", &path, source))?;
    file.lock()
        .map_err(|source| Failure::io("lock", &path, source))?;
    Ok(file)
}

fn make_tools(interpreter: &Path, place: &Path) -> Result<(), Failure> {
    process::run(
        Command::new(interpreter)
            .args(["-m", "venv", "--clear"])
            .arg(place),
    )?;
    let mut pip = Command::new(place.join("bin").join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    process::run(pip.args(TOOLS.requirements))
}

fn make_with_uv(
    folder: &Path,
    interpreter: &Path,
    environment: &Environment,
    place: &Path,
) -> Result<(), Failure> {
    let uv = || {
        let mut command = Command::new(folder.join(TOOLS.name).join("bin").join("uv"));
        command.arg("--quiet").current_dir(folder);
        command
    };
    process::run(
        uv().args(["venv", "--clear", "--no-project", "--python"])
            .arg(interpreter)
            .arg(place),
    )?;
    let mut install = uv();
    install
        .args(["pip", "install", "--python"])
        .arg(environment.python(folder));
    process::run(install.args(environment.requirements))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const SMALL: Environment = Environment {
        name: "small",
        requirements: &["one==1", "two==2"],
    };

    fn fill(place: &Path) -> Result<(), Failure> {
        let bin = place.join("bin");
        fs::create_dir_all(&bin).map_err(|source| Failure::io("make", &bin, source))?;
        let python = bin.join("python");
        fs::write(&python, "").map_err(|source| Failure::io("write", &python, source))
    }

    #[test]
    fn an_environment_is_complete_once_its_stamp_is_written() {
        let scratch = Scratch::new("complete");
        assert!(!SMALL.is_complete(&scratch.0));
        SMALL.make(&scratch.0, fill).unwrap();
        assert!(SMALL.is_complete(&scratch.0));
    }

    #[test]
    fn an_interrupted_environment_is_not_complete() {
        let scratch = Scratch::new("interrupted");
        SMALL.make(&scratch.0, fill).unwrap();
        let stopped = SMALL.make(&scratch.0, |_| {
            Err(Failure::Unexpected("stopped".to_owned()))
        });
        assert!(stopped.is_err());
        assert!(!SMALL.is_complete(&scratch.0));
    }

    #[test]
    fn changed_requirements_make_an_environment_incomplete() {
        let scratch = Scratch::new("changed");
        SMALL.make(&scratch.0, fill).unwrap();
        let changed = Environment {
            name: SMALL.name,
            requirements: &["one==1", "two==3"],
        };
        assert!(!changed.is_complete(&scratch.0));
    }

    #[test]
    fn an_environment_without_its_interpreter_is_not_complete() {
        let scratch = Scratch::new("interpreter");
        SMALL.make(&scratch.0, fill).unwrap();
        fs::remove_file(SMALL.python(&scratch.0)).unwrap();
        assert!(!SMALL.is_complete(&scratch.0));
    }

    #[test]
    fn finds_an_environment_by_name_and_by_version() {
        for (word, expected) in [
            ("3.1.0", "mlflow-3.1.0"),
            ("mlflow-2.20.0", "mlflow-2.20.0"),
            ("torch-3.17.2", "torch-3.17.2"),
        ] {
            assert_eq!(named(word).unwrap().name, expected);
        }
        let failure = named("1.0").err().unwrap().to_string();
        assert!(
            failure.contains("`1.0`") && failure.contains("mlflow-3.17.2"),
            "{failure}"
        );
    }

    #[test]
    fn every_requirement_is_pinned() {
        for environment in ENVIRONMENTS.iter().chain([&TOOLS]) {
            for requirement in environment.requirements {
                assert!(
                    requirement.contains("=="),
                    "{}: {requirement}",
                    environment.name
                );
            }
        }
    }
}
