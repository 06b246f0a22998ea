//! The fixture corpora: three real environments, each as requirements files, locks and metadata.
//!
//! They are kept packed and are unpacked once, below cargo's folder for tests, under a name that
//! changes with the archive.

use lzma_rust2::XzReader;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The folder of a corpus: `a` (MLflow), `b` (transformers) or `c` (Airflow).
pub(crate) fn corpus(name: &str) -> PathBuf {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/corpora")
        .join(format!("{name}.tar.xz"));
    let bytes = std::fs::read(&packed).expect("the packed corpus");
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpora");
    let folder = all.join(format!("{name}-{:016x}", hasher.finish()));
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if !folder.is_dir() {
        unpack(&bytes, &all, &folder);
    }
    folder.join(name)
}

/// A file of a corpus, as text.
pub(crate) fn text(name: &str, file: &str) -> String {
    let path = corpus(name).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Unpacks beside the folder and renames, so that tests that run at once do not see half of it.
fn unpack(bytes: &[u8], all: &Path, folder: &Path) {
    std::fs::create_dir_all(all).expect("a folder for the corpora");
    let beside = tempfile::tempdir_in(all).expect("a folder beside");
    let reader = XzReader::new(bytes, false);
    let mut archive = tar::Archive::new(reader);
    archive.set_preserve_mtime(false);
    archive.unpack(beside.path()).expect("a whole archive");
    // Another test may have been faster; then its folder is as good.
    let renamed = std::fs::rename(beside.path(), folder);
    assert!(
        renamed.is_ok() || folder.is_dir(),
        "cannot rename: {renamed:?}"
    );
}

#[test]
fn the_corpora_hold_their_files() {
    for (name, lines) in [("a", 523), ("b", 446), ("c", 2515)] {
        let text = text(name, "requirements.txt");
        assert_eq!(text.lines().count(), lines, "{name}");
    }
    assert!(corpus("a").join("site-headers").is_dir());
    assert!(corpus("c").join("project/uv.lock").is_file());
}
