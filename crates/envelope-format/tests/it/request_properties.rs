//! What holds for every request: tables and tensors that are written in any of MLflow's forms are
//! read as what they were.

use envelope_format::array::{Array, Elements};
use envelope_format::enforce::receive;
use envelope_format::json::{Json, object, python_float};
use envelope_format::payload::{ContentType, Data};
use envelope_format::signature::Signature;
use envelope_format::value::Value;
use proptest::collection::vec;
use proptest::prelude::*;

/// The values of one column, all of one type.
#[derive(Clone, Debug)]
enum Cells {
    Truths(Vec<bool>),
    Wholes(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<String>),
}

impl Cells {
    fn data_type(&self) -> &'static str {
        match self {
            Cells::Truths(_) => "boolean",
            Cells::Wholes(_) => "long",
            Cells::Floats(_) => "double",
            Cells::Texts(_) => "string",
        }
    }

    fn values(&self) -> Vec<Value> {
        match self {
            Cells::Truths(all) => all.iter().map(|one| Value::Bool(*one)).collect(),
            Cells::Wholes(all) => all.iter().map(|one| Value::Int(*one)).collect(),
            Cells::Floats(all) => all.iter().map(|one| Value::Float(*one)).collect(),
            Cells::Texts(all) => all.iter().map(|one| Value::text(one.as_str())).collect(),
        }
    }

    fn json(&self) -> Vec<Json> {
        self.values().iter().map(Value::to_json).collect()
    }

    /// The fields of CSV, all texts in quotes.
    fn fields(&self) -> Vec<String> {
        let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
        match self {
            Cells::Truths(all) => all.iter().map(ToString::to_string).collect(),
            Cells::Wholes(all) => all.iter().map(ToString::to_string).collect(),
            Cells::Floats(all) => all.iter().map(|one| python_float(*one)).collect(),
            Cells::Texts(all) => all.iter().map(quoted).collect(),
        }
    }
}

fn floats() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    NORMAL | SUBNORMAL | ZERO | INFINITE | POSITIVE | NEGATIVE
}

fn cells(rows: usize) -> impl Strategy<Value = Cells> {
    prop_oneof![
        vec(any::<bool>(), rows).prop_map(Cells::Truths),
        vec(any::<i64>(), rows).prop_map(Cells::Wholes),
        vec(floats(), rows).prop_map(Cells::Floats),
        vec(any::<String>(), rows).prop_map(Cells::Texts),
    ]
}

/// Columns of equal length.
fn columns() -> impl Strategy<Value = Vec<Cells>> {
    (1_usize..5).prop_flat_map(|rows| vec(cells(rows), 1..5))
}

fn names(columns: &[Cells]) -> Vec<String> {
    (0..columns.len())
        .map(|place| format!("c{place}"))
        .collect()
}

fn signature(columns: &[Cells]) -> Signature {
    let each = names(columns).into_iter().zip(columns).map(|(name, one)| {
        let ty = one.data_type();
        format!(r#"{{"type": "{ty}", "name": "{name}", "required": true}}"#)
    });
    let inputs = format!("[{}]", each.collect::<Vec<_>>().join(", "));
    Signature::from_parts(Some(&inputs), None, None).unwrap()
}

/// The rows as lists.
fn rows(columns: &[Cells]) -> Vec<Vec<Json>> {
    let columns: Vec<Vec<Json>> = columns.iter().map(Cells::json).collect();
    let row = |place: usize| columns.iter().map(|one| one[place].clone()).collect();
    (0..columns[0].len()).map(row).collect()
}

fn split(columns: &[Cells]) -> Json {
    let names: Vec<Json> = names(columns)
        .iter()
        .map(|name| name.as_str().into())
        .collect();
    let data: Vec<Json> = rows(columns).into_iter().map(Json::from).collect();
    object([("columns", names.into()), ("data", data.into())])
}

fn records(columns: &[Cells]) -> Json {
    let names = names(columns);
    let record = |row: Vec<Json>| object(names.iter().map(String::as_str).zip(row));
    Json::Array(rows(columns).into_iter().map(record).collect())
}

fn by_name(columns: &[Cells]) -> Json {
    let names = names(columns);
    let columns = columns.iter().map(|one| Json::from(one.json()));
    object(names.iter().map(String::as_str).zip(columns))
}

/// Checks that a body is received as these columns.
fn check(body: &str, content_type: ContentType, columns: &[Cells], signature: &Signature) {
    let received = receive(body.as_bytes(), &content_type, signature);
    let received = received.unwrap_or_else(|refusal| panic!("{refusal}: {body}"));
    let Data::Table(table) = received.data else {
        panic!("no table: {body}")
    };
    assert_eq!(table.columns.len(), columns.len());
    for ((column, expected), name) in table.columns.iter().zip(columns).zip(names(columns)) {
        assert_eq!(column.name.to_string(), name);
        let found: Vec<Value> = column.elements.iter().collect();
        assert_eq!(found, expected.values(), "{body}");
    }
}

/// Nested lists of a shape.
fn nested(shape: &[usize], next: &mut impl Iterator<Item = Json>) -> Json {
    match shape.split_first() {
        None => next.next().unwrap(),
        Some((size, inner)) => Json::Array((0..*size).map(|_| nested(inner, next)).collect()),
    }
}

fn tensor(body: &Json, dtype: &str, shape: &[usize]) -> Array {
    let any = vec!["-1"; shape.len()].join(", ");
    let inputs = format!(
        r#"[{{"type": "tensor", "tensor-spec": {{"dtype": "{dtype}", "shape": [{any}]}}}}]"#
    );
    let signature = Signature::from_parts(Some(&inputs), None, None).unwrap();
    let text = body.to_python_string();
    match receive(text.as_bytes(), &ContentType::Json, &signature) {
        Ok(received) => match received.data {
            Data::Array(array) => array,
            other => panic!("{other:?}: {text}"),
        },
        Err(refusal) => panic!("{refusal}: {text}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn tables_are_read_as_they_were_written(columns in columns()) {
        let typed = signature(&columns);
        let none = Signature::default();
        for (key, data) in [("dataframe_split", split(&columns)), ("dataframe_records", records(&columns))] {
            let body = object([(key, data)]).to_python_string();
            check(&body, ContentType::Json, &columns, &typed);
            check(&body, ContentType::Json, &columns, &none);
        }
        for key in ["inputs", "instances"] {
            for data in [by_name(&columns), records(&columns)] {
                // As a value of numpy's, a text has no zeros at its end.
                let body = object([(key, data)]).to_python_string();
                if !body.contains("\\u0000") {
                    check(&body, ContentType::Json, &columns, &typed);
                }
            }
        }
    }

    #[test]
    fn a_text_is_read_the_same_whether_it_is_escaped_or_not(text in any::<String>()) {
        let columns = [Cells::Texts(vec![text.clone()])];
        let escaped = object([("dataframe_split", split(&columns))]);
        let plain = serde_json::to_string(&escaped.to_serde()).unwrap();
        for body in [escaped.to_python_string(), plain] {
            check(&body, ContentType::Json, &columns, &Signature::default());
        }
    }

    #[test]
    fn csv_is_read_as_it_was_written(columns in columns()) {
        // Some words stand for missing values, and lines of white space are skipped.
        let is_plain = |text: &String| text.chars().any(char::is_alphabetic) && text.len() > 8;
        let is_kept = |column: &Cells| match column {
            Cells::Texts(all) => all.iter().all(is_plain),
            _ => true,
        };
        let columns: Vec<Cells> = columns.into_iter().filter(is_kept).collect();
        prop_assume!(!columns.is_empty());
        let fields: Vec<Vec<String>> = columns.iter().map(Cells::fields).collect();
        let mut text = names(&columns).join(",") + "\n";
        for row in 0..fields[0].len() {
            let row: Vec<&str> = fields.iter().map(|column| column[row].as_str()).collect();
            text += &(row.join(",") + "\n");
        }
        check(&text, ContentType::Csv, &columns, &signature(&columns));
    }

    #[test]
    fn tensors_are_read_as_they_were_written(
        (shape, floats) in vec(1_usize..4, 1..4).prop_flat_map(|shape| {
            let count = shape.iter().product::<usize>();
            (Just(shape), vec(floats(), count))
        }),
        form in prop::sample::select(vec!["inputs", "instances"]),
    ) {
        let data = |numbers: Vec<Json>| {
            object([(form, nested(&shape, &mut numbers.into_iter()))])
        };
        let wide = data(floats.iter().map(|one| Json::from(*one)).collect());
        let array = tensor(&wide, "float64", &shape);
        prop_assert_eq!(&array.shape, &shape);
        prop_assert_eq!(array.elements, Elements::Float64(floats.clone()));

        #[expect(clippy::cast_possible_truncation, reason = "any single will do")]
        let singles: Vec<f32> = floats.iter().map(|one| *one as f32).collect();
        let narrow = data(singles.iter().map(|one| Json::from(f64::from(*one))).collect());
        prop_assert_eq!(tensor(&narrow, "float32", &shape).elements, Elements::Float32(singles));

        let wholes: Vec<i64> = floats.iter().map(|one| one.to_bits().cast_signed()).collect();
        let whole = data(wholes.iter().map(|one| Json::from(*one)).collect());
        prop_assert_eq!(tensor(&whole, "int64", &shape).elements, Elements::Int64(wholes));
    }
}
