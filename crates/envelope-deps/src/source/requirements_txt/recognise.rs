//! Which files are requirements files: by their names, or by their first lines.

use super::RequirementsFile;
use super::lines::{Content, Splitter};
use crate::error::Error;
use crate::inventory::Inventory;
use crate::source::{ReadOptions, Source};
use std::io::Read as _;
use std::path::Path;

/// Requirements files, compiled or written by hand, and the output of `pip freeze`.
pub(crate) struct RequirementsText;

impl Source for RequirementsText {
    fn format(&self) -> &'static str {
        super::FORMAT
    }

    fn recognises(&self, path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let name = path.file_name().and_then(|name| name.to_str());
        let is_text = extension.is_some_and(|one| matches!(one, "txt" | "in"));
        if !is_text || path.is_dir() {
            return false;
        }
        let name = name.unwrap_or_default().to_lowercase();
        ["requirements", "constraints", "freeze"]
            .iter()
            .any(|word| name.contains(word))
            || looks_like_requirements(path)
    }

    fn read(&self, path: &Path, _: &ReadOptions) -> Result<Inventory, Error> {
        RequirementsFile::read(path).map(|file| file.inventory())
    }
}

/// How much of a file is looked at.
const LOOKED_AT: u64 = 4096;

fn looks_like_requirements(path: &Path) -> bool {
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return false;
    }
    let Ok(file) = std::fs::File::open(path) else {
        return false;
    };
    let mut start = Vec::new();
    let read = file.take(LOOKED_AT).read_to_end(&mut start);
    let is_all = read.is_ok_and(|count| (count as u64) < LOOKED_AT);
    if !is_all {
        // The last line may go on.
        let end = memchr::memrchr(b'\n', &start).map_or(0, |end| end + 1);
        start.truncate(end);
    }
    begins_with_requirements(&start)
}

/// Whether the first lines that say anything are requirements or options.
fn begins_with_requirements(start: &[u8]) -> bool {
    let mut splitter = Splitter::default();
    let said = std::iter::from_fn(|| splitter.next_of(start)).filter_map(|logical| {
        match logical.content {
            Content::Blank | Content::Comment => None,
            Content::Include(_) => Some(true),
            Content::Option(body) => Some(body.text.starts_with(b"--")),
            Content::Requirement(body) => {
                let end = super::lines::options_start(&body.text).unwrap_or(body.text.len());
                let said = std::str::from_utf8(&body.text[..end]).unwrap_or_default();
                let is_editable = said.starts_with('-');
                Some(is_editable || super::requirement::parse(said.trim()).is_ok())
            }
        }
    });
    let verdicts: Vec<bool> = said.take(5).collect();
    !verdicts.is_empty() && verdicts.into_iter().all(|one| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_requirements_from_prose() {
        for (start, expected) in [
            ("mlflow==3.1.0\npandas\n", true),
            ("# model\n\n-r base.txt\n", true),
            ("--index-url https://x.example/simple\n", true),
            ("-e .\n", true),
            ("Dear reader,\nthis is prose.\n", false),
            ("{\"a\": 1}\n", false),
            ("", false),
            ("# only a comment\n", false),
            ("name: x\ndependencies:\n  - python\n", false),
        ] {
            assert_eq!(
                begins_with_requirements(start.as_bytes()),
                expected,
                "{start:?}"
            );
        }
    }
}
