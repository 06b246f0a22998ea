//! Content types of requests, by their short names and as HTTP writes them.

use std::fmt;

use crate::refusal::{Refusal, Stage};

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentType {
    /// `application/json`
    Json,
    /// `text/csv`
    Csv,
    /// `application/vnd.apache.parquet`
    Parquet,
    /// `application/vnd.apache.arrow.stream`, which MLflow does not know
    Arrow,
}

impl ContentType {
    const ALL: [(ContentType, &'static str, &'static str); 4] = [
        (ContentType::Json, "json", "application/json"),
        (ContentType::Csv, "csv", "text/csv"),
        (
            ContentType::Parquet,
            "parquet",
            "application/vnd.apache.parquet",
        ),
        (
            ContentType::Arrow,
            "arrow",
            "application/vnd.apache.arrow.stream",
        ),
    ];

    /// The short name: `json`, `csv`, `parquet`, `arrow`.
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(one, _, _)| *one == self);
        known.map_or("json", |(_, name, _)| *name)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        let known = Self::ALL.iter().find(|(one, _, _)| *one == self);
        known.map_or("application/json", |(_, _, media)| *media)
    }

    /// Reads a short name, or a media type as a request states it: in lower case, with no parameter
    /// but `charset=utf-8`.
    ///
    /// # Errors
    /// Another media type, another charset, and other parameters, all of which MLflow refuses.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        if let Some((known, _, _)) = Self::ALL.iter().find(|(_, name, _)| *name == text) {
            return Ok(*known);
        }
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if key != "charset" {
                let message = format!(
                    "found the parameter `{part}` in the content type, expected `charset=utf-8` or none"
                );
                return Err(Refusal::new(Stage::Media, message));
            }
            if !value.eq_ignore_ascii_case("utf-8") {
                let message = format!("found the charset `{value}`, expected utf-8");
                return Err(Refusal::new(Stage::Media, message));
            }
        }
        let known = Self::ALL.iter().find(|(_, _, known)| *known == media);
        known.map(|(known, _, _)| *known).ok_or_else(|| {
            let media_types = Self::ALL.map(|(_, _, media)| media).join(", ");
            let message = format!("found the content type `{text}`, expected one of {media_types}");
            Refusal::new(Stage::Media, message)
        })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.media_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_read_as_mlflow_reads_them() {
        for (text, expected) in [
            ("json", Some(ContentType::Json)),
            ("application/json", Some(ContentType::Json)),
            ("application/json; charset=UTF-8", Some(ContentType::Json)),
            ("text/csv", Some(ContentType::Csv)),
            ("application/vnd.apache.parquet", Some(ContentType::Parquet)),
            ("Application/JSON", None),
            ("application/json;", None),
            ("application/json; charset=\"utf-8\"", None),
            ("application/json; charset=latin-1", None),
            ("application/json; v=1", None),
            ("application/xml", None),
            ("", None),
        ] {
            assert_eq!(ContentType::read(text).ok(), expected, "{text}");
        }
    }
}
