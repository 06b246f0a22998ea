//! Repositories and machines as they mostly are not: filters that fail, files elsewhere, pipes, no
//! program `git`. Whatever it is, what can be captured is captured, and the rest is named.

use crate::restoring::{captured, restored};
use crate::support::{
    Scratch, environment, files, git, git_output, no_program, program, program_with,
};
use envelope_capture::changes::{Changes, Difference, Inexact, Limits, Reason, capture};
use envelope_capture::git::{Repository, probe};
use envelope_capture::{Known, Section};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

fn paths(changes: &Changes) -> Vec<String> {
    changes.patch.sections().iter().map(Section::path).collect()
}

fn left_out(changes: &Changes) -> Vec<(&str, Reason)> {
    let left = changes.left_out.iter();
    left.map(|left| (left.path.as_str(), left.because))
        .collect()
}

fn probed(folder: &Path) -> Repository {
    match probe(folder, &program()) {
        Known::Value(found) => found,
        Known::Unknown(because) => panic!("{because}"),
    }
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success(), "no pipe at {}", path.display());
}

/// Makes pointers of contents, and leaves pointers alone, as Git LFS does.
const CLEAN: &str = "#!/bin/sh
contents=$(mktemp)
cat > \"$contents\"
if grep -q '^oid sha256:' \"$contents\"; then cat \"$contents\"; exit; fi
oid=$(sha256sum < \"$contents\" | cut -d' ' -f1)
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $oid $(stat -c %s \"$contents\")
rm \"$contents\"
";

/// Would have to fetch, unless told not to; then the pointer stays.
const FETCHES: &str = "#!/bin/sh
[ \"$GIT_LFS_SKIP_SMUDGE\" = 1 ] || exit 1
cat
";

const FAILS: &str = "#!/bin/sh
exit 1
";

/// A repository with files that Git LFS keeps, and whose contents are not on this machine.
fn with_lfs(smudge: &str) -> Scratch {
    let scratch = Scratch::committed();
    let filter = |name: &str, script: &str| {
        let path = scratch.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let setting = format!("filter.lfs.{name}");
        scratch.git(&["config", &setting, &path.display().to_string()]);
    };
    filter("clean", CLEAN);
    filter("smudge", smudge);
    scratch.git(&["config", "filter.lfs.required", "true"]);
    scratch.write(".gitattributes", "*.pt filter=lfs -text\n");
    for name in ["old.pt", "gone.pt", "renamed.pt", "tool.pt"] {
        scratch.write(name, format!("weights of {name}"));
    }
    scratch.commit("models");
    scratch.write("old.pt", "other weights");
    scratch.write("new.pt", "new weights");
    scratch.write("train.py", "import jax\n");
    fs::remove_file(scratch.here().join("gone.pt")).unwrap();
    scratch.git(&["mv", "renamed.pt", "moved.pt"]);
    let program = Permissions::from_mode(0o755);
    fs::set_permissions(scratch.here().join("tool.pt"), program).unwrap();
    scratch
}

#[test]
fn git_lfs_is_told_to_fetch_nothing() {
    let scratch = with_lfs(FETCHES);
    let changes = captured(&scratch.here(), &program(), Limits::default());
    assert_eq!((&changes.inexact, &changes.left_out), (&vec![], &vec![]));
    // Where there is no filter at all, the patch gives the contents.
    for name in ["smudge", "required"] {
        scratch.git(&["config", "--unset", &format!("filter.lfs.{name}")]);
    }
    let (is, was) = (restored(&scratch.here(), &changes), files(&scratch.here()));
    for name in ["old.pt", "new.pt", "train.py"] {
        assert!(is[Path::new(name)] == was[Path::new(name)], "{name}");
    }
    assert!(!is.contains_key(Path::new("gone.pt")));
    assert_eq!(is[Path::new("tool.pt")].0, 'x');
    assert!(is[Path::new("moved.pt")].1.starts_with(b"version https"));
}

#[test]
fn a_filter_that_fails_leaves_files_unproven_and_no_patch_lost() {
    let scratch = with_lfs(FAILS);
    unproven_and_not_lost(&scratch);
    // Where the whole program is missing, git cannot even tell what it would store.
    scratch.git(&["config", "filter.lfs.clean", "/nowhere/git-lfs clean %f"]);
    unproven_and_not_lost(&scratch);
}

fn unproven_and_not_lost(scratch: &Scratch) {
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let all = [
        "gone.pt", "moved.pt", "new.pt", "old.pt", "tool.pt", "train.py",
    ];
    let mut is = paths(&changes);
    is.sort();
    // A file of another name is a new one for git where it has to read it, which depends on the second
    // it is, and cannot tell what it would store.
    is.retain(|path| path != "renamed.pt");
    assert_eq!(is, all);
    let unproven = ["moved.pt", "new.pt", "old.pt", "tool.pt"].map(|path| Inexact {
        path: path.into(),
        because: Difference::Unproven,
    });
    assert_eq!(changes.inexact, unproven);
    assert_eq!(changes.left_out, []);
    // The contents are in the patch all the same.
    let text = String::from_utf8_lossy(changes.patch.as_bytes()).into_owned();
    assert!(!text.contains("+oid sha256:"), "{text}");
}

#[test]
fn files_may_be_elsewhere_than_their_repository() {
    // What git finds from the files is another repository, around both.
    let outer = Scratch::committed();
    outer.write(".gitignore", "data/\ncode/\n");
    outer.commit("outer");
    let (data, code) = (outer.here().join("data"), outer.here().join("code"));
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&code).unwrap();
    git(&data, &["init", "-q", "-b", "inner"]);
    git(&data, &["config", "core.worktree", "../../code"]);
    fs::write(code.join("kept.txt"), "kept\n").unwrap();
    fs::write(code.join("model.py"), "one\n").unwrap();
    git(&data, &["add", "-A"]);
    git(&data, &["commit", "-q", "-m", "inner"]);
    fs::write(code.join("model.py"), "two\n").unwrap();
    fs::write(code.join("new.py"), "new\n").unwrap();
    let repository = probed(&data);
    assert_eq!(repository.root, code.canonicalize().unwrap());
    let commit = git(&data, &["rev-parse", "HEAD"]);
    assert_eq!(repository.facts.commit, Known::Value(Some(commit)));
    assert_eq!(repository.facts.branch, Known::Value(Some("inner".into())));
    let again = envelope_capture::git::probe_by_program(&data, &program());
    assert_eq!(again, Known::Value(repository.clone()));
    let scratch = tempfile::tempdir().unwrap();
    for git in [program(), no_program()] {
        let changes = capture(&repository, &git, scratch.path(), Limits::default()).unwrap();
        let mut names = paths(&changes);
        names.extend(changes.left_out.into_iter().map(|left| left.path));
        assert_eq!(names, ["model.py", "new.py"]);
    }
}

#[test]
fn a_commit_that_is_missing_is_no_beginning() {
    let scratch = Scratch::committed();
    let commit = scratch.git(&["rev-parse", "HEAD"]);
    let object = format!(".git/objects/{}/{}", &commit[..2], &commit[2..]);
    fs::remove_file(scratch.here().join(object)).unwrap();
    for git in [program(), no_program()] {
        let Known::Value(found) = probe(&scratch.here(), &git) else {
            panic!("expected facts");
        };
        assert!(found.facts.commit.because().is_some(), "{:?}", found.facts);
        let folder = tempfile::tempdir().unwrap();
        let changes = capture(&found, &git, folder.path(), Limits::default());
        assert!(changes.is_err(), "{changes:?}");
    }
    let Known::Value(found) = envelope_capture::git::probe_by_program(&scratch.here(), &program())
    else {
        panic!("expected facts");
    };
    let because = found.facts.commit.because().unwrap();
    assert!(because.contains("bad object HEAD"), "{because}");
}

#[test]
fn pipes_and_sockets_are_named() {
    let scratch = Scratch::committed();
    scratch.write(".gitignore", "*.ignored\n");
    scratch.write("tracked.txt", "tracked\n");
    scratch.commit("more");
    let user = scratch.path().join("user-ignores");
    fs::write(&user, "*.mine\n").unwrap();
    scratch.git(&["config", "core.excludesFile", &user.display().to_string()]);
    fs::remove_file(scratch.here().join("tracked.txt")).unwrap();
    fs::create_dir(scratch.here().join("run")).unwrap();
    for name in ["tracked.txt", "run/pipe", "a.ignored", "a.mine", ".pipe"] {
        pipe(&scratch.here().join(name));
    }
    let socket = scratch.here().join("run/socket");
    let _listener = UnixListener::bind(socket).unwrap();
    scratch.write("train.py", "import jax\n");
    let changes = captured(&scratch.here(), &program(), Limits::default());
    assert_eq!(paths(&changes), ["train.py"]);
    let special = Reason::SpecialFile;
    assert_eq!(
        left_out(&changes),
        [
            (".pipe", special),
            ("run/pipe", special),
            ("run/socket", special),
            ("tracked.txt", special)
        ]
    );
}

#[test]
fn what_is_made_on_the_way_is_not_captured() {
    let scratch = Scratch::committed();
    scratch.write(".gitattributes", "*.py text\n");
    scratch.write("train.py", "import jax\r\n");
    let folder = scratch.here().join("tmp/deep [x]");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mine.txt"), "mine\n").unwrap();
    let repository = probed(&scratch.here());
    let changes = capture(&repository, &program(), &folder, Limits::default()).unwrap();
    assert_eq!(
        paths(&changes),
        [".gitattributes", "tmp/deep [x]/mine.txt", "train.py"]
    );
    assert_eq!(changes.left_out, []);
}

#[test]
fn ends_of_lines_in_a_path_are_part_of_it() {
    let scratch = Scratch::empty();
    let root = scratch.path().join("two\nlines\n");
    fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q", "-b", "main"]);
    fs::write(root.join(".gitignore"), "*.log\n").unwrap();
    fs::write(root.join("kept.log"), "kept\n").unwrap();
    git(&root, &["add", "-f", "."]);
    git(&root, &["commit", "-q", "-m", "first"]);
    fs::write(root.join("new.txt"), "new\n").unwrap();
    let found = probed(&root);
    assert_eq!(found.root, root.canonicalize().unwrap());
    let again = envelope_capture::git::probe_by_program(&root, &program());
    assert_eq!(again, Known::Value(found.clone()));
    let folder = tempfile::tempdir().unwrap();
    let changes = capture(&found, &program(), folder.path(), Limits::default()).unwrap();
    assert_eq!(paths(&changes), ["new.txt"]);
}

#[test]
fn without_the_program_files_are_named() {
    let scratch = Scratch::committed();
    let changes = captured(&scratch.here(), &no_program(), Limits::default());
    assert!(changes.is_clean());
    scratch.write("train.py", "import jax\n");
    scratch.write("new/file.txt", "new\n");
    scratch.write(".env", "A=1\n");
    fs::remove_file(scratch.here().join("data/labels.csv")).unwrap();
    let changes = captured(&scratch.here(), &no_program(), Limits::default());
    assert!(changes.patch.is_empty() && !changes.is_clean());
    assert_eq!(
        left_out(&changes),
        [
            (".env", Reason::EnvironmentFile),
            ("data/labels.csv", Reason::NoGit),
            ("new/file.txt", Reason::NoGit),
            ("train.py", Reason::NoGit),
        ]
    );
    assert_eq!(changes.left_out[3].size_bytes, Some(11));
}

/// What the library and the program find, with some variables, must be what git itself says.
fn agree(folder: &Path, variables: &[(&str, &str)]) {
    let mut command = Command::new("git");
    command.env_clear().envs(environment());
    command.envs(variables.iter().copied()).current_dir(folder);
    let said = command.args(["rev-parse", "--show-toplevel"]).output();
    let said = said.unwrap();
    let expected = said.status.success().then(|| {
        let root = String::from_utf8(said.stdout).unwrap();
        root.trim_end_matches('\n').into()
    });
    for path in ["git", "/nowhere/git"] {
        let found = probe(folder, &program_with(path, variables));
        let root = found.value().map(|found| found.root.clone());
        assert_eq!(root, expected, "{path} in {}: {found:?}", folder.display());
    }
}

#[test]
fn the_search_for_a_repository_ends_where_git_ends_it() {
    let scratch = Scratch::committed();
    let inner = scratch.here().join("a/b/c");
    fs::create_dir_all(&inner).unwrap();
    std::os::unix::fs::symlink("here", scratch.path().join("link")).unwrap();
    let at = |path: &str| scratch.path().join(path).display().to_string();
    for list in [
        at("here"),
        at("here/a"),
        at("here/a/b/c"),
        at(""),
        at("link/a"),
        format!(":{}", at("link/a")),
        format!("/nowhere:{}", at("here/a")),
        "a".to_owned(),
        "/".to_owned(),
    ] {
        for folder in [&inner, &scratch.here()] {
            agree(folder, &[("GIT_CEILING_DIRECTORIES", &list)]);
        }
    }
    agree(&scratch.here().join(".git"), &[]);
    agree(&scratch.here().join(".git/objects"), &[]);
    git(&scratch.here(), &["worktree", "add", "-q", "../linked"]);
    fs::rename(scratch.path().join("linked"), scratch.path().join("moved")).unwrap();
    agree(&scratch.path().join("moved"), &[]);
}

#[test]
fn what_git_holds_for_no_repository_is_passed_over() {
    let garbage = [
        "garbage\n",
        "",
        "ref: heads/main\n",
        "ref: refs/heads/x\n",
        "12345\n",
    ];
    for head in garbage {
        let scratch = Scratch::committed();
        let inner = scratch.here().join("inner");
        git(&scratch.here(), &["init", "-q", "inner"]);
        fs::write(inner.join(".git/HEAD"), head).unwrap();
        agree(&inner, &[]);
        fs::remove_dir_all(inner.join(".git/objects")).unwrap();
        agree(&inner, &[]);
    }
    for file in ["garbage\n", "gitdir: nowhere\n", "gitdir: ../.git\n"] {
        let scratch = Scratch::committed();
        scratch.write("inner/.git", file);
        agree(&scratch.here().join("inner"), &[]);
    }
    let scratch = Scratch::committed();
    fs::create_dir_all(scratch.here().join("inner/.git")).unwrap();
    agree(&scratch.here().join("inner"), &[]);
    assert!(git_output(&scratch.here(), &["status"]).status.success());
}

/// Only root can give a folder away; whoever is not root owns what the test makes.
#[test]
fn settings_of_somebody_else_run_no_program() {
    for is_elsewhere in [false, true] {
        let scratch = Scratch::committed();
        let trace = scratch.path().join("trace");
        let filter = format!("touch {}; cat", trace.display());
        scratch.write(".gitattributes", "*.py filter=trace\n");
        scratch.git(&["config", "filter.trace.clean", &filter]);
        scratch.write("train.py", "import jax\n");
        if is_elsewhere {
            let files = scratch.path().join("files");
            fs::create_dir(&files).unwrap();
            fs::write(files.join("train.py"), "import flax\n").unwrap();
            scratch.git(&["config", "core.worktree", &files.display().to_string()]);
        }
        let given = [scratch.here(), scratch.here().join(".git")];
        let is_given = given
            .iter()
            .all(|path| std::os::unix::fs::chown(path, Some(12345), None).is_ok());
        if !is_given {
            return;
        }
        let Known::Value(found) = probe(&scratch.here(), &no_program()) else {
            panic!("expected facts");
        };
        let folder = tempfile::tempdir().unwrap();
        let error = capture(&found, &program(), folder.path(), Limits::default()).unwrap_err();
        assert!(error.to_string().contains("another user"), "{error}");
        let changes = capture(&found, &no_program(), folder.path(), Limits::default());
        assert!(!trace.exists(), "a program ran");
        assert_eq!(left_out(&changes.unwrap())[1].0, "train.py");
    }
}
