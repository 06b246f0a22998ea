//! A clone at the captured commit and the patch give the files that there were, in every situation.

use crate::support::{Files, Scratch, environment, files, git, git_output, program};
use envelope_capture::changes::{Changes, Difference, Limits, Reason, capture};
use envelope_capture::git::{Repository, probe};
use envelope_capture::{GitProgram, Known};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Captures, and holds that nothing in the repository was touched.
pub(crate) fn captured(root: &Path, git: &GitProgram, limits: Limits) -> Changes {
    let Known::Value(repository) = probe(root, git) else {
        panic!("expected a repository");
    };
    let data = root.join(crate::support::git(
        root,
        &["rev-parse", "--git-common-dir"],
    ));
    let before = (files(root), times(&data));
    let scratch = tempfile::tempdir().unwrap();
    let changes = capture(&repository, git, scratch.path(), limits).unwrap();
    assert!(
        (files(root), times(&data)) == before,
        "the repository was touched"
    );
    assert_eq!(
        fs::read_dir(scratch.path()).unwrap().count(),
        0,
        "something is left behind"
    );
    changes
}

/// All files of git's own, and when each was last written.
fn times(data: &Path) -> Vec<(PathBuf, SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.push((path, metadata.modified().unwrap()));
        }
    }
    found.sort();
    found
}

/// Clones at the commit that is checked out, with the same settings about line endings, and applies
/// the patch.
pub(crate) fn restored(root: &Path, changes: &Changes) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    let commit = git_output(root, &["rev-parse", "-q", "--verify", "HEAD"]);
    if commit.status.success() {
        let from = root.display().to_string();
        git(
            folder.path(),
            &["clone", "-q", "--no-checkout", "--no-tags", &from, "clone"],
        );
    } else {
        let format = git(root, &["rev-parse", "--show-object-format"]);
        let format = format!("--object-format={format}");
        git(folder.path(), &["init", "-q", &format, "clone"]);
    }
    for name in [
        "core.autocrlf",
        "core.eol",
        "filter.upper.clean",
        "filter.upper.smudge",
    ] {
        let value = git_output(root, &["config", name]);
        if value.status.success() {
            let value = String::from_utf8(value.stdout).unwrap();
            git(&clone, &["config", name, value.trim_end()]);
        }
    }
    if commit.status.success() {
        let commit = String::from_utf8(commit.stdout).unwrap();
        git(&clone, &["checkout", "-q", commit.trim_end()]);
    }
    if !changes.patch.is_empty() {
        let patch = folder.path().join("uncommitted_changes.patch");
        fs::write(&patch, changes.patch.as_bytes()).unwrap();
        git(
            &clone,
            &["apply", "--whitespace=nowarn", &patch.display().to_string()],
        );
    }
    files(&clone)
}

/// Holds that capturing and restoring gives the same files; what is expected to miss is named.
fn comes_back(root: &Path) -> Changes {
    let changes = captured(root, &program(), Limits::default());
    let (is, was) = (restored(root, &changes), files(root));
    let paths = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        paths(&is),
        paths(&was),
        "{}",
        String::from_utf8_lossy(changes.patch.as_bytes())
    );
    for (path, file) in &was {
        assert!(
            is[path] == *file,
            "{path:?}: {:?} became {:?}",
            file,
            is[path]
        );
    }
    assert_eq!(
        (changes.left_out.len(), changes.inexact.len()),
        (0, 0),
        "{changes:?}"
    );
    changes
}

/// A repository with a file of each kind.
fn varied() -> Scratch {
    let scratch = Scratch::committed();
    let lines: Vec<String> = (1..200).map(|number| format!("line {number}\n")).collect();
    let lines = lines.concat();
    scratch.write("long.txt", &lines);
    scratch.write("windows.txt", lines.replace('\n', "\r\n"));
    scratch.write("unended.txt", "one\ntwo");
    scratch.write("weights.bin", bytes(5000, 1));
    scratch.write("tool.sh", "#!/bin/sh\necho\n");
    scratch.write("folder/inner.txt", "inner\n");
    scratch.write("empty", "");
    set_mode(&scratch, "tool.sh", 0o755);
    symlink("long.txt", scratch.here().join("link")).unwrap();
    scratch.commit("varied");
    scratch
}

/// Bytes that no compression makes small.
fn bytes(count: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn set_mode(scratch: &Scratch, path: &str, mode: u32) {
    fs::set_permissions(scratch.here().join(path), Permissions::from_mode(mode)).unwrap();
}

fn remove(scratch: &Scratch, path: &str) {
    fs::remove_file(scratch.here().join(path)).unwrap();
}

fn edit(scratch: &Scratch, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(scratch.here().join(path)).unwrap();
    assert!(text.contains(from));
    scratch.write(path, text.replacen(from, to, 1));
}

type Situation = (&'static str, fn(&Scratch));

/// What can have happened to files since the commit.
const SITUATIONS: [Situation; 29] = [
    ("nothing", |_| {}),
    ("edited", |s| {
        edit(s, "long.txt", "line 100\n", "line one hundred\n");
    }),
    ("staged", |s| {
        edit(s, "long.txt", "line 7\n", "line seven\n");
        s.git(&["add", "long.txt"]);
    }),
    ("staged and edited again", |s| {
        edit(s, "long.txt", "line 7\n", "line seven\n");
        s.git(&["add", "long.txt"]);
        edit(s, "long.txt", "line seven\n", "line VII\n");
    }),
    ("staged and taken back in the file", |s| {
        edit(s, "long.txt", "line 7\n", "line seven\n");
        s.git(&["add", "long.txt"]);
        edit(s, "long.txt", "line seven\n", "line 7\n");
    }),
    ("deleted", |s| remove(s, "long.txt")),
    ("deleted and staged", |s| {
        drop(s.git(&["rm", "-q", "weights.bin", "empty"]));
    }),
    ("taken out of the index only", |s| {
        s.git(&["rm", "-q", "--cached", "long.txt"]);
        edit(s, "long.txt", "line 7\n", "line seven\n");
    }),
    ("bytes", |s| {
        s.write("weights.bin", [bytes(4000, 1), bytes(3000, 2)].concat());
    }),
    ("new bytes", |s| s.write("new.bin", bytes(70_000, 3))),
    ("renamed", |s| {
        drop(s.git(&["mv", "long.txt", "folder/longer.txt"]));
    }),
    ("renamed and edited, untracked", |s| {
        edit(s, "long.txt", "line 7\n", "line seven\n");
        fs::rename(s.here().join("long.txt"), s.here().join("other name.txt")).unwrap();
    }),
    ("swapped", |s| {
        for (from, to) in [
            ("long.txt", "x"),
            ("windows.txt", "long.txt"),
            ("x", "windows.txt"),
        ] {
            fs::rename(s.here().join(from), s.here().join(to)).unwrap();
        }
    }),
    ("made a program", |s| set_mode(s, "train.py", 0o755)),
    ("made no program, and edited", |s| {
        set_mode(s, "tool.sh", 0o644);
        edit(s, "tool.sh", "echo", "echo done");
    }),
    ("link elsewhere", |s| {
        remove(s, "link");
        symlink("folder/inner.txt", s.here().join("link")).unwrap();
    }),
    ("link to nowhere, untracked", |s| {
        symlink("/nowhere", s.here().join("broken")).unwrap();
    }),
    ("file for a link", |s| {
        remove(s, "link");
        s.write("link", "a file\n");
    }),
    ("link for a file", |s| {
        remove(s, "long.txt");
        symlink("train.py", s.here().join("long.txt")).unwrap();
    }),
    ("folder for a file", |s| {
        remove(s, "long.txt");
        s.write("long.txt/inside.txt", "inside\n");
    }),
    ("folder for a link that has another name", |s| {
        fs::rename(s.here().join("link"), s.here().join("moved")).unwrap();
        s.write("link/inside.txt", "inside\n");
    }),
    ("file for a folder", |s| {
        fs::remove_dir_all(s.here().join("folder")).unwrap();
        s.write("folder", "a file\n");
    }),
    ("windows endings", |s| {
        edit(s, "windows.txt", "line 50\r\n", "line fifty\r\nand more\n");
    }),
    ("no newline at the end", |s| {
        s.write("unended.txt", "one\ntwo\nthree");
        s.write("train.py", "import torch");
        s.write("new.txt", "new");
        s.write("only newline", "\n");
    }),
    ("newline at the end", |s| {
        s.write("unended.txt", "one\ntwo\n");
    }),
    ("untracked, empty, program", |s| {
        s.write("a/b/c/new.txt", "new\n");
        s.write("__init__.py", "");
        s.write("run.sh", "#!/bin/sh\n");
        set_mode(s, "run.sh", 0o755);
    }),
    ("announced", |s| {
        s.write("later.txt", "later\n");
        s.git(&["add", "-N", "later.txt"]);
    }),
    ("odd names", |s| {
        let names: [&[u8]; 9] = [
            b"with space.txt",
            b" lead and trail ",
            b"tab\there",
            b"new\nline",
            b"quote\"d",
            b"back\\slash",
            "ümläut/日本.txt".as_bytes(),
            b"not \xff utf-8",
            b"-dash",
        ];
        for (number, name) in names.iter().enumerate() {
            let path = s.here().join(OsStr::from_bytes(name));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{number}\n")).unwrap();
        }
        s.write(":(top)magic*", "*\n");
        s.write(
            "a -> b",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n",
        );
    }),
    ("hidden from git", |s| {
        s.git(&["update-index", "--assume-unchanged", "long.txt"]);
        s.git(&["update-index", "--skip-worktree", "train.py"]);
        edit(s, "long.txt", "line 7\n", "line seven\n");
        s.write("train.py", "hidden = True\n");
    }),
];

#[test]
fn files_come_back_whatever_happened_to_them() {
    for (name, happen) in SITUATIONS {
        let scratch = varied();
        happen(&scratch);
        println!("{name}");
        comes_back(&scratch.here());
    }
}

#[test]
fn everything_at_once_comes_back() {
    let scratch = varied();
    for (name, happen) in SITUATIONS {
        if [
            "bytes",
            "edited",
            "announced",
            "odd names",
            "made a program",
        ]
        .contains(&name)
        {
            happen(&scratch);
        }
    }
    let changes = comes_back(&scratch.here());
    assert_eq!(changes.patch.sections().len(), 15);
}

#[test]
fn a_merge_with_conflicts_comes_back_with_its_marks() {
    let scratch = varied();
    scratch.git(&["checkout", "-q", "-b", "other"]);
    edit(&scratch, "long.txt", "line 7\n", "line seven\n");
    scratch.git(&["rm", "-q", "unended.txt"]);
    scratch.commit("other");
    scratch.git(&["checkout", "-q", "main"]);
    edit(&scratch, "long.txt", "line 7\n", "line VII\n");
    scratch.write("unended.txt", "kept and changed");
    scratch.commit("main");
    assert!(
        !git_output(&scratch.here(), &["merge", "-q", "other"])
            .status
            .success()
    );
    let changes = comes_back(&scratch.here());
    assert!(String::from_utf8_lossy(changes.patch.as_bytes()).contains("+<<<<<<< HEAD"));
}

#[test]
fn every_kind_of_checkout_comes_back() {
    let scratch = varied();
    let first = scratch.git(&["rev-parse", "HEAD~1"]);
    let from = format!("file://{}", scratch.here().display());
    git(
        scratch.path(),
        &["clone", "-q", "--depth", "1", &from, "shallow"],
    );
    scratch.git(&["worktree", "add", "-q", "-b", "trial", "../linked"]);
    scratch.git(&["worktree", "add", "-q", "--detach", "../detached", &first]);
    git(scratch.path(), &["init", "-q", "unborn"]);
    git(
        scratch.path(),
        &["init", "-q", "--object-format=sha256", "sha256"],
    );
    git(
        &scratch.path().join("sha256"),
        &["commit", "-q", "--allow-empty", "-m", "first"],
    );
    for name in ["here", "shallow", "linked", "detached", "unborn", "sha256"] {
        let root = scratch.path().join(name);
        fs::write(root.join("train.py"), "import jax\n").unwrap();
        fs::write(root.join("new.bin"), bytes(3000, 9)).unwrap();
        let changes = comes_back(&root);
        assert_eq!(changes.patch.sections().len(), 2, "{name}");
    }
}

#[test]
fn a_sparse_checkout_is_not_a_deletion() {
    let scratch = varied();
    scratch.git(&["sparse-checkout", "set", "--no-cone", "/train.py", "/data/"]);
    assert!(!scratch.here().join("long.txt").exists());
    scratch.write("train.py", "import jax\n");
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let paths: Vec<_> = changes
        .patch
        .sections()
        .iter()
        .map(envelope_capture::Section::path)
        .collect();
    assert_eq!(paths, ["train.py"]);
}

/// What a person may have set, and what git would then write instead of a patch that applies.
const SETTINGS: &str = "[diff]
\tnoprefix = true
\tmnemonicPrefix = true
\texternal = false
\trenames = copies
\tcontext = 0
\tinterHunkContext = 30
\talgorithm = patience
\tsubmodule = log
\tsuppressBlankEmpty = true
\trelative = true
\torderFile = /nowhere
\tignoreSubmodules = all
\tcolorMoved = zebra
\tindentHeuristic = false
\twsErrorHighlight = all
[diff \"picture\"]
\ttextconv = wc -c
\tcommand = false
[color]
\tui = always
\tdiff = always
[core]
\tquotePath = false
\tpager = false
\tfsmonitor = /nowhere/monitor
\thooksPath = /nowhere
\tsplitIndex = true
\tuntrackedCache = true
\tabbrev = 5
[index]
\tversion = 4
[apply]
\twhitespace = fix
[status]
\tshowUntrackedFiles = no
[pager]
\tdiff = false
";

#[test]
fn settings_about_looks_do_not_reach_the_patch() {
    let scratch = varied();
    scratch.write(".gitattributes", "*.txt diff=picture\n*.bin diff=picture\n");
    scratch.commit("attributes");
    for (_, happen) in [SITUATIONS[1], SITUATIONS[8], SITUATIONS[22], SITUATIONS[27]] {
        happen(&scratch);
    }
    edit(&scratch, "long.txt", "line 20\n", "\nline 20 \n");
    let plain = captured(&scratch.here(), &program(), Limits::default());
    let global = scratch.path().join("gitconfig");
    fs::write(&global, SETTINGS).unwrap();
    let mut environment = environment();
    environment.retain(|(name, _)| name != "GIT_CONFIG_GLOBAL");
    environment.push(("GIT_CONFIG_GLOBAL".into(), global.into_os_string()));
    for (name, value) in [
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_DIFF_OPTS", "--unified=0"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_WORK_TREE", "/nowhere"),
    ] {
        environment.push((name.into(), value.into()));
    }
    let with_settings = captured(
        &scratch.here(),
        &GitProgram::new("git", environment),
        Limits::default(),
    );
    assert_eq!(
        String::from_utf8_lossy(plain.patch.as_bytes()),
        String::from_utf8_lossy(with_settings.patch.as_bytes())
    );
    comes_back(&scratch.here());
}

#[test]
fn line_endings_and_filters_come_back_to_the_byte() {
    for (attributes, setting) in [
        ("* text=auto\n", None),
        ("* text=auto eol=lf\n", None),
        ("* text eol=lf\n", None),
        ("* text=auto\n", Some(("core.autocrlf", "input"))),
        ("", Some(("core.autocrlf", "input"))),
        ("* -text\n", Some(("core.autocrlf", "true"))),
        ("*.py filter=upper\n", None),
    ] {
        let scratch = varied();
        for (name, value) in [
            ("filter.upper.clean", "tr a-z A-Z"),
            ("filter.upper.smudge", "tr A-Z a-z"),
        ] {
            scratch.git(&["config", name, value]);
        }
        if let Some((name, value)) = setting {
            scratch.git(&["config", name, value]);
        }
        scratch.write(".gitattributes", attributes);
        scratch.git(&["add", "--renormalize", "."]);
        scratch.commit("attributes");
        edit(&scratch, "long.txt", "line 100\n", "line one hundred\r\n");
        scratch.write("new.txt", "one\r\ntwo\r\n");
        scratch.write("train.py", "import jax\n");
        println!("{attributes} {setting:?}");
        let changes = captured(&scratch.here(), &program(), Limits::default());
        let is = restored(&scratch.here(), &changes);
        for path in ["long.txt", "new.txt", "train.py"] {
            let was = &files(&scratch.here())[Path::new(path)];
            let named = changes.inexact.iter().any(|inexact| inexact.path == path);
            assert!(
                named || is[Path::new(path)] == *was,
                "{path} with {attributes} {setting:?}: {:?}",
                changes.inexact
            );
            assert!(!named, "{path} with {attributes} {setting:?}");
        }
    }
}

#[test]
fn other_attributes_make_git_look_at_all_files_again() {
    let scratch = varied();
    scratch.write(".gitattributes", "*.txt text\n");
    scratch.write("new.txt", "one\r\ntwo\r\n");
    scratch.git(&["add", "--renormalize", "."]);
    scratch.commit("attributes");
    scratch.write(".gitattributes", "* -text\n");
    scratch.write("nothing", "");
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let (is, was) = (restored(&scratch.here(), &changes), files(&scratch.here()));
    assert!(is == was, "{:?}", changes.inexact);
}

/// A filter as Git LFS is one: the commit has a pointer, the contents are in a store that no clone has.
const CLEAN: &str = "#!/bin/sh
contents=$(mktemp)
cat > \"$contents\"
oid=$(sha256sum < \"$contents\" | cut -d' ' -f1)
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $oid $(stat -c %s \"$contents\")
mv \"$contents\" \"$(dirname \"$0\")/$oid\"
";
const SMUDGE: &str = "#!/bin/sh
pointer=$(cat)
cat \"$(dirname \"$0\")/$(echo \"$pointer\" | sed -n 's/^oid sha256://p')\"
";

#[test]
fn contents_that_git_lfs_keeps_are_in_the_patch() {
    let scratch = varied();
    for (name, script) in [("clean", CLEAN), ("smudge", SMUDGE)] {
        let path = scratch.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        scratch.git(&[
            "config",
            &format!("filter.lfs.{name}"),
            &path.display().to_string(),
        ]);
    }
    scratch.write(
        ".gitattributes",
        "*.pt filter=lfs diff=lfs merge=lfs -text\n",
    );
    scratch.write("old.pt", bytes(2000, 1));
    scratch.write("same.pt", bytes(2000, 2));
    scratch.commit("models");
    assert!(
        scratch
            .git(&["show", "HEAD:old.pt"])
            .starts_with("version https://git-lfs")
    );
    scratch.write("old.pt", bytes(2500, 3));
    scratch.write("new.pt", bytes(3000, 4));
    let changes = captured(&scratch.here(), &program(), Limits::default());
    assert_eq!(changes.inexact, []);
    let is = restored(&scratch.here(), &changes);
    let was = files(&scratch.here());
    for path in ["old.pt", "new.pt"] {
        assert!(is[Path::new(path)] == was[Path::new(path)], "{path}");
    }
    assert!(
        is[Path::new("same.pt")]
            .1
            .starts_with(b"version https://git-lfs")
    );
}

#[test]
fn what_no_patch_restores_is_named() {
    let scratch = varied();
    scratch.write(".gitattributes", "*.txt text eol=crlf\n*.py ident\n");
    scratch.git(&["add", "--renormalize", "."]);
    scratch.commit("attributes");
    scratch.write("new.txt", "one\ntwo\n");
    scratch.write("train.py", "# $Id: mine $\n");
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let named = changes
        .inexact
        .iter()
        .map(|inexact| (inexact.path.as_str(), inexact.because));
    let normalized = Difference::Normalized;
    assert_eq!(
        named.collect::<Vec<_>>(),
        [("new.txt", normalized), ("train.py", normalized)]
    );
    let is = restored(&scratch.here(), &changes);
    assert_eq!(is[Path::new("new.txt")].1, b"one\r\ntwo\r\n");
}

#[test]
fn limits_leave_files_out_by_name() {
    let scratch = varied();
    scratch.write(".gitignore", "ignored/\nsecret.env\n");
    scratch.write("secret.env", "A=1\n");
    scratch.git(&["add", "-f", "secret.env"]);
    scratch.commit("ignores");
    scratch.write("ignored/data.bin", bytes(100, 1));
    scratch.write("secret.env", "A=2\n");
    scratch.write(".env", "B=1\n");
    scratch.write(".env.example", "B=\n");
    scratch.write("weights.bin", bytes(9000, 1));
    scratch.write("a.bin", bytes(900, 2));
    scratch.write("b.bin", bytes(900, 3));
    scratch.write("large.bin", bytes(2000, 4));
    scratch.git(&["add", "large.bin"]);
    scratch.write("larger.bin", bytes(3000, 5));
    git(&scratch.here(), &["init", "-q", "nested"]);
    git(
        &scratch.here().join("nested"),
        &["commit", "-q", "--allow-empty", "-m", "x"],
    );
    let limits = Limits {
        file_bytes: 1000,
        untracked_bytes: 1000,
        ..Limits::default()
    };
    let changes = captured(&scratch.here(), &program(), limits);
    let left: Vec<_> = changes
        .left_out
        .iter()
        .map(|left| (left.path.as_str(), left.because, left.size_bytes))
        .collect();
    assert_eq!(
        left,
        [
            (".env", Reason::EnvironmentFile, Some(4)),
            ("b.bin", Reason::TooMuch, Some(900)),
            ("large.bin", Reason::TooLarge, Some(2000)),
            ("larger.bin", Reason::TooLarge, Some(3000)),
            ("nested/", Reason::Repository, None),
            ("secret.env", Reason::EnvironmentFile, Some(4)),
            ("weights.bin", Reason::TooLarge, Some(9000)),
        ]
    );
    let paths: Vec<_> = changes
        .patch
        .sections()
        .iter()
        .map(envelope_capture::Section::path)
        .collect();
    assert_eq!(paths, [".env.example", "a.bin"]);
}

#[test]
fn half_a_patch_is_none() {
    let scratch = varied();
    scratch.write("a.bin", bytes(900, 2));
    let limits = Limits {
        patch_bytes: 500,
        ..Limits::default()
    };
    let error = capture(&probed(&scratch.here()), &program(), scratch.path(), limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the uncommitted changes make a patch of more than 500 bytes"
    );
}

fn probed(root: &Path) -> Repository {
    match probe(root, &program()) {
        Known::Value(repository) => repository,
        Known::Unknown(because) => panic!("{because}"),
    }
}

#[test]
fn submodules_are_told_apart_by_what_happened() {
    let scratch = Scratch::committed();
    git(scratch.path(), &["init", "-q", "-b", "main", "outer"]);
    let outer = scratch.path().join("outer");
    let from = scratch.here().display().to_string();
    for name in ["moved", "dirty", "clean"] {
        git(&outer, &["submodule", "--quiet", "add", &from, name]);
    }
    git(&outer, &["commit", "-q", "-m", "submodules"]);
    git(
        &outer.join("moved"),
        &["commit", "-q", "--allow-empty", "-m", "more"],
    );
    fs::write(outer.join("dirty/train.py"), "import jax\n").unwrap();
    fs::write(outer.join("note.txt"), "note\n").unwrap();
    let changes = captured(&outer, &program(), Limits::default());
    assert_eq!(changes.left_out.len(), 1);
    assert_eq!(
        (
            changes.left_out[0].path.as_str(),
            changes.left_out[0].because
        ),
        ("dirty", Reason::SubmoduleChanges)
    );
    assert_eq!(changes.inexact.len(), 1);
    assert_eq!(
        (changes.inexact[0].path.as_str(), changes.inexact[0].because),
        ("moved", Difference::SubmoduleCommit)
    );
    let is = restored(&outer, &changes);
    assert_eq!(is[Path::new("note.txt")].1, b"note\n");
}
