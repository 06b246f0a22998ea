//! The input example of a package.

use super::{Part, Unreadable};
use envelope_format::envelope_flavor;
use envelope_format::input_example::{ExampleFacts, ExampleKind, InputExample, Orient};
use envelope_format::json::Json;
use envelope_format::package::Package;
use envelope_format::yaml::Node;
use serde::Serialize;

/// Larger examples are not read.
const MAX_READ_BYTES: u64 = 256 << 10;

/// The input example with its files.
#[derive(Debug, Serialize)]
pub(crate) struct Example {
    /// The file that holds it.
    pub(crate) path: Option<String>,
    pub(crate) size_bytes: Option<u64>,
    /// The same as a request to a scoring server.
    pub(crate) serving_path: Option<String>,
    /// What the model answers.
    pub(crate) output_path: Option<String>,
    /// `dataframe`, `ndarray`, `json_object` or a sparse matrix.
    #[serde(rename = "type")]
    pub(crate) type_name: Option<String>,
    /// How large it is, in words.
    pub(crate) extent: Option<String>,
    /// The data and parameters; `null` where the file is too large to read here.
    pub(crate) content: Part<Content>,
}

/// What is in the file.
#[derive(Debug, Serialize)]
pub(crate) struct Content {
    pub(crate) value: Json,
    pub(crate) params: Option<Json>,
}

impl Example {
    pub(super) fn of(package: &Package) -> Option<Self> {
        let mlmodel = package.mlmodel();
        let info = mlmodel.saved_input_example_info()?;
        let text = |key| info.get_set(key).and_then(Node::text);
        let envelope = mlmodel.flavor(envelope_flavor::NAME);
        let output = envelope.and_then(|flavor| flavor.get_set("output_example")?.text());
        let path = text("artifact_path");
        let size_bytes = path.and_then(|path| package.tree().size_bytes(path).ok()?);
        let facts = ExampleFacts {
            kind: text("type").unwrap_or_default(),
            pandas_orient: text("pandas_orient"),
            params: text("params"),
        };
        let example = read(package, path, size_bytes, facts);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some(Self {
            path: owned(path),
            size_bytes,
            serving_path: owned(text("serving_input_path")),
            output_path: owned(output),
            type_name: owned(text("type")),
            extent: match &example {
                Part::Read(example) => extent(example),
                _ => None,
            },
            content: content(example),
        })
    }
}

fn read(
    package: &Package,
    path: Option<&str>,
    size_bytes: Option<u64>,
    facts: ExampleFacts<'_>,
) -> Part<InputExample> {
    let unreadable = |error: String| Part::Unreadable(Unreadable { error, hint: None });
    let Some(path) = path else {
        return unreadable("`saved_input_example_info` names no file".to_owned());
    };
    match size_bytes {
        None => return unreadable(format!("`{path}` is not in the package")),
        Some(size) if size > MAX_READ_BYTES => return Part::Absent,
        Some(_) => {}
    }
    match package.read_text(path) {
        Ok(text) => {
            let text = text.unwrap_or_default();
            Part::from_read(InputExample::from_stored(text.as_bytes(), facts).map(Some))
        }
        Err(error) => unreadable(error.to_string()),
    }
}

fn content(example: Part<InputExample>) -> Part<Content> {
    match example {
        Part::Read(example) => Part::Read(Content {
            value: example.value,
            params: example.params,
        }),
        Part::Unreadable(error) => Part::Unreadable(error),
        Part::Absent => Part::Absent,
    }
}

/// How large the example is: `3 rows of 4 columns`, `array [2, 30]`.
fn extent(example: &InputExample) -> Option<String> {
    match example.kind {
        ExampleKind::Dataframe { orient } => {
            let rows = example.value.get("data")?.as_array()?;
            let columns = match orient {
                Orient::Split => example.value.get("columns")?.as_array()?.len(),
                Orient::Values => rows
                    .first()
                    .and_then(Json::as_array)
                    .map_or(1, <[Json]>::len),
            };
            let s = |count| if count == 1 { "" } else { "s" };
            let rows = rows.len();
            Some(format!(
                "{rows} row{} of {columns} column{}",
                s(rows),
                s(columns)
            ))
        }
        ExampleKind::Ndarray => match &example.value {
            Json::Object(arrays) => {
                let shape = |(name, array): (&String, &Json)| format!("{name} {:?}", shape(array));
                Some(arrays.iter().map(shape).collect::<Vec<_>>().join(", "))
            }
            array => Some(format!("{:?}", shape(array))),
        },
        ExampleKind::SparseCsr | ExampleKind::SparseCsc => {
            Some(example.value.get("shape")?.to_python_string())
        }
        ExampleKind::JsonObject => None,
    }
}

/// The lengths of lists in lists, each told by the first.
fn shape(array: &Json) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut inner = Some(array);
    while let Some(items) = inner.and_then(Json::as_array) {
        shape.push(items.len());
        inner = items.first();
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_how_large_an_example_is() {
        let split = ExampleKind::Dataframe {
            orient: Orient::Split,
        };
        let values = ExampleKind::Dataframe {
            orient: Orient::Values,
        };
        for (kind, text, expected) in [
            (
                split,
                r#"{"columns":["a","b"],"data":[[1,2]]}"#,
                Some("1 row of 2 columns"),
            ),
            (
                split,
                r#"{"columns":["a"],"data":[]}"#,
                Some("0 rows of 1 column"),
            ),
            (
                values,
                r#"{"data":[[1,2,3],[4,5,6]]}"#,
                Some("2 rows of 3 columns"),
            ),
            (ExampleKind::Ndarray, "[[1,2],[3,4],[5,6]]", Some("[3, 2]")),
            (
                ExampleKind::Ndarray,
                r#"{"x":[1],"y":[]}"#,
                Some("x [1], y [0]"),
            ),
            (ExampleKind::JsonObject, "{}", None),
        ] {
            let value = Json::parse(text.as_bytes()).unwrap();
            let example = InputExample {
                kind,
                value,
                params: None,
            };
            assert_eq!(extent(&example).as_deref(), expected, "{text}");
        }
    }
}
