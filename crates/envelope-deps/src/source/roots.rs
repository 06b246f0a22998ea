//! What the user asked for, from a file such as `requirements.in` or a single requirement.

use super::requirements_txt::RequirementsFile;
use crate::error::Error;
use crate::inventory::Root;
use crate::requirement::{Requirement, without_credentials};
use std::path::Path;

/// Reads a file of requirements as what was asked for, each line a root.
///
/// # Errors
///
/// What [`RequirementsFile::read`] says, and [`Error::Syntax`] for a line whose package has no
/// name: nothing could be found that it needs.
pub fn read_roots(path: &Path) -> Result<Vec<Root>, Error> {
    RequirementsFile::read(path)?.into_roots()
}

impl Root {
    /// Reads a single requirement, such as a user types it.
    ///
    /// # Errors
    ///
    /// [`Error::Requirement`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let requirement =
            Requirement::parse(text.trim()).map_err(|message| Error::Requirement {
                found: without_credentials(text.trim()),
                message,
            })?;
        Ok(Self {
            requirement,
            origin: "--root".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_a_requirement() {
        let root = Root::parse(" Core[Google] >=2 ").expect("a root");
        assert_eq!(root.requirement.to_string(), "core[google]>=2");
        let wrong = Root::parse("a b").expect_err("no root").to_string();
        assert!(wrong.starts_with("`a b` is not a requirement: "), "{wrong}");
        let hidden = Root::parse("https://u:secret@x.example").expect_err("no root");
        assert!(!hidden.to_string().contains("secret"), "{hidden}");
    }

    #[test]
    fn a_root_without_a_name_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("requirements.in");
        std::fs::write(&path, "mlflow[extras]>=3\n-e .\n").expect("a file");
        let error = read_roots(&path).expect_err("no name").to_string();
        assert!(error.contains("requirements.in:2"), "{error}");
        let project = "[project]\nname = \"mine\"\n";
        std::fs::write(folder.path().join("pyproject.toml"), project).expect("a file");
        let roots = read_roots(&path).expect("roots");
        let shown: Vec<String> = roots
            .iter()
            .map(|one| one.requirement.to_string())
            .collect();
        assert_eq!(shown, ["mlflow[extras]>=3", "mine @ ."]);
        assert_eq!(roots[0].origin, "-r requirements.in");
    }
}
