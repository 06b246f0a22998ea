//! The schema of tensors in each form.

use crate::data_type::{DtypeFamily, TensorDtype};
use crate::json::{Json, object};
use crate::sample::{CellForm, SampleFormat, cell_form, is_matrix};
use crate::signature::{ColumnName, TensorSpec};

use super::{list, list_of, moment, or_null, typed, whole};

/// The data under the key of a form.
pub(super) fn data(specs: &[TensorSpec], format: SampleFormat) -> Json {
    let is_named = specs[0].name.is_some();
    match format {
        SampleFormat::Split => split(specs),
        SampleFormat::Records => list(record(specs, cell)),
        SampleFormat::Instances if is_named => {
            list(record(specs, |spec| array(&spec.dtype, &spec.shape[1..])))
        }
        _ if is_named => record(specs, |spec| array(&spec.dtype, &spec.shape)),
        _ => array(&specs[0].dtype, &specs[0].shape),
    }
}

/// An object with a key for each tensor, or for each column of a matrix.
fn record(specs: &[TensorSpec], value: impl Fn(&TensorSpec) -> Json) -> Json {
    let named = specs
        .iter()
        .filter_map(|spec| Some((spec.name.as_ref()?.to_string(), spec)));
    let named: Vec<_> = named.map(|(name, spec)| (name, value(spec))).collect();
    if let ([spec], true) = (specs, named.is_empty()) {
        let (width, cell) = if is_matrix(spec) {
            (spec.shape[1], element(&spec.dtype))
        } else {
            (1, value(spec))
        };
        return object([
            ("type", "object".into()),
            ("additionalProperties", cell),
            ("minProperties", width.into()),
            ("maxProperties", width.into()),
        ]);
    }
    let required: Vec<Json> = named.iter().map(|(name, _)| name.as_str().into()).collect();
    object([
        ("type", "object".into()),
        ("properties", object(named)),
        ("required", required.into()),
    ])
}

fn split(specs: &[TensorSpec]) -> Json {
    let names = specs.iter().filter_map(|spec| spec.name.as_ref());
    let names: Vec<Json> = names.map(ColumnName::to_json).collect();
    let cells: Vec<Json> = specs.iter().map(cell).collect();
    let count = i64::try_from(cells.len()).unwrap_or(i64::MAX);
    if names.is_empty() {
        let mut rows = vec![list_of(cells[0].clone(), 1)];
        if is_matrix(&specs[0]) {
            rows.push(list_of(element(&specs[0].dtype), specs[0].shape[1]));
        }
        let rows = list(object([("anyOf", rows.into())]));
        let columns = list(true.into());
        return object([
            ("type", "object".into()),
            ("properties", object([("columns", columns), ("data", rows)])),
            ("required", vec!["data".into()].into()),
            ("additionalProperties", false.into()),
        ]);
    }
    let contains = names
        .iter()
        .map(|name| object([("contains", object([("const", name.clone())]))]));
    let contains: Vec<Json> = contains.collect();
    let listed = object([("type", "array".into()), ("allOf", contains.into())]);
    let row = object([
        ("type", "array".into()),
        ("prefixItems", cells.into()),
        ("minItems", count.into()),
    ]);
    let in_order = object([("columns", object([("const", names.into())]))]);
    let plain = list(typed("array"));
    object([
        ("type", "object".into()),
        ("properties", object([("columns", listed), ("data", plain)])),
        ("required", vec!["columns".into(), "data".into()].into()),
        ("additionalProperties", false.into()),
        ("if", object([("properties", in_order)])),
        (
            "then",
            object([("properties", object([("data", list(row))]))]),
        ),
    ])
}

/// A cell of a table: a single value, or the values of one item in a flat list.
fn cell(spec: &TensorSpec) -> Json {
    match cell_form(spec) {
        CellForm::Single => element(&spec.dtype),
        CellForm::List => {
            let inner = spec.shape.get(1..).unwrap_or_default();
            let length = inner.iter().copied().fold(1, i64::saturating_mul);
            list_of(element(&spec.dtype), length)
        }
    }
}

/// Lists in lists, whose fixed sizes are fixed.
fn array(dtype: &TensorDtype, shape: &[i64]) -> Json {
    // A list of anything is no shape that could be wrong.
    if dtype.family() == DtypeFamily::Object && *shape == [-1] {
        return list(true.into());
    }
    shape
        .iter()
        .rev()
        .fold(element(dtype), |inner, size| match size {
            -1 => list(inner),
            size => list_of(inner, (*size).max(0)),
        })
}

fn element(dtype: &TensorDtype) -> Json {
    let bits = dtype.bits().clamp(1, 64);
    match dtype.family() {
        DtypeFamily::Boolean => typed("boolean"),
        DtypeFamily::Signed => whole(
            (i64::MIN >> (64 - bits)).into(),
            (i64::MAX >> (64 - bits)).into(),
        ),
        DtypeFamily::Unsigned => whole(0.into(), Json::Number((u64::MAX >> (64 - bits)).into())),
        DtypeFamily::Float => or_null(typed("number")),
        DtypeFamily::Complex => typed("number"),
        DtypeFamily::Text | DtypeFamily::Bytes => typed("string"),
        DtypeFamily::Object => true.into(),
        DtypeFamily::Time if dtype.name().starts_with("timedelta") => typed("integer"),
        DtypeFamily::Time => or_null(moment()),
    }
}
