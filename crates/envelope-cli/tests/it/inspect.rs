//! `envelope inspect`.

use crate::support::{Scratch, example};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn shows_a_card() {
    let scratch = Scratch::new();
    scratch.package();
    let answer = scratch.envelope(&["inspect", "doubler"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let identity = answer
        .out
        .lines()
        .find(|line| line.starts_with("  identity"))
        .unwrap();
    let size = answer
        .out
        .lines()
        .find(|line| line.starts_with("  size"))
        .unwrap();
    let mlmodel = answer
        .out
        .lines()
        .find(|line| line.ends_with("MLmodel"))
        .unwrap();
    let expected = CARD
        .replace("IDENTITY", identity)
        .replace("SIZE", size)
        .replace("MLMODEL", mlmodel);
    assert_eq!(answer.out, expected);
}

const CARD: &str = "\
doubler
Doubles a number.

  what          Python model, defined by its code in `model.py`
SIZE
  flavors       envelope, python_function
  mlflow        3.17.2
  created       not recorded
IDENTITY

Inputs  1 column
  name  type    required
  x     double  yes

Outputs  1 column
  name  type    required
  y     double  yes

Parameters  of a prediction
  name   type  default
  times  long  2

Example  dataframe, 2 rows of 1 column
  input         {\"columns\": [\"x\"], \"data\": [[1.5], [2.0]]}
  file          input_example.json  42 B
  request       serving_input_example.json

Files
MLMODEL
   121 B  conda.yaml
    42 B  input_example.json
   184 B  model.py
    98 B  python_env.yaml
    28 B  requirements.txt
   141 B  serving_input_example.json

Requirements  2 lines, 2 pinned to one version
  mlflow 3.17.2   pandas 2.2.2

Environment
  python        3.11.7
  conda         mlflow-env from conda-forge: pip
  virtualenv    pip, setuptools, wheel

Metadata
  author  me

Tags
  stage  test

Load it
  install       pip install -r doubler/requirements.txt
  in Python     import mlflow
                model = mlflow.pyfunc.load_model(\"doubler\")
                print(model.predict(model.input_example))
  serve         mlflow models serve -m doubler
  check         envelope verify doubler
";

#[test]
fn json_holds_everything_under_stable_keys() {
    let scratch = Scratch::new();
    scratch.envelope(&["package", example().to_str().unwrap(), "--out", "p"]);
    let card = scratch.json(&["inspect", "p", "--json"]);
    let keys: Vec<&String> = card.as_object().unwrap().keys().collect();
    assert_eq!(keys, KEYS);
    assert_eq!(card["name"], "item_price");
    assert_eq!(card["kind"], "class");
    assert_eq!(card["created"], Value::Null);
    assert_eq!(
        card["signature"]["inputs"][0]["tensor-spec"]["shape"][1],
        30
    );
    assert_eq!(card["input_example"]["type"], "ndarray");
    assert_eq!(
        card["model_files"]["artifacts/model.onnx"]["description"]["format"],
        "onnx"
    );
    assert_eq!(card["envelope"]["native_onnx"], "artifacts/model.onnx");
    assert_eq!(card["mlmodel"]["flavors"]["envelope"]["kind"], "class");
    assert_eq!(card["loading"]["names_only_a_class"], true);
    let sizes = card["files"].as_array().unwrap().iter();
    let sum: u64 = sizes.map(|file| file["size_bytes"].as_u64().unwrap()).sum();
    assert_eq!(card["size_bytes"], sum);
}

const KEYS: [&str; 32] = [
    "package",
    "name",
    "kind",
    "what",
    "description",
    "size_bytes",
    "files",
    "other_entries",
    "flavors",
    "mlflow_version",
    "created",
    "run_id",
    "run",
    "model_id",
    "model_uuid",
    "artifact_path",
    "registered_model",
    "signature",
    "input_example",
    "artifacts",
    "model_files",
    "python_version",
    "requirements",
    "constraints",
    "conda",
    "python_env",
    "env_vars",
    "metadata",
    "tags",
    "envelope",
    "loading",
    "mlmodel",
];

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    let scratch = Scratch::new();
    scratch.write_mlmodel(
        "flavors:\n  python_function:\n    loader_module: mine\n    env: {conda: conda.yaml}\n\
         saved_input_example_info: {artifact_path: gone.json, type: dataframe}\n\
         signature:\n  inputs: '[{\"type\": \"lnog\", \"name\": \"a\", \"required\": true}]'\n",
    );
    scratch.write("p/conda.yaml", "- not\n- a mapping\n");
    scratch.write("p/python_env.yaml", "a: [");
    scratch.write("p/requirements.txt", "pandas==2.2.2\nno such ! thing\n");
    scratch.write("p/registered_model_meta", "[1");
    scratch.write("p/broken.onnx", "no protobuf");
    scratch.write("p/broken.pkl", "");
    let answer = scratch.envelope(&["inspect", "p"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    assert_eq!(
        answer.out.matches("cannot be read: ").count(),
        7,
        "{}",
        answer.out
    );
    for expected in [
        "Python model, loaded by its module `mine`",
        "hint: did you mean `long`?",
        "pandas 2.2.2",
        "unparsable: no such ! thing",
        "`gone.json` is not in the package",
    ] {
        assert!(
            answer.out.contains(expected),
            "{expected} in {}",
            answer.out
        );
    }
    let card = scratch.json(&["inspect", "p", "--json"]);
    assert!(
        card["signature"]["error"]
            .as_str()
            .unwrap()
            .contains("lnog")
    );
    for part in ["conda", "python_env", "registered_model"] {
        assert!(card[part]["error"].is_string(), "{part}: {}", card[part]);
    }
    assert!(card["model_files"]["broken.onnx"]["error"].is_string());
}

#[test]
fn shows_the_registered_model_and_the_run() {
    let scratch = Scratch::new();
    scratch.write_mlmodel(
        "flavors: {python_function: {loader_module: mine}}\nrun_id: 1234\nmodel_id: m-5\n\
         utc_time_created: '2026-11-20 17:40:11.859926'\n",
    );
    scratch.write(
        "p/registered_model_meta",
        "model_name: shop prices\nmodel_version: '7'\n",
    );
    let answer = scratch.envelope(&["inspect", "p"]);
    for expected in [
        "shop prices  p\n",
        "  registered    shop prices, version 7\n",
        "  run           1234\n",
        "  model id      m-5\n",
        "  created       2026-11-20 17:40:11 UTC\n",
        "Signature  none: MLflow passes any input to the model\n",
    ] {
        assert!(
            answer.out.contains(expected),
            "{expected} in {}",
            answer.out
        );
    }
}

#[test]
fn long_lists_are_cut_unless_all_is_asked_for() {
    let scratch = Scratch::new();
    scratch.write_mlmodel("flavors: {python_function: {loader_module: mine}}\n");
    for number in 0..30 {
        scratch.write(&format!("p/data/{number:02}"), "x");
    }
    let answer = scratch.envelope(&["inspect", "p"]);
    assert!(
        answer.out.contains("  … and 7 more; -v shows all\n"),
        "{}",
        answer.out
    );
    assert!(!answer.out.contains("data/29"), "{}", answer.out);
    let answer = scratch.envelope(&["inspect", "p", "-v"]);
    assert!(answer.out.contains("data/29"), "{}", answer.out);
}

/// A package of more files than a card shows, in the folder `tables`.
fn write_large_package(scratch: &Scratch) {
    for number in 0..40 {
        let text = "x".repeat(number);
        scratch.write(&format!("parts/{number:02}.txt"), text);
    }
    scratch.write("load.py", "def _load_pyfunc(path):\n    return path\n");
    let spec = "name: tables\nkind: loader\npython: 3.11.7\nmodel: {module: load, data: parts}\n\
                code: [load.py]\nrequirements: [mlflow==3.17.2]\n\
                signature: {inputs: [{type: double, name: x}]}\n";
    scratch.write("envelope.yaml", spec);
    let answer = scratch.envelope(&["package"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
}

#[test]
fn a_large_sealed_package_tells_its_size_itself() {
    let scratch = Scratch::new();
    write_large_package(&scratch);
    let size = |words: &[&str]| {
        let out = scratch.envelope(words).out;
        let mut lines = out.lines().map(str::to_owned);
        lines.find(|line| line.starts_with("  size")).unwrap()
    };
    let all = size(&["inspect", "-v", "tables"]);
    assert!(all.ends_with(" kB in 45 files"), "{all}");
    assert_eq!(size(&["inspect", "tables"]), format!("{all}, as sealed"));
    let card = scratch.json(&["inspect", "--json", "tables"]);
    let files = card["files"].as_array().unwrap();
    assert_eq!(files.len(), 45);
    let mut sum = 0;
    for file in files {
        let path = scratch.path("tables").join(file["path"].as_str().unwrap());
        assert_eq!(file["size_bytes"], fs::metadata(&path).unwrap().len());
        sum += fs::metadata(&path).unwrap().len();
    }
    assert_eq!(card["size_bytes"], sum);
    let mlmodel = fs::metadata(scratch.path("tables/MLmodel")).unwrap().len();
    let sealed = &card["mlmodel"]["flavors"]["envelope"]["digests"]["size_bytes"];
    assert_eq!(sealed, sum - mlmodel);
}

#[test]
fn a_package_with_other_files_than_were_sealed_is_measured() {
    for change in [
        |root: &Path| fs::write(root.join("more.txt"), "more").unwrap(),
        |root: &Path| fs::remove_file(root.join("data/parts/39.txt")).unwrap(),
        |root: &Path| {
            let text = fs::read_to_string(root.join("MLmodel")).unwrap();
            let start = text.find("      size_bytes: ").unwrap();
            let end = start + text[start..].find('\n').unwrap() + 1;
            fs::write(
                root.join("MLmodel"),
                [&text[..start], &text[end..]].concat(),
            )
            .unwrap();
        },
    ] {
        let scratch = Scratch::new();
        write_large_package(&scratch);
        change(&scratch.path("tables"));
        let answer = scratch.envelope(&["inspect", "tables"]);
        assert_eq!(answer.status, 0, "{}", answer.err);
        assert!(!answer.out.contains("as sealed"), "{}", answer.out);
    }
}

#[test]
fn refuses_what_is_no_package() {
    let scratch = Scratch::new();
    scratch.write("empty/notes.txt", "");
    scratch.write("file", "");
    scratch.write("bad/MLmodel", "a: [");
    for (path, expected) in [
        ("nowhere", "error: cannot open `nowhere`: "),
        (
            "empty",
            "error: `empty` is no MLflow model package: it holds no file `MLmodel`\n",
        ),
        (
            "file",
            "error: `file` is no MLflow model package: found a file, expected a folder\n",
        ),
        ("bad", "error: `bad/MLmodel` is no valid YAML: "),
    ] {
        let answer = scratch.envelope(&["inspect", path]);
        assert_eq!((answer.status, answer.out.as_str()), (2, ""));
        assert!(answer.err.starts_with(expected), "{}", answer.err);
        let error = scratch.json(&["inspect", path, "--json"])["error"].clone();
        assert!(error["message"].is_string(), "{error}");
    }
}

/// Packages that other tests keep as fixtures.
#[test]
fn shows_every_package_among_the_fixtures() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../envelope-format/tests/fixtures");
    let scratch = Scratch::new();
    let mut folders = vec![fixtures];
    while let Some(folder) = folders.pop() {
        if folder.join("MLmodel").is_file() {
            let path = folder.to_str().unwrap();
            let answer = scratch.envelope(&["inspect", path]);
            assert_eq!((answer.status, answer.err.as_str()), (0, ""), "{path}");
            scratch.json(&["inspect", path, "--json"]);
            scratch.json(&["verify", path, "--json"]);
            continue;
        }
        let inner = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        folders.extend(inner.filter(|path| path.is_dir()));
    }
}

#[test]
fn lists_the_tensors_of_a_state_dict() {
    let scratch = Scratch::new();
    let fixtures =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../envelope-infer/tests/fixtures/state_dict");
    let weights = fixtures.join("gru_1/model.safetensors");
    let answer = scratch.envelope(&["inspect", weights.to_str().unwrap()]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    assert!(answer.out.contains("Tensors  "), "{}", answer.out);
    assert!(answer.out.contains("weight_hh_l0"), "{}", answer.out);
    let saved = example().join("artifacts/model_state.pt");
    let card = scratch.json(&["inspect", saved.to_str().unwrap(), "--json"]);
    let tensors = card["tensors"].as_array().unwrap();
    assert_eq!(tensors.len(), 6);
    assert_eq!(tensors[0]["data_type"], "float32");
    assert!(tensors[0]["size_bytes"].as_u64().unwrap() > 0);
    assert!(card["model_files"]["model_state.pt"]["summary"].is_string());
}
