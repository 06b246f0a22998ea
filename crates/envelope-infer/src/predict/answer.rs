//! Answers as MLflow's scoring server writes them, byte for byte.

use std::fmt::Write as _;

use envelope_format::json::{Json, python_float};

use super::{PredictError, Prediction};
use crate::data_type::DataType;
use crate::tensor::Tensor;
use crate::value::Value;

/// How outputs become an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A list of one object for each row: `[{"y": 1.0}, …]`
    Records,
    /// An object of the outputs: `{"y": [[1.0]]}`
    ByName,
    /// The only output: `[[1.0]]`
    Bare,
}

impl Prediction {
    /// The whole answer.
    ///
    /// # Errors
    /// Outputs that no answer can hold: columns of different lengths, types that JSON has no words
    /// for.
    pub fn to_json(&self) -> Result<String, PredictError> {
        let mut out = String::new();
        if !self.is_unwrapped {
            out.push_str("{\"predictions\": ");
        }
        match self.form {
            Form::Records => {
                out.push('[');
                self.write_records(&mut out)?;
                out.push(']');
            }
            Form::ByName => {
                out.push('{');
                for (place, (name, value)) in self.outputs.iter().enumerate() {
                    if place > 0 {
                        out.push_str(", ");
                    }
                    write_text(name, &mut out);
                    out.push_str(": ");
                    write_value(value, &mut out)?;
                }
                out.push('}');
            }
            Form::Bare => match self.outputs.first() {
                Some((_, value)) => write_value(value, &mut out)?,
                None => out.push_str("null"),
            },
        }
        if !self.is_unwrapped {
            out.push('}');
        }
        Ok(out)
    }

    /// The rows of an answer in records, without the brackets around them.
    ///
    /// # Errors
    /// As [`Prediction::to_json`].
    pub fn write_records(&self, out: &mut String) -> Result<(), PredictError> {
        let mut rows = None;
        let mut columns = Vec::new();
        for (name, value) in &self.outputs {
            let mut key = String::new();
            write_text(name, &mut key);
            key.push_str(": ");
            let count = match value {
                Value::Tensor(tensor) => tensor.elements(),
                Value::Sequence(items) => items.len(),
                _ => 1,
            };
            if *rows.get_or_insert(count) != count {
                let known = rows.unwrap_or(0);
                return Err(data(format!(
                    "output `{name}` has {count} values and those before have {known}: a table has \
                     columns of one length"
                )));
            }
            columns.push((key, Cells::of(value)?));
        }
        for row in 0..rows.unwrap_or(0) {
            out.push_str(if row > 0 { ", {" } else { "{" });
            for (place, (key, cells)) in columns.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                out.push_str(key);
                cells.write(row, out)?;
            }
            out.push('}');
        }
        Ok(())
    }
}

impl Prediction {
    /// The rows of an answer that is the only output, without the brackets around them.
    ///
    /// # Errors
    /// As [`Prediction::to_json`], and for outputs by name, which have no common rows.
    pub fn write_rows(&self, out: &mut String) -> Result<(), PredictError> {
        let Some((_, value)) = self.outputs.first().filter(|_| self.form == Form::Bare) else {
            return Err(data(
                "found outputs by name, which cannot be joined from batches",
            ));
        };
        let mut text = String::new();
        write_value(value, &mut text)?;
        let rows = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        out.push_str(rows.ok_or_else(|| data("found a single value, expected rows"))?);
        Ok(())
    }
}

fn data(message: impl Into<String>) -> PredictError {
    PredictError::Data {
        message: message.into(),
    }
}

/// The values of a column, or the elements of a tensor, one by one.
enum Cells<'a> {
    Bools(Vec<u8>),
    Ints(Vec<i128>),
    Floats(Vec<f64>),
    Texts(&'a [String]),
    Values(&'a [Value]),
    Single(&'a Value),
}

impl<'a> Cells<'a> {
    fn of(value: &'a Value) -> Result<Self, PredictError> {
        match value {
            Value::Tensor(tensor) => Self::of_tensor(tensor),
            Value::Sequence(items) => Ok(Cells::Values(items)),
            other => Ok(Cells::Single(other)),
        }
    }

    fn of_tensor(tensor: &'a Tensor) -> Result<Self, PredictError> {
        macro_rules! ints {
            ($type:ty) => {{
                let all = tensor.values::<$type>().map_err(|fault| data(fault.0))?;
                Cells::Ints(all.iter().map(|one| i128::from(*one)).collect())
            }};
        }
        macro_rules! floats {
            ($type:ty) => {{
                let all = tensor.values::<$type>().map_err(|fault| data(fault.0))?;
                Cells::Floats(all.iter().map(|one| f64::from(*one)).collect())
            }};
        }
        Ok(match tensor.data_type() {
            DataType::Bool => Cells::Bools(tensor.bools().map_err(|fault| data(fault.0))?.to_vec()),
            DataType::I8 => ints!(i8),
            DataType::I16 => ints!(i16),
            DataType::I32 => ints!(i32),
            DataType::I64 => ints!(i64),
            DataType::U8 => ints!(u8),
            DataType::U16 => ints!(u16),
            DataType::U32 => ints!(u32),
            DataType::U64 => ints!(u64),
            DataType::F16 => floats!(half::f16),
            DataType::F32 => floats!(f32),
            DataType::F64 => floats!(f64),
            DataType::String => Cells::Texts(tensor.strings().map_err(|fault| data(fault.0))?),
            other => {
                return Err(data(format!(
                    "an output is {other}, which no answer in JSON can hold"
                )));
            }
        })
    }

    fn write(&self, place: usize, out: &mut String) -> Result<(), PredictError> {
        match self {
            Cells::Bools(all) => out.push_str(if all[place] == 0 { "false" } else { "true" }),
            Cells::Ints(all) => {
                let _ = write!(out, "{}", all[place]);
            }
            Cells::Floats(all) => out.push_str(&python_float(all[place])),
            Cells::Texts(all) => write_text(&all[place], out),
            Cells::Values(all) => write_value(&all[place], out)?,
            Cells::Single(value) => write_value(value, out)?,
        }
        Ok(())
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&Json::from(text).to_python_string());
}

fn write_value(value: &Value, out: &mut String) -> Result<(), PredictError> {
    match value {
        Value::Tensor(tensor) => {
            let cells = Cells::of_tensor(tensor)?;
            write_nested(&cells, tensor.shape(), &mut 0, out)
        }
        Value::Sequence(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                write_value(item, out)?;
            }
            out.push(']');
            Ok(())
        }
        Value::Optional(None) => {
            out.push_str("null");
            Ok(())
        }
        Value::Optional(Some(value)) => write_value(value, out),
        Value::Map { keys, values } => write_map(keys, values, out),
    }
}

/// A map's keys are texts in JSON, whatever they are.
fn write_map(keys: &Tensor, values: &Tensor, out: &mut String) -> Result<(), PredictError> {
    let (keys_of, values_of) = (Cells::of_tensor(keys)?, Cells::of_tensor(values)?);
    out.push('{');
    for place in 0..keys.elements() {
        if place > 0 {
            out.push_str(", ");
        }
        if let Cells::Texts(_) = keys_of {
            keys_of.write(place, out)?;
        } else {
            out.push('"');
            keys_of.write(place, out)?;
            out.push('"');
        }
        out.push_str(": ");
        values_of.write(place, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_nested(
    cells: &Cells,
    shape: &[usize],
    next: &mut usize,
    out: &mut String,
) -> Result<(), PredictError> {
    let Some((size, inner)) = shape.split_first() else {
        *next += 1;
        return cells.write(*next - 1, out);
    };
    out.push('[');
    for place in 0..*size {
        if place > 0 {
            out.push_str(", ");
        }
        write_nested(cells, inner, next, out)?;
    }
    out.push(']');
    Ok(())
}
