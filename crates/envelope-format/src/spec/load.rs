//! Reading a spec: its text, its schema, its values.

use super::mistake::{Mistake, Mistakes};
use super::{Spec, schema};
use crate::error::Error;
use crate::package::read_text;
use crate::yaml::{Node, Position};
use std::path::Path;

impl Spec {
    /// Reads a spec.
    ///
    /// # Errors
    /// Files that cannot be read, and specs with mistakes of form, all of which are reported at
    /// once. Whether the files that it names exist is for [`Spec::contents`] to say.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        Self::parse(&text).map_err(|mistakes| Error::Spec {
            path: path.to_owned(),
            mistakes,
        })
    }

    /// Reads the text of a spec.
    ///
    /// # Errors
    /// Every mistake of form, in the order of the text.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let document = Node::parse(text).map_err(|error| alone(error.position, error.message))?;
        let mut mistakes = Mistakes::new(&document);
        schema::check(&document, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes.into_sorted());
        }
        match serde_json::from_value(document.to_json()) {
            Ok(spec) => Ok(Self { document, ..spec }),
            Err(error) => Err(alone(document.position, error.to_string())),
        }
    }
}

/// The only mistake of a text, which has no element.
fn alone(position: Position, message: String) -> Vec<Mistake> {
    vec![Mistake {
        position,
        element: String::new(),
        message,
        hint: None,
    }]
}
