//! `python_env.yaml`: the virtual environment of a package.

use super::conda::texts;
use crate::yaml::{Content, Node};

/// A Python version with the requirements of its virtual environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PythonEnv {
    /// The Python version: `3.11.7`.
    pub python: Option<String>,
    /// What is installed first: pip, setuptools, wheel.
    pub build_dependencies: Vec<String>,
    /// What is installed then: `-r requirements.txt`.
    pub dependencies: Vec<String>,
}

impl PythonEnv {
    /// Reads the document of a `python_env.yaml`.
    ///
    /// # Errors
    /// What is not a mapping, or whose lists hold something else than text.
    pub fn from_node(node: &Node) -> Result<Self, String> {
        if node.entries().is_none() {
            return Err(format!("found {}, expected a mapping", node.describe()));
        }
        let list = |key| texts(node.get_set(key).and_then(Node::items).unwrap_or_default());
        Ok(Self {
            python: node
                .get_set("python")
                .and_then(Node::text)
                .map(str::to_owned),
            build_dependencies: list("build_dependencies")?,
            dependencies: list("dependencies")?,
        })
    }

    /// The document, keys in MLflow's order, which is not the alphabet's.
    pub fn to_node(&self) -> Node {
        let list = |texts: &[String]| Node::sequence(texts.iter().map(Node::string));
        let mut entries = Vec::new();
        if let Some(python) = &self.python {
            entries.push((Node::string("python"), Node::string(python)));
        }
        entries.push((
            Node::string("build_dependencies"),
            list(&self.build_dependencies),
        ));
        entries.push((Node::string("dependencies"), list(&self.dependencies)));
        Content::Mapping(entries).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_mlflow_writes() {
        let text = "python: 3.11.7\nbuild_dependencies:\n- pip==23.2.1\n- setuptools\ndependencies:\n\
                    - -r requirements.txt\n";
        let env = PythonEnv::from_node(&Node::parse(text).unwrap()).unwrap();
        assert_eq!(env.python.as_deref(), Some("3.11.7"));
        assert_eq!(env.to_node().to_yaml(), text);
        assert!(
            PythonEnv::from_node(&Node::parse("python: [3]\ndependencies: [[1]]").unwrap())
                .is_err()
        );
    }
}
