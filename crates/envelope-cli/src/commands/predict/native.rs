//! Packages that run here: one request whole, or a table batch by batch.

use super::sink::Sink;
use crate::arguments::PredictArguments;
use crate::commands::Context;
use crate::commands::check_input::{content_type, merged, params, read_input};
use crate::diagnose::Diagnosis;
use crate::progress::ReadingBar;
use envelope_format::enforce;
use envelope_format::json::Json;
use envelope_format::package::Package;
use envelope_format::payload::{ContentType, CsvRows, Data, Request};
use envelope_format::table::Table;
use envelope_infer::{Dimension, Form, Options, Prediction, Predictor};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Answers a request, and gives what there is to note.
pub(super) fn run(
    package: &Package,
    arguments: &PredictArguments,
    context: &Context,
) -> Result<Vec<String>, Diagnosis> {
    let input = arguments.input.as_deref();
    let content_type = content_type(arguments.content_type.as_deref(), input)?;
    let params = arguments.params.as_deref().map(params).transpose()?;
    let mut options = Options::default();
    options.device = arguments.device;
    options.time_limit = arguments.timeout;
    let predictor = Predictor::load(package, &options)?;
    let mut sink = Sink::new(arguments.output.as_deref())?;
    let notes = if content_type == ContentType::Csv {
        let reader = reader(input, context)?;
        let rows = CsvRows::new(reader, predictor.signature().inputs.as_ref())?;
        let batch = batch_rows(&predictor, arguments.batch_rows);
        let mut answer = Answer::new(&predictor, params, &mut sink);
        answer.tables(rows, batch)?;
        answer.notes
    } else {
        let body = read_input(input)?;
        let mut request = Request::read(&body, &content_type, predictor.signature())?;
        request.params = merged(request.params, params);
        let received = enforce::enforce(request, predictor.signature())?;
        let prediction = predictor.predict(received)?;
        sink.write(prediction.to_json()?.as_bytes())?;
        prediction.notes
    };
    sink.finish()?;
    Ok(notes)
}

/// The file or the standard input, with a bar where it is large.
fn reader(input: Option<&Path>, context: &Context) -> Result<Box<dyn Read>, Diagnosis> {
    let Some(path) = input.filter(|path| *path != Path::new("-")) else {
        return Ok(Box::new(io::stdin().lock()));
    };
    let unreadable = |error: io::Error| Diagnosis::of_unreadable(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    Ok(Box::new(ReadingBar::new(file, size, !context.global.quiet)))
}

/// Rows at once: all of them where the model has a fixed number of them.
fn batch_rows(predictor: &Predictor, asked: u32) -> usize {
    let inputs = predictor.session().inputs();
    let is_fixed = inputs.iter().any(|info| {
        let dimensions = info.dimensions.as_deref().unwrap_or_default();
        matches!(dimensions.first(), Some(Dimension::Fixed(_)))
    });
    if is_fixed {
        usize::MAX
    } else {
        usize::try_from(asked).unwrap_or(usize::MAX)
    }
}

/// An answer to a table that comes in parts.
struct Answer<'a> {
    predictor: &'a Predictor,
    params: Option<Json>,
    sink: &'a mut Sink,
    notes: Vec<String>,
    /// Whether rows were written already.
    is_begun: bool,
}

impl<'a> Answer<'a> {
    fn new(predictor: &'a Predictor, params: Option<Json>, sink: &'a mut Sink) -> Self {
        Self {
            predictor,
            params,
            sink,
            notes: Vec::new(),
            is_begun: false,
        }
    }

    fn tables<R: Read>(&mut self, mut rows: CsvRows<R>, batch: usize) -> Result<(), Diagnosis> {
        let Some(first) = rows.next_batch(batch)? else {
            let empty = rows.empty()?;
            return self.only(empty);
        };
        let second = rows.next_batch(batch)?;
        let Some(second) = second else {
            return self.only(first);
        };
        self.part(first)?;
        self.part(second)?;
        while let Some(table) = rows.next_batch(batch)? {
            self.part(table)?;
        }
        self.sink.write(b"]}")
    }

    fn predict(&mut self, table: Table) -> Result<Prediction, Diagnosis> {
        let request = Request {
            data: Data::Table(table),
            params: self.params.clone(),
            is_unwrapped: false,
        };
        let received = enforce::enforce(request, self.predictor.signature())?;
        let prediction = self.predictor.predict(received)?;
        for note in &prediction.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
        Ok(prediction)
    }

    /// A table that is the whole request.
    fn only(&mut self, table: Table) -> Result<(), Diagnosis> {
        let prediction = self.predict(table)?;
        self.sink.write(prediction.to_json()?.as_bytes())
    }

    /// One of several parts of a table, whose answers are rows of one list.
    fn part(&mut self, table: Table) -> Result<(), Diagnosis> {
        let prediction = self.predict(table)?;
        let mut text = String::new();
        match prediction.form {
            Form::Records => prediction.write_records(&mut text)?,
            _ => prediction.write_rows(&mut text)?,
        }
        let before: &[u8] = if self.is_begun {
            b", "
        } else {
            b"{\"predictions\": ["
        };
        self.is_begun = true;
        self.sink.write(before)?;
        self.sink.write(text.as_bytes())
    }
}
