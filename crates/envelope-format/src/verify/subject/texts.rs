//! The package's text: its Python files, and everything in which a path or a credential may stand.

use super::Subject;
use crate::error::Error;
use crate::package::Package;
use crate::relative_path::RelativePath;
use std::collections::BTreeMap;
use std::path::Path;

/// Text files up to this size are searched for paths and credentials.
const MAX_SEARCHED_BYTES: u64 = 4 << 20;
/// How much text is searched in all.
const MAX_SEARCHED_TOTAL_BYTES: u64 = 256 << 20;
/// The endings of files that hold text.
const TEXT_ENDINGS: [&str; 21] = [
    "py",
    "txt",
    "yaml",
    "yml",
    "json",
    "toml",
    "md",
    "rst",
    "cfg",
    "ini",
    "env",
    "sh",
    "html",
    "ipynb",
    "csv",
    "xml",
    "conf",
    "properties",
    "sql",
    "js",
    "lock",
];

impl Subject<'_> {
    /// The package's text files with their texts.
    pub(in crate::verify) fn texts(&self) -> &[(String, String)] {
        self.texts.get_or_init(|| {
            let mut total = 0;
            let tree = self.package.tree();
            let files = tree.files().filter(|path| is_text_name(path.name()));
            let sized = files.filter_map(|path| {
                let size = tree.size_bytes(path.as_str()).ok().flatten()?;
                (size <= MAX_SEARCHED_BYTES).then_some((path, size))
            });
            let files = sized.take_while(|(_, size)| {
                total += size;
                total <= MAX_SEARCHED_TOTAL_BYTES
            });
            let read = |(path, _): (&RelativePath, u64)| {
                let text = self.package.read_text(path.as_str()).ok().flatten()?;
                Some((path.to_string(), text))
            };
            files.filter_map(read).collect()
        })
    }
}

pub(super) fn python_files(package: &Package) -> Result<BTreeMap<String, String>, Error> {
    let is_python = |path: &RelativePath| {
        Path::new(path.name())
            .extension()
            .is_some_and(|e| e == "py")
    };
    let tree = package.tree();
    let mut texts = BTreeMap::new();
    for path in tree.files().filter(|path| is_python(path)) {
        if tree.size_bytes(path.as_str())?.unwrap_or(0) > MAX_SEARCHED_BYTES {
            continue;
        }
        match package.read_text(path.as_str()) {
            Ok(Some(text)) => drop(texts.insert(path.to_string(), text)),
            Ok(None) | Err(Error::NotUtf8 { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(texts)
}

fn is_text_name(name: &str) -> bool {
    name == crate::mlmodel::FILE_NAME
        || matches!(
            name,
            ".env" | "Dockerfile" | ".python-version" | ".netrc" | ".pypirc"
        )
        || Path::new(name)
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|ending| TEXT_ENDINGS.contains(&ending.to_lowercase().as_str()))
}
