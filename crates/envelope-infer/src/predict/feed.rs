//! What was received as the inputs of a model, as MLflow's wrapper of ONNX models makes them.

use envelope_format::array::{Array, Elements};
use envelope_format::payload::Data;
use envelope_format::signature::ColumnName;
use envelope_format::table::Table;
use envelope_format::value::Value as Received;

use crate::data_type::DataType;
use crate::session::{NamedValues, Session};
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

type Fed<T> = Result<T, String>;

/// The inputs of a session.
pub(super) fn inputs(data: Data, session: &Session) -> Fed<NamedValues> {
    let names: Vec<&str> = session
        .inputs()
        .iter()
        .map(|info| info.name.as_str())
        .collect();
    let mut inputs = NamedValues::new();
    match data {
        Data::Named(map) => {
            for (name, value) in map {
                let Received::Array(array) = value else {
                    return Err(format!("input `{name}` is no array"));
                };
                let fed = tensor(*array).map_err(|fault| format!("input `{name}`: {fault}"))?;
                inputs.insert(name.into(), fed.into());
            }
        }
        Data::Array(array) => {
            let [name] = names.as_slice() else {
                return Err(format!(
                    "found one array, expected arrays by name for the model's inputs {}",
                    names.join(", ")
                ));
            };
            inputs.insert((*name).to_owned(), tensor(array)?.into());
        }
        Data::Table(table) => match names.as_slice() {
            [name] => drop(inputs.insert((*name).to_owned(), tensor(stacked(&table))?.into())),
            names => {
                for name in names {
                    let column = table.column(&ColumnName::Text((*name).to_owned()));
                    let Some(column) = column else {
                        return Err(format!(
                            "found no column `{name}`, which is an input of the model"
                        ));
                    };
                    let array = Array::of_row(column.clone());
                    let fed = tensor(array).map_err(|fault| format!("column `{name}`: {fault}"))?;
                    inputs.insert((*name).to_owned(), fed.into());
                }
            }
        },
        _ => return Err("found values that are neither a table nor arrays".to_owned()),
    }
    for info in session.inputs() {
        if info.value_type == ValueType::Tensor(DataType::F32)
            && let Some(Value::Tensor(tensor)) = inputs.get_mut(&info.name)
            && tensor.data_type() == DataType::F64
        {
            *tensor = narrowed(tensor)?;
        }
    }
    Ok(inputs)
}

/// Doubles for a model that takes single floats: JSON knows no others.
fn narrowed(tensor: &Tensor) -> Fed<Tensor> {
    let doubles = tensor.values::<f64>().map_err(|fault| fault.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the model takes no wider ones"
    )]
    let singles = doubles.iter().map(|double| *double as f32).collect();
    Ok(Tensor::from_vec(tensor.shape().clone(), singles))
}

fn tensor(array: Array) -> Fed<Tensor> {
    let shape = array.shape;
    Ok(match array.elements {
        Elements::Bool(all) => Tensor::from_bools(shape, all),
        Elements::Int8(all) => Tensor::from_vec(shape, all),
        Elements::Int16(all) => Tensor::from_vec(shape, all),
        Elements::Int32(all) => Tensor::from_vec(shape, all),
        Elements::Int64(all) => Tensor::from_vec(shape, all),
        Elements::UInt8(all) => Tensor::from_vec(shape, all),
        Elements::UInt16(all) => Tensor::from_vec(shape, all),
        Elements::UInt32(all) => Tensor::from_vec(shape, all),
        Elements::UInt64(all) => Tensor::from_vec(shape, all),
        Elements::Float16(all) => Tensor::from_vec(shape, all),
        Elements::Float32(all) => Tensor::from_vec(shape, all),
        Elements::Float64(all) => Tensor::from_vec(shape, all),
        Elements::Text(all) => {
            let text = |one: Option<Box<str>>| one.map_or_else(|| "nan".to_owned(), String::from);
            Tensor::from_strings(shape, all.into_iter().map(text).collect())
        }
        Elements::Object(all) => {
            // As onnxruntime takes objects: each becomes what Python's `str` makes of it.
            Tensor::from_strings(shape, all.iter().map(Received::to_str).collect())
        }
        other => {
            let name = other.dtype_name();
            return Err(format!("found {name}, of which a model has no tensors"));
        }
    })
}

/// All columns of a table side by side, in the type that holds them all.
fn stacked(table: &Table) -> Array {
    let width = table.columns.len();
    let shape = vec![table.rows, width];
    let columns: Vec<&Elements> = table
        .columns
        .iter()
        .map(|column| &column.elements)
        .collect();
    if let [column] = columns.as_slice() {
        let elements = (*column).clone();
        return Array { shape, elements };
    }
    let common = columns
        .iter()
        .map(|column| Number::of(column))
        .reduce(|one, other| {
            let (one, other) = (one?, other?);
            Some(one.join(other))
        });
    let cells = || {
        let rows = 0..table.rows;
        rows.flat_map(|row| columns.iter().filter_map(move |column| column.get(row)))
    };
    let elements = match common.flatten() {
        Some(number) => number.elements(cells()),
        None if columns
            .iter()
            .all(|column| matches!(column, Elements::Bool(_))) =>
        {
            let truths = cells().map(|cell| cell == Received::Bool(true));
            Elements::Bool(truths.collect())
        }
        None => Elements::Object(cells().collect()),
    };
    Array { shape, elements }
}

/// A type of numbers: whether they are whole, have a sign, and their bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Signed(u32),
    Unsigned(u32),
    Float(u32),
}

impl Number {
    fn of(elements: &Elements) -> Option<Self> {
        Some(match elements {
            Elements::Int8(_) => Number::Signed(1),
            Elements::Int16(_) => Number::Signed(2),
            Elements::Int32(_) => Number::Signed(4),
            Elements::Int64(_) => Number::Signed(8),
            Elements::UInt8(_) => Number::Unsigned(1),
            Elements::UInt16(_) => Number::Unsigned(2),
            Elements::UInt32(_) => Number::Unsigned(4),
            Elements::UInt64(_) => Number::Unsigned(8),
            Elements::Float16(_) => Number::Float(2),
            Elements::Float32(_) => Number::Float(4),
            Elements::Float64(_) => Number::Float(8),
            _ => return None,
        })
    }

    /// The type that holds the numbers of both, as numpy widens them.
    fn join(self, other: Self) -> Self {
        use Number::{Float, Signed, Unsigned};
        match (self, other) {
            (Signed(one), Signed(other)) => Signed(one.max(other)),
            (Unsigned(one), Unsigned(other)) => Unsigned(one.max(other)),
            (Float(one), Float(other)) => Float(one.max(other)),
            (Signed(signed), Unsigned(unsigned)) | (Unsigned(unsigned), Signed(signed)) => {
                match unsigned {
                    8 => Float(8),
                    _ => Signed(signed.max(unsigned * 2)),
                }
            }
            (Float(float), Signed(whole) | Unsigned(whole))
            | (Signed(whole) | Unsigned(whole), Float(float)) => {
                Float(float.max((whole * 2).min(8)))
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the type was chosen so that it holds every number"
    )]
    fn elements(self, cells: impl Iterator<Item = Received>) -> Elements {
        let whole = |cell: Received| match cell {
            Received::Int(number) => i128::from(number),
            Received::Big(digits) => digits.parse().unwrap_or_default(),
            _ => 0,
        };
        let float = |cell: Received| match cell {
            Received::Int(number) => number as f64,
            Received::Float(number) => number,
            Received::Big(digits) => digits.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        match self {
            Number::Signed(1) => Elements::Int8(cells.map(|one| whole(one) as i8).collect()),
            Number::Signed(2) => Elements::Int16(cells.map(|one| whole(one) as i16).collect()),
            Number::Signed(4) => Elements::Int32(cells.map(|one| whole(one) as i32).collect()),
            Number::Signed(_) => Elements::Int64(cells.map(|one| whole(one) as i64).collect()),
            Number::Unsigned(1) => Elements::UInt8(cells.map(|one| whole(one) as u8).collect()),
            Number::Unsigned(2) => Elements::UInt16(cells.map(|one| whole(one) as u16).collect()),
            Number::Unsigned(4) => Elements::UInt32(cells.map(|one| whole(one) as u32).collect()),
            Number::Unsigned(_) => Elements::UInt64(cells.map(|one| whole(one) as u64).collect()),
            Number::Float(2) => {
                Elements::Float16(cells.map(|one| half::f16::from_f64(float(one))).collect())
            }
            Number::Float(4) => Elements::Float32(cells.map(|one| float(one) as f32).collect()),
            Number::Float(_) => Elements::Float64(cells.map(float).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_stacked_in_the_type_that_numpy_chooses() {
        use Number::{Float, Signed, Unsigned};
        for (one, other, expected) in [
            (Signed(4), Signed(8), Signed(8)),
            (Signed(8), Float(4), Float(8)),
            (Signed(2), Float(4), Float(4)),
            (Unsigned(4), Signed(4), Signed(8)),
            (Unsigned(8), Signed(1), Float(8)),
            (Unsigned(1), Float(2), Float(2)),
            (Signed(1), Float(2), Float(2)),
            (Signed(2), Float(2), Float(4)),
        ] {
            assert!(one.join(other) == expected && other.join(one) == expected);
        }
    }
}
