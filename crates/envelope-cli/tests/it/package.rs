//! `envelope package`.

use crate::support::{Answer, Scratch, example};
use std::fs;

#[test]
fn makes_the_package_of_the_folder_and_tells_what_to_do_next() {
    let scratch = Scratch::new();
    scratch.write_spec();
    let answer = scratch.envelope(&["package"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let identity = scratch.json(&["inspect", "doubler", "--json"])["model_uuid"].clone();
    let size = scratch.json(&["inspect", "doubler", "--json"])["size_bytes"]
        .as_f64()
        .unwrap();
    assert_eq!(
        answer.out,
        format!(
            "\
Made doubler
  name          doubler  of kind code
  size          {:.1} kB in 7 files
  identity      {}  the same for the same contents
  example       not run: only Python can run the package; `envelope predict --env-manager uv` does

Next
  envelope inspect doubler
  envelope verify doubler
",
            size / 1000.0,
            identity.as_str().unwrap()
        )
    );
}

#[test]
fn takes_a_spec_or_its_folder_and_a_destination() {
    let scratch = Scratch::new();
    scratch.write_spec();
    let folder = scratch.path(".");
    let folder = folder.to_str().unwrap();
    for (index, spec) in ["envelope.yaml", ".", folder].into_iter().enumerate() {
        let out = format!("out/{index}");
        let made = scratch.json(&["package", spec, "--out", &out, "--json"]);
        assert_eq!(made["package"], out);
        assert_eq!(
            (&made["name"], &made["kind"]),
            (&"doubler".into(), &"code".into())
        );
        assert_eq!(made["files"], 7);
    }
    let read = |out: &str| fs::read_to_string(scratch.path(out).join("MLmodel")).unwrap();
    assert_eq!(read("out/0"), read("out/2"));
}

#[test]
fn a_package_that_is_not_waited_for_is_the_same() {
    let scratch = Scratch::new();
    scratch.write_spec();
    for (out, flag) in [("waited", None), ("not", Some("--no-sync"))] {
        let words: Vec<&str> = ["package", "--out", out].into_iter().chain(flag).collect();
        assert_eq!(scratch.envelope(&words).status, 0);
        assert_eq!(scratch.envelope(&["verify", out]).status, 0);
    }
    let read = |out: &str| fs::read_to_string(scratch.path(out).join("MLmodel")).unwrap();
    assert_eq!(read("waited"), read("not"));
}

#[test]
fn packages_the_example_of_the_repository() {
    let scratch = Scratch::new();
    let answer = scratch.envelope(&["package", example().to_str().unwrap(), "--out", "p"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    assert_eq!(scratch.envelope(&["verify", "p"]).status, 0);
}

#[test]
fn takes_the_code_that_the_model_imports_and_tells_what_it_cannot_see() {
    let scratch = Scratch::new();
    let spec = "\
name: loaded
kind: loader
python: 3.11.7
model: {module: churn.model}
code: {from: [src, lib], whole: [src/churn/words.txt]}
";
    scratch.write("envelope.yaml", spec);
    scratch.write("src/churn/__init__.py", "");
    let model = "from . import text\nimport common.gone\nOPEN = open(__file__)\n";
    scratch.write("src/churn/model.py", model);
    scratch.write("src/churn/text.py", "import common, numpy\n");
    scratch.write("src/churn/train.py", "import torch\n");
    scratch.write("src/churn/words.txt", "a\n");
    scratch.write("lib/common/__init__.py", "");
    let made = scratch.json(&["package", "--json"]);
    let files = made["code"]["files"].as_array().unwrap().iter();
    let files: Vec<_> = files
        .map(|file| (file["path"].as_str().unwrap(), file["needed_by"].as_str()))
        .collect();
    assert_eq!(
        files,
        [
            ("churn/__init__.py", None),
            ("churn/model.py", None),
            ("churn/text.py", Some("src/churn/model.py:1")),
            ("common/__init__.py", Some("src/churn/model.py:2")),
        ]
    );
    assert!(scratch.path("loaded/code/words.txt").is_file());
    assert!(!scratch.path("loaded/code/churn/train.py").exists());
    let answer = scratch.envelope(&["package", "--force"]);
    let doubts = "\
Perhaps missing  `code.modules` and `code.whole` take what no import names
  src/churn/model.py:2  imports `common.gone`, which was not found
  src/churn/model.py:3  looks for files by the place of a module
";
    assert!(answer.out.contains(doubts), "{}", answer.out);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
}

#[test]
fn code_that_cannot_be_found_is_a_mistake_of_the_spec() {
    let scratch = Scratch::new();
    scratch.write("src/churn.py", "");
    for (rest, expected) in [
        (
            "model: {module: churns}\ncode: {from: [src], modules: [churn, other]}",
            "envelope.yaml:4: model.module: found no module `churns` in `src`\n\
             envelope.yaml:5: code.modules: found no module `other` in `src`\n",
        ),
        (
            "model: {module: churn.x}\ncode: {from: [src]}",
            "envelope.yaml:4: model.module: found no module `churn.x` in `src`\n",
        ),
        (
            "model: {module: churn}\ncode: {from: [lib]}",
            "envelope.yaml:5: code.from[0]: found no folder `lib`\n",
        ),
        (
            "model: {module: churn}\ncode: {modules: [churn]}",
            "envelope.yaml:5: code: key `from` is missing: ",
        ),
    ] {
        let spec = format!("name: loaded\nkind: loader\npython: 3.11.7\n{rest}\n");
        scratch.write("envelope.yaml", spec);
        let answer = scratch.envelope(&["package"]);
        assert_eq!(answer.status, 2, "{rest}");
        assert!(answer.err.starts_with(expected), "{rest}: {}", answer.err);
        assert!(!scratch.path("loaded").exists());
    }
}

#[test]
fn replaces_a_package_only_when_told() {
    let scratch = Scratch::new();
    scratch.package();
    let answer = scratch.envelope(&["package"]);
    assert_eq!(answer.status, 2);
    assert_eq!(
        answer.err,
        "error: `doubler` exists already\n  hint: replace it with `--force`, or choose another `--out`\n"
    );
    assert_eq!(scratch.envelope(&["package", "--force"]).status, 0);
}

#[test]
fn never_replaces_what_is_no_package() {
    let scratch = Scratch::new();
    scratch.write_spec();
    scratch.write("doubler/notes.txt", "mine");
    let answer = scratch.envelope(&["package", "--force"]);
    assert_eq!(answer.status, 2);
    assert!(answer.err.contains("is no model package"), "{}", answer.err);
    assert!(scratch.path("doubler/notes.txt").exists());
}

#[test]
fn quiet_says_nothing() {
    let scratch = Scratch::new();
    scratch.write_spec();
    let answer = scratch.envelope(&["package", "-q"]);
    assert_eq!(
        (answer.status, answer.out.as_str(), answer.err.as_str()),
        (0, "", "")
    );
    assert!(scratch.path("doubler/MLmodel").exists());
}

#[test]
fn records_the_time_that_the_environment_sets() {
    let scratch = Scratch::new();
    scratch.write_spec();
    for (epoch, expected) in [("1767225600", "2026-01-01 00:00:00.000000"), ("", "")] {
        let mut command = scratch.command(&["package", "--force"]);
        assert!(
            command
                .env("SOURCE_DATE_EPOCH", epoch)
                .status()
                .unwrap()
                .success()
        );
        let created = scratch.json(&["inspect", "doubler", "--json"])["created"].clone();
        assert_eq!(created.as_str().unwrap_or_default(), expected);
    }
}

#[test]
fn refuses_a_time_that_is_none() {
    let scratch = Scratch::new();
    scratch.write_spec();
    let mut command = scratch.command(&["package"]);
    let answer = Answer::of(
        &command
            .env("SOURCE_DATE_EPOCH", "yesterday")
            .output()
            .unwrap(),
    );
    assert_eq!(answer.status, 2);
    assert!(
        answer
            .err
            .starts_with("error: `SOURCE_DATE_EPOCH` is `yesterday`, expected the seconds"),
        "{}",
        answer.err
    );
    assert!(!scratch.path("doubler").exists());
}

#[test]
fn tells_all_mistakes_of_a_spec_each_at_its_line() {
    let scratch = Scratch::new();
    scratch.write(
        "envelope.yaml",
        "name: x\nkind: clas\npython: 3.11\nmodle: {}\nmodel: {file: 1}\n",
    );
    let answer = scratch.envelope(&["package"]);
    assert_eq!((answer.status, answer.out.as_str()), (2, ""));
    for line in [
        "envelope.yaml:2: kind: ",
        "envelope.yaml:3: python: ",
        "envelope.yaml:4: modle: ",
    ] {
        assert!(
            answer.err.lines().any(|one| one.starts_with(line)),
            "{line} in {}",
            answer.err
        );
    }
    assert!(
        answer.err.contains("error: `envelope.yaml` has "),
        "{}",
        answer.err
    );
    assert!(answer.err.contains("  hint: "), "{}", answer.err);
}

#[test]
fn mistakes_are_json_where_json_was_asked_for() {
    let scratch = Scratch::new();
    scratch.write(
        "envelope.yaml",
        "name: x\nkind: clas\nmodel: {}\npython: '3.11.7'\n",
    );
    let answer = scratch.envelope(&["package", "--json"]);
    assert_eq!((answer.status, answer.err.as_str()), (2, ""));
    let document: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    let mistake = &document["error"]["mistakes"][0];
    assert_eq!(mistake["file"], "envelope.yaml");
    assert_eq!(
        (&mistake["line"], &mistake["element"]),
        (&2.into(), &"kind".into())
    );
    assert!(document["error"]["hint"].is_string());
}

#[test]
fn names_a_spec_that_is_not_there() {
    let scratch = Scratch::new();
    for (words, expected) in [
        (
            &["package"][..],
            "error: found no `envelope.yaml` in this folder\n",
        ),
        (
            &["package", "other.yaml"],
            "error: found no spec at `other.yaml`\n",
        ),
        (
            &["package", "."],
            "error: found no spec at `./envelope.yaml`\n",
        ),
    ] {
        let answer = scratch.envelope(words);
        assert_eq!(answer.status, 2);
        assert!(answer.err.starts_with(expected), "{}", answer.err);
    }
}

/// Copies a folder and all that is in it.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn an_answer_that_is_added_leaves_all_else_in_the_flavor() {
    let scratch = Scratch::new();
    copy(&example(), &scratch.path("example"));
    let spec = fs::read_to_string(scratch.path("example/envelope.yaml")).unwrap();
    let bare = spec.replace("  output: examples/output.json\n", "");
    assert_ne!(spec, bare);
    scratch.write("example/envelope.yaml", format!("{bare}run: {{id: r1}}\n"));
    let answer = scratch.envelope(&["package", "example", "--out", "p"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let card = scratch.json(&["inspect", "p", "--json"]);
    let flavor = &card["mlmodel"]["flavors"]["envelope"];
    assert_eq!(flavor["output_example"], "output_example.json");
    assert_eq!(flavor["run"]["id"], "r1");
    assert_eq!(flavor["requirements"]["prune"][0], "torch");
    assert_eq!(flavor["native"]["onnx"], "artifacts/model.onnx");
}
