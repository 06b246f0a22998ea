//! A wrong spec gets all its mistakes at once, each with its line and what to write instead.

use crate::support::fixtures;
use crate::support::scratch::Scratch;
use crate::support::tree;
use envelope_format::Error;
use std::path::Path;

/// The mistakes of a spec, one in a line.
fn mistakes(spec: &Path) -> String {
    match fixtures::contents(spec) {
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
    mistakes(&path).replace(scratch.path().to_str().unwrap(), "SPEC")
}

const WRONG_FORM: &str = "\
name: a model
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
name: my model
";

const FORM_MISTAKES: &str = "\
line 1: `name`: found a string `my model`, expected the package's name, of letters, digits, `.`, `_` and `-`
line 2: `knid`: unknown key (did you mean `kind`?)
line 3: `kind`: found a string `clas`, expected one of onnx, code, class, loader (did you mean `class`?)
line 4: `python`: found a number `3.11`, expected text (put it in quotes)
line 6: `model.file`: found no file or folder `model.py`
line 7: `artifact`: unknown key (did you mean `artifacts`?)
line 8: `artifacts`: found a sequence, expected a mapping
line 9: `code`: found a string `src`, expected a list or a mapping (write `[src]`)
line 10: `requirements[1]`: found an integer `3`, expected text (put it in quotes)
line 11: `conda.chanels`: unknown key (did you mean `channels`?)
line 12: `signature`: found a string `guess`, expected one of infer
line 14: `params[0]`: key `default` is missing: The value when a request gives none
line 15: `params[1]`: found an integer `5`, expected a mapping
line 16: `example`: key `input` is missing: The input, as MLflow writes input_example.json
line 16: `example.inputs`: unknown key (did you mean `input`?)
line 17: `tags.a`: found a sequence, expected true or false or a number or text
line 18: `run`: key `id` is missing: The run's id
line 19: `created`: found a string `yesterday`, expected when the model was made, in UTC: 2026-11-21T10:00:00Z. The variable SOURCE_DATE_EPOCH wins
line 20: `streamable`: unknown key, expected one of name, kind, description, python, mlflow, model, artifacts, code, requirements, constraints, conda, signature, params, example, native, metadata, tags, tasks, run, created
line 21: `name`: stands twice, first in line 1";

#[test]
fn all_mistakes_of_form_are_told_at_once() {
    let scratch = Scratch::new("mistakes");
    assert_eq!(written(&scratch, WRONG_FORM), FORM_MISTAKES);
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
  - {name: m, type: nmber, default: 1}
example:
  input: example.json
native: {onnx: artifacts/model.onnx}
";

const CONTENT_MISTAKES: &str = "\
line 5: `model.class`: module `shop.model` has no class `Modle`
line 7: `artifacts.table`: found no file or folder `nowhere.csv`
line 9: `code[1]`: found no file or folder `missing`
line 10: `requirements`: `not a requirement` is no requirement: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `a`
line 11: `constraints`: cannot read `SPEC/absent.txt`: No such file or directory (os error 2)
line 14: `signature.inputs[0].type`: found type `int`, expected one of boolean, integer, long, float, double, string, binary, datetime, array, object, map, any, sparkml_vector (did you mean `long`?)
line 15: `signature.inputs[1].nam`: unknown key in a long column, expected type, name or required (did you mean `name`?)
line 17: `params[0].default`: found number `1.5`, expected long
line 18: `params[1].type`: found type `nmber`, expected one of boolean, integer, long, float, double, string, datetime, object
line 20: `example.input`: `example.json`: line 1, column 14: found the end, expected a value
line 21: `native.onnx`: names `artifacts/model.onnx`, which is not in the package; its ONNX files are: none";

#[test]
fn all_mistakes_of_content_are_told_at_once() {
    let scratch = Scratch::new("mistakes");
    let write = |path: &str, text: &str| tree::write(&scratch.join(path), text.as_bytes());
    write("src/shop/__init__.py", "");
    write("src/shop/model.py", "class Model: pass\n");
    write("requirements.txt", "numpy==2.4.6\nnot a requirement\n");
    write("example.json", "{\"columns\": [");
    assert_eq!(written(&scratch, WRONG_CONTENT), CONTENT_MISTAKES);
}

#[test]
fn what_is_no_yaml_or_no_mapping_or_ambiguous_is_a_mistake_at_its_line() {
    let scratch = Scratch::new("mistakes");
    for (text, expected) in [
        ("name: a\nkind: [code\n", "line 3: "),
        (
            "name: a\nname: b\n",
            "line 2: `name`: stands twice, first in line 1",
        ),
        ("- a\n", "found a sequence, expected a mapping"),
        ("", ""),
    ] {
        let found = written(&scratch, text);
        assert!(
            found.contains(expected) && found != "none",
            "{text:?}: {found}"
        );
    }
}

#[test]
fn the_corrected_spec_has_none() {
    for (name, path) in fixtures::specs() {
        assert_eq!(mistakes(&path), "none", "{name}");
    }
}
