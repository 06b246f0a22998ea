//! `conda.yaml`: the conda environment of a package.

use crate::yaml::Node;

/// A conda environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CondaEnv {
    /// The environment's name; MLflow writes `mlflow-env`.
    pub name: Option<String>,
    /// The channels, first wins.
    pub channels: Vec<String>,
    /// The dependencies, in order.
    pub dependencies: Vec<CondaDependency>,
}

/// One dependency of a conda environment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CondaDependency {
    /// A conda package: `python=3.11.7`.
    Package(String),
    /// Requirements that pip installs.
    Pip(Vec<String>),
}

impl CondaEnv {
    /// Reads the document of a `conda.yaml`.
    ///
    /// # Errors
    /// What is not a mapping, or whose lists hold something else than text and a `pip` list.
    pub fn from_node(node: &Node) -> Result<Self, String> {
        if node.entries().is_none() {
            return Err(format!("found {}, expected a mapping", node.describe()));
        }
        let items = |key| node.get_set(key).and_then(Node::items).unwrap_or_default();
        let dependencies: Result<_, _> = items("dependencies").iter().map(dependency).collect();
        Ok(Self {
            name: node.get_set("name").and_then(Node::text).map(str::to_owned),
            channels: texts(items("channels"))?,
            dependencies: dependencies?,
        })
    }

    /// The document, keys in MLflow's order.
    pub fn to_node(&self) -> Node {
        let list = |texts: &[String]| Node::sequence(texts.iter().map(Node::string));
        let dependency = |dependency: &CondaDependency| match dependency {
            CondaDependency::Package(text) => Node::string(text),
            CondaDependency::Pip(lines) => Node::mapping([("pip", list(lines))]),
        };
        let mut node = Node::mapping([
            ("channels", list(&self.channels)),
            (
                "dependencies",
                Node::sequence(self.dependencies.iter().map(dependency)),
            ),
        ]);
        if let Some(name) = &self.name {
            node.set("name", Node::string(name));
        }
        node
    }

    /// The requirements that pip installs, all lists joined.
    pub fn pip(&self) -> Vec<&str> {
        let lists = self
            .dependencies
            .iter()
            .filter_map(|dependency| match dependency {
                CondaDependency::Pip(lines) => Some(lines),
                CondaDependency::Package(_) => None,
            });
        lists.flatten().map(String::as_str).collect()
    }

    /// The Python version, when one is asked for.
    pub fn python(&self) -> Option<&str> {
        self.dependencies
            .iter()
            .find_map(|dependency| match dependency {
                CondaDependency::Package(text) => Some(
                    text.strip_prefix("python")?
                        .trim()
                        .strip_prefix('=')?
                        .trim_start_matches('='),
                ),
                CondaDependency::Pip(_) => None,
            })
    }
}

fn dependency(node: &Node) -> Result<CondaDependency, String> {
    if let Some(text) = node.text() {
        return Ok(CondaDependency::Package(text.to_owned()));
    }
    match node.get("pip").and_then(Node::items) {
        Some(items) => Ok(CondaDependency::Pip(texts(items)?)),
        None => Err(format!(
            "line {}: found {} in `dependencies`, expected text or a `pip` list",
            node.position.line,
            node.describe()
        )),
    }
}

pub(super) fn texts(items: &[Node]) -> Result<Vec<String>, String> {
    let text = |item: &Node| {
        item.text().map(str::to_owned).ok_or_else(|| {
            format!(
                "line {}: found {}, expected text",
                item.position.line,
                item.describe()
            )
        })
    };
    items.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_mlflow_writes() {
        let text = "channels:\n- conda-forge\ndependencies:\n- python=3.11.7\n- pip<=23.2.1\n- pip:\n  \
                    - mlflow==3.17.2\n  - -c constraints.txt\nname: mlflow-env\n";
        let env = CondaEnv::from_node(&Node::parse(text).unwrap()).unwrap();
        assert_eq!((env.python(), env.pip().len()), (Some("3.11.7"), 2));
        assert_eq!(env.to_node().to_yaml(), text);
        for (wrong, message) in [
            ("- a", "a sequence"),
            ("dependencies: [{conda: 1}]", "line 1"),
        ] {
            let error = CondaEnv::from_node(&Node::parse(wrong).unwrap()).unwrap_err();
            assert!(error.contains(message), "{wrong}: {error}");
        }
    }
}
