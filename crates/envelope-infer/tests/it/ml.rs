//! Models that scikit-learn, `XGBoost` and `LightGBM` exported predict what those libraries predict.
//!
//! `tests/scripts/export_ml.py` trains, exports and records them.

use std::path::{Path, PathBuf};

use envelope_infer::{DataType, DeviceChoice, NamedValues, Options, Session, Tensor, Value};
use serde_json::Value as Json;

/// How far numbers may be from those of the library.
const TOLERANCE: f64 = 1e-5;

#[test]
fn exported_models_predict_what_their_libraries_predict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ml");
    let mut cases: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() > 30, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let name = case.file_name().unwrap().to_string_lossy();
            Some(format!("{name}: {}", difference(case).err()?))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs a case, and says what is not as recorded.
fn difference(case: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(case.join("case.json")).unwrap();
    let recorded: Json = serde_json::from_str(&text).unwrap();
    let mut options = Options::default();
    options.device = DeviceChoice::Cpu;
    let session =
        Session::load(case.join("model.onnx"), &options).map_err(|error| error.to_string())?;
    let inputs: NamedValues = recorded["inputs"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, input)| (name.clone(), Value::Tensor(tensor(input))))
        .collect();
    let outputs = session.run(inputs).map_err(|error| error.to_string())?;
    for (name, expected) in recorded["outputs"].as_object().unwrap() {
        let found = outputs
            .get(name)
            .ok_or_else(|| format!("there is no output `{name}`"))?;
        compare(found, expected).map_err(|message| format!("output `{name}`: {message}"))?;
    }
    Ok(())
}

fn tensor(recorded: &Json) -> Tensor {
    let shape: Vec<usize> = serde_json::from_value(recorded["shape"].clone()).unwrap();
    let values = recorded["values"].as_array().unwrap();
    // NaN is recorded as null.
    let number = |value: &Json| value.as_f64().unwrap_or(f64::NAN);
    #[expect(clippy::cast_possible_truncation, reason = "the numbers fit 32 bits")]
    match recorded["type"].as_str().unwrap() {
        "float32" => Tensor::new(shape, values.iter().map(|v| number(v) as f32).collect()).unwrap(),
        "float64" => Tensor::new(shape, values.iter().map(number).collect()).unwrap(),
        "int64" => {
            Tensor::new(shape, values.iter().map(|v| v.as_i64().unwrap()).collect()).unwrap()
        }
        "string" => Tensor::from_strings(
            shape,
            values
                .iter()
                .map(|v| v.as_str().unwrap().to_owned())
                .collect(),
        ),
        other => panic!("type {other}"),
    }
}

fn compare(found: &Value, expected: &Json) -> Result<(), String> {
    match found {
        Value::Tensor(found) => compare_elements(found, &expected["values"]),
        Value::Sequence(rows) => {
            let maps = expected["maps"].as_array().ok_or("no maps are expected")?;
            if rows.len() != maps.len() {
                return Err(format!("{} maps, expected {}", rows.len(), maps.len()));
            }
            for (row, map) in rows.iter().zip(maps) {
                let Value::Map { keys, values } = row else {
                    return Err(format!("found {row:?}, expected a map"));
                };
                compare_elements(keys, &map["keys"])?;
                compare_elements(values, &map["values"])?;
            }
            Ok(())
        }
        other => Err(format!("found {other:?}")),
    }
}

/// Labels must be equal, numbers near.
fn compare_elements(found: &Tensor, expected: &Json) -> Result<(), String> {
    let expected = expected.as_array().ok_or("no tensor is expected")?;
    if found.elements() != expected.len() {
        return Err(format!("{found:?}, expected {} elements", expected.len()));
    }
    if let Some(strings) = found.as_strings() {
        let same = strings
            .iter()
            .zip(expected)
            .all(|(a, b)| b.as_str() == Some(a));
        return same
            .then_some(())
            .ok_or_else(|| format!("{strings:?}, expected {expected:?}"));
    }
    let (numbers, tolerance) = numbers(found);
    for (i, (a, b)) in numbers.iter().zip(expected).enumerate() {
        let b = b.as_f64().unwrap_or(f64::NAN);
        let near = (a - b).abs() <= tolerance * b.abs().max(1.0);
        if !(near || a.is_nan() && b.is_nan()) {
            return Err(format!("{a} at {i}, expected {b}"));
        }
    }
    Ok(())
}

/// The elements as numbers, and how far they may be off.
fn numbers(tensor: &Tensor) -> (Vec<f64>, f64) {
    let bytes = tensor.bytes();
    match tensor.data_type() {
        DataType::F32 => {
            let each = bytes.as_chunks::<4>().0.iter();
            (
                each.map(|b| f32::from_ne_bytes(*b).into()).collect(),
                TOLERANCE,
            )
        }
        DataType::F64 => {
            let each = bytes.as_chunks::<8>().0.iter();
            (each.map(|b| f64::from_ne_bytes(*b)).collect(), TOLERANCE)
        }
        #[expect(clippy::cast_precision_loss, reason = "labels are small")]
        _ => (
            tensor
                .to_i64s()
                .unwrap()
                .iter()
                .map(|&v| v as f64)
                .collect(),
            0.0,
        ),
    }
}
