//! How far two answers to one request are apart.

use envelope_format::json::{Json, Number};
use indexmap::IndexMap;

/// How far an output of one answer is from that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distance {
    /// The largest difference of two numbers.
    Numbers {
        /// As it is.
        absolute: f64,
        /// By the largest of the expected numbers.
        relative: f64,
    },
    /// They have another shape, other names, or differ in what is no number.
    Different,
}

impl Distance {
    /// Whether the relative difference is no larger than this.
    pub(crate) fn is_within(self, tolerance: f64) -> bool {
        match self {
            Distance::Numbers { relative, .. } => relative <= tolerance,
            Distance::Different => false,
        }
    }
}

/// The distance of each output: by the names of outputs or columns where an answer has names.
pub(crate) fn distances(found: &Json, expected: &Json) -> IndexMap<String, Distance> {
    let (found, expected) = (predictions(found), predictions(expected));
    let (found, expected) = (outputs(found), outputs(expected));
    let names = expected.keys().chain(found.keys());
    let mut distances = IndexMap::new();
    for name in names {
        let distance = match (found.get(name), expected.get(name)) {
            (Some(found), Some(expected)) => distance(found, expected),
            _ => Distance::Different,
        };
        distances.insert(name.clone(), distance);
    }
    distances
}

/// What an answer holds.
fn predictions(answer: &Json) -> &Json {
    match answer.as_object() {
        Some(map) if map.len() == 1 => map.get("predictions").unwrap_or(answer),
        _ => answer,
    }
}

/// The outputs by name: of an object its values, of a list of objects and of a table in split form
/// its columns.
fn outputs(answer: &Json) -> IndexMap<String, Json> {
    if let Some(columns) = split(answer) {
        return columns;
    }
    if let Some(map) = answer.as_object() {
        return map.clone();
    }
    let rows = answer.as_array().unwrap_or_default();
    let records: Option<Vec<_>> = rows.iter().map(Json::as_object).collect();
    let Some(records) = records.filter(|records| !records.is_empty()) else {
        return IndexMap::from([("predictions".to_owned(), answer.clone())]);
    };
    let mut columns: IndexMap<String, Vec<Json>> = IndexMap::new();
    for record in records {
        for (name, value) in record {
            columns.entry(name.clone()).or_default().push(value.clone());
        }
    }
    let columns = columns.into_iter();
    columns
        .map(|(name, all)| (name, Json::Array(all)))
        .collect()
}

/// The columns of a table in split form, as examples of outputs are stored.
fn split(answer: &Json) -> Option<IndexMap<String, Json>> {
    let map = answer.as_object()?;
    let known = ["columns", "data", "index"];
    let is_split = map.keys().all(|key| known.contains(&key.as_str()));
    let (names, rows) = (
        map.get("columns")?.as_array()?,
        map.get("data")?.as_array()?,
    );
    let column = |place: usize| {
        let cells = rows
            .iter()
            .map(|row| Some(row.as_array()?.get(place)?.clone()));
        cells.collect::<Option<Vec<Json>>>().map(Json::Array)
    };
    let columns = names.iter().enumerate().map(|(place, name)| {
        let name = name
            .as_str()
            .map_or_else(|| name.to_python_string(), str::to_owned);
        Some((name, column(place)?))
    });
    columns.collect::<Option<_>>().filter(|_| is_split)
}

fn distance(found: &Json, expected: &Json) -> Distance {
    let mut pairs = Vec::new();
    if !pair(found, expected, &mut pairs) {
        return Distance::Different;
    }
    let largest = pairs
        .iter()
        .map(|(_, one)| one.abs())
        .filter(|one| one.is_finite());
    let largest = largest.fold(0.0, f64::max);
    let mut absolute: f64 = 0.0;
    for (found, expected) in pairs {
        if found.total_cmp(&expected).is_eq() || (found.is_nan() && expected.is_nan()) {
            continue;
        }
        if !found.is_finite() || !expected.is_finite() {
            return Distance::Different;
        }
        absolute = absolute.max((found - expected).abs());
    }
    let relative = if absolute == 0.0 {
        0.0
    } else {
        absolute / largest.max(f64::MIN_POSITIVE)
    };
    Distance::Numbers { absolute, relative }
}

/// The numbers at the same places; false where the answers are built differently.
fn pair(found: &Json, expected: &Json, pairs: &mut Vec<(f64, f64)>) -> bool {
    match (found, expected) {
        (Json::Number(found), Json::Number(expected)) => {
            pairs.push((Number::as_f64(found), Number::as_f64(expected)));
            true
        }
        (Json::Array(found), Json::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(one, other)| pair(one, other, pairs))
        }
        (Json::Object(found), Json::Object(expected)) => {
            found.len() == expected.len()
                && found.iter().all(|(key, one)| {
                    expected
                        .get(key)
                        .is_some_and(|other| pair(one, other, pairs))
                })
        }
        (found, expected) => found == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(found: &str, expected: &str) -> String {
        let json = |text: &str| Json::parse(text.as_bytes()).expect("JSON");
        let all = distances(&json(found), &json(expected));
        let each = all.iter().map(|(name, distance)| match distance {
            Distance::Numbers { absolute, relative } => format!("{name} {absolute} {relative}"),
            Distance::Different => format!("{name} different"),
        });
        each.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn outputs_are_compared_by_name() {
        for (found, expected, answer) in [
            ("[[1.5, 4]]", "[[1, 4]]", "predictions 0.5 0.125"),
            (r#"{"predictions": [1]}"#, "[1]", "predictions 0 0"),
            (
                r#"{"predictions": {"y": [1], "z": ["a"]}}"#,
                r#"{"y": [2], "z": ["a"]}"#,
                "y 1 0.5, z 0 0",
            ),
            (
                r#"[{"y": 1}, {"y": 3}]"#,
                r#"[{"y": 1}, {"y": 4}]"#,
                "y 1 0.25",
            ),
            (
                r#"[{"y": 1}]"#,
                r#"{"columns": ["y"], "data": [[1]]}"#,
                "y 0 0",
            ),
            ("[1, 2]", "[1]", "predictions different"),
            ("[NaN]", "[NaN]", "predictions 0 0"),
            ("[1]", "[Infinity]", "predictions different"),
            (r#"{"y": [1]}"#, r#"{"z": [1]}"#, "z different, y different"),
            (r#"["a"]"#, r#"["b"]"#, "predictions different"),
        ] {
            assert_eq!(told(found, expected), answer, "{found} {expected}");
        }
    }
}
