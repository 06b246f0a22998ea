//! The environment files of a package: `conda.yaml`, `python_env.yaml`, `requirements.txt` and
//! `constraints.txt`.
//!
//! Requirements are read here just as far as the format needs it: one line, its name, whether it is
//! pinned. The graph between them is another crate's concern.

mod conda;
mod python_env;
mod requirements;

pub use conda::{CondaDependency, CondaEnv};
pub use python_env::PythonEnv;
pub use requirements::{
    MAX_LINES, MAX_REQUIREMENT_BYTES, Pin, Requirement, RequirementLine, Requirements,
};

/// The conda environment's file name.
pub const CONDA_FILE: &str = "conda.yaml";
/// The virtual environment's file name.
pub const PYTHON_ENV_FILE: &str = "python_env.yaml";
/// The requirements' file name.
pub const REQUIREMENTS_FILE: &str = "requirements.txt";
/// The constraints' file name.
pub const CONSTRAINTS_FILE: &str = "constraints.txt";
