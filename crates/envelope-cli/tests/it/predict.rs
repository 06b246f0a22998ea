//! `envelope predict`, `check-input` and `compare`, beside real MLflow.

use crate::support::Scratch;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSIONS: [&str; 3] = ["2.20.0", "3.1.0", "3.17.2"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with the programs of an environment.
fn programs(version: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join(format!("python/mlflow-{version}/bin"));
    assert!(
        folder.exists(),
        "there is no Python environment with MLflow {version}: run `cargo xtask test`"
    );
    folder
}

/// Whether a package holds an ONNX model for MLflow's own wrapper.
fn is_onnx(package: &Path) -> bool {
    let text = fs::read_to_string(package.join("MLmodel")).unwrap_or_default();
    text.contains("loader_module: mlflow.onnx")
}

/// The packages of the fixtures that a version saved, in the order of their names.
fn packages(scratch: &Scratch, version: &str, is_wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
    let archive = root().join("tests/fixtures/packages.tar.gz");
    let unpacked = Command::new("tar")
        .arg("xzf")
        .arg(&archive)
        .arg("-C")
        .arg(scratch.path("."))
        .status();
    assert!(unpacked.unwrap().success());
    let folder = scratch.path(&format!("packages/v{version}"));
    let mut packages: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_wanted(path))
        .collect();
    packages.sort();
    assert!(!packages.is_empty());
    packages
}

/// What MLflow answers to each request; nothing where it refuses one.
fn by_mlflow(scratch: &Scratch, version: &str, cases: &[(PathBuf, String, &str)]) -> Vec<Value> {
    let (given, answers) = (scratch.path("cases.json"), scratch.path("answers.json"));
    fs::write(&given, serde_json::to_vec(cases).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/predictions.py");
    let mut command = Command::new(programs(version).join("python"));
    command.arg(script).arg(&given).arg(&answers);
    command.current_dir(scratch.path("."));
    command.env("MLFLOW_TRACKING_URI", "sqlite:///tracking.db");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&fs::read(&answers).unwrap()).unwrap()
}

/// Whether two answers are the same, numbers up to rounding.
fn is_near(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            (found - expected).abs() <= 1e-5 * expected.abs().max(1.0)
        }
        (Value::Array(found), Value::Array(expected)) => {
            let mut pairs = found.iter().zip(expected);
            found.len() == expected.len() && pairs.all(|(one, other)| is_near(one, other))
        }
        (Value::Object(found), Value::Object(expected)) => {
            let names = found.keys().eq(expected.keys());
            names && found.iter().all(|(key, one)| is_near(one, &expected[key]))
        }
        (found, expected) => found == expected,
    }
}

/// An answer, whose bare `NaN` and infinities become texts.
fn parsed(text: &str) -> Value {
    let text = text
        .replace("-Infinity", "\"-inf\"")
        .replace("Infinity", "\"inf\"");
    serde_json::from_str(&text.replace("NaN", "\"nan\"")).unwrap()
}

/// Requests that fit, in every form that fits; and some that may not.
fn requests(scratch: &Scratch, package: &Path, number: usize) -> Vec<String> {
    let place = package.display().to_string();
    let mut requests = Vec::new();
    for format in ["split", "records", "instances", "inputs"] {
        let answer = scratch.envelope(&["payload", "-m", &place, "--format", format]);
        if answer.status == 0 {
            requests.push(answer.out);
        }
    }
    requests.extend([
        r#"{"inputs": [[1, 2]]}"#.to_owned(),
        r#"{"inputs": {"a": [1.5], "b": [2.5]}}"#.to_owned(),
        r#"{"dataframe_split": {"data": [[1, 2, 3]]}}"#.to_owned(),
        r#"{"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, null, "x"]]}}"#.to_owned(),
        r#"{"instances": []}"#.to_owned(),
        "[1]".to_owned(),
    ]);
    let written = requests.iter().enumerate().map(|(place, text)| {
        let name = format!("request-{number}-{place}.json");
        fs::write(scratch.path(&name), text).unwrap();
        scratch.path(&name).display().to_string()
    });
    written.collect()
}

fn onnx_packages_answer_as_in(version: &str) {
    let scratch = Scratch::new();
    let mut cases = Vec::new();
    for (number, package) in packages(&scratch, version, is_onnx).into_iter().enumerate() {
        for request in requests(&scratch, &package, number) {
            cases.push((package.clone(), request, "json"));
        }
    }
    let expected = by_mlflow(&scratch, version, &cases);
    let mut answered = 0;
    for ((package, request, _), expected) in cases.iter().zip(&expected) {
        let place = package.display().to_string();
        let found = scratch.envelope(&["predict", "-m", &place, "-i", request, "--device", "cpu"]);
        let body = fs::read_to_string(request).unwrap();
        let case = format!("{place}\n{body}\n{}\n{}\n{expected}", found.out, found.err);
        match expected.as_str() {
            None => assert_ne!(found.status, 0, "accepted: {case}"),
            Some(expected) => {
                assert_eq!(found.status, 0, "refused: {case}");
                assert!(is_near(&parsed(&found.out), &parsed(expected)), "{case}");
                answered += 1;
            }
        }
    }
    assert!(answered > cases.len() / 4, "{answered} of {}", cases.len());
}

#[test]
fn onnx_packages_answer_as_in_mlflow_2_20() {
    onnx_packages_answer_as_in(VERSIONS[0]);
}

#[test]
fn onnx_packages_answer_as_in_mlflow_3_1() {
    onnx_packages_answer_as_in(VERSIONS[1]);
}

#[test]
fn onnx_packages_answer_as_in_mlflow_3_17() {
    onnx_packages_answer_as_in(VERSIONS[2]);
}

/// The environment in which uv is found, and keeps what it builds in a folder of its own.
fn with_uv(scratch: &Scratch) -> [(&'static str, String); 2] {
    let uv = programs(VERSIONS[2]).join("../../tools/bin");
    assert!(
        uv.join("uv").exists(),
        "there is no uv: run `cargo xtask test`"
    );
    let known = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([uv].into_iter().chain(std::env::split_paths(&known)));
    let cache = scratch.path("cache").display().to_string();
    [
        ("PATH", path.unwrap().into_string().unwrap()),
        ("XDG_CACHE_HOME", cache),
    ]
}

/// An answer without the second in which it was made, which chat models tell.
fn without_time(answer: &str) -> String {
    match answer.rsplit_once(", \"created\": ") {
        Some((before, time)) if time.trim_end_matches('}').parse::<u64>().is_ok() => before.into(),
        _ => answer.to_owned(),
    }
}

/// Answers in the package's own environment, built by uv, beside those of the version that saved it.
fn other_packages_answer_as_in(version: &str) {
    let scratch = Scratch::new();
    let mut cases = Vec::new();
    for package in packages(&scratch, version, |package| !is_onnx(package)) {
        let name = package.file_name().unwrap().to_str().unwrap();
        let request = scratch.path(&format!("{name}.json")).display().to_string();
        let place = package.display().to_string();
        let made = scratch.envelope(&["payload", "-m", &place, "-o", &request]);
        // Some have neither a signature nor an example.
        if made.status == 0 {
            cases.push((package, request, "json"));
        }
    }
    assert!(cases.len() >= 16, "{}", cases.len());
    let expected = by_mlflow(&scratch, version, &cases);
    let variables = with_uv(&scratch);
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let mut answered = 0;
    for ((package, request, _), expected) in cases.iter().zip(&expected) {
        let place = package.display().to_string();
        let words = [
            "predict",
            "-m",
            &place,
            "-i",
            request,
            "--env-manager",
            "uv",
        ];
        let words: Vec<&str> = words.into_iter().chain(["--allow-pickle"]).collect();
        let found = scratch.envelope_with(&words, &variables);
        match expected.as_str() {
            None => assert_ne!(found.status, 0, "accepted: {place}: {}", found.out),
            Some(expected) => {
                assert_eq!(found.status, 0, "{place}: {}", found.err);
                assert_eq!(without_time(&found.out), without_time(expected), "{place}");
                answered += 1;
            }
        }
    }
    assert!(answered + 2 >= cases.len(), "{answered} of {}", cases.len());
}

#[test]
fn packages_without_onnx_answer_as_in_mlflow_2_20() {
    other_packages_answer_as_in(VERSIONS[0]);
}

#[test]
fn packages_without_onnx_answer_as_in_mlflow_3_1() {
    other_packages_answer_as_in(VERSIONS[1]);
}

#[test]
fn packages_without_onnx_answer_as_in_mlflow_3_17() {
    other_packages_answer_as_in(VERSIONS[2]);
}

#[test]
fn each_kind_of_package_answers_as_in_mlflow() {
    let scratch = Scratch::new();
    let specs = root().join("tests/fixtures/specs");
    let path = std::env::join_paths([
        programs("3.17.2"),
        PathBuf::from("/usr/bin"),
        PathBuf::from("/bin"),
    ]);
    let path = path.unwrap().into_string().unwrap();
    let mut cases = Vec::new();
    for kind in ["onnx_tensor", "code", "class_state", "loader_file"] {
        let place = scratch.path(kind).display().to_string();
        let spec = specs.join(kind).display().to_string();
        let made = scratch.envelope(&["package", &spec, "--out", &place]);
        assert_eq!(made.status, 0, "{kind}: {}", made.err);
        let request = scratch.path(&format!("{kind}.json")).display().to_string();
        let written = scratch.envelope(&["payload", "-m", &place, "-o", &request]);
        assert_eq!(written.status, 0, "{kind}: {}", written.err);
        cases.push((PathBuf::from(place), request, "json"));
    }
    let expected = by_mlflow(&scratch, "3.17.2", &cases);
    for ((package, request, _), expected) in cases.iter().zip(&expected) {
        let place = package.display().to_string();
        let words = [
            "predict",
            "-m",
            &place,
            "-i",
            request,
            "--env-manager",
            "local",
            "--allow-pickle",
        ];
        let found = scratch.envelope_with(&words, &[("PATH", &path)]);
        assert_eq!(found.status, 0, "{place}: {}", found.err);
        let expected = expected.as_str().unwrap();
        assert_eq!(found.out, expected, "{place}");
        if package.ends_with("onnx_tensor") {
            let native = scratch.envelope(&["predict", "-m", &place, "-i", request]);
            assert!(
                is_near(&parsed(&native.out), &parsed(expected)),
                "{}",
                native.out
            );
            let words = ["compare", &place, "--env-manager", "local", "--json"];
            let compared = scratch.envelope_with(&words, &[("PATH", &path)]);
            let told: Value = serde_json::from_str(&compared.out).unwrap();
            assert_eq!(
                (compared.status, &told["agrees"]),
                (0, &json!(true)),
                "{told}"
            );
        }
    }
}

#[test]
fn the_bundled_example_answers_what_was_recorded() {
    let scratch = Scratch::new();
    let example = root().join("example").display().to_string();
    let made = scratch.json(&["package", &example, "--out", "item_price", "--json"]);
    assert_eq!(made["example"]["outcome"], "agrees", "{made}");
    let words = [
        "predict",
        "-m",
        "item_price",
        "-i",
        "item_price/serving_input_example.json",
    ];
    let answer = scratch.envelope(&words);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let recorded = fs::read_to_string(root().join("example/examples/output.json")).unwrap();
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    let found = parsed(&answer.out);
    assert!(is_near(&found["predictions"], &recorded), "{found}");
}

#[test]
fn tables_are_answered_in_batches_as_at_once() {
    let scratch = Scratch::new();
    let spec = root()
        .join("tests/fixtures/specs/onnx_columns")
        .display()
        .to_string();
    let made = scratch.envelope(&["package", &spec, "--out", "package"]);
    assert_eq!(made.status, 0, "{}", made.err);
    let words = [
        "payload", "-m", "package", "--format", "csv", "--rows", "7", "-o", "rows.csv",
    ];
    let written = scratch.envelope(&words);
    assert_eq!(written.status, 0, "{}", written.err);
    let predict = |rows: &str| {
        let words = [
            "predict",
            "-m",
            "package",
            "-i",
            "rows.csv",
            "--batch-rows",
            rows,
        ];
        let answer = scratch.envelope(&words);
        assert_eq!(answer.status, 0, "{}", answer.err);
        answer.out
    };
    let whole = predict("100");
    assert_eq!(parsed(&whole)["predictions"].as_array().unwrap().len(), 7);
    for rows in ["1", "3", "7"] {
        assert_eq!(predict(rows), whole, "{rows}");
    }
}

#[test]
fn a_request_that_does_not_fit_is_refused_and_nothing_is_written() {
    let scratch = Scratch::new();
    let example = root().join("example").display().to_string();
    scratch.envelope(&["package", &example, "--out", "item_price"]);
    fs::write(scratch.path("request.json"), r#"{"inputs": [[1, 2]]}"#).unwrap();
    let words = [
        "predict",
        "-m",
        "item_price",
        "-i",
        "request.json",
        "-o",
        "answer.json",
    ];
    let answer = scratch.envelope(&words);
    assert_eq!((answer.status, answer.out.as_str()), (1, ""));
    assert!(
        answer.err.contains("found shape (1, 2), expected (-1, 30)"),
        "{}",
        answer.err
    );
    assert!(!scratch.path("answer.json").exists());
    let words = [
        "check-input",
        "-m",
        "item_price",
        "-i",
        "request.json",
        "--json",
    ];
    let told = scratch.envelope(&words);
    let json: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((told.status, &json["accepted"]), (1, &json!(false)));
    assert_eq!(json["error_code"], "INVALID_PARAMETER_VALUE");
}

#[test]
fn a_package_that_only_python_can_run_says_so() {
    let scratch = Scratch::new();
    let spec = root()
        .join("tests/fixtures/specs/code")
        .display()
        .to_string();
    scratch.envelope(&["package", &spec, "--out", "package"]);
    let answer = scratch.envelope(&["predict", "-m", "package", "-i", "/dev/null"]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.err.contains("only Python can run the package"),
        "{}",
        answer.err
    );
    assert!(answer.err.contains("--env-manager uv"), "{}", answer.err);
}
