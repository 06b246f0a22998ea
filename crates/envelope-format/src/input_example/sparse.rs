//! Sparse matrices in compressed form and as lists of rows.

use crate::json::{Json, Number};

use super::ExampleError;

/// Along which dimension a matrix is compressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Major {
    /// Row by row (csr)
    Rows,
    /// Column by column (csc)
    Columns,
}

/// The most cells a matrix may have when it is written out.
const MAX_CELLS: usize = 10_000_000;

struct Sparse<'a> {
    values: &'a [Json],
    indices: Vec<usize>,
    starts: Vec<usize>,
    rows: usize,
    columns: usize,
}

impl<'a> Sparse<'a> {
    fn read(value: &'a Json) -> Option<Self> {
        let whole = |item: &Json| {
            item.as_number()
                .and_then(Number::as_i64)
                .and_then(|size| usize::try_from(size).ok())
        };
        let sizes = |key: &str| -> Option<Vec<usize>> {
            value.get(key)?.as_array()?.iter().map(whole).collect()
        };
        let [rows, columns] = sizes("shape")?.try_into().ok()?;
        Some(Self {
            values: value.get("data")?.as_array()?,
            indices: sizes("indices")?,
            starts: sizes("indptr")?,
            rows,
            columns,
        })
    }

    fn is_sound(&self, major: Major) -> bool {
        let (outer, inner) = match major {
            Major::Rows => (self.rows, self.columns),
            Major::Columns => (self.columns, self.rows),
        };
        let small = self
            .rows
            .checked_mul(self.columns)
            .is_some_and(|cells| cells <= MAX_CELLS);
        small
            && self.rows <= MAX_CELLS
            && outer.checked_add(1) == Some(self.starts.len())
            && self.starts.is_sorted()
            && self
                .starts
                .last()
                .is_some_and(|end| *end <= self.values.len())
            && self.indices.len() == self.values.len()
            && self.indices.iter().all(|index| *index < inner)
    }
}

/// Refuses a matrix whose lists do not agree, or with more cells than can be written out.
pub(super) fn check(value: &Json, major: Major) -> Result<(), ExampleError> {
    match Sparse::read(value) {
        Some(sparse) if sparse.is_sound(major) => Ok(()),
        _ => Err(ExampleError::wrong_form(
            value,
            "data, indices, indptr and shape of a sparse matrix of at most 10000000 cells",
        )),
    }
}

/// The matrix as a list of rows; `null` where its lists do not agree.
pub(super) fn to_dense(value: &Json, major: Major) -> Json {
    let Some(sparse) = Sparse::read(value).filter(|sparse| sparse.is_sound(major)) else {
        return Json::Null;
    };
    let floats = sparse
        .values
        .iter()
        .any(|item| item.as_number().is_none_or(|n| !n.is_integer()));
    let zero = if floats {
        Json::from(0.0)
    } else {
        Json::from(0)
    };
    let mut rows = vec![vec![zero; sparse.columns]; sparse.rows];
    for (outer, span) in sparse.starts.windows(2).enumerate() {
        for at in span[0]..span[1] {
            let inner = sparse.indices[at];
            let (row, column) = match major {
                Major::Rows => (outer, inner),
                Major::Columns => (inner, outer),
            };
            rows[row][column] = stored(&sparse.values[at]);
        }
    }
    rows.into_iter().map(Json::from).collect::<Vec<_>>().into()
}

/// A missing value is null in the stored form and NaN in the request.
fn stored(value: &Json) -> Json {
    if value.is_null() {
        Json::from(f64::NAN)
    } else {
        value.clone()
    }
}
