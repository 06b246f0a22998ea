//! The input example of a package: `input_example.json`, `serving_input_example.json` and the
//! facts MLmodel keeps about them in `saved_input_example_info`.
//!
//! Examples are read from a package with those facts, or from a bare JSON file whose kind is
//! recognised by its form; both files are written with the bytes MLflow writes. Whether an example
//! fits a signature is decided in [`signature::fit`](crate::signature::fit).

mod recognise;
mod sparse;

use indexmap::IndexMap;
use serde::Serialize;
use thiserror::Error;

use crate::json::{Json, JsonError, object};

/// The file name of the example.
pub const EXAMPLE_FILE: &str = "input_example.json";

/// The file name of the example as a request.
pub const SERVING_EXAMPLE_FILE: &str = "serving_input_example.json";

/// An example of a model's input, with parameters if it has some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputExample {
    /// What Python object the value stands for.
    pub kind: ExampleKind,
    /// The data as stored, without parameters.
    pub value: Json,
    /// Parameters of the prediction, an object.
    pub params: Option<Json>,
}

/// The Python object an example stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExampleKind {
    /// A table, `{"columns": …, "data": …}`
    Dataframe {
        /// Whether the columns have names.
        orient: Orient,
    },
    /// A numpy array, or an object of arrays
    Ndarray,
    /// A JSON value as it is
    JsonObject,
    /// A sparse matrix by rows, `{"data", "indices", "indptr", "shape"}`
    SparseCsr,
    /// A sparse matrix by columns
    SparseCsc,
}

/// How a table is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Orient {
    /// With `columns`
    Split,
    /// Without, where the columns are 0 to n-1
    Values,
}

/// The facts of `saved_input_example_info` that say how to read an example.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExampleFacts<'a> {
    /// `type`
    pub kind: &'a str,
    /// `pandas_orient`, of a table
    pub pandas_orient: Option<&'a str>,
    /// `params`: anything but an empty text means that the file holds parameters
    pub params: Option<&'a str>,
}

/// An example that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExampleError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[from] JsonError),
    /// The `type` is none MLflow knows.
    #[error(
        "unknown example type `{found}`, expected dataframe, ndarray, json_object, \
         sparse_matrix_csr or sparse_matrix_csc"
    )]
    UnknownType {
        /// The type found.
        found: String,
    },
    /// The value has not the form its kind needs.
    #[error("found {found}, expected {expected}")]
    WrongForm {
        /// What the file has.
        found: String,
        /// What the kind needs.
        expected: String,
    },
}

impl ExampleError {
    fn wrong_form(found: &Json, expected: &str) -> Self {
        let found = format!("{} `{}`", found.kind(), found.excerpt());
        ExampleError::WrongForm {
            found,
            expected: expected.to_owned(),
        }
    }
}

impl InputExample {
    /// Reads the example of a package from the text of its file and the facts in MLmodel.
    ///
    /// # Errors
    /// Text that is not JSON, an unknown type, a file without `inputs` and `params` where the
    /// facts promise parameters, and a value that has not the form of its type.
    pub fn from_stored(text: &[u8], facts: ExampleFacts<'_>) -> Result<Self, ExampleError> {
        let mut value = Json::parse(text)?;
        let kind = ExampleKind::from_facts(facts)?;
        let mut params = None;
        if facts.params.is_some_and(|flag| !flag.is_empty()) {
            let (Some(inputs), Some(given)) = (value.get("inputs"), value.get("params")) else {
                return Err(ExampleError::wrong_form(
                    &value,
                    "an object with inputs and params",
                ));
            };
            (params, value) = (Some(given.clone()), inputs.clone());
        }
        kind.check(&value)?;
        Ok(Self {
            kind,
            value,
            params,
        })
    }

    /// Whether this is a body for chat, completion or embedding models, which MLflow serves
    /// without wrapping: an object with `messages`, `prompt` or `input`.
    pub fn is_chat_body(&self) -> bool {
        let keys = ["messages", "prompt", "input"];
        self.kind == ExampleKind::JsonObject && keys.iter().any(|key| self.value.get(key).is_some())
    }

    /// The parameters, unless there are none: MLflow cannot read an example with an empty set.
    fn given_params(&self) -> Option<&Json> {
        self.params.as_ref().filter(|params| params.is_truthy())
    }

    /// The text of `input_example.json`.
    pub fn to_stored_text(&self) -> String {
        match self.given_params() {
            None => self.value.to_python_string(),
            Some(params) => {
                let wrapped = [("inputs", self.value.clone()), ("params", params.clone())];
                object(wrapped).to_python_string()
            }
        }
    }

    /// The text of `serving_input_example.json`: the request that asks for this example.
    pub fn to_serving_text(&self) -> String {
        self.to_request().to_python_pretty(2)
    }

    /// The request that asks a scoring server for this example.
    pub fn to_request(&self) -> Json {
        if self.is_chat_body() {
            let params = self.given_params().and_then(Json::as_object);
            let mut body = self.value.as_object().cloned().unwrap_or_default();
            body.extend(
                params
                    .into_iter()
                    .flatten()
                    .map(|(k, v)| (k.clone(), v.clone())),
            );
            return Json::Object(body);
        }
        let data = match self.kind {
            ExampleKind::Dataframe { .. } => ("dataframe_split", self.value.clone()),
            ExampleKind::SparseCsr => {
                ("inputs", sparse::to_dense(&self.value, sparse::Major::Rows))
            }
            ExampleKind::SparseCsc => (
                "inputs",
                sparse::to_dense(&self.value, sparse::Major::Columns),
            ),
            ExampleKind::Ndarray | ExampleKind::JsonObject => ("inputs", self.value.clone()),
        };
        let params = self.given_params().map(|params| ("params", params.clone()));
        object([data].into_iter().chain(params))
    }

    /// The map `saved_input_example_info` for MLmodel, in its order there.
    pub fn info(&self) -> IndexMap<String, String> {
        let mut info = IndexMap::from([("artifact_path".to_owned(), EXAMPLE_FILE.to_owned())]);
        if let ExampleKind::Dataframe { orient } = self.kind {
            let orient = if orient == Orient::Split {
                "split"
            } else {
                "values"
            };
            info.insert("pandas_orient".to_owned(), orient.to_owned());
        }
        if self.given_params().is_some() {
            info.insert("params".to_owned(), "true".to_owned());
        }
        info.insert(
            "serving_input_path".to_owned(),
            SERVING_EXAMPLE_FILE.to_owned(),
        );
        info.insert("type".to_owned(), self.kind.type_name().to_owned());
        info
    }
}

impl ExampleKind {
    /// The `type` in `saved_input_example_info`.
    pub fn type_name(self) -> &'static str {
        match self {
            ExampleKind::Dataframe { .. } => "dataframe",
            ExampleKind::Ndarray => "ndarray",
            ExampleKind::JsonObject => "json_object",
            ExampleKind::SparseCsr => "sparse_matrix_csr",
            ExampleKind::SparseCsc => "sparse_matrix_csc",
        }
    }

    fn from_facts(facts: ExampleFacts<'_>) -> Result<Self, ExampleError> {
        match facts.kind {
            "dataframe" => {
                let values = facts.pandas_orient == Some("values");
                let orient = if values {
                    Orient::Values
                } else {
                    Orient::Split
                };
                Ok(ExampleKind::Dataframe { orient })
            }
            "ndarray" => Ok(ExampleKind::Ndarray),
            "json_object" => Ok(ExampleKind::JsonObject),
            "sparse_matrix_csr" => Ok(ExampleKind::SparseCsr),
            "sparse_matrix_csc" => Ok(ExampleKind::SparseCsc),
            other => Err(ExampleError::UnknownType {
                found: other.to_owned(),
            }),
        }
    }

    fn check(self, value: &Json) -> Result<(), ExampleError> {
        match self {
            ExampleKind::Dataframe { .. } if !recognise::is_table(value) => Err(
                ExampleError::wrong_form(value, "an object with columns and data"),
            ),
            ExampleKind::SparseCsr => sparse::check(value, sparse::Major::Rows),
            ExampleKind::SparseCsc => sparse::check(value, sparse::Major::Columns),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str, kind: &str, params: Option<&str>) -> Result<InputExample, ExampleError> {
        let facts = ExampleFacts {
            kind,
            params,
            ..ExampleFacts::default()
        };
        InputExample::from_stored(text.as_bytes(), facts)
    }

    #[test]
    fn refuses_files_that_do_not_agree_with_their_facts() {
        let sparse = "found object `{\"data\": [1], \"indices\": [9], \"indptr\": [0, 1], \"shape\": [1,…`, \
                      expected data, indices, indptr and shape of a sparse matrix of at most 10000000 cells";
        let cases = [
            (
                "[1",
                "ndarray",
                None,
                "not JSON: line 1, column 3: found the end, expected `,` or `]`",
            ),
            (
                "1",
                "tensor",
                None,
                "unknown example type `tensor`, expected dataframe, ndarray, \
                json_object, sparse_matrix_csr or sparse_matrix_csc",
            ),
            (
                "[1]",
                "ndarray",
                Some("true"),
                "found list `[1]`, expected an object with inputs and params",
            ),
            (
                "[1]",
                "dataframe",
                None,
                "found list `[1]`, expected an object with columns and data",
            ),
            (
                r#"{"data": [1], "indices": [9], "indptr": [0, 1], "shape": [1, 2]}"#,
                "sparse_matrix_csr",
                None,
                sparse,
            ),
        ];
        for (text, kind, params, expected) in cases {
            assert_eq!(
                stored(text, kind, params).unwrap_err().to_string(),
                expected
            );
        }
    }

    #[test]
    fn refuses_sparse_matrices_too_large_to_write_out() {
        let text =
            r#"{"data": [], "indices": [], "indptr": [0, 0], "shape": [1, 9000000000000000000]}"#;
        assert!(stored(text, "sparse_matrix_csr", None).is_err());
        let text =
            r#"{"data": [], "indices": [], "indptr": [0], "shape": [9000000000000000000, 0]}"#;
        assert!(stored(text, "sparse_matrix_csc", None).is_err());
    }
}
