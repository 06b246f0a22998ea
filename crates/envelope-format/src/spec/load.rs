//! Reading a spec: its text, its schema, its values.

use super::mistake::{Mistake, Mistakes};
use super::{Spec, schema};
use crate::error::Error;
use crate::package::read_text;
use crate::yaml::{DoubledKey, Node, Position, parse_with_doubled_keys};
use std::path::Path;

impl Spec {
    /// Reads a spec.
    ///
    /// # Errors
    /// Files that cannot be read, and specs with mistakes of form, all of which are reported at
    /// once. Whether the files that it names exist is for [`Spec::contents`] to say.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, base).map_err(|mistakes| Error::Spec {
            path: path.to_owned(),
            mistakes,
        })
    }

    /// Reads the text of a spec whose paths are relative to `base`.
    ///
    /// # Errors
    /// Every mistake of form up to [`MAX_MISTAKES`](super::MAX_MISTAKES), in the order of the text,
    /// and with them the files that are not there.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Vec<Mistake>> {
        let (document, doubled) =
            parse_with_doubled_keys(text).map_err(|error| alone(error.position, error.message))?;
        let mut mistakes = Mistakes::new(&document);
        report_doubled(doubled, &mut mistakes);
        schema::check(&document, &mut mistakes);
        if !mistakes.is_empty() {
            check_files(&document, base, &mut mistakes);
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

/// Adds the keys that stand twice, of which YAML's readers silently take the last.
fn report_doubled(doubled: Vec<DoubledKey>, mistakes: &mut Mistakes<'_>) {
    for key in doubled {
        let message = format!("stands twice, first in line {}", key.first.line);
        mistakes.add_at(key.second, &key.name, message);
    }
}

/// Adds the files that are not there, where the spec has other mistakes: whoever mends those should
/// not learn of these only then. A spec without other mistakes has its files checked as they are
/// gathered.
fn check_files(document: &Node, base: &Path, mistakes: &mut Mistakes<'_>) {
    let mut paths = Vec::new();
    let nested = [
        ("model", "file"),
        ("model", "data"),
        ("requirements", "from"),
        ("requirements", "roots"),
        ("example", "input"),
        ("example", "output"),
    ];
    for (outer, inner) in nested {
        paths.push((
            format!("{outer}.{inner}"),
            document.get(outer).and_then(|n| n.get(inner)),
        ));
    }
    for key in ["requirements", "constraints"] {
        paths.push((key.to_owned(), document.get(key)));
    }
    for (name, path) in document
        .get("artifacts")
        .and_then(Node::entries)
        .unwrap_or_default()
    {
        paths.push((
            format!("artifacts.{}", name.text().unwrap_or_default()),
            Some(path),
        ));
    }
    let code = document.get("code");
    for (element, listed) in [
        ("code", code),
        ("code.from", code.and_then(|code| code.get("from"))),
        ("code.whole", code.and_then(|code| code.get("whole"))),
    ] {
        let listed = listed.and_then(Node::items).unwrap_or_default();
        for (i, path) in listed.iter().enumerate() {
            paths.push((format!("{element}[{i}]"), Some(path)));
        }
    }
    for (element, path) in paths {
        if let Some(path) = path.and_then(Node::as_str)
            && !base.join(path).exists()
        {
            mistakes.add(&element, format!("found no file or folder `{path}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_MISTAKES;
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn reports_all_mistakes_of_a_text_up_to_the_limit() {
        let head = "name: a\nkind: loader\nmodel: {module: m}\npython: '3.11'\n";
        assert!(Spec::parse(head, Path::new(".")).is_ok());
        for (wrong, reported) in [(3, 3), (50_000, MAX_MISTAKES)] {
            let mut text = head.to_owned();
            for i in 0..wrong {
                writeln!(text, "wrong{i}: 1").unwrap();
            }
            let mistakes = Spec::parse(&text, Path::new(".")).unwrap_err();
            assert_eq!(mistakes.len(), reported);
            assert_eq!(mistakes[0].position.line, 5);
        }
        assert_eq!(Spec::parse("a: [", Path::new(".")).unwrap_err().len(), 1);
    }
}
