//! `envelope schema`: the JSON Schema of `envelope.yaml`.

use super::Answer;
use envelope_format::spec::JSON_SCHEMA;

pub(super) fn run() -> Answer {
    Answer::success(format!("{}\n", JSON_SCHEMA.trim_end()))
}
