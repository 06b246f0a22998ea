//! `registered_model_meta`: what MLflow's client writes beside a model that it downloads from the
//! registry.

use serde::{Deserialize, Serialize};

/// The name of the file.
pub const FILE_NAME: &str = "registered_model_meta";

/// Which registered model a package was downloaded as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredModelMeta {
    /// The registered model's name; none for a logged model that is not registered.
    pub model_name: Option<String>,
    /// Its version.
    pub model_version: Option<ModelVersion>,
}

/// A version as MLflow writes it: a number for `models:/name/1`, a text for `models:/name/latest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ModelVersion {
    /// A number.
    Number(u64),
    /// A number as text.
    Text(String),
}

impl RegisteredModelMeta {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// What is no YAML map of the two keys.
    pub fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }
}

impl std::fmt::Display for ModelVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_of_every_spelling() {
        let cases = [
            (
                "model_name: M\nmodel_version: 1\n",
                "Some(\"M\") Some(Number(1))",
            ),
            (
                "model_name: M\nmodel_version: '2'\n",
                "Some(\"M\") Some(Text(\"2\"))",
            ),
            ("model_name: null\nmodel_version: null\n", "None None"),
        ];
        for (text, expected) in cases {
            let meta = RegisteredModelMeta::parse(text).unwrap();
            assert_eq!(
                format!("{:?} {:?}", meta.model_name, meta.model_version),
                expected
            );
        }
        assert!(RegisteredModelMeta::parse("- 1").is_err());
    }
}
