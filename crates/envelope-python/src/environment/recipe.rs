//! What a package says of its environment, and the key under which that is kept.

use super::Environments;
use crate::error::Error;
use envelope_format::environment::{
    CONDA_FILE, CondaDependency, CondaEnv, PYTHON_ENV_FILE, PythonEnv, REQUIREMENTS_FILE,
    Requirement, Requirements,
};
use envelope_format::mlmodel::PythonFunction;
use envelope_format::package::Package;
use std::path::{Path, PathBuf};

/// What the names of distributions are that bring MLflow's Python functions.
const MLFLOW: [&str; 2] = ["mlflow", "mlflow-skinny"];
/// Conda packages that every environment has, and that pip is not asked for.
const CONDA_OWN: [&str; 4] = ["python", "pip", "setuptools", "wheel"];
/// Files of a package that uv takes settings from.
const UV_SETTINGS: [&str; 2] = ["pyproject.toml", "uv.toml"];
/// How deep requirements files may name one another.
const MAX_DEPTH: usize = 8;
/// Changes when environments are made differently, so that old ones are not taken for new.
const FORMAT: &str = "1";

/// What is needed to make a package's environment.
#[derive(Clone, Debug)]
pub struct Recipe {
    root: PathBuf,
    file: String,
    python: String,
    build_dependencies: Vec<String>,
    dependencies: Vec<String>,
    mlflow: Option<String>,
    /// Everything that decides what is installed, by name.
    ingredients: Vec<(String, Vec<u8>)>,
    brings_mlflow: bool,
    requirements: String,
}

impl Recipe {
    /// Reads a package's virtual environment: `python_env.yaml`, or what `conda.yaml` says where
    /// MLflow before 1.26 wrote no other.
    ///
    /// # Errors
    /// Neither file is there or can be read, `conda.yaml` asks for more than Python and pip can
    /// give, or MLflow is to be installed and the package does not say which.
    pub fn read(package: &Package, install_mlflow: bool) -> Result<Self, Error> {
        let flavor = package.mlmodel().python_function();
        let file = named(flavor, "virtualenv", PYTHON_ENV_FILE);
        let Some(node) = package.read_yaml(&file)? else {
            return Self::from_conda(package, install_mlflow);
        };
        let env = PythonEnv::from_node(&node).map_err(invalid(&file))?;
        Self::new(package, file, env, install_mlflow)
    }

    /// Reads a package's conda environment: `conda.yaml`.
    ///
    /// # Errors
    /// The file is not there or cannot be read, or MLflow is to be installed and the package does
    /// not say which.
    pub fn conda(package: &Package, install_mlflow: bool) -> Result<Self, Error> {
        let (file, conda) = conda_env(package)?;
        let env = PythonEnv {
            python: conda.python().map(str::to_owned),
            build_dependencies: Vec::new(),
            dependencies: conda.pip().into_iter().map(str::to_owned).collect(),
        };
        let mut recipe = Self::new(package, file.clone(), env, install_mlflow)?;
        let text = package.read_text(&file)?.unwrap_or_default();
        recipe.ingredients.push((file, text.into_bytes()));
        Ok(recipe)
    }

    fn from_conda(package: &Package, install_mlflow: bool) -> Result<Self, Error> {
        let (file, conda) = conda_env(package)?;
        let has_requirements = package.tree().has_file(REQUIREMENTS_FILE);
        let mut env = PythonEnv {
            python: conda.python().map(str::to_owned),
            ..PythonEnv::default()
        };
        for dependency in &conda.dependencies {
            match dependency {
                CondaDependency::Pip(_) if has_requirements => {}
                CondaDependency::Pip(lines) => env.dependencies.extend_from_slice(lines),
                CondaDependency::Package(text) => {
                    let built = build_dependency(text).map_err(invalid(&file))?;
                    env.build_dependencies.extend(built);
                }
            }
        }
        if has_requirements {
            env.dependencies = vec![format!("-r {REQUIREMENTS_FILE}")];
        }
        Self::new(package, file, env, install_mlflow)
    }

    fn new(
        package: &Package,
        file: String,
        env: PythonEnv,
        install_mlflow: bool,
    ) -> Result<Self, Error> {
        let flavor = package.mlmodel().python_function();
        let saved_with = flavor.and_then(PythonFunction::python_version);
        let python = env.python.as_deref().or(saved_with).unwrap_or("3");
        check_version(python).map_err(invalid(&file))?;
        let mut recipe = Self {
            root: std::path::absolute(package.root()).map_err(Error::io("find", package.root()))?,
            file,
            python: python.to_owned(),
            build_dependencies: env.build_dependencies,
            dependencies: env.dependencies,
            mlflow: install_mlflow.then(|| mlflow_of(package)).transpose()?,
            ingredients: Vec::new(),
            brings_mlflow: install_mlflow,
            requirements: REQUIREMENTS_FILE.to_owned(),
        };
        recipe.gather(package)?;
        Ok(recipe)
    }

    /// Notes all that decides what is installed.
    fn gather(&mut self, package: &Package) -> Result<(), Error> {
        for (name, lines) in [
            ("build dependencies", self.build_dependencies.join("\n")),
            ("dependencies", self.dependencies.join("\n")),
        ] {
            self.add(name, lines.clone());
            self.follow(package, "", &lines, 0)?;
        }
        for file in UV_SETTINGS {
            if let Some(text) = package.read_text(file)? {
                self.add(file, text);
            }
        }
        self.add("python", self.python.clone());
        self.add("mlflow", self.mlflow.clone().unwrap_or_default());
        Ok(())
    }

    fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.ingredients.push((name.to_owned(), bytes.into()));
    }

    /// Notes the files that requirements name, and whether one of them is MLflow. Names in a file
    /// are relative to its folder.
    fn follow(
        &mut self,
        package: &Package,
        folder: &str,
        text: &str,
        depth: usize,
    ) -> Result<(), Error> {
        for line in Requirements::parse(text).lines {
            match line.requirement {
                Requirement::Named { name, .. } => {
                    self.brings_mlflow |= MLFLOW.contains(&name.as_str());
                }
                Requirement::Option { flag, value } if is_file_flag(&flag) => {
                    let file = format!("{folder}{}", value.trim_start_matches("./"));
                    let Some(text) = package.read_text(&file)? else {
                        self.bind_to_place(&value);
                        continue;
                    };
                    if flag.contains('r') && depth == 0 {
                        self.requirements.clone_from(&file);
                    }
                    self.add(&file, text.clone());
                    if depth < MAX_DEPTH && !flag.contains('c') {
                        let folder = file.rfind('/').map_or("", |end| &file[..=end]);
                        self.follow(package, folder, &text, depth + 1)?;
                    }
                }
                Requirement::Location { location } => self.bind_to_place(&location),
                Requirement::Option { .. } | Requirement::Unparsable { .. } => {}
            }
        }
        Ok(())
    }

    /// Notes something that may bring anything and that other packages do not have.
    fn bind_to_place(&mut self, location: &str) {
        self.brings_mlflow = true;
        let root = self.root.as_os_str().as_encoded_bytes().to_vec();
        self.add(location, root);
    }

    /// The Python version that is asked for.
    pub fn python(&self) -> &str {
        &self.python
    }

    /// What is installed as MLflow beside the requirements: `mlflow==3.17.2`.
    pub fn mlflow(&self) -> Option<&str> {
        self.mlflow.as_deref()
    }

    /// Refuses a recipe that cannot bring MLflow, before an environment is made in vain.
    ///
    /// # Errors
    /// No requirement is MLflow, and none is a path or URL that may bring it.
    pub fn check_mlflow(&self) -> Result<(), Error> {
        if self.brings_mlflow {
            return Ok(());
        }
        Err(Error::NoMlflow {
            file: self.requirements.clone(),
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file that the recipe was read from, relative to the package.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The lists to install one after the other.
    pub(super) fn lists(&self) -> Vec<Vec<&str>> {
        let mut last: Vec<&str> = self.dependencies.iter().map(String::as_str).collect();
        last.extend(self.mlflow.as_deref());
        let first: Vec<&str> = self.build_dependencies.iter().map(String::as_str).collect();
        [first, last]
            .into_iter()
            .filter(|list| !list.is_empty())
            .collect()
    }

    /// A text that depends on the whole recipe.
    pub(super) fn salt(&self) -> String {
        self.digest("").finalize().to_hex()[..16].to_owned()
    }

    /// The name of the environment among those of a cache.
    pub(super) fn key(&self, manager: &str, environments: &Environments) -> String {
        let mut hasher = self.digest(manager);
        for (name, value) in environments.installing_variables() {
            field(&mut hasher, name.as_encoded_bytes());
            field(&mut hasher, value.as_encoded_bytes());
        }
        format!("{manager}-{}", &hasher.finalize().to_hex()[..32])
    }

    fn digest(&self, manager: &str) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new();
        field(&mut hasher, FORMAT.as_bytes());
        field(&mut hasher, manager.as_bytes());
        for (name, bytes) in &self.ingredients {
            field(&mut hasher, name.as_bytes());
            field(&mut hasher, bytes);
        }
        hasher
    }
}

/// Hashes a text with its length, so that two lists of texts never look alike.
fn field(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn is_file_flag(flag: &str) -> bool {
    matches!(flag, "-r" | "--requirement" | "-c" | "--constraint")
}

fn invalid(file: &str) -> impl Fn(String) -> Error {
    let file = file.to_owned();
    move |message| Error::Recipe {
        file: file.clone(),
        message,
    }
}

/// The environment file that the flavor names for a manager, or the usual one.
fn named(flavor: Option<PythonFunction<'_>>, manager: &str, usual: &str) -> String {
    let named = flavor.into_iter().flat_map(PythonFunction::environments);
    named
        .filter(|(name, _)| *name == manager)
        .map(|(_, file)| file.to_owned())
        .next()
        .unwrap_or_else(|| usual.to_owned())
}

fn conda_env(package: &Package) -> Result<(String, CondaEnv), Error> {
    let file = named(package.mlmodel().python_function(), "conda", CONDA_FILE);
    let Some(node) = package.read_yaml(&file)? else {
        let message = format!("found no such file, expected it or `{PYTHON_ENV_FILE}`");
        return Err(Error::Recipe { file, message });
    };
    let conda = CondaEnv::from_node(&node).map_err(invalid(&file))?;
    Ok((file, conda))
}

/// The requirement for pip of a conda package that every environment has; none for Python itself.
fn build_dependency(text: &str) -> Result<Option<String>, String> {
    let end = text.find(['=', '<', '>', '!', '~', ' ', '[']);
    let (name, version) = text.split_at(end.unwrap_or(text.len()));
    if !CONDA_OWN.contains(&name) {
        return Err(format!(
            "found the conda package `{text}`, expected only Python and pip where there is no \
             `{PYTHON_ENV_FILE}`"
        ));
    }
    let version = match version.strip_prefix('=') {
        Some(rest) => format!("=={}", rest.trim_start_matches('=')),
        None => version.to_owned(),
    };
    Ok((name != "python").then(|| format!("{name}{version}")))
}

/// A version goes to programs that would take a path as well, which would then be run.
fn check_version(version: &str) -> Result<(), String> {
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.');
    if is_version {
        return Ok(());
    }
    Err(format!(
        "found the Python version `{version}`, expected digits and points"
    ))
}

/// The requirement of MLflow in the version that saved the package.
fn mlflow_of(package: &Package) -> Result<String, Error> {
    let version = package.mlmodel().mlflow_version().unwrap_or_default();
    check_version(version).map_err(|_| Error::Recipe {
        file: "MLmodel".to_owned(),
        message: format!("found the MLflow version `{version}`, expected one to install"),
    })?;
    Ok(format!("mlflow=={version}"))
}
