//! Tables in Parquet and Arrow, written by pyarrow and pandas: what a model receives of them is
//! what real MLflow hands over, and files that are damaged are refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope_format::enforce::receive;
use envelope_format::json::Json;
use envelope_format::payload::{ColumnarRows, ContentType, Request};
use envelope_format::signature::Signature;
use envelope_format::table::Table;

/// A folder under cargo's target folder that goes with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = format!("columnar-{name}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind lies under the target folder and harms nothing.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a script with the newest MLflow, which writes to the path that it is given.
fn python(script: &str, output: &Path) {
    let beside_scratch = || Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python");
    let folder = std::env::var_os("ENVELOPE_TEST_PYTHON_DIR");
    let folder = folder.map_or_else(beside_scratch, PathBuf::from);
    let interpreter = folder.join("mlflow-3.17.2/bin/python");
    assert!(
        interpreter.exists(),
        "there is no Python environment mlflow-3.17.2: run `cargo xtask test`"
    );
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/columnar");
    let ran = Command::new(interpreter)
        .arg(scripts.join(script))
        .arg(output)
        .current_dir(output.parent().unwrap())
        .env("OMP_NUM_THREADS", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{script}: {log}");
}

/// Why the outcome of a case differs from MLflow's on purpose, if it does.
fn known_difference(case: &Json) -> Option<&'static str> {
    let text = |key: &str| case.get(key).map(Json::to_python_string);
    let name = text("name").unwrap_or_default();
    let name = name.trim_matches('"');
    let signature = text("signature").unwrap_or_default();
    let is_tensor = signature.contains("tensor-spec");
    let is_own = name.starts_with("pandas ")
        && ["Int", "Float", "bool", "pyarrow"]
            .iter()
            .any(|own| name.contains(own));
    if name == "list of string null" && !is_tensor {
        Some("numpy gives a missing text the room of one character, and cuts the others to that")
    } else if is_tensor && ["list of duration", "list all null", "list null"].contains(&name) {
        Some("no model has tensors of spans or of lists of which one is missing")
    } else if name.ends_with(" NA") && is_tensor {
        Some("what is missing in pandas' own types is another nothing there")
    } else if is_own && name.ends_with(" 0/1") {
        Some("numbers of pandas' own are no zeros and ones to MLflow")
    } else if is_own && (signature == "null" || signature.contains(r#""any""#)) {
        Some("without a declared type, numbers of pandas' own are numpy's here")
    } else {
        None
    }
}

fn check(case: &Json) -> Result<(), String> {
    let text = |key: &str| case.get(key).and_then(Json::as_str).unwrap_or_default();
    let signature = match case.get("signature") {
        None | Some(Json::Null) => Signature::default(),
        Some(signature) => Signature::from_json(signature).map_err(|error| error.to_string())?,
    };
    let body = STANDARD.decode(text("body")).unwrap();
    let content_type = ContentType::read(text("content_type")).unwrap();
    let is_accepted = case.get("accepted").and_then(Json::as_bool) == Some(true);
    match receive(&body, &content_type, &signature) {
        Err(refusal) if is_accepted => Err(format!("refused: {refusal}")),
        Err(refusal) => {
            let code = case.get("error_code").and_then(Json::as_str);
            if code.is_some() && code != refusal.stage.error_code() {
                return Err(format!("refused as {:?}: {refusal}", refusal.stage));
            }
            Ok(())
        }
        Ok(received) => {
            let found = received.data_json();
            if !is_accepted {
                return Err(format!("accepted: {}", found.to_python_string()));
            }
            let expected = case.get("received");
            if expected.is_none_or(|expected| *expected == found) {
                return Ok(());
            }
            Err(format!("received {}", found.to_python_string()))
        }
    }
}

#[test]
fn tables_are_received_as_mlflow_hands_them_over() {
    let scratch = Scratch::new("outcomes");
    let answers = scratch.0.join("answers.json");
    python("outcomes.py", &answers);
    let answers = Json::parse(&std::fs::read(&answers).unwrap()).unwrap();
    let cases = answers.as_array().unwrap();
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut differing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases {
        let Err(difference) = check(case) else {
            continue;
        };
        if let Some(reason) = known_difference(case) {
            *known.entry(reason).or_default() += 1;
            continue;
        }
        let text = |key: &str| {
            case.get(key)
                .map(Json::to_python_string)
                .unwrap_or_default()
        };
        let name = format!("{} {}", text("name"), text("content_type"));
        let expected = format!("{} {}", text("received"), text("gist"));
        let line = format!("{}: {difference}, expected {expected}", text("signature"));
        differing.entry(name).or_default().push(line);
    }
    let mut report = String::new();
    for (name, lines) in &differing {
        let _ = writeln!(report, "{name}\n    {}", lines.join("\n    "));
    }
    let count: usize = differing.values().map(Vec::len).sum();
    assert!(count == 0, "{count} of {} differ:\n{report}", cases.len());
    assert!(cases.len() > 25_000, "found only {} cases", cases.len());
    assert!(known.values().sum::<u32>() <= 246, "{known:?}");
    println!("{} cases, {known:?}", cases.len());
}

/// All rows of a file, read so many at once.
fn in_batches(path: &Path, most: usize) -> Result<Vec<Table>, String> {
    let file = File::open(path).unwrap();
    let rows = if path.extension().is_some_and(|end| end == "parquet") {
        ColumnarRows::new_parquet(file)
    } else {
        ColumnarRows::new_arrow(file)
    };
    let mut rows = rows.unwrap().map_err(|refusal| refusal.to_string())?;
    let mut tables = vec![rows.empty().map_err(|refusal| refusal.to_string())?];
    loop {
        match rows.next_batch(most) {
            Ok(Some(table)) => tables.push(table),
            Ok(None) => return Ok(tables),
            Err(refusal) => return Err(refusal.to_string()),
        }
    }
}

/// The whole of a file.
fn whole(path: &Path) -> Result<Table, String> {
    let body = std::fs::read(path).unwrap();
    let is_parquet = path.extension().is_some_and(|end| end == "parquet");
    let content_type = ContentType::read(if is_parquet { "parquet" } else { "arrow" }).unwrap();
    let request = Request::read(&body, &content_type, &Signature::default());
    match request.map_err(|refusal| refusal.to_string())?.data {
        envelope_format::payload::Data::Table(table) => Ok(table),
        other => panic!("found {other:?}, expected a table"),
    }
}

/// The files that the script wrote.
fn files(scratch: &Scratch) -> Vec<PathBuf> {
    let folder = scratch.0.join("files");
    python("files.py", &folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn batches_are_the_whole_in_parts() {
    let scratch = Scratch::new("batches");
    let files = files(&scratch);
    assert!(files.len() >= 20, "found {files:?}");
    for path in files {
        let whole = whole(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for most in [1, 2, 3, 5, 1000] {
            let tables = in_batches(&path, most);
            let tables = tables.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut row = 0;
            for table in &tables[1..] {
                assert!(table.rows <= most);
                let mut expected = whole.slice(row..row + table.rows);
                row += table.rows;
                // Without labels, those of a part are counted from 0 as well.
                expected.index = expected.index.filter(|_| table.index.is_some());
                let shown = format!("{} by {most}: row {row}", path.display());
                assert_eq!(format!("{table:?}"), format!("{expected:?}"), "{shown}");
            }
            assert_eq!(row, whole.rows, "{} by {most}", path.display());
        }
    }
}

#[test]
fn refuses_damaged_files_without_panic() {
    let scratch = Scratch::new("damaged");
    let mut refused = 0_u32;
    let mut read = 0_u32;
    for path in files(&scratch) {
        let body = std::fs::read(&path).unwrap();
        let is_parquet = path.extension().is_some_and(|end| end == "parquet");
        let content_type = ContentType::read(if is_parquet { "parquet" } else { "arrow" }).unwrap();
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap()
        };
        let mut damaged = vec![
            Vec::new(),
            body[..body.len() / 2].to_vec(),
            body[1..].to_vec(),
        ];
        damaged.push(body[..body.len() - 1].to_vec());
        for _ in 0..60 {
            let mut other = body.clone();
            for _ in 0..=random() % 4 {
                let at = random() % other.len();
                other[at] = u8::try_from(random() % 256).unwrap();
            }
            damaged.push(other);
        }
        for (place, body) in damaged.iter().enumerate() {
            match Request::read(body, &content_type, &Signature::default()) {
                Ok(_) => read += 1,
                Err(refusal) => {
                    refused += 1;
                    let text = refusal.to_string();
                    assert!(!text.is_empty() && !text.contains('\n'), "{text}");
                }
            }
            let is_cut = is_parquet && place < 4;
            assert!(!is_cut || refused > 0);
        }
    }
    assert!(refused > 300 && read > 0, "{refused} refused, {read} read");
}
