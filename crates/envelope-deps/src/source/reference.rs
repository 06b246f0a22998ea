//! Where packages come from that do not come from an index, as requirements name it.
//!
//! See <https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references>.

use crate::inventory::Origin;

/// A commit of a repository, of which git is one kind.
pub(super) fn repository(kind: &str, location: &str, commit: Option<&str>) -> String {
    let mut reference = format!("{kind}+{location}");
    if let Some(commit) = commit {
        reference.extend(["@", commit]);
    }
    reference
}

/// A reference to a folder of what a repository or an archive holds.
pub(super) fn inside(mut reference: String, subdirectory: Option<&str>) -> Origin {
    if let Some(folder) = subdirectory {
        reference.extend(["#subdirectory=", folder]);
    }
    Origin::Url(reference)
}

/// A file or folder that is installed by copying.
pub(super) fn local(path: &str) -> Origin {
    Origin::Url(anchored(path))
}

/// A folder that is installed as it stands.
pub(super) fn editable(path: &str) -> Origin {
    Origin::Editable(anchored(path))
}

/// A path that cannot be taken for the name of a package.
fn anchored(path: &str) -> String {
    let is_anchored = path.starts_with(['/', '.']) || path.contains(':');
    if is_anchored {
        path.to_owned()
    } else {
        format!("./{path}")
    }
}
