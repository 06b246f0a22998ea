//! The schema of columns in each form.

use crate::data_type::DataType;
use crate::json::{Json, object};
use crate::sample::SampleFormat;
use crate::sample::{distinct, is_positional};
use crate::signature::{Column, ColumnName, ColumnType, ParamSpec, Property};

use super::{list, moment, or_null, params, typed, whole};

/// The data under the key of a form.
pub(super) fn data(columns: &[Column], format: SampleFormat) -> Json {
    match format {
        SampleFormat::Split => split(columns),
        SampleFormat::Inputs | SampleFormat::Instances if is_positional(columns) => {
            values(columns, format)
        }
        SampleFormat::Inputs => any_of(vec![list(record(columns)), record_or_columns(columns)]),
        _ => list(record(columns)),
    }
}

/// The list that a model with type hints takes.
pub(super) fn hinted_list(columns: &[Column]) -> Json {
    list(hinted(&columns[0].ty))
}

/// A body whose keys are the columns, one row, with parameters beside them.
pub(super) fn unwrapped(columns: &[Column], params: &[ParamSpec], keys: &[&str]) -> Json {
    let mut properties = Vec::new();
    for column in distinct(columns) {
        let name = column
            .name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let required = column.presence.is_required();
        let plain = matches!(column.ty, ColumnType::Scalar(_));
        let ty = nested(&column.ty, required);
        properties.push((name, if plain { or_null(ty) } else { ty }));
    }
    properties.extend(
        params
            .iter()
            .map(|param| (param.name.clone(), params::one(param))),
    );
    let has = |key: &&str| object([("required", vec![Json::from(*key)].into())]);
    object([
        ("title", "unwrapped".into()),
        ("properties", object(properties)),
        ("required", required(columns)),
        ("anyOf", keys.iter().map(has).collect::<Vec<_>>().into()),
    ])
}

fn any_of(schemas: Vec<Json>) -> Json {
    object([("anyOf", schemas.into())])
}

/// The names of the columns that must be there.
fn required(columns: &[Column]) -> Json {
    let required = distinct(columns).into_iter();
    let required = required.filter(|column| column.presence.is_required());
    let names = required.filter_map(|column| column.name.as_ref());
    names
        .map(|name| name.to_string().into())
        .collect::<Vec<_>>()
        .into()
}

/// A table as names and rows. Where the columns stand in the order of the signature, all of them
/// or those that must be there, each cell is told by its place.
fn split(columns: &[Column]) -> Json {
    let columns = distinct(columns);
    if columns[0].name.is_none() {
        return object([
            ("type", "object".into()),
            ("properties", object([("data", list(row(&columns)))])),
            ("required", vec!["data".into()].into()),
        ]);
    }
    let must = columns
        .iter()
        .filter(|column| column.presence.is_required());
    let must: Vec<&Column> = must.copied().collect();
    let contains = names(&must).into_iter();
    let contains = contains.map(|name| object([("contains", object([("const", name)]))]));
    let contains: Vec<Json> = contains.collect();
    let all = (!contains.is_empty()).then(|| ("allOf", contains.into()));
    let listed = [("type", "array".into()), ("uniqueItems", true.into())];
    let listed = object(listed.into_iter().chain(all));
    let mut orders = vec![in_order(&columns)];
    if must.len() < columns.len() && !must.is_empty() {
        orders.push(in_order(&must));
    }
    let data = list(typed("array"));
    object([
        ("type", "object".into()),
        ("properties", object([("columns", listed), ("data", data)])),
        ("required", vec!["columns".into(), "data".into()].into()),
        ("additionalProperties", false.into()),
        ("allOf", orders.into()),
    ])
}

fn names(columns: &[&Column]) -> Vec<Json> {
    let names = columns.iter().filter_map(|column| column.name.as_ref());
    names.map(ColumnName::to_json).collect()
}

/// Rows whose cells are of these types, where these are the columns.
fn in_order(columns: &[&Column]) -> Json {
    let are = object([("columns", object([("const", names(columns).into())]))]);
    let mut exact = row(columns);
    if let Json::Object(map) = &mut exact {
        map.insert("items".to_owned(), false.into());
    }
    let rows = object([("data", list(exact))]);
    object([
        ("if", object([("properties", are)])),
        ("then", object([("properties", rows)])),
    ])
}

fn row(columns: &[&Column]) -> Json {
    let cells: Vec<Json> = columns.iter().map(|column| cell(column)).collect();
    let count = i64::try_from(cells.len()).unwrap_or(i64::MAX);
    object([
        ("type", "array".into()),
        ("prefixItems", cells.into()),
        ("minItems", count.into()),
    ])
}

/// One row as an object. Columns without names are found by their place.
fn record(columns: &[Column]) -> Json {
    let distinct = distinct(columns);
    if columns[0].name.is_none() {
        let count = i64::try_from(distinct.len()).unwrap_or(i64::MAX);
        let cells = distinct.iter().map(|column| cell(column)).enumerate();
        let cells = cells.map(|(place, cell)| (place.to_string(), cell));
        return object([
            ("type", "object".into()),
            ("properties", object(cells)),
            ("minProperties", count.into()),
        ]);
    }
    let cells = distinct.iter().filter_map(|column| {
        let name = column.name.as_ref()?.to_string();
        Some((name, cell(column)))
    });
    object([
        ("type", "object".into()),
        ("properties", object(cells)),
        ("required", required(columns)),
    ])
}

/// An object under `inputs`: one row where a column is a list or an object or all are single
/// values, and otherwise columns.
fn record_or_columns(columns: &[Column]) -> Json {
    let joined = |column: &Column| {
        matches!(
            column.ty,
            ColumnType::Array(_) | ColumnType::Object(_) | ColumnType::SparkMlVector
        )
    };
    if columns.iter().any(joined) {
        return record(columns);
    }
    let plain = |column: &Column| matches!(column.ty, ColumnType::Scalar(_) | ColumnType::Any);
    if !columns.iter().all(plain) {
        return false.into();
    }
    let whole = distinct(columns).into_iter().filter_map(|column| {
        let name = column.name.as_ref()?.to_string();
        Some((name, list(cell(column))))
    });
    let whole = object([
        ("type", "object".into()),
        ("properties", object(whole)),
        ("required", required(columns)),
    ]);
    let mut forms = vec![whole];
    if columns
        .iter()
        .all(|column| matches!(column.ty, ColumnType::Scalar(_)))
    {
        forms.push(record(columns));
    }
    if columns.len() == 1 {
        forms.push(list(cell(&columns[0])));
    }
    any_of(forms)
}

/// Values that find their columns by place.
fn values(columns: &[Column], format: SampleFormat) -> Json {
    let cell = cell(&columns[0]);
    if columns.len() > 1 {
        let row = object([
            ("type", "array".into()),
            ("items", cell),
            (
                "minItems",
                i64::try_from(columns.len()).unwrap_or(i64::MAX).into(),
            ),
        ]);
        return list(row);
    }
    match format {
        // A single value is one row, but `null` is none.
        SampleFormat::Inputs => {
            let value = object([("allOf", vec![cell.clone()].into()), ("not", typed("null"))]);
            any_of(vec![list(cell), value])
        }
        _ => list(cell),
    }
}

/// A cell, which the parser casts.
fn cell(column: &Column) -> Json {
    match &column.ty {
        ColumnType::Scalar(data_type) => scalar(*data_type),
        ty => nested(ty, column.presence.is_required()),
    }
}

fn scalar(data_type: DataType) -> Json {
    match data_type {
        DataType::Boolean => typed("boolean"),
        DataType::Integer => whole(i64::from(i32::MIN).into(), i64::from(i32::MAX).into()),
        DataType::Long => whole(i64::MIN.into(), i64::MAX.into()),
        DataType::Float | DataType::Double => or_null(typed("number")),
        DataType::String => or_null(typed("string")),
        DataType::Binary => base64(),
        DataType::Datetime => or_null(moment()),
    }
}

fn base64() -> Json {
    object([
        ("type", "string".into()),
        ("contentEncoding", "base64".into()),
    ])
}

/// A value that is checked without a cast; `required` is that of the column around it.
fn nested(ty: &ColumnType, required: bool) -> Json {
    let schema = match ty {
        ColumnType::Any => return true.into(),
        ColumnType::Scalar(data_type) => nested_scalar(*data_type),
        ColumnType::SparkMlVector => items(&ColumnType::Scalar(DataType::Double), required),
        ColumnType::Array(inner) => items(inner, required),
        ColumnType::Map(values) => object([
            ("type", "object".into()),
            ("additionalProperties", nested(values, required)),
        ]),
        ColumnType::Object(properties) => return object_type(properties, required),
    };
    let may_be_null = !required || is_any_inside(ty);
    if may_be_null { or_null(schema) } else { schema }
}

fn is_any_inside(ty: &ColumnType) -> bool {
    match ty {
        ColumnType::Array(inner) | ColumnType::Map(inner) => **inner == ColumnType::Any,
        _ => false,
    }
}

/// Numbers are 64 bits wide, and no text is a time.
fn nested_scalar(data_type: DataType) -> Json {
    match data_type {
        DataType::Boolean => typed("boolean"),
        DataType::Long => whole(i64::MIN.into(), i64::MAX.into()),
        // Of whole numbers, only 0 and 1 become floats.
        DataType::Float => whole(0.into(), 1.into()),
        DataType::Double => typed("number"),
        DataType::String | DataType::Binary => typed("string"),
        DataType::Integer | DataType::Datetime => false.into(),
    }
}

/// A list; where no item is right, an empty one.
fn items(inner: &ColumnType, required: bool) -> Json {
    let item = match inner {
        // pandas holds these beside missing values.
        ColumnType::Scalar(DataType::Double | DataType::String) => or_null(nested(inner, required)),
        ColumnType::Scalar(DataType::Float | DataType::Integer | DataType::Datetime) => {
            false.into()
        }
        inner => nested(inner, required),
    };
    object([("type", "array".into()), ("items", item)])
}

/// An object with known keys.
pub(super) fn object_type(properties: &[Property], required: bool) -> Json {
    let types = properties.iter().map(|property| {
        let ty = nested(&property.ty, property.presence.is_required());
        (property.name.clone(), ty)
    });
    let must = properties
        .iter()
        .filter(|property| property.presence.is_required());
    let must: Vec<Json> = must.map(|property| property.name.as_str().into()).collect();
    let schema = object([
        ("type", "object".into()),
        ("properties", object(types)),
        ("required", must.into()),
        ("additionalProperties", false.into()),
    ]);
    if required || properties.is_empty() {
        return schema;
    }
    // An empty object stands for none.
    let empty = object([
        ("type", vec!["object".into(), "null".into()].into()),
        ("maxProperties", 0.into()),
    ]);
    any_of(vec![schema, empty])
}

/// A value as type hints check it.
fn hinted(ty: &ColumnType) -> Json {
    match ty {
        ColumnType::Any => true.into(),
        ColumnType::Scalar(DataType::Integer | DataType::Long) => typed("integer"),
        ColumnType::Scalar(DataType::Float | DataType::Double) => typed("number"),
        ColumnType::Scalar(DataType::String) => typed("string"),
        ColumnType::Scalar(data_type) => scalar(*data_type),
        ColumnType::SparkMlVector => hinted_items(&ColumnType::Scalar(DataType::Double)),
        ColumnType::Array(inner) => hinted_items(inner),
        ColumnType::Map(values) => object([
            ("type", "object".into()),
            ("additionalProperties", hinted(values)),
        ]),
        ColumnType::Object(properties) => {
            let property = |property: &Property| {
                let ty = hinted(&property.ty);
                let required = property.presence.is_required();
                (
                    property.name.clone(),
                    if required { ty } else { or_null(ty) },
                )
            };
            let must = properties
                .iter()
                .filter(|property| property.presence.is_required());
            let must: Vec<Json> = must.map(|property| property.name.as_str().into()).collect();
            object([
                ("type", "object".into()),
                ("properties", object(properties.iter().map(property))),
                ("required", must.into()),
            ])
        }
    }
}

fn hinted_items(inner: &ColumnType) -> Json {
    object([("type", "array".into()), ("items", hinted(inner))])
}
