//! Locks that are cut off or changed somewhere: read or refused, and nothing else.

use crate::corpora::text;
use envelope_deps::source::{ReadOptions, read};
use envelope_deps::{Graph, PruneSpec, Target};
use std::path::Path;
use tempfile::TempDir;

/// The first packages of a lock, with its beginning.
fn beginning(lock: &str, packages: &str) -> String {
    let mut parts = lock.split(packages);
    let kept: Vec<&str> = parts.by_ref().take(3).collect();
    kept.join(packages)
}

fn locks() -> [(&'static str, String); 4] {
    let of_poetry = text("locks", "poetry/poetry.lock");
    let of_pdm = text("locks", "pdm/pdm.lock");
    let (_, metadata) = of_poetry.split_once("[extras]").expect("the end");
    [
        (
            "uv.lock",
            beginning(&text("c", "project/uv.lock"), "[[package]]"),
        ),
        (
            "poetry.lock",
            format!("{}[extras]{metadata}", beginning(&of_poetry, "[[package]]")),
        ),
        ("pdm.lock", beginning(&of_pdm, "[[package]]")),
        (
            "pylock.toml",
            beginning(&text("a", "project/pylock.toml"), "[[packages]]"),
        ),
    ]
}

/// Reads a text as a file of this name and walks its graph, if there is one.
fn use_it(folder: &Path, name: &str, text: &[u8]) {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    let Ok(inventory) = read(&path, &ReadOptions::default()) else {
        return;
    };
    let graph = Graph::build(&inventory, &[], Target::Universal);
    graph
        .prune(&PruneSpec::default())
        .expect("nothing to refuse");
}

#[test]
fn a_lock_that_ends_anywhere_is_read_or_refused() {
    let folder = TempDir::new().expect("a folder");
    for (name, lock) in locks() {
        for end in (0..lock.len()).step_by(19) {
            use_it(folder.path(), name, &lock.as_bytes()[..end]);
        }
    }
}

#[test]
fn a_lock_with_anything_in_it_is_read_or_refused() {
    let folder = TempDir::new().expect("a folder");
    let strange: [&[u8]; 8] = [
        b"\"",
        b"]",
        b"{",
        b"\n",
        b"'",
        b"= 1",
        b"[[package]]",
        b"\xff",
    ];
    for (name, lock) in locks() {
        for (number, place) in (0..lock.len()).step_by(37).enumerate() {
            let mut text = lock.as_bytes().to_vec();
            let strange = strange[number % strange.len()];
            text.splice(place..=place, strange.iter().copied());
            use_it(folder.path(), name, &text);
        }
    }
}
