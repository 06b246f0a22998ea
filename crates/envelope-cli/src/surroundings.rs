//! What the environment variables say; nothing else of the program reads them, but for what
//! `anstream` reads about colour.

use std::env;
use std::ffi::OsString;
#[cfg(feature = "infer")]
use std::path::PathBuf;

/// The variable that sets a package's time, see <https://reproducible-builds.org/specs/source-date-epoch/>.
pub(crate) const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
/// The variable by which MLflow refuses pickles.
pub(crate) const ALLOW_PICKLE: &str = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION";

/// The environment variables that commands look at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// `SOURCE_DATE_EPOCH`.
    pub(crate) source_date_epoch: Option<OsString>,
    /// Whether MLflow would load pickles.
    pub(crate) allows_pickle: bool,
    /// The folder for what can be made again: `XDG_CACHE_HOME`, or `.cache` at home.
    #[cfg(feature = "infer")]
    pub(crate) cache: Option<PathBuf>,
    /// `PATH`.
    #[cfg(feature = "infer")]
    pub(crate) path: OsString,
    /// The variables that change what uv, pip and conda install.
    #[cfg(feature = "infer")]
    pub(crate) installing: Vec<(OsString, OsString)>,
}

impl Surroundings {
    /// Reads them.
    pub(crate) fn read() -> Self {
        Self {
            source_date_epoch: env::var_os(SOURCE_DATE_EPOCH).filter(|value| !value.is_empty()),
            allows_pickle: allows_pickle(env::var(ALLOW_PICKLE).ok().as_deref()),
            #[cfg(feature = "infer")]
            cache: cache(),
            #[cfg(feature = "infer")]
            path: env::var_os("PATH").unwrap_or_default(),
            #[cfg(feature = "infer")]
            installing: installing(),
        }
    }
}

#[cfg(feature = "infer")]
fn cache() -> Option<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
}

#[cfg(feature = "infer")]
fn installing() -> Vec<(OsString, OsString)> {
    let is_one = |name: &OsString| {
        let name = name.to_string_lossy();
        ["UV_", "PIP_", "CONDA_"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    env::vars_os().filter(|(name, _)| is_one(name)).collect()
}

/// MLflow takes `false` and `0`, in any case, as no, and allows pickles where nothing is said.
fn allows_pickle(value: Option<&str>) -> bool {
    !value.is_some_and(|value| matches!(value.to_lowercase().as_str(), "false" | "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_pickle_variable_as_mlflow_does() {
        for (value, expected) in [
            (None, true),
            (Some("true"), true),
            (Some("1"), true),
            (Some("false"), false),
            (Some("False"), false),
            (Some("0"), false),
        ] {
            assert_eq!(allows_pickle(value), expected, "{value:?}");
        }
    }
}
