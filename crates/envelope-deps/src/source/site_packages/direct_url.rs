//! `direct_url.json`: where a package comes from when not from an index, see
//! <https://packaging.python.org/en/latest/specifications/direct-url/>.

use crate::inventory::Origin;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    dir_info: Option<DirInfo>,
    vcs_info: Option<VcsInfo>,
    subdirectory: Option<String>,
}

#[derive(Deserialize)]
struct DirInfo {
    #[serde(default)]
    editable: bool,
}

#[derive(Deserialize)]
struct VcsInfo {
    vcs: String,
    commit_id: String,
}

/// The origin that the file tells; nothing where there is none, or where it cannot be understood,
/// since the package is installed all the same.
pub(super) fn read(path: &Path) -> Option<Origin> {
    parse(&std::fs::read(path).ok()?)
}

fn parse(json: &[u8]) -> Option<Origin> {
    let direct: DirectUrl = serde_json::from_slice(json).ok()?;
    if direct.dir_info.is_some_and(|info| info.editable) {
        return Some(Origin::Editable(direct.url));
    }
    let fragment = direct
        .subdirectory
        .map(|folder| format!("#subdirectory={folder}"))
        .unwrap_or_default();
    let url = match direct.vcs_info {
        Some(info) => format!("{}+{}@{}", info.vcs, direct.url, info.commit_id),
        None => direct.url,
    };
    Some(Origin::Url(url + &fragment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_requirements_write_them() {
        for (json, expected) in [
            (
                r#"{"url": "file:///src/a", "dir_info": {"editable": true}}"#,
                Some(Origin::Editable("file:///src/a".to_owned())),
            ),
            (
                r#"{"url": "file:///src/a", "dir_info": {}}"#,
                Some(Origin::Url("file:///src/a".to_owned())),
            ),
            (
                r#"{"url": "https://b.example/a.git", "subdirectory": "x",
                    "vcs_info": {"vcs": "git", "commit_id": "abc"}}"#,
                Some(Origin::Url(
                    "git+https://b.example/a.git@abc#subdirectory=x".to_owned(),
                )),
            ),
            (r#"{"url": 1}"#, None),
            ("", None),
        ] {
            assert_eq!(parse(json.as_bytes()), expected, "{json}");
        }
    }
}
