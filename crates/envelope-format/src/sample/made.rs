//! A sample of values that are made up from the signature.

use crate::json::Json;
use crate::signature::{Column, Schema};

use super::table::Table;
use super::tensors::{Tensors, check_size};
use super::{Body, Made, ROWS, SampleError, SampleFormat, SampleOptions, Subject};
use super::{default_params, input_schema, offered, value};

/// Makes one up.
pub(super) fn sample(subject: &Subject, options: SampleOptions) -> Result<Made, SampleError> {
    let nothing = || SampleError::NothingKnown {
        after: String::new(),
    };
    let schema = input_schema(subject).ok_or_else(nothing)?;
    let format = options.format.or_else(|| usual(subject, schema));
    let format = format.unwrap_or(SampleFormat::Inputs);
    let body = match schema {
        Schema::Columns(columns) if subject.is_checked_by_type_hints => {
            check_size(options.rows.unwrap_or(ROWS) as u128)?;
            Some(Body::Json(hinted(columns, options.rows)))
        }
        Schema::Columns(columns) => Table::made(columns, options.rows)?.to_body(columns, format),
        Schema::Tensors(specs) => {
            let tensors = Tensors::made(specs, options.rows)?;
            tensors.to_data(format).map(Body::Json)
        }
    };
    let body = body.ok_or_else(|| {
        let reason = "its values cannot be written so".to_owned();
        SampleError::format(subject, format, reason)
    })?;
    Ok((format, body, default_params(subject)))
}

/// The form that suits a signature: tables for columns, arrays for tensors, where they can be.
fn usual(subject: &Subject, schema: &Schema) -> Option<SampleFormat> {
    let offered = offered(subject);
    let wished = match schema {
        Schema::Columns(_) => SampleFormat::Split,
        Schema::Tensors(_) => SampleFormat::Inputs,
    };
    let is_offered = offered.contains(&wished);
    if is_offered {
        Some(wished)
    } else {
        offered.first().copied()
    }
}

/// The list that a model with type hints takes: one value for each item.
fn hinted(columns: &[Column], rows: Option<usize>) -> Json {
    let item = |row: usize| value::hinted(&columns[0].ty, row);
    (0..rows.unwrap_or(ROWS))
        .map(item)
        .collect::<Vec<_>>()
        .into()
}
