//! What the git probe finds out, in every situation that a repository can be in.

use crate::support::{Scratch, git, no_program, program};
use envelope_capture::Known;
use envelope_capture::git::{GitFacts, Repository, differing, probe};
use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;

/// The facts, which library and program must agree on.
fn facts(folder: &Path) -> GitFacts {
    let by_library = found(folder, false);
    let by_program = found(folder, true);
    assert_eq!(
        by_library, by_program,
        "library on the left, program on the right"
    );
    by_library.facts
}

/// With the program alone: the library is kept away by an index and references that it cannot read.
fn found(folder: &Path, by_program: bool) -> Repository {
    let found = if by_program {
        envelope_capture::git::probe_by_program(folder, &program())
    } else {
        probe(folder, &no_program())
    };
    match found {
        Known::Value(found) => found,
        Known::Unknown(because) => panic!("{because}"),
    }
}

fn value<T: Clone>(fact: &Known<T>) -> T {
    fact.value()
        .unwrap_or_else(|| panic!("{:?}", fact.because()))
        .clone()
}

#[test]
fn names_the_commit_the_branch_and_the_remotes() {
    let scratch = Scratch::committed();
    let commit = scratch.commit("second");
    scratch.git(&["tag", "-m", "release", "v1.0"]);
    scratch.git(&["tag", "also/this"]);
    scratch.git(&["tag", "before", "HEAD~1"]);
    scratch.git(&[
        "remote",
        "add",
        "origin",
        "https://user:word@host.example/a.git",
    ]);
    scratch.git(&["remote", "add", "backup.old", "git@host.example:a.git"]);
    scratch.git(&[
        "remote",
        "set-url",
        "--push",
        "origin",
        "ssh://git@host.example/a.git",
    ]);
    let facts = facts(&scratch.here().join("data"));
    assert_eq!(value(&facts.commit), Some(commit));
    assert_eq!(value(&facts.branch).as_deref(), Some("main"));
    assert_eq!(value(&facts.tags), ["also/this", "v1.0"]);
    assert_eq!(value(&facts.describe).as_deref(), Some("v1.0"));
    let remotes = serde_json::to_string(&value(&facts.remotes)).unwrap();
    assert_eq!(
        remotes,
        concat!(
            r#"[{"name":"backup.old","url":"git@host.example:a.git"},{"name":"origin","#,
            r#""url":"https://***@host.example/a.git","push_url":"ssh://git@host.example/a.git"}]"#
        )
    );
    assert!(!value(&facts.shallow) && !value(&facts.linked_worktree));
}

#[test]
fn describes_a_commit_after_a_tag_and_one_without_any() {
    let scratch = Scratch::committed();
    let described = facts(&scratch.here()).describe;
    assert_eq!(
        value(&described),
        Some(scratch.git(&["rev-parse", "--short", "HEAD"]))
    );
    scratch.git(&["tag", "v2"]);
    scratch.commit("after it");
    let described = value(&facts(&scratch.here()).describe).unwrap();
    assert!(described.starts_with("v2-1-g"), "{described}");
}

#[test]
fn a_branch_without_a_commit_has_a_name() {
    let scratch = Scratch::unborn();
    let facts = facts(&scratch.here());
    assert_eq!(value(&facts.commit), None);
    assert_eq!(value(&facts.branch).as_deref(), Some("main"));
    assert_eq!(value(&facts.describe), None);
    assert!(value(&facts.tags).is_empty());
}

#[test]
fn a_commit_by_itself_has_no_branch() {
    let scratch = Scratch::committed();
    let first = scratch.git(&["rev-parse", "HEAD"]);
    scratch.commit("second");
    scratch.git(&["checkout", "-q", &first]);
    let facts = facts(&scratch.here());
    assert_eq!(value(&facts.commit), Some(first));
    assert_eq!(value(&facts.branch), None);
}

#[test]
fn a_shallow_clone_says_so() {
    let scratch = Scratch::committed();
    let commit = scratch.commit("second");
    let from = format!("file://{}", scratch.here().display());
    git(
        scratch.path(),
        &["clone", "-q", "--depth", "1", &from, "clone"],
    );
    let facts = facts(&scratch.path().join("clone"));
    assert!(value(&facts.shallow));
    assert_eq!(value(&facts.commit), Some(commit));
}

#[test]
fn a_linked_worktree_has_its_own_branch() {
    let scratch = Scratch::committed();
    scratch.git(&["worktree", "add", "-q", "-b", "trial", "../trial"]);
    let facts = facts(&scratch.path().join("trial"));
    assert!(value(&facts.linked_worktree));
    assert_eq!(value(&facts.branch).as_deref(), Some("trial"));
}

#[test]
fn submodules_are_named_with_their_commits() {
    let scratch = Scratch::committed();
    let inner = scratch.git(&["rev-parse", "HEAD"]);
    git(scratch.path(), &["init", "-q", "-b", "main", "outer"]);
    let outer = scratch.path().join("outer");
    let from = scratch.here().display().to_string();
    git(
        &outer,
        &[
            "submodule",
            "--quiet",
            "add",
            "--name",
            "odd.name",
            &from,
            "libs/inner",
        ],
    );
    let modules = fs::read_to_string(outer.join(".gitmodules")).unwrap();
    let address = "https://user:word@host.example/inner.git";
    fs::write(outer.join(".gitmodules"), modules.replace(&from, address)).unwrap();
    let submodules = value(&facts(&outer).submodules);
    assert_eq!(submodules.len(), 1);
    assert_eq!(submodules[0].path, "libs/inner");
    assert_eq!(submodules[0].commit, inner);
    assert_eq!(
        submodules[0].url.as_deref(),
        Some("https://***@host.example/inner.git")
    );
    // Inside the submodule its own facts are told; it is no linked worktree.
    let inside = facts(&outer.join("libs/inner"));
    assert_eq!(value(&inside.commit), Some(inner));
    assert!(!value(&inside.linked_worktree));
}

#[test]
fn pointers_of_git_lfs_are_told_from_small_texts() {
    let scratch = Scratch::committed();
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 77\n");
    scratch.write("weights/model.pt", &pointer);
    scratch.write("note.txt", "x".repeat(140));
    scratch.commit("without attributes");
    assert!(value(&facts(&scratch.here()).lfs).is_empty());
    scratch.write(
        "weights/.gitattributes",
        "*.pt filter=lfs diff=lfs merge=lfs -text\n",
    );
    scratch.commit("with attributes");
    let lfs = value(&facts(&scratch.here()).lfs);
    assert_eq!(lfs.len(), 1);
    assert_eq!(
        (lfs[0].path.as_str(), lfs[0].oid.as_str(), lfs[0].size_bytes),
        ("weights/model.pt", oid, 77)
    );
}

#[test]
fn files_that_differ_are_named_without_the_program() {
    let scratch = Scratch::committed();
    scratch.write(".gitignore", "ignored\n");
    for name in [
        "same.txt",
        "staged.txt",
        "gone.txt",
        "renamed.txt",
        "touched.txt",
    ] {
        scratch.write(name, format!("{name}\n"));
    }
    scratch.commit("more");
    assert!(value(&differing(&found(&scratch.here(), false))).is_empty());
    scratch.write("train.py", "import jax\n");
    scratch.write("staged.txt", "staged\n");
    scratch.git(&["add", "staged.txt"]);
    scratch.git(&["mv", "renamed.txt", "moved.txt"]);
    fs::remove_file(scratch.here().join("gone.txt")).unwrap();
    scratch.write("touched.txt", "touched.txt\n");
    scratch.write("new/folder/file.txt", "new\n");
    scratch.write("ignored", "ignored\n");
    assert_eq!(
        value(&differing(&found(&scratch.here(), false))),
        [
            "gone.txt",
            "moved.txt",
            "new/folder/file.txt",
            "renamed.txt",
            "staged.txt",
            "train.py"
        ]
    );
}

#[test]
fn without_a_repository_the_reason_is_given() {
    let scratch = Scratch::empty();
    for git in [program(), no_program()] {
        let found = probe(scratch.path(), &git);
        let because = found.because().unwrap();
        assert!(because.starts_with("no git repository at `/"), "{because}");
    }
    let found = probe(&scratch.path().join("absent"), &program());
    assert!(
        found.because().unwrap().starts_with("cannot find `/"),
        "{found:?}"
    );
}

#[test]
fn a_bare_repository_has_no_files_to_speak_of() {
    let scratch = Scratch::committed();
    git(scratch.path(), &["clone", "-q", "--bare", "here", "bare"]);
    let found = probe(&scratch.path().join("bare"), &program());
    assert!(
        found.because().unwrap().contains("is a bare repository"),
        "{found:?}"
    );
}

#[test]
fn a_damaged_head_leaves_the_other_facts_alone() {
    let scratch = Scratch::committed();
    scratch.git(&["remote", "add", "origin", "../there"]);
    fs::write(scratch.here().join(".git/refs/heads/main"), "not a hash\n").unwrap();
    let Known::Value(found) = probe(&scratch.here(), &program()) else {
        panic!("expected facts");
    };
    assert!(found.facts.commit.because().is_some(), "{:?}", found.facts);
    assert_eq!(value(&found.facts.remotes)[0].url, "../there");
}

#[test]
fn references_that_only_the_program_reads_are_read_by_it() {
    let scratch = Scratch::empty();
    git(
        scratch.path(),
        &["init", "-q", "--ref-format=reftable", "-b", "main", "here"],
    );
    scratch.write("a.txt", "a\n");
    let commit = scratch.commit("first");
    let Known::Value(found) = probe(&scratch.here(), &program()) else {
        panic!("expected facts");
    };
    assert_eq!(value(&found.facts.commit), Some(commit));
    assert_eq!(value(&found.facts.branch).as_deref(), Some("main"));
}

/// Only root can give a folder away; whoever is not root owns what the test makes.
#[test]
fn somebody_elses_repository_is_read_without_the_program() {
    let scratch = Scratch::committed();
    let commit = scratch.git(&["rev-parse", "HEAD"]);
    scratch.git(&["remote", "add", "origin", "../there"]);
    let refused = chown(scratch.here(), Some(12345), None)
        .and_then(|()| chown(scratch.here().join(".git"), Some(12345), None))
        .is_ok();
    let by_library = found(&scratch.here(), false).facts;
    assert_eq!(value(&by_library.commit), Some(commit));
    assert_eq!(value(&by_library.remotes).len(), 1);
    if refused {
        let by_program = envelope_capture::git::probe_by_program(&scratch.here(), &program());
        assert!(
            by_program.because().unwrap().contains("another user"),
            "{by_program:?}"
        );
    }
}
