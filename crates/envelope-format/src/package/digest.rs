//! Digests: BLAKE3, so that sealing a large model costs little more than copying it.
//!
//! The digest of a file is what `b3sum` prints. `MLmodel` holds the manifest and is therefore not
//! in it.

use crate::error::Error;
use crate::yaml::Node;
use indexmap::IndexMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The name of the algorithm as written in packages.
pub(crate) const ALGORITHM: &str = "blake3";
/// Read this much at once: enough for the widest vector instructions.
const CHUNK_BYTES: usize = 1 << 18;

/// A BLAKE3 digest, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(blake3::Hash);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes))
    }

    /// The digest of a file, read in pieces.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let read = file.read(&mut buffer).map_err(Error::io("read", path))?;
            if read == 0 {
                return Ok(Self(hasher.finalize()));
            }
            hasher.update(&buffer[..read]);
        }
    }

    pub(super) fn from_hash(hash: blake3::Hash) -> Self {
        Self(hash)
    }

    /// Parses 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(Self)
    }

    /// The digest as 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.to_hex().to_string()
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

/// The digest of every file of a package but `MLmodel`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct DigestManifest {
    /// The files in the order of their paths.
    pub files: IndexMap<String, Digest>,
    /// Their size together in bytes, so that telling it needs no look at each of them; `None` in
    /// packages that were sealed before it was written.
    #[serde(skip)]
    pub size_bytes: Option<u64>,
}

impl DigestManifest {
    /// Reads the manifest from the `digests` key of the `envelope` flavor.
    ///
    /// # Errors
    /// An unknown algorithm, or an entry whose value is not 64 hexadecimal digits.
    pub fn from_node(node: &Node) -> Result<Self, String> {
        let algorithm = node.get("algorithm").and_then(Node::text).unwrap_or("none");
        if algorithm != ALGORITHM {
            return Err(format!(
                "found algorithm `{algorithm}`, expected `{ALGORITHM}`"
            ));
        }
        let entries = node
            .get("files")
            .and_then(Node::entries)
            .unwrap_or_default();
        let file = |(path, digest): &(Node, Node)| {
            let path = path.text().unwrap_or_default().to_owned();
            match digest.text().and_then(Digest::parse) {
                Some(digest) => Ok((path, digest)),
                None => Err(format!("`{path}` has no digest of 64 hexadecimal digits")),
            }
        };
        Ok(Self {
            files: entries.iter().map(file).collect::<Result<_, _>>()?,
            size_bytes: Self::size_bytes(node),
        })
    }

    /// The size alone, from the same key.
    pub(super) fn size_bytes(node: &Node) -> Option<u64> {
        node.get("size_bytes")?.as_i64()?.try_into().ok()
    }

    /// The manifest as it stands in the `envelope` flavor.
    pub fn to_node(&self) -> Node {
        let file =
            |(path, digest): (&String, &Digest)| (path.clone(), Node::string(digest.to_hex()));
        let files = Node::mapping(self.files.iter().map(file));
        let mut node = Node::mapping([("algorithm", Node::string(ALGORITHM)), ("files", files)]);
        if let Some(size) = self.size_bytes.and_then(|size| i64::try_from(size).ok()) {
            node.set("size_bytes", Node::integer(size));
        }
        node
    }
}
