//! Opens compressed pickles by the name MLflow gives the compression.
//!
//! `python_model_compression` in the `python_function` flavor is `lzma`, `bzip2` or `gzip`.

use std::io::{self, BufReader, Read};
use std::str::FromStr;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

/// Memory the xz decoder may take, in KiB; the highest preset needs 65 MiB.
const XZ_MEMORY_LIMIT_KIB: u32 = 80 * 1024;

/// A compression of MLflow's `python_model_compression`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// `lzma`, file ending `.xz`
    Lzma,
    /// `bzip2`, file ending `.bz2`
    Bzip2,
    /// `gzip`, file ending `.gz`
    Gzip,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lzma, Self::Bzip2, Self::Gzip];

    /// MLflow's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lzma => "lzma",
            Self::Bzip2 => "bzip2",
            Self::Gzip => "gzip",
        }
    }

    /// The file ending MLflow adds, with its dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Lzma => ".xz",
            Self::Bzip2 => ".bz2",
            Self::Gzip => ".gz",
        }
    }

    /// Finds the compression that a file name ends with.
    pub fn of_file_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|compression| name.ends_with(compression.extension()))
    }

    /// Opens a decoder that gives at most `limit_bytes` bytes.
    ///
    /// Several compressed streams one after another are read as one, as Python does.
    ///
    /// # Errors
    /// The returned reader fails on broken data, on data that would take too much memory, and
    /// where the output is longer than `limit_bytes`. After the first failure it only fails.
    pub fn decoder<'a, R: Read + 'a>(self, reader: R, limit_bytes: u64) -> Box<dyn Read + 'a> {
        let reader = BufReader::new(reader);
        match self {
            Self::Lzma => {
                let xz = XzReader::new_mem_limit(reader, true, XZ_MEMORY_LIMIT_KIB);
                Box::new(Limited::new(xz, limit_bytes))
            }
            Self::Bzip2 => Box::new(Limited::new(MultiBzDecoder::new(reader), limit_bytes)),
            Self::Gzip => Box::new(Limited::new(MultiGzDecoder::new(reader), limit_bytes)),
        }
    }
}

/// Says that a name is none of MLflow's compressions.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("compression `{0}`, expected lzma, bzip2 or gzip")]
pub struct UnknownCompression(String);

impl FromStr for Compression {
    type Err = UnknownCompression;

    fn from_str(name: &str) -> Result<Self, UnknownCompression> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == name)
            .ok_or_else(|| UnknownCompression(name.to_owned()))
    }
}

/// Fails instead of giving more than a number of bytes, and stays failed.
pub(crate) struct Limited<R> {
    inner: R,
    left: u64,
    failed: bool,
}

impl<R: Read> Limited<R> {
    pub(crate) fn new(inner: R, limit_bytes: u64) -> Self {
        Self {
            inner,
            left: limit_bytes,
            failed: false,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("the compressed data is broken"));
        }
        let result = self.inner.read(buffer).and_then(|count| {
            self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
                io::Error::other("the decompressed data is longer than the limit")
            })?;
            Ok(count)
        });
        // An interrupted read may be tried again; a decoder that failed may not.
        self.failed = matches!(&result, Err(e) if e.kind() != io::ErrorKind::Interrupted);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::Compression;
    use crate::archive::mutations::for_each_mutation;

    const LZMA: &[u8] = include_bytes!("../tests/fixtures/models/class.pkl.xz");
    const BZIP2: &[u8] = include_bytes!("../tests/fixtures/models/class.pkl.bz2");
    const GZIP: &[u8] = include_bytes!("../tests/fixtures/models/class.pkl.gz");
    const CASES: [(&str, &[u8]); 3] = [("lzma", LZMA), ("bzip2", BZIP2), ("gzip", GZIP)];
    const PLAIN: &[u8] = b"\x80\x02ctinyecho\nEcho\n)\x81.";

    #[test]
    fn opens_each_compression_by_its_mlflow_name() {
        for (name, bytes) in CASES {
            let compression: Compression = name.parse().unwrap();
            let mut plain = Vec::new();
            compression
                .decoder(bytes, 20)
                .read_to_end(&mut plain)
                .unwrap();
            assert_eq!(plain, PLAIN);
            plain.clear();
            let twice = [bytes, bytes].concat();
            compression
                .decoder(twice.as_slice(), 40)
                .read_to_end(&mut plain)
                .unwrap();
            assert_eq!(plain, PLAIN.repeat(2));
        }
        assert_eq!(
            "zstd".parse::<Compression>().unwrap_err().to_string(),
            "compression `zstd`, expected lzma, bzip2 or gzip"
        );
    }

    #[test]
    fn refuses_output_over_the_limit_and_broken_data() {
        for (name, bytes) in CASES {
            let compression: Compression = name.parse().unwrap();
            let mut plain = Vec::new();
            assert!(
                compression
                    .decoder(bytes, 19)
                    .read_to_end(&mut plain)
                    .is_err()
            );
            let cut = &bytes[..bytes.len() - 9];
            assert!(
                compression
                    .decoder(cut, 20)
                    .read_to_end(&mut plain)
                    .is_err()
            );
        }
    }

    #[test]
    fn never_fails_badly_on_changed_streams() {
        for (name, bytes) in CASES {
            let compression: Compression = name.parse().unwrap();
            for_each_mutation(&[bytes], 2000, |bytes| {
                let mut plain = Vec::new();
                let _ = compression.decoder(bytes, 1 << 16).read_to_end(&mut plain);
                assert!(plain.len() <= 1 << 16);
            });
        }
    }
}
