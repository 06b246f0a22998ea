//! Samples of tensors: made up, or taken from an example, and written in each form.

use crate::data_type::DtypeFamily;
use crate::json::{Json, object};
use crate::signature::{ColumnName, TensorSpec};

use super::table::Table;
use super::{ROWS, SampleError, SampleFormat, value};

/// Larger samples are of no use to anyone.
const MOST_VALUES: u128 = 10_000_000;
/// The sizes after the first that are free.
const INNER: usize = 2;

/// The arrays of a request, one for each tensor of the signature.
pub(super) struct Tensors<'a> {
    specs: &'a [TensorSpec],
    arrays: Vec<Json>,
}

/// What a cell of a table holds for one item of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellForm {
    /// One value
    Single,
    /// The values of the item in one flat list
    List,
}

/// What a cell of a table holds for one item of a tensor.
pub(crate) fn cell_form(tensor: &TensorSpec) -> CellForm {
    // Times in a column of their own become pandas' times, which numpy does not make arrays of.
    let is_time = tensor.dtype.family() == DtypeFamily::Time;
    match tensor.shape.get(1..) {
        Some([] | [1]) if !is_time => CellForm::Single,
        _ => CellForm::List,
    }
}

/// The name of a tensor for messages.
pub(super) fn label(tensor: &TensorSpec) -> String {
    match &tensor.name {
        Some(name) => format!("`{name}`"),
        None => "without a name".to_owned(),
    }
}

impl<'a> Tensors<'a> {
    /// Makes up arrays.
    pub(super) fn made(specs: &'a [TensorSpec], rows: Option<usize>) -> Result<Self, SampleError> {
        let batch = batch(specs, rows)?;
        let sizes: Vec<Vec<usize>> = specs
            .iter()
            .map(|spec| sizes(spec, batch))
            .collect::<Result<_, _>>()?;
        let count = |sizes: &Vec<usize>| {
            let sizes = sizes.iter().map(|size| *size as u128);
            sizes.fold(1, u128::saturating_mul)
        };
        check_size(sizes.iter().map(count).fold(0, u128::saturating_add))?;
        let make = |(spec, sizes): (&TensorSpec, &Vec<usize>)| {
            fill(spec, sizes, &mut 0).ok_or_else(|| no_value(spec, "JSON holds no such elements"))
        };
        let arrays = specs.iter().zip(&sizes).map(make);
        Ok(Self {
            specs,
            arrays: arrays.collect::<Result<_, _>>()?,
        })
    }

    /// The arrays that a value under `inputs` holds.
    pub(super) fn of_value(specs: &'a [TensorSpec], value: &Json) -> Option<Self> {
        let array = |spec: &TensorSpec| match (&spec.name, value) {
            (Some(name), Json::Object(map)) => map.get(&name.to_string()).cloned(),
            _ if specs.len() == 1 => Some(value.clone()),
            _ => None,
        };
        let arrays = specs.iter().map(array).collect::<Option<_>>()?;
        Some(Self { specs, arrays })
    }

    /// The arrays that a table holds: a column for each named tensor, or the columns of a matrix.
    pub(super) fn of_table(specs: &'a [TensorSpec], table: &Table) -> Option<Self> {
        let array = |spec: &TensorSpec| {
            let column = match &spec.name {
                Some(name) => table.position(&name.to_json())?,
                None if table.width() != 1 => return Some(table.matrix()),
                None => 0,
            };
            let shape = |cell: &Json| shaped(cell, spec.shape.get(1..).unwrap_or_default());
            let items = table.column(column).map(shape).collect::<Option<Vec<_>>>();
            items.map(Json::from)
        };
        let arrays = specs.iter().map(array).collect::<Option<_>>()?;
        Some(Self { specs, arrays })
    }

    /// The same with another number of rows, repeating those there are.
    pub(super) fn with_rows(mut self, rows: Option<usize>) -> Option<Self> {
        let Some(rows) = rows else {
            return Some(self);
        };
        for (spec, array) in self.specs.iter().zip(&mut self.arrays) {
            let items = array.as_array().filter(|items| !items.is_empty())?;
            if spec.shape.first() == Some(&-1) {
                check_size(rows as u128 * flat(&items[0]).len() as u128).ok()?;
                *array = Json::Array(items.iter().cycle().take(rows).cloned().collect());
            } else if items.len() != rows {
                return None;
            }
        }
        Some(self)
    }

    /// The data of a request.
    pub(super) fn to_data(&self, format: SampleFormat) -> Option<Json> {
        match format {
            SampleFormat::Inputs => Some(self.whole()),
            SampleFormat::Instances if self.specs[0].name.is_none() => Some(self.whole()),
            SampleFormat::Instances => {
                let items = |array: &Json| array.as_array().map(<[Json]>::to_vec);
                Some(self.table_of(items)?.to_records())
            }
            SampleFormat::Split => Some(self.table()?.to_split()),
            SampleFormat::Records => Some(self.table()?.to_records()),
            SampleFormat::Csv | SampleFormat::Unwrapped => None,
        }
    }

    fn whole(&self) -> Json {
        let named = self.specs.iter().zip(&self.arrays);
        let named = named.filter_map(|(spec, array)| Some((spec.name.as_ref()?, array)));
        let map: Vec<_> = named
            .map(|(name, array)| (name.to_string(), array.clone()))
            .collect();
        if map.is_empty() {
            self.arrays[0].clone()
        } else {
            object(map)
        }
    }

    /// A column for each named tensor, or the columns of a matrix.
    fn table(&self) -> Option<Table> {
        if let [spec] = self.specs
            && spec.name.is_none()
            && is_matrix(spec)
        {
            let rows = self.arrays[0].as_array()?.iter();
            let rows = rows.map(|row| row.as_array().map(<[Json]>::to_vec));
            return Some(Table::unnamed(rows.collect::<Option<_>>()?));
        }
        let mut specs = self.specs.iter();
        self.table_of(|array| {
            let form = cell_form(specs.next()?);
            let cell = |item: &Json| match form {
                CellForm::Single => first(item).clone(),
                CellForm::List => flat(item).into(),
            };
            Some(array.as_array()?.iter().map(cell).collect())
        })
    }

    fn table_of(&self, mut cells: impl FnMut(&Json) -> Option<Vec<Json>>) -> Option<Table> {
        let columns: Vec<Vec<Json>> = self.arrays.iter().map(&mut cells).collect::<Option<_>>()?;
        let names = self.specs.iter().map(|spec| spec.name.as_ref());
        let names: Option<Vec<_>> = names.map(|name| name.map(ColumnName::to_json)).collect();
        Table::of_columns(names, &columns)
    }
}

/// Refuses samples that are too large.
pub(super) fn check_size(values: u128) -> Result<(), SampleError> {
    let limit = MOST_VALUES;
    if values > limit {
        return Err(SampleError::TooLarge { values, limit });
    }
    Ok(())
}

/// Whether a table shows the tensor as columns: two dimensions, and elements that pandas keeps.
pub(crate) fn is_matrix(spec: &TensorSpec) -> bool {
    let family = spec.dtype.family();
    let is_plain = !matches!(
        family,
        DtypeFamily::Text | DtypeFamily::Bytes | DtypeFamily::Time
    );
    is_plain && matches!(spec.shape.as_slice(), [-1, width] if *width > 1)
}

/// The number of rows: the first size that is fixed, or the one asked for.
fn batch(specs: &[TensorSpec], rows: Option<usize>) -> Result<usize, SampleError> {
    let mut sizes = specs.iter().map(|spec| (spec, spec.shape.first().copied()));
    let fixed = sizes.find_map(|(spec, size)| Some((spec, usize::try_from(size?).ok()?)));
    match (fixed, rows) {
        (Some((spec, fixed)), Some(found)) if fixed != found => Err(SampleError::FixedRows {
            found,
            fixed,
            name: spec
                .name
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        }),
        (Some((_, fixed)), _) => Ok(fixed),
        (None, rows) => Ok(rows.unwrap_or(ROWS)),
    }
}

fn sizes(spec: &TensorSpec, batch: usize) -> Result<Vec<usize>, SampleError> {
    let size = |(place, size): (usize, &i64)| match (place, *size) {
        (0, -1) => Ok(batch),
        (_, -1) => Ok(INNER),
        (_, size) => {
            usize::try_from(size).map_err(|_| no_value(spec, "no array has a size below zero"))
        }
    };
    let sizes: Vec<usize> = spec
        .shape
        .iter()
        .enumerate()
        .map(size)
        .collect::<Result<_, _>>()?;
    let zero = sizes.iter().position(|size| *size == 0);
    if zero.is_some_and(|place| place + 1 < sizes.len() || place == 0) {
        return Err(no_value(spec, "an empty list has no such shape"));
    }
    Ok(sizes)
}

fn no_value(spec: &TensorSpec, reason: &str) -> SampleError {
    SampleError::NoValue {
        name: spec
            .name
            .as_ref()
            .map_or_else(|| "inputs".to_owned(), ToString::to_string),
        reason: format!(
            "it is {} of shape {:?}, and {reason}",
            spec.dtype, spec.shape
        ),
        hint: "declare a type and shape that lists of JSON values can have",
    }
}

fn fill(spec: &TensorSpec, sizes: &[usize], index: &mut usize) -> Option<Json> {
    let Some((size, inner)) = sizes.split_first() else {
        let element = value::element(&spec.dtype, *index);
        *index += 1;
        return element;
    };
    let items = (0..*size).map(|_| fill(spec, inner, index));
    items.collect::<Option<Vec<_>>>().map(Json::from)
}

fn flat(item: &Json) -> Vec<Json> {
    match item {
        Json::Array(items) => items.iter().flat_map(flat).collect(),
        value => vec![value.clone()],
    }
}

fn first(item: &Json) -> &Json {
    item.as_array()
        .and_then(<[Json]>::first)
        .map_or(item, first)
}

/// The values of a cell in the shape of one item.
fn shaped(cell: &Json, sizes: &[i64]) -> Option<Json> {
    let values = flat(cell);
    let wanted: i64 = sizes
        .iter()
        .try_fold(1i64, |all, size| all.checked_mul(*size))?;
    if usize::try_from(wanted) != Ok(values.len()) {
        return None;
    }
    let mut values = values;
    for size in sizes.iter().rev() {
        let size = usize::try_from(*size).ok().filter(|size| *size > 0)?;
        values = values
            .chunks(size)
            .map(|chunk| chunk.to_vec().into())
            .collect();
    }
    values.into_iter().next()
}
