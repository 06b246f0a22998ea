//! Softmax of rows in memory, in place.

use rayon::prelude::*;

use crate::data_type::DataType;
use crate::element::Number;
use crate::ops::wide::Wide;

/// Fewer elements than this are not worth several threads.
const MANY: usize = 1 << 16;

/// Calls a function with the number of each row and the row, on several threads where it is worth it.
pub(super) fn each_row<T: Wide>(
    values: &mut [T],
    width: usize,
    function: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    if width == 0 {
        return;
    }
    if values.len() < MANY {
        let rows = values.chunks_exact_mut(width).enumerate();
        rows.for_each(|(number, row)| function(number, row));
    } else {
        let rows = values.par_chunks_exact_mut(width).enumerate();
        let few = (MANY / 8 / width).max(1);
        rows.with_min_len(few)
            .for_each(|(number, row)| function(number, row));
    }
}

/// Replaces a row by its softmax. A row of nothing but minus infinity becomes what is said.
fn softmax<T: Wide>(row: &mut [T], of_nothing: T) {
    let largest = T::largest(row);
    if largest == T::neg_infinity() && row.iter().all(|v| *v == largest) {
        row.fill(of_nothing);
    } else {
        T::softmax(row, largest);
    }
}

/// The same with each step rounded to a type of half precision, as if each were an operator.
pub(super) fn softmax_in<T: Wide>(row: &mut [T], of_nothing: T, precision: DataType) {
    let half = matches!(precision, DataType::F16 | DataType::Bf16);
    let Some(round) = rounding::<T>(precision).filter(|_| half) else {
        return softmax(row, of_nothing);
    };
    let largest = T::largest(row);
    if largest == T::neg_infinity() && row.iter().all(|v| *v == largest) {
        row.fill(of_nothing);
        return;
    }
    let mut sum = T::zero();
    for value in &mut *row {
        *value = round(round(*value - largest).exp());
        sum += *value;
        if precision == DataType::Bf16 {
            sum = round(sum);
        }
    }
    let sum = round(sum);
    for value in row {
        *value = round(*value / sum);
    }
}

/// The nearest value of a type of less precision; nothing where that changes no value.
pub(super) fn rounding<T: Wide>(precision: DataType) -> Option<fn(T) -> T> {
    match precision {
        DataType::F16 => Some(|v| T::from_f64(half::f16::from_f64(Number::to_f64(v)).to_f64())),
        DataType::Bf16 => Some(|v| T::from_f64(half::bf16::from_f64(Number::to_f64(v)).to_f64())),
        DataType::F32 if T::TYPE == DataType::F64 => {
            Some(|v| T::from_f64(f32::from_f64(Number::to_f64(v)).into()))
        }
        _ => None,
    }
}

/// Rounds all values so.
pub(super) fn round_all<T: Wide>(row: &mut [T], rounding: Option<fn(T) -> T>) {
    if let Some(round) = rounding {
        for value in row {
            *value = round(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_nothing_are_not_divided() {
        let nothing = f32::NEG_INFINITY;
        let mut row = [nothing, nothing];
        softmax(&mut row, 0.0);
        assert_eq!(row.map(f32::to_bits), [0, 0]);
        let mut row = [nothing, 3.0];
        softmax(&mut row, 0.0);
        assert_eq!(row.map(f32::to_bits), [0.0, 1.0].map(f32::to_bits));
        let mut row = [f32::NAN, 3.0];
        softmax(&mut row, 0.0);
        assert!(row.iter().all(|v| v.is_nan()));
    }
}
