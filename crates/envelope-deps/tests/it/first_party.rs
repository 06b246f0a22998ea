//! Which files of a project its modules need.

use crate::imports::project;
use envelope_deps::imports::{FirstParty, Start, first_party};
use std::path::{Path, PathBuf};

/// What modules need of the folders `roots` of a project.
fn needed(root: &Path, roots: &[&str], modules: &[&str]) -> FirstParty {
    let roots: Vec<PathBuf> = roots.iter().map(|folder| root.join(folder)).collect();
    let starts = modules.iter().map(|name| Start::Module((*name).to_owned()));
    first_party(&roots, &starts.collect::<Vec<_>>()).expect("what is needed")
}

fn files(answer: &FirstParty) -> Vec<&str> {
    let names = answer.files.iter().map(|file| file.path.to_str());
    names.map(|name| name.expect("a name")).collect()
}

fn missing(answer: &FirstParty) -> Vec<&str> {
    let missing = answer.missing.iter();
    missing.map(|one| one.module.as_str()).collect()
}

#[test]
fn follows_imports_of_every_spelling_and_takes_nothing_else() {
    for (text, expected) in [
        ("import a.b", vec!["a/__init__.py", "a/b.py"]),
        ("from a import b as c", vec!["a/__init__.py", "a/b.py"]),
        ("from a.b import value", vec!["a/__init__.py", "a/b.py"]),
        ("from a import value", vec!["a/__init__.py"]),
        (
            "import a.deep.er",
            vec![
                "a/__init__.py",
                "a/deep/__init__.py",
                "a/deep/er.py",
                "lone.py",
            ],
        ),
        ("def f():\n    import lone", vec!["lone.py"]),
        (
            "try:\n    import lone\nexcept ImportError: pass",
            vec!["lone.py"],
        ),
        ("if TYPE_CHECKING:\n    import lone", vec![]),
        ("importlib.import_module('lone')", vec!["lone.py"]),
        ("import loose.one", vec!["loose/one.py"]),
        ("from loose import one", vec!["loose/one.py"]),
        ("import loose", vec![]),
        ("import numpy, os.path", vec![]),
        ("# import lone\n'import lone'", vec![]),
        ("import fast", vec!["fast.cpython-311-x86_64-linux-gnu.so"]),
        ("import both", vec!["both/__init__.py"]),
    ] {
        let project = project(&[
            ("src/start.py", text),
            ("src/a/__init__.py", "value = 1"),
            ("src/a/b.py", ""),
            ("src/a/unused.py", ""),
            ("src/a/deep/__init__.py", ""),
            ("src/a/deep/er.py", "from ...nothing import x\nimport lone"),
            ("src/lone.py", ""),
            ("src/loose/one.py", ""),
            ("src/loose/two.py", ""),
            ("src/fast.cpython-311-x86_64-linux-gnu.so", ""),
            ("src/faster.so", ""),
            ("src/both/__init__.py", ""),
            ("src/both.py", ""),
        ]);
        let answer = needed(project.path(), &["src"], &["start"]);
        let mut found = files(&answer);
        found.retain(|path| *path != "start.py");
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn relative_imports_begin_at_the_package_of_the_file() {
    let project = project(&[
        ("p/__init__.py", "from .api import run"),
        ("p/api.py", "from . import names\nfrom .sub import thing\n"),
        ("p/names.py", ""),
        ("p/sub/__init__.py", "from .thing import *\n"),
        (
            "p/sub/thing.py",
            "from ..other import value\nimport_module('.late', __package__)",
        ),
        ("p/sub/late.py", ""),
        ("p/other.py", ""),
        ("p/unused.py", ""),
    ]);
    let answer = needed(project.path(), &["."], &["p"]);
    let expected = [
        "p/__init__.py",
        "p/api.py",
        "p/names.py",
        "p/other.py",
        "p/sub/__init__.py",
        "p/sub/late.py",
        "p/sub/thing.py",
    ];
    assert_eq!(files(&answer), expected);
    assert!(answer.missing.is_empty(), "{:?}", answer.missing);
    let needed_by = answer.files.iter().map(|file| {
        let place = file.needed_by.as_ref()?;
        Some(format!(
            "{}:{}",
            place.path.file_name()?.to_str()?,
            place.line
        ))
    });
    let needed_by: Vec<_> = needed_by.map(Option::unwrap_or_default).collect();
    let expected = [
        "",
        "__init__.py:1",
        "api.py:1",
        "thing.py:1",
        "api.py:2",
        "thing.py:2",
        "api.py:2",
    ];
    assert_eq!(needed_by, expected);
}

#[test]
fn the_first_root_that_has_a_module_wins_and_loose_folders_join() {
    let project = project(&[
        ("one/start.py", "import same, ns.a, ns.b, data.sub"),
        ("one/same.py", ""),
        ("two/same.py", "import never"),
        ("two/never.py", ""),
        ("one/ns/a.py", ""),
        ("two/ns/b.py", ""),
        ("one/data/values.csv", ""),
        ("two/data/__init__.py", ""),
        ("two/data/sub.py", ""),
    ]);
    let answer = needed(project.path(), &["one", "two"], &["start"]);
    let roots = answer.files.iter().map(|file| {
        let root = file.root.file_name().and_then(|name| name.to_str());
        format!("{}/{}", root.expect("a name"), file.path.display())
    });
    let roots: Vec<String> = roots.collect();
    assert_eq!(
        roots,
        [
            "two/data/__init__.py",
            "two/data/sub.py",
            "one/ns/a.py",
            "two/ns/b.py",
            "one/same.py",
            "one/start.py",
        ]
    );
}

#[test]
fn what_should_be_there_and_is_not_is_told() {
    let project = project(&[
        (
            "a/__init__.py",
            "import a.gone\nfrom a.lost import x\nfrom a import value\n",
        ),
        (
            "a/b.py",
            "from ..outside import x\ntry:\n    import a.perhaps\nexcept ImportError: pass",
        ),
    ]);
    let answer = needed(
        project.path(),
        &["."],
        &["a.b", "nowhere", "a.nowhere", "numpy.linalg"],
    );
    assert_eq!(files(&answer), ["a/__init__.py", "a/b.py"]);
    let expected = [
        "nowhere",
        "a.nowhere",
        "numpy.linalg",
        "a.gone",
        "a.lost",
        "..outside",
    ];
    assert_eq!(missing(&answer), expected);
    assert_eq!(
        answer.missing[3].needed_by.as_ref().map(|place| place.line),
        Some(1)
    );
    assert_eq!(answer.missing[0].needed_by, None);
}

#[test]
fn what_imports_do_not_show_is_told() {
    let text = "import importlib.resources\nfrom importlib import resources as r\n\
                x = Path(__file__).parent\npkgutil.get_data('a', 'b')\nimport_module(name)\n\
                pickle.load(f)\npd.read_parquet(f)\n";
    let project = project(&[("a.py", text)]);
    let answer = needed(project.path(), &["."], &["a"]);
    let mut lines: Vec<usize> = answer
        .cannot_know
        .iter()
        .map(|one| one.place.line)
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6], "{:?}", answer.cannot_know);
}

#[test]
fn a_file_that_is_executed_is_no_module_and_begins_no_package() {
    let project = project(&[
        ("model.py", "import helper\nfrom . import other"),
        ("src/helper.py", ""),
        ("src/other.py", ""),
    ]);
    let start = Start::File(project.path().join("model.py"));
    let answer = first_party(&[project.path().join("src")], &[start]).expect("what is needed");
    assert_eq!(files(&answer), ["helper.py"]);
    assert_eq!(missing(&answer), ["."]);
}

#[test]
fn circles_end_and_roots_must_be_folders() {
    let project = project(&[
        ("a.py", "import b"),
        ("b.py", "import a, b"),
        ("c/d.py", ""),
    ]);
    let answer = needed(project.path(), &["."], &["a"]);
    assert_eq!(files(&answer), ["a.py", "b.py"]);
    for root in ["a.py", "nowhere"] {
        let root = project.path().join(root);
        let error = first_party(std::slice::from_ref(&root), &[]).expect_err("no folder");
        assert!(
            error.to_string().contains(&*root.to_string_lossy()),
            "{error}"
        );
    }
    for module in ["", ".", "..", "../a", "a/b", "/etc/passwd", "c.", "c..d"] {
        let answer = needed(project.path(), &["."], &[module]);
        assert_eq!(files(&answer), [""; 0], "{module}");
        assert_eq!(missing(&answer), [module]);
    }
}
