//! `envelope payload`: a request that a package's model takes, or the schema of all of them.

use super::{Answer, Context};
use crate::arguments::{PayloadArguments, PayloadFormat};
use crate::diagnose::Diagnosis;
use crate::outputs::Outputs;
use crate::report::human;
use envelope_format::json::Json;
use envelope_format::package::Package;
use envelope_format::request_schema::request_schema;
use envelope_format::sample::{SampleFormat, SampleOptions, Subject, sample};

pub(super) fn run(arguments: &PayloadArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let package = Package::open(&arguments.package)?;
    let subject = Subject::read(&package)?;
    let (text, notes) = if arguments.json_schema {
        (schema_text(&request_schema(&subject)?), Vec::new())
    } else {
        let options = SampleOptions {
            format: arguments.format.map(SampleFormat::from),
            rows: arguments.rows.and_then(|rows| usize::try_from(rows).ok()),
        };
        let sample = sample(&subject, options)?;
        let text = if arguments.pretty {
            sample.to_pretty_text()
        } else {
            sample.to_text()
        };
        (text.trim_end().to_owned() + "\n", sample.notes)
    };
    let notes = if context.global.quiet {
        String::new()
    } else {
        human::notes(&notes, context.width)
    };
    let mut outputs = Outputs::default();
    outputs.add(arguments.output.as_ref(), || text.clone().into_bytes());
    outputs.write()?;
    let printed = if arguments.output.is_some() {
        String::new()
    } else {
        text
    };
    Ok(Answer {
        notes,
        ..Answer::success(printed)
    })
}

/// Over several lines always, as it is read by people as well.
fn schema_text(schema: &Json) -> String {
    schema.to_python_pretty(2) + "\n"
}

impl From<PayloadFormat> for SampleFormat {
    fn from(format: PayloadFormat) -> Self {
        match format {
            PayloadFormat::Split => Self::Split,
            PayloadFormat::Records => Self::Records,
            PayloadFormat::Instances => Self::Instances,
            PayloadFormat::Inputs => Self::Inputs,
            PayloadFormat::Csv => Self::Csv,
        }
    }
}
