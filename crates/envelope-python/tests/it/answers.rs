//! What a worker answers, held against what MLflow's own command writes.

use crate::support::{
    MLFLOW, NEWEST, Scratch, fixture, from_code, json, limits, mlflow, program, quiet, start,
};
use envelope_format::package::Package;
use envelope_python::{ContentType, Error, FailureKind, Request, Trust, Worker};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages that every version of MLflow saved with a request as an example.
const SAVED: [&str; 6] = [
    "onnx_tensor",
    "pyfunc_cloudpickle_params",
    "pyfunc_messages_example",
    "pyfunc_tensor_named",
    "pyfunc_typehint_pydantic",
    "sklearn_default",
];

/// What the model of `serving-packages/col` can be told to return.
const RETURNS: [&str; 21] = [
    "echo",
    "list",
    "series",
    "series_noname",
    "ndarray",
    "ndarray_bytes",
    "nan",
    "nan_df",
    "none",
    "scalar",
    "npscalar",
    "str",
    "bytes",
    "dict",
    "datetime",
    "df_datetime",
    "unicode",
    "float32list",
    "df_multi",
    "df_int_cols",
    "its params",
];

/// A payload for a package, and its form.
struct Case {
    package: Package,
    content_type: ContentType,
    payload: PathBuf,
}

impl Case {
    fn example(version: &str, name: &str, scratch: &Scratch) -> Self {
        let package = fixture(&format!("packages/v{version}/{name}"), scratch);
        let payload = package.root().join("serving_input_example.json");
        Self {
            package,
            content_type: ContentType::Json,
            payload,
        }
    }

    fn new(package: &Package, content_type: ContentType, payload: &str, scratch: &Scratch) -> Self {
        let digest = blake3::hash(payload.as_bytes()).to_hex();
        let file = scratch.join(format!("{digest}.{content_type}"));
        std::fs::write(&file, payload).unwrap();
        Self {
            package: package.clone(),
            content_type,
            payload: file,
        }
    }
}

/// What the functions behind `mlflow models predict` write for each case.
fn expected(version: &str, cases: &[Case], scratch: &Scratch) -> Vec<String> {
    let output = |number: usize| scratch.join(format!("expected-{number}.json"));
    let lines: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let Case {
                package,
                payload,
                content_type,
            } = case;
            serde_json::json!([package.root(), payload, content_type.name(), output(number)])
        })
        .collect();
    let list = scratch.join("cases.json");
    std::fs::write(&list, serde_json::to_vec(&lines).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/expected.py");
    let output_of_script = Command::new(program(&format!("mlflow-{version}"), "python"))
        .arg(script)
        .arg(&list)
        .envs(quiet())
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .current_dir(scratch.path())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output_of_script.stderr);
    assert!(output_of_script.status.success(), "{version}: {log}");
    let read = |number| std::fs::read_to_string(output(number)).unwrap();
    (0..cases.len()).map(read).collect()
}

fn answers_like_mlflow(version: &str) {
    let scratch = Scratch::new("answers");
    let mut cases: Vec<Case> = SAVED
        .iter()
        .map(|name| Case::example(version, name, &scratch))
        .collect();
    let echo = fixture("serving-packages/col", &scratch);
    for mode in RETURNS {
        let payload = format!(
            "{{\"dataframe_records\": [{{\"a\": 1, \"b\": NaN, \"s\": \"ü\"}}, \
             {{\"a\": 2, \"b\": 1e300}}], \"params\": {{\"mode\": \"{mode}\", \"k\": 7}}}}"
        );
        cases.push(Case::new(&echo, ContentType::Json, &payload, &scratch));
    }
    cases.push(Case::new(
        &echo,
        ContentType::Csv,
        "a,b,s\n1,2.5,x\n2,3,\n",
        &scratch,
    ));
    let wanted = expected(version, &cases, &scratch);
    let mut worker: Option<(PathBuf, Worker)> = None;
    for (case, wanted) in cases.iter().zip(wanted) {
        let root = case.package.root();
        if worker.as_ref().is_none_or(|(loaded, _)| loaded != root) {
            let trust = Trust::PicklesAllowed;
            let started = Worker::start(&case.package, &mlflow(version), trust, &limits(&scratch));
            let started = started.unwrap_or_else(|error| panic!("{root:?}: {error}"));
            assert_eq!(started.facts().mlflow_version, version);
            worker = Some((root.to_owned(), started));
        }
        let (_, worker) = worker.as_mut().unwrap();
        let payload = std::fs::read(&case.payload).unwrap();
        let answer = worker.predict(&Request::new(case.content_type, &payload));
        let answer = answer.unwrap_or_else(|error| panic!("{root:?}: {error}"));
        let answer = String::from_utf8(answer.document).unwrap();
        assert_eq!(answer, wanted, "{root:?}");
    }
}

#[test]
fn answers_like_mlflow_2_20() {
    answers_like_mlflow(MLFLOW[0]);
}

#[test]
fn answers_like_mlflow_3_1() {
    answers_like_mlflow(MLFLOW[1]);
}

#[test]
fn answers_like_mlflow_3_17() {
    answers_like_mlflow(MLFLOW[2]);
}

#[test]
fn answers_what_the_command_of_mlflow_prints() {
    let scratch = Scratch::new("command");
    let case = Case::example(NEWEST, "pyfunc_cloudpickle_params", &scratch);
    let output = scratch.join("output.json");
    let finished = Command::new(program(&format!("mlflow-{NEWEST}"), "mlflow"))
        .args([
            "models",
            "predict",
            "--env-manager",
            "local",
            "--content-type",
            "json",
            "-m",
        ])
        .arg(case.package.root())
        .arg("-i")
        .arg(&case.payload)
        .arg("-o")
        .arg(&output)
        .envs(quiet())
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .current_dir(scratch.path())
        .output()
        .unwrap();
    assert!(
        finished.status.success(),
        "{}",
        String::from_utf8_lossy(&finished.stderr)
    );
    let trust = Trust::PicklesAllowed;
    let limits = limits(&scratch);
    let mut worker = Worker::start(&case.package, &mlflow(NEWEST), trust, &limits).unwrap();
    let payload = std::fs::read(&case.payload).unwrap();
    let answer = worker
        .predict(&Request::new(ContentType::Json, &payload))
        .unwrap();
    assert_eq!(answer.document, std::fs::read(&output).unwrap());
}

#[test]
fn tables_of_every_form_give_one_answer() {
    let scratch = Scratch::new("tables");
    let script = "import pandas, pyarrow, pyarrow.ipc, pyarrow.parquet\n\
                frame = pandas.DataFrame({'a': [1, 2], 'b': [0.5, 1.5], 's': ['x', 'y']})\n\
                table = pyarrow.Table.from_pandas(frame)\n\
                pyarrow.parquet.write_table(table, 'table.parquet')\n\
                for name, new in [('stream', pyarrow.ipc.new_stream), ('file', pyarrow.ipc.new_file)]:\n    \
                    with new(name, table.schema) as writer: writer.write_table(table)\n\
                frame.to_csv('table.csv', index=False)\n";
    let python = program(&format!("mlflow-{NEWEST}"), "python");
    let made = Command::new(python)
        .args(["-c", script])
        .current_dir(scratch.path())
        .status();
    assert!(made.unwrap().success());
    let mut worker = start(&fixture("serving-packages/col", &scratch), &scratch);
    let ask = |worker: &mut Worker, file: &str, content_type| {
        let payload = std::fs::read(scratch.join(file)).unwrap();
        let mut request = Request::new(content_type, &payload);
        request.params = Some(r#"{"mode": "echo"}"#);
        String::from_utf8(worker.predict(&request).unwrap().document).unwrap()
    };
    let csv = ask(&mut worker, "table.csv", ContentType::Csv);
    assert_eq!(
        csv,
        r#"{"predictions": [{"a": 1, "b": 0.5, "s": "x"}, {"a": 2, "b": 1.5, "s": "y"}]}"#
    );
    assert_eq!(ask(&mut worker, "table.parquet", ContentType::Parquet), csv);
    assert_eq!(ask(&mut worker, "stream", ContentType::Arrow), csv);
    assert_eq!(ask(&mut worker, "file", ContentType::Arrow), csv);
    for content_type in [ContentType::Csv, ContentType::Parquet, ContentType::Arrow] {
        let error = worker
            .predict(&Request::new(content_type, b""))
            .unwrap_err();
        let Error::Refused { failure } = error else {
            panic!("{content_type}: {error}");
        };
        assert_eq!(failure.kind, FailureKind::Parse, "{content_type}");
    }
}

#[test]
fn params_beside_the_payload_go_before_those_in_it() {
    let scratch = Scratch::new("params");
    let mut worker = start(&fixture("serving-packages/col", &scratch), &scratch);
    let payload = r#"{"dataframe_records": [{"a": 1, "b": 2.0}],
                      "params": {"k": 4, "mode": "its params"}}"#;
    let ask = |worker: &mut Worker, params| {
        let request = Request {
            params,
            ..json(payload)
        };
        worker
            .predict(&request)
            .map(|answer| String::from_utf8(answer.document).unwrap())
    };
    let answered = |k: u64| {
        format!("{{\"predictions\": {{\"k\": {k}, \"mode\": \"its params\", \"names\": [\"a\"]}}}}")
    };
    assert_eq!(ask(&mut worker, None).unwrap(), answered(4));
    assert_eq!(ask(&mut worker, Some("null")).unwrap(), answered(4));
    assert_eq!(ask(&mut worker, Some(r#"{"k": 8}"#)).unwrap(), answered(8));
    for (params, expected) in [
        (r#"{"k": "text"}"#, "k"),
        ("[1]", "expected an object"),
        ("{", "Expecting"),
    ] {
        let Err(Error::Refused { failure }) = ask(&mut worker, Some(params)) else {
            panic!("{params} was accepted");
        };
        assert_eq!(
            (failure.kind, failure.http_status),
            (FailureKind::Params, 400),
            "{params}"
        );
        assert!(
            failure.message.contains(expected),
            "{params}: {}",
            failure.message
        );
    }
}

#[test]
fn refusals_say_in_which_part_and_leave_the_worker_alive() {
    let scratch = Scratch::new("refusals");
    for version in MLFLOW {
        let package = fixture("serving-packages/col", &scratch);
        let limits = limits(&scratch);
        let started = Worker::start(&package, &mlflow(version), Trust::NoPickles, &limits);
        let mut worker = started.unwrap();
        for (payload, kind, status) in [
            ("{", FailureKind::Parse, 400),
            ("[1]", FailureKind::Parse, 400),
            (r#"{"rows": []}"#, FailureKind::Parse, 400),
            (
                r#"{"dataframe_records": [{"a": 1}]}"#,
                FailureKind::Enforce,
                400,
            ),
            (
                r#"{"dataframe_records": [{"a": 1, "b": 1.0}], "params": {"k": "x"}}"#,
                FailureKind::Params,
                400,
            ),
        ] {
            let Err(Error::Refused { failure }) = worker.predict(&json(payload)) else {
                panic!("{version} accepted {payload}");
            };
            assert_eq!(
                (failure.kind, failure.http_status),
                (kind, status),
                "{version} {payload}"
            );
            assert!(
                failure.traceback.contains("Traceback"),
                "{version} {payload}"
            );
        }
        let payload = r#"{"dataframe_records": [{"a": 1, "b": 1.0}]}"#;
        assert!(worker.predict(&json(payload)).is_ok(), "{version}");
    }
}

#[test]
fn errors_of_the_model_bring_their_traceback() {
    let scratch = Scratch::new("model-errors");
    let body = "what = data[0]\n\
                if what == 1: raise ValueError('no ones')\n\
                if what == 2: sys.exit(4)\n\
                if what == 3: return object()\n\
                if what == 4:\n    \
                    from mlflow.exceptions import MlflowException\n    \
                    from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST\n    \
                    raise MlflowException('gone', RESOURCE_DOES_NOT_EXIST)\n\
                return [float('nan'), 'ü']";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    for (what, kind, code, text) in [
        (
            1,
            FailureKind::Model,
            "BAD_REQUEST 400",
            "ValueError: no ones",
        ),
        (2, FailureKind::Model, "BAD_REQUEST 400", "SystemExit: 4"),
        (3, FailureKind::Answer, "INTERNAL_ERROR 500", "TypeError"),
        (4, FailureKind::Model, "RESOURCE_DOES_NOT_EXIST 404", "gone"),
    ] {
        let Err(Error::Refused { failure }) =
            worker.predict(&json(&format!("{{\"inputs\": [{what}]}}")))
        else {
            panic!("{what} was answered");
        };
        let found = format!("{} {}", failure.error_code, failure.http_status);
        assert_eq!((failure.kind, found.as_str()), (kind, code), "{what}");
        assert!(
            failure.message.contains(text),
            "{what}: {}",
            failure.message
        );
        let own = failure.traceback.contains("model.py");
        assert_eq!(own, kind == FailureKind::Model, "{}", failure.traceback);
    }
    let answer = worker.predict(&json(r#"{"inputs": [5]}"#)).unwrap();
    assert_eq!(answer.document, br#"{"predictions": [NaN, "\u00fc"]}"#);
}

#[test]
fn inputs_that_do_not_fit_a_type_hint_are_refused_by_mlflow_and_not_by_the_model() {
    let scratch = Scratch::new("type-hint");
    let case = Case::example(NEWEST, "pyfunc_typehint_pydantic", &scratch);
    let limits = limits(&scratch);
    let trust = Trust::PicklesAllowed;
    let mut worker = Worker::start(&case.package, &mlflow(NEWEST), trust, &limits).unwrap();
    for (payload, kind) in [
        (r#"{"inputs": ["text"]}"#, FailureKind::Enforce),
        (r#"{"instances": [1]}"#, FailureKind::Parse),
    ] {
        let Err(Error::Refused { failure }) = worker.predict(&json(payload)) else {
            panic!("{payload} was accepted");
        };
        assert_eq!(
            (failure.kind, failure.http_status),
            (kind, 400),
            "{}",
            failure.message
        );
    }
}
