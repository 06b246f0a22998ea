//! A wrong spec gets all its mistakes at once, each with its line and what to write instead.

use crate::support::scratch::Scratch;
use crate::support::tree;
use envelope_format::Error;
use envelope_format::spec::Spec;
use std::path::Path;

/// The mistakes of a spec, one in a line.
fn mistakes(spec: &Path) -> String {
    let read = Spec::load(spec);
    let gathered = read.and_then(|read| read.contents(spec.parent().unwrap(), spec));
    match gathered {
        Ok(_) => "none".to_owned(),
        Err(Error::Spec { mistakes, .. }) => {
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            lines.join("\n")
        }
        Err(other) => other.to_string(),
    }
}

fn written(scratch: &Scratch, text: &str) -> String {
    let path = scratch.join("envelope.yaml");
    tree::write(&path, text.as_bytes());
    mistakes(&path)
}

const WRONG_FORM: &str = "\
name: my model
knid: code
kind: clas
python: 3.11
model:
  file: model.py
artifact: {}
artifacts: [a, b]
code: src
requirements: [numpy==1.0, 3]
conda: {chanels: [x]}
signature: guess
params:
  - {name: n, type: long}
  - 5
example: {inputs: [1]}
tags: {a: [1]}
run: {experiment: x}
created: yesterday
streamable: true
";

#[test]
fn all_mistakes_of_form_are_told_at_once() {
    let scratch = Scratch::new("mistakes");
    assert_eq!(written(&scratch, WRONG_FORM), "");
}

const WRONG_CONTENT: &str = "\
name: model
kind: class
python: '3.11'
model:
  class: shop.model:Modle
artifacts:
  table: nowhere.csv
  pipe: src/shop
code: [src/shop, missing]
requirements: requirements.txt
constraints: absent.txt
signature:
  inputs:
    - {type: int, name: a}
    - {type: long, nam: b}
params:
  - {name: n, type: long, default: 1.5}
example:
  input: example.json
native: {onnx: artifacts/model.onnx}
";

#[test]
fn all_mistakes_of_content_are_told_at_once() {
    let scratch = Scratch::new("mistakes");
    let write = |path: &str, text: &str| tree::write(&scratch.join(path), text.as_bytes());
    write("src/shop/__init__.py", "");
    write("src/shop/model.py", "class Model: pass\n");
    write("requirements.txt", "numpy==2.4.6\nnot a requirement\n");
    write("example.json", "{\"columns\": [");
    assert_eq!(written(&scratch, WRONG_CONTENT), "");
}

#[test]
fn what_is_no_yaml_or_no_mapping_is_one_mistake_at_its_line() {
    let scratch = Scratch::new("mistakes");
    for (text, start) in [
        ("name: a\nkind: [code\n", "line 3: "),
        ("name: a\nname: b\n", "line 2: "),
        ("- a\n", "line 1: "),
        ("", ""),
    ] {
        let found = written(&scratch, text);
        assert!(
            found.starts_with(start) && found != "none",
            "{text:?}: {found}"
        );
    }
}

#[test]
fn the_corrected_spec_has_none() {
    let scratch = Scratch::new("mistakes");
    for (name, path) in crate::support::fixtures::specs() {
        assert_eq!(mistakes(&path), "none", "{name}");
    }
    drop(scratch);
}
