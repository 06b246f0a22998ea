//! A sample from the example of the package.
//!
//! The example goes as it is in its own form, and is rewritten for another. Where it does not fit
//! the signature, or what it would become does not, it is not used and the reason is told.

use std::borrow::Cow;

use crate::input_example::{ExampleKind, InputExample};
use crate::json::{Json, object};
use crate::request_schema::request_schema;
use crate::signature::{Column, ColumnName, ColumnType, ParamSpec, Schema, Signature, fit};

use super::table::{Table, is_table};
use super::tensors::{Tensors, check_size};
use super::{Body, Made, SampleFormat, SampleOptions, Subject};
use super::{default_params, input_schema, refusal, with_params};

/// The sample, or why the example makes none; none where there is no example.
pub(super) fn sample(subject: &Subject, options: SampleOptions) -> Option<Result<Made, String>> {
    let example = subject.example.as_ref()?;
    let example = match &subject.signature {
        Some(signature) => Cow::Owned(with_known_params(example, signature)),
        None => Cow::Borrowed(example),
    };
    let made = try_sample(subject, &example, options);
    let fallback = "typed sample values are used instead of the example";
    Some(made.map_err(|reason| match subject.signature {
        Some(_) => format!("{fallback}: {reason}"),
        None => format!("the example is not used: {reason}"),
    }))
}

/// MLflow ignores parameters that the signature does not have.
fn with_known_params(example: &InputExample, signature: &Signature) -> InputExample {
    let known = signature.params.as_deref().unwrap_or_default();
    let is_known = |name: &String| known.iter().any(|param: &ParamSpec| param.name == *name);
    let params = example.params.as_ref().and_then(Json::as_object);
    let params = params.map(|params| {
        let kept = params.iter().filter(|(name, _)| is_known(name));
        object(kept.map(|(name, value)| (name.clone(), value.clone())))
    });
    InputExample {
        params: params.filter(Json::is_truthy),
        ..example.clone()
    }
}

fn try_sample(
    subject: &Subject,
    example: &InputExample,
    options: SampleOptions,
) -> Result<Made, String> {
    if let Some(signature) = &subject.signature
        && let Some(misfit) = fit::misfits(signature, example).first()
    {
        return Err(format!(
            "its `{}` is {}, expected {}",
            misfit.place, misfit.found, misfit.expected
        ));
    }
    let own = own_format(subject, example);
    let refused = refusal(subject, own).is_some();
    let format = match options.format {
        Some(format) => format,
        None if refused => *super::offered(subject)
            .first()
            .ok_or("no form carries it")?,
        None => own,
    };
    let body = if format == own && options.rows.is_none() {
        Some(own_body(example, format))
    } else {
        rewritten(subject, example, format, options.rows)
    };
    let body = body.ok_or_else(|| match options.rows {
        Some(_) => format!("it has no rows that `{format}` could repeat"),
        None => format!("it cannot be written as `{format}`"),
    })?;
    let params = example.params.clone();
    let params = params.or_else(|| default_params(subject).filter(|_| own.key().is_some()));
    if subject.signature.is_some()
        && let Body::Json(data) = &body
    {
        check(subject, format, data, params.as_ref())?;
    }
    Ok((format, body, params))
}

fn own_format(subject: &Subject, example: &InputExample) -> SampleFormat {
    match example.kind {
        _ if example.is_chat_body() && !subject.is_checked_by_type_hints => SampleFormat::Unwrapped,
        ExampleKind::Dataframe { .. } => SampleFormat::Split,
        _ => SampleFormat::Inputs,
    }
}

fn own_body(example: &InputExample, format: SampleFormat) -> Body {
    let request = example.to_request();
    let data = format.key().and_then(|key| request.get(key)).cloned();
    Body::Json(data.unwrap_or(match format {
        SampleFormat::Unwrapped => request,
        _ => example.value.clone(),
    }))
}

fn rewritten(
    subject: &Subject,
    example: &InputExample,
    format: SampleFormat,
    rows: Option<usize>,
) -> Option<Body> {
    let data = match example.kind {
        ExampleKind::SparseCsc | ExampleKind::SparseCsr => {
            Cow::Owned(example.to_request().get("inputs")?.clone())
        }
        _ => Cow::Borrowed(&example.value),
    };
    match input_schema(subject) {
        Some(Schema::Columns(columns)) if !subject.is_checked_by_type_hints => {
            let table = if is_table(example.kind) {
                Table::of_split(&data)
            } else {
                Table::of_value(columns, &data)
            };
            let table = table?.declared(columns)?.with_rows(rows)?;
            table.to_body(columns, format)
        }
        Some(Schema::Tensors(specs)) => {
            let tensors = if is_table(example.kind) {
                Tensors::of_table(specs, &Table::of_split(&data)?)
            } else {
                Tensors::of_value(specs, &data)
            };
            let data = tensors?.with_rows(rows)?.to_data(format);
            data.map(Body::Json)
        }
        _ if is_table(example.kind) => {
            let table = Table::of_split(&data)?.with_rows(rows)?;
            table.to_body(&[], format)
        }
        _ if matches!(*data, Json::Object(_)) => None,
        _ => {
            let items = data.as_array().filter(|items| !items.is_empty())?;
            let count = rows.unwrap_or(items.len());
            check_size(count as u128).ok()?;
            let items = items.iter().cycle().take(count).cloned();
            Some(Body::Json(items.collect::<Vec<_>>().into()))
        }
    }
}

/// The schema is stricter than MLflow's casts; an example that only those let pass is no sample.
fn check(
    subject: &Subject,
    format: SampleFormat,
    data: &Json,
    params: Option<&Json>,
) -> Result<(), String> {
    let schema = request_schema(subject).map_err(|error| error.to_string())?;
    let body = with_params(format, data.clone(), params.cloned());
    let validator = jsonschema::draft202012::new(&schema.to_serde())
        .map_err(|error| format!("the schema of requests is faulty: {error}"))?;
    if !validator.is_valid(&body.to_serde()) {
        return Err("MLflow would take it only by casting values to other types".to_owned());
    }
    if let Some(Schema::Columns(columns)) = input_schema(subject)
        && matches!(format, SampleFormat::Split | SampleFormat::Records)
        && has_mixed_times(columns, format, data)
    {
        return Err("its times are written in more than one way".to_owned());
    }
    Ok(())
}

/// pandas reads the first time of a column and expects the others to be written like it.
fn has_mixed_times(columns: &[Column], format: SampleFormat, data: &Json) -> bool {
    let table = match format {
        SampleFormat::Split => Table::of_split(data),
        _ => Table::of_value(columns, data),
    };
    let Some(table) = table.and_then(|table| table.declared(columns)) else {
        return false;
    };
    let is_time =
        |column: &Column| column.ty == ColumnType::Scalar(crate::data_type::DataType::Datetime);
    let times = columns.iter().enumerate();
    let mut times = times.filter(|(_, column)| is_time(column));
    times.any(|(index, column)| {
        let name = column.name.as_ref().map(ColumnName::to_json);
        let place = name.map_or(Some(index), |name| table.position(&name));
        let cells = place.into_iter().flat_map(|place| table.column(place));
        let mut layouts = cells.filter_map(Json::as_str).map(layout);
        let first = layouts.next();
        layouts.any(|layout| Some(layout) != first)
    })
}

fn layout(text: &str) -> String {
    text.replace(|character: char| character.is_ascii_digit(), "0")
}
