//! The signature: what a model takes and gives, as MLflow stores it.
//!
//! MLmodel holds a signature as three JSON texts: `inputs`, `outputs` and `params`. They are read
//! with the same acceptance as MLflow 3.17.2 and written back to the same text. [`infer`] makes a
//! schema from an example, [`fit`] says where an example does not fit. Casting and converting
//! requests at serving time is not here.
//!
//! ```
//! use envelope_format::signature::Signature;
//! let inputs = r#"[{"type": "long", "name": "a", "required": true}]"#;
//! let signature = Signature::from_parts(Some(inputs), None, None)?;
//! assert_eq!(signature.inputs_json().as_deref(), Some(inputs));
//! # Ok::<(), envelope_format::signature::SignatureError>(())
//! ```
//!
//! Where the reader is stricter than MLflow: a tensor shape must be a list of integers, a
//! parameter name must not be a list or object, a datetime default must not be `now` or `today`,
//! and tensor types must be readable by name (see [`TensorDtype`](crate::data_type::TensorDtype)).

mod cast;
mod column;
mod datetime;
mod error;
pub mod fit;
pub mod infer;
mod nested;
mod param;
mod schema;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::json::{Json, object};

pub use column::{Column, ColumnName, ColumnType, Presence, Property};
pub(crate) use datetime::{DAY, Moment};
pub use error::SignatureError;
pub(crate) use error::place_within;
pub use param::{ParamShape, ParamSpec, ParamType};
pub use schema::{Schema, TensorSpec};

/// What a model takes, gives and can be told.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Signature {
    /// The input data.
    pub inputs: Option<Schema>,
    /// The answer.
    pub outputs: Option<Schema>,
    /// Parameters of a prediction; an empty list is written as none.
    pub params: Option<Vec<ParamSpec>>,
}

impl Signature {
    /// Reads the three JSON texts of MLmodel; an empty text counts as none.
    ///
    /// # Errors
    /// Text that is not JSON, schemas and parameters that MLflow refuses, and all three absent.
    pub fn from_parts(
        inputs: Option<&str>,
        outputs: Option<&str>,
        params: Option<&str>,
    ) -> Result<Self, SignatureError> {
        let present = |part: Option<&str>| part.filter(|text| !text.is_empty()).map(str::to_owned);
        let schema = |part, place| {
            let parsed = present(part)
                .map(|text| Schema::parse_json(&text))
                .transpose();
            parsed.map_err(|error: SignatureError| error.within(place))
        };
        let params = present(params)
            .map(|text| ParamSpec::parse_json(&text))
            .transpose();
        Self {
            inputs: schema(inputs, "inputs")?,
            outputs: schema(outputs, "outputs")?,
            params: params.map_err(|error| error.within("params"))?,
        }
        .not_empty()
    }

    /// Reads `{inputs, outputs, params}` whose parts are written as lists, as a spec has them.
    ///
    /// # Errors
    /// As [`Signature::from_parts`], and keys other than the three.
    pub fn from_json(value: &Json) -> Result<Self, SignatureError> {
        let Some(map) = value.as_object() else {
            return Err(SignatureError::expected(
                "",
                value,
                "an object with inputs and outputs",
            ));
        };
        let known = ["inputs", "outputs", "params"];
        if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
            let error = SignatureError::new(key, "unknown key, expected inputs, outputs or params");
            return Err(error.nearest(key, known));
        }
        let part = |key| map.get(key).filter(|part| !part.is_null());
        let schema = |key| {
            let parsed = part(key).map(Schema::from_json).transpose();
            parsed.map_err(|error: SignatureError| error.within(key))
        };
        let params = part("params").map(ParamSpec::list_from_json).transpose();
        Self {
            inputs: schema("inputs")?,
            outputs: schema("outputs")?,
            params: params.map_err(|error| error.within("params"))?,
        }
        .not_empty()
    }

    fn not_empty(self) -> Result<Self, SignatureError> {
        if self.inputs.is_none() && self.outputs.is_none() && self.params.is_none() {
            return Err(SignatureError::new(
                "",
                "found none of inputs, outputs and params",
            ));
        }
        Ok(self)
    }

    /// The text of `inputs` in MLmodel.
    pub fn inputs_json(&self) -> Option<String> {
        self.inputs.as_ref().map(Schema::to_json_string)
    }

    /// The text of `outputs` in MLmodel.
    pub fn outputs_json(&self) -> Option<String> {
        self.outputs.as_ref().map(Schema::to_json_string)
    }

    /// The text of `params` in MLmodel; none when there are no parameters.
    pub fn params_json(&self) -> Option<String> {
        let params = self.params.as_ref().filter(|params| !params.is_empty())?;
        Some(Json::Array(params.iter().map(ParamSpec::to_json).collect()).to_python_string())
    }

    /// The signature with its parts as lists, as [`Signature::from_json`] reads it.
    pub fn to_json(&self) -> Json {
        let part = |schema: &Option<Schema>| schema.as_ref().map_or(Json::Null, Schema::to_json);
        let params = self.params.as_ref().filter(|params| !params.is_empty());
        let params = params.map(|params| params.iter().map(ParamSpec::to_json).collect());
        object([
            ("inputs", part(&self.inputs)),
            ("outputs", part(&self.outputs)),
            ("params", params.map_or(Json::Null, Json::Array)),
        ])
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("Signature", 3)?;
        parts.serialize_field("inputs", &self.inputs)?;
        parts.serialize_field("outputs", &self.outputs)?;
        parts.serialize_field("params", &self.params)?;
        parts.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_of_a_fault_and_hints_at_the_right_name() {
        let cases = [
            (
                r#"[{"type": "int"}]"#,
                "inputs[0].type",
                Some("did you mean `long`?"),
            ),
            (
                r#"[{"type": "strng"}]"#,
                "inputs[0].type",
                Some("did you mean `string`?"),
            ),
            (
                r#"[{"type": "Double"}]"#,
                "inputs[0].type",
                Some("did you mean `double`?"),
            ),
            (r#"[{"type": "quaternion"}]"#, "inputs[0].type", None),
            (
                r#"[{"type": "long", "nmae": "a"}]"#,
                "inputs[0].nmae",
                Some("did you mean `name`?"),
            ),
            (
                r#"[{"type": "any"}, {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "bool"}}}}]"#,
                "inputs[1].properties.x.items.type",
                Some("did you mean `boolean`?"),
            ),
            (
                r#"[{"type": "tensor", "tensor-spec": {"dtype": "flaot32", "shape": [-1]}}]"#,
                "inputs[0].tensor-spec.dtype",
                Some("did you mean `float32`?"),
            ),
            (
                r#"[{"type": "long", "name": "a"}, {"type": "long"}]"#,
                "inputs[1]",
                None,
            ),
            (
                r#"[{"type": "long", "required": false}]"#,
                "inputs[0].required",
                None,
            ),
            ("[]", "inputs", None),
            ("{", "inputs", None),
        ];
        for (inputs, place, hint) in cases {
            let error = Signature::from_parts(Some(inputs), None, None).unwrap_err();
            assert_eq!(
                (error.place.as_str(), error.hint.as_deref()),
                (place, hint),
                "{inputs}"
            );
        }
        // Comparing this with the right names would take gigabytes.
        let long = format!(r#"[{{"type": "{}"}}]"#, "x".repeat(32 << 20));
        let error = Signature::from_parts(Some(&long), None, None).unwrap_err();
        assert_eq!((error.place.as_str(), error.hint), ("inputs[0].type", None));
    }

    #[test]
    fn writes_messages_with_place_found_and_expected() {
        let cases = [
            (
                r#"[{"name": "k", "type": "long", "default": 1.5}]"#,
                "`params[0].default`: found number `1.5`, expected long",
            ),
            (
                r#"[{"name": "k", "type": "long", "default": ["x"], "shape": [-1]}]"#,
                "`params[0].default[0]`: found text `\"x\"`, expected long",
            ),
            (
                r#"[{"name": "k", "type": "long"}]"#,
                "`params[0]`: found no `default`, expected name, default and type",
            ),
            (
                r#"[{"name": "k", "type": "binary", "default": null}]"#,
                "`params[0].type`: a parameter cannot be binary",
            ),
            (
                r#"[{"name": "k", "type": "long", "default": 1, "shape": [3]}]"#,
                "`params[0].shape`: found list `[3]`, expected null or [-1]",
            ),
        ];
        for (params, expected) in cases {
            let error = Signature::from_parts(None, None, Some(params)).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn reads_parts_written_as_lists_and_refuses_other_keys() {
        let value = |text: &str| Json::parse(text.as_bytes()).unwrap();
        let spec = value(r#"{"inputs": [{"type": "long", "name": "a"}], "outputs": null}"#);
        let signature = Signature::from_json(&spec).unwrap();
        let written = r#"[{"type": "long", "name": "a", "required": true}]"#;
        assert_eq!(signature.inputs_json().as_deref(), Some(written));
        let plain = r#"{"inputs":[{"type":"long","name":"a","required":true}],"outputs":null,"params":null}"#;
        assert_eq!(serde_json::to_string(&signature).unwrap(), plain);
        let error = Signature::from_json(&value(r#"{"input": []}"#)).unwrap_err();
        assert_eq!(
            (error.place.as_str(), error.hint.as_deref()),
            ("input", Some("did you mean `inputs`?"))
        );
        assert!(Signature::from_json(&value("{}")).is_err());
        assert!(Signature::from_parts(Some(""), None, None).is_err());
    }

    /// Comparing each name with every other would take minutes here.
    #[test]
    fn finds_a_doubled_name_among_very_many_parameters() {
        let param = |i| format!(r#"{{"name": "p{i}", "type": "long", "default": {i}}}"#);
        let mut params: Vec<String> = (0..100_000).map(param).collect();
        let whole = format!("[{}]", params.join(","));
        let signature = Signature::from_parts(None, None, Some(&whole)).unwrap();
        assert_eq!(signature.params.map(|params| params.len()), Some(100_000));
        params.push(param(7));
        let doubled = format!("[{}]", params.join(","));
        let error = Signature::from_parts(None, None, Some(&doubled)).unwrap_err();
        assert_eq!(error.place, "params[100000]");
    }

    #[test]
    fn shows_types_for_people() {
        let text = r#"[{"type": "object", "properties": {"y": {"type": "array", "items": {"type": "double"},
            "required": false}, "x": {"type": "map", "values": {"type": "any"}}}, "name": "o"}]"#;
        let Schema::Columns(columns) = Schema::parse_json(text).unwrap() else {
            panic!("expected columns");
        };
        assert_eq!(
            columns[0].ty.to_string(),
            "object {x: map of any, y?: array of double}"
        );
    }
}
