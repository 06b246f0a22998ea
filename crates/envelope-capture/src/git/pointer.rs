//! Pointers of Git LFS: the small texts that stand in a commit for large contents, see
//! <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.

use serde::{Deserialize, Serialize};

/// The most bytes that a pointer has; the specification says less than this.
pub(crate) const LIMIT_BYTES: u64 = 1024;

/// The shortest pointer: three lines, of which the digest alone takes 76 bytes.
pub(crate) const LEAST_BYTES: u64 = 100;

/// A file whose contents Git LFS keeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LfsPointer {
    /// The file, from the root.
    pub path: String,
    /// The digest of its contents, SHA-256 in hexadecimal.
    pub oid: String,
    /// How large its contents are.
    pub size_bytes: u64,
}

impl LfsPointer {
    /// Reads a pointer, or gives nothing where the bytes are something else.
    pub(crate) fn read(path: &str, bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?;
        let value = |key: &str| {
            let mut lines = rest.lines();
            lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
        };
        let oid = value("oid")?.strip_prefix("sha256:")?;
        let is_digest = oid.len() == 64 && oid.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size_bytes = value("size")?.parse().ok()?;
        is_digest.then(|| Self {
            path: path.to_owned(),
            oid: oid.to_owned(),
            size_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pointers_and_nothing_else() {
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let start = "version https://git-lfs.github.com/spec/v1\n";
        for (text, is_pointer) in [
            (format!("{start}oid sha256:{oid}\nsize 12345\n"), true),
            (
                format!("{start}ext-0-foo sha256:{oid}\noid sha256:{oid}\nsize 12345\n"),
                true,
            ),
            (format!("{start}oid sha256:{oid}\n"), false),
            (format!("{start}oid sha256:{}\nsize 1\n", &oid[1..]), false),
            (format!("{start}oid md5:{oid}\nsize 1\n"), false),
            (format!("# {start}oid sha256:{oid}\nsize 1\n"), false),
        ] {
            let pointer = LfsPointer::read("model.pt", text.as_bytes());
            assert_eq!(pointer.is_some(), is_pointer, "{text}");
            if let Some(pointer) = pointer {
                assert_eq!((pointer.oid.as_str(), pointer.size_bytes), (oid, 12345));
            }
        }
        assert_eq!(LfsPointer::read("model.pt", &[0xff, 0xfe]), None);
    }
}
