//! To and from Rust values, `serde_json` values and serde.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Json, Number};

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Number(value.into())
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Json::Number(value.into())
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::String(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::String(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::Array(items)
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(value) => Json::Bool(*value),
            serde_json::Value::Number(number) => Json::Number(from_serde_number(number)),
            serde_json::Value::String(text) => Json::String(text.clone()),
            serde_json::Value::Array(items) => Json::Array(items.iter().map(Json::from).collect()),
            serde_json::Value::Object(map) => Json::Object(
                map.iter()
                    .map(|(key, item)| (key.clone(), item.into()))
                    .collect(),
            ),
        }
    }
}

fn from_serde_number(number: &serde_json::Number) -> Number {
    match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => value.into(),
        (None, Some(value)) => value.into(),
        (None, None) => number.as_f64().unwrap_or(f64::NAN).into(),
    }
}

impl Json {
    /// The value as `serde_json` holds it: integers over 64 bits become floats, and numbers that
    /// plain JSON lacks (`NaN`, infinities) become `null`.
    pub fn to_serde(&self) -> serde_json::Value {
        match self {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => value.into(),
                (None, Some(value)) => value.into(),
                (None, None) => number.as_f64().into(),
            },
            Json::String(text) => text.as_str().into(),
            Json::Array(items) => items.iter().map(Json::to_serde).collect(),
            Json::Object(map) => {
                let entries = map.iter().map(|(key, item)| (key.clone(), item.to_serde()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items
                    .iter()
                    .try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Json::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries
                    .iter()
                    .try_for_each(|(key, item)| map.serialize_entry(key, item))?;
                map.end()
            }
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.as_i64(), self.as_u64(), self.as_f64()) {
            (Some(value), _, _) => serializer.serialize_i64(value),
            (None, Some(value), _) => serializer.serialize_u64(value),
            (None, None, value) if value.is_finite() => serializer.serialize_f64(value),
            _ => serializer.serialize_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn becomes_plain_json_without_nan() {
        let text =
            br#"{"a": [1, 1.5, NaN, -Infinity, 18446744073709551615], "b": null, "c": true}"#;
        let value = Json::parse(text).unwrap();
        let plain = r#"{"a":[1,1.5,null,null,18446744073709551615],"b":null,"c":true}"#;
        assert_eq!(serde_json::to_string(&value).unwrap(), plain);
        assert_eq!(value.to_serde().to_string(), plain);
    }

    #[test]
    fn comes_from_serde_values() {
        let plain: serde_json::Value =
            serde_json::from_str(r#"{"z": [1, 2.0, -3], "a": {"x": "y"}, "n": null}"#).unwrap();
        let expected = r#"{"z": [1, 2.0, -3], "a": {"x": "y"}, "n": null}"#;
        assert_eq!(Json::from(&plain).to_python_string(), expected);
    }
}
