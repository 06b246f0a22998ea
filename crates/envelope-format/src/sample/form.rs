//! Which forms of a request can carry which input, as MLflow parses them.

use crate::data_type::{DataType, DtypeFamily};
use crate::input_example::ExampleKind;
use crate::signature::{Column, ColumnName, ColumnType, Schema, TensorSpec};

use super::tensors::{CellForm, cell_form, label};
use super::{SampleFormat, Subject, input_schema};

/// The forms that can carry the input of a model.
pub fn offered(subject: &Subject) -> Vec<SampleFormat> {
    let forms = SampleFormat::ALL.into_iter();
    forms
        .filter(|format| refusal(subject, *format).is_none())
        .collect()
}

/// Why a form cannot carry the input of a model; none where it can.
pub fn refusal(subject: &Subject, format: SampleFormat) -> Option<String> {
    let of = |reason: &str| Some(reason.to_owned());
    match input_schema(subject) {
        _ if format == SampleFormat::Unwrapped => None,
        _ if subject.is_checked_by_type_hints => match format {
            SampleFormat::Inputs => None,
            _ => of("the input is checked by type hints, which is done for `inputs` alone"),
        },
        None => unknown_refusal(subject, format),
        Some(Schema::Columns(columns)) => column_refusal(columns, format),
        Some(Schema::Tensors(tensors)) => tensor_refusal(tensors, format),
    }
}

/// Without a schema, a form is right where it gives the model what the example is.
fn unknown_refusal(subject: &Subject, format: SampleFormat) -> Option<String> {
    let kind = subject.example.as_ref()?.kind;
    let same = match kind {
        ExampleKind::Dataframe { .. } => {
            matches!(format, SampleFormat::Split | SampleFormat::Records)
        }
        ExampleKind::Ndarray if subject.example.as_ref()?.value.as_array().is_none() => {
            format == SampleFormat::Inputs
        }
        ExampleKind::Ndarray => matches!(format, SampleFormat::Inputs | SampleFormat::Instances),
        _ => format == SampleFormat::Inputs,
    };
    let reason =
        "without a signature of the input the model would get something else than its example";
    (!same).then(|| reason.to_owned())
}

fn column_refusal(columns: &[Column], format: SampleFormat) -> Option<String> {
    match format {
        SampleFormat::Split | SampleFormat::Unwrapped => None,
        SampleFormat::Records => keyed_refusal(columns),
        SampleFormat::Csv => keyed_refusal(columns).or_else(|| csv_refusal(columns)),
        SampleFormat::Inputs | SampleFormat::Instances => {
            let binary = ColumnType::Scalar(DataType::Binary);
            let binary = columns.iter().position(|column| column.ty == binary);
            let reason = |index| {
                let name = column_label(&columns[index], index);
                format!("{name} is binary, whose text is decoded from base64 in tables alone")
            };
            let binary = binary.map(reason);
            binary.or_else(|| value_refusal(columns, format == SampleFormat::Instances))
        }
    }
}

/// The keys of JSON objects and the header of CSV are texts, so that columns with other names are
/// not found.
fn keyed_refusal(columns: &[Column]) -> Option<String> {
    let other = columns
        .iter()
        .filter_map(|column| column.name.as_ref())
        .find(|name| !matches!(name, ColumnName::Text(_)))?;
    Some(format!(
        "the column `{other}` is not named by a text, and keys are texts"
    ))
}

fn csv_refusal(columns: &[Column]) -> Option<String> {
    let plain = |column: &Column| matches!(column.ty, ColumnType::Scalar(ty) if ty != DataType::Datetime && ty != DataType::Binary);
    let index = columns.iter().position(|column| !plain(column))?;
    let name = column_label(&columns[index], index);
    Some(match columns[index].ty {
        ColumnType::Scalar(DataType::Binary) => {
            format!("{name} is binary, whose text is not decoded from CSV")
        }
        _ => format!("{name} is {}, which CSV does not know", columns[index].ty),
    })
}

/// Under `inputs` and `instances`, columns without names are rows of one type.
fn value_refusal(columns: &[Column], is_instances: bool) -> Option<String> {
    if is_positional(columns) {
        let nested =
            |column: &Column| !matches!(column.ty, ColumnType::Scalar(_) | ColumnType::Any);
        if let Some(index) = columns.iter().position(nested) {
            let name = column_label(&columns[index], index);
            let ty = &columns[index].ty;
            return Some(format!("{name} is {ty} and has no name to be found by"));
        }
        let first = &columns[0].ty;
        let other = columns.iter().find(|column| column.ty != *first)?;
        return Some(format!(
            "the columns have no names, and all values would become {first} although one is {}",
            other.ty
        ));
    }
    let joined = |column: &Column| {
        matches!(
            column.ty,
            ColumnType::Array(_) | ColumnType::Object(_) | ColumnType::SparkMlVector
        )
    };
    let keyed = keyed_refusal(columns);
    keyed.or_else(|| {
        let index = columns.iter().position(joined).filter(|_| is_instances)?;
        let name = column_label(&columns[index], index);
        let ty = &columns[index].ty;
        Some(format!(
            "{name} is {ty}, and the rows of `instances` are joined into one"
        ))
    })
}

/// Whether values find their columns by position: columns without names, or named 0 to n-1 as
/// pandas names those of an array.
pub(crate) fn is_positional(columns: &[Column]) -> bool {
    let counted = |(column, index): (&Column, i64)| {
        column.name.is_none() || column.name == Some(ColumnName::Integer(index))
    };
    columns.iter().zip(0..).all(counted)
}

fn column_label(column: &Column, index: usize) -> String {
    match &column.name {
        Some(name) => format!("the column `{name}`"),
        None => format!("column {index}"),
    }
}

fn tensor_refusal(tensors: &[TensorSpec], format: SampleFormat) -> Option<String> {
    let of = |reason: &str| Some(reason.to_owned());
    match format {
        SampleFormat::Csv => of("it is made of tensors, and CSV has columns"),
        SampleFormat::Unwrapped => None,
        SampleFormat::Inputs => keyed_tensor_refusal(tensors),
        SampleFormat::Instances if tensors[0].name.is_none() => None,
        SampleFormat::Instances => {
            keyed_tensor_refusal(tensors).or_else(|| instances_refusal(tensors))
        }
        SampleFormat::Split => tensors.iter().find_map(table_refusal),
        SampleFormat::Records => {
            let keyed = keyed_tensor_refusal(tensors);
            keyed.or_else(|| tensors.iter().find_map(table_refusal))
        }
    }
}

fn keyed_tensor_refusal(tensors: &[TensorSpec]) -> Option<String> {
    let mut names = tensors.iter().filter_map(|tensor| tensor.name.as_ref());
    let other = names.find(|name| !matches!(name, ColumnName::Text(_)))?;
    Some(format!(
        "the tensor `{other}` is not named by a text, and keys are texts"
    ))
}

/// Each instance is one item of every tensor.
fn instances_refusal(tensors: &[TensorSpec]) -> Option<String> {
    if let Some(single) = tensors.iter().find(|tensor| tensor.shape.is_empty()) {
        return Some(format!("the tensor {} has no rows", label(single)));
    }
    let fixed = |tensor: &&TensorSpec| tensor.shape[0] != -1;
    let first = tensors.iter().find(fixed)?;
    let other = tensors
        .iter()
        .filter(fixed)
        .find(|other| other.shape[0] != first.shape[0])?;
    Some(format!(
        "the tensors {} and {} have different numbers of rows",
        label(first),
        label(other)
    ))
}

/// A cell of a table is a value or a flat list, from which the shape is made again.
fn table_refusal(tensor: &TensorSpec) -> Option<String> {
    let name = label(tensor);
    let inner = tensor.shape.get(1..).unwrap_or_default();
    if tensor.shape.first() != Some(&-1) || inner.iter().any(|size| *size < 1) {
        return Some(format!(
            "the tensor {name} has shape {:?}, and a table needs -1 first and fixed sizes after it",
            tensor.shape
        ));
    }
    let lists = cell_form(tensor) == CellForm::List;
    (lists && tensor.dtype.family() == DtypeFamily::Bytes)
        .then(|| format!("the tensor {name} is bytes, which a table takes as single values alone"))
}
