//! Runs ONNX's own test cases: `conformance FOLDER [--device cpu|gpu] [--known FILE] [--only TEXT]
//! [--write]`.
//!
//! Each folder in `FOLDER` holds `model.onnx` and `test_data_set_*/{input,output}_*.pb`, and perhaps
//! `tolerance` (`rtol atol`). The file of known refusals has a line `CASE: REASON` for each case that
//! does not pass; it cuts both ways: a case that is listed and passes is as wrong as one that is not
//! listed and does not pass. `--write` writes it anew. A wrong answer is never known: it is an error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use envelope_infer::{
    DataType, DeviceChoice, Error, NamedValues, Options, Session, Tensor, Value, value_from_pb,
};
use half::{bf16, f16};

/// What names have in common, a relative tolerance, whether it holds for GPUs only, and why.
type Relaxed = (&'static [&'static str], f64, bool, &'static str);

/// Cases that are compared with a wider tolerance than their own.
const RELAXED: [Relaxed; 3] = [
    (
        &["bf16", "expanded"],
        3e-2,
        false,
        "the reference rounds to bfloat16 after each addition of a product of matrices, we once",
    ),
    (
        &["fp16", "causal", "expanded"],
        3e-3,
        false,
        "the reference rounds to float16 after each addition of a product of matrices, we once",
    ),
    (
        &["test_mish"],
        3e-3,
        true,
        "shaders have no log1p: log(1 + x) loses the last digits of a small x",
    ),
];

/// Operators whose outputs are random: only types and shapes can be compared.
const RANDOM: [&str; 2] = ["Bernoulli", "RandomUniformLike"];

/// What became of a case.
enum Outcome {
    Pass,
    /// Not supported, and said so when the model was loaded.
    Refused(String),
    /// An error in a run.
    Failed(String),
    Wrong(String),
}

#[derive(Default)]
struct Arguments {
    folder: PathBuf,
    gpu: bool,
    known: Option<PathBuf>,
    only: String,
    write: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    // A panic below a node is an error of that node; its words come with the error.
    if env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments::default();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "--device" => found.gpu = value()? == "gpu",
            "--known" => found.known = Some(value()?.into()),
            "--only" => found.only = value()?,
            "--write" => found.write = true,
            _ => found.folder = word.into(),
        }
    }
    Ok(found)
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    let known = match &arguments.known {
        Some(file) if !arguments.write => known_cases(file)?,
        _ => BTreeMap::new(),
    };
    let mut counts = [0usize; 4];
    let (mut lines, mut surprises) = (String::new(), String::new());
    for case in cases(arguments)? {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let outcome = outcome(&case, arguments.gpu);
        let (kind, reason) = match &outcome {
            Outcome::Pass => (0, ""),
            Outcome::Refused(reason) => (1, reason.as_str()),
            Outcome::Failed(reason) => (2, reason.as_str()),
            Outcome::Wrong(reason) => (3, reason.as_str()),
        };
        counts[kind] += 1;
        let reason = reason.replace('\n', " ");
        if kind > 0 {
            let _ = writeln!(
                lines,
                "{name}: {}{reason}",
                ["", "", "FAILED ", "WRONG "][kind]
            );
        }
        match (kind > 0, known.get(&name)) {
            (true, None) => {
                let _ = writeln!(
                    surprises,
                    "does not pass and is not listed: {name}: {reason}"
                );
            }
            (false, Some(_)) => {
                let _ = writeln!(surprises, "passes and is listed: {name}");
            }
            _ => {}
        }
        if kind == 3 {
            let _ = writeln!(surprises, "wrong: {name}: {reason}");
        }
    }
    report(arguments, counts, &lines, &surprises)
}

fn report(
    arguments: &Arguments,
    counts: [usize; 4],
    lines: &str,
    surprises: &str,
) -> Result<bool, String> {
    let device = if arguments.gpu { "gpu" } else { "cpu" };
    if arguments.write {
        let file = arguments.known.as_ref().ok_or("--write wants --known")?;
        fs::write(file, lines)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    } else if arguments.known.is_none() {
        print!("{lines}");
    } else {
        print!("{surprises}");
    }
    println!(
        "{device}: {} passed, {} refused, {} failed, {} wrong, of {}",
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        counts.iter().sum::<usize>()
    );
    Ok(arguments.write || arguments.known.is_none() || surprises.is_empty())
}

fn known_cases(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    Ok(lines
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .collect())
}

fn cases(arguments: &Arguments) -> Result<Vec<PathBuf>, String> {
    let folder = &arguments.folder;
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("model.onnx").is_file())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().contains(&arguments.only))
        })
        .collect();
    found.sort();
    Ok(found)
}

fn outcome(case: &Path, gpu: bool) -> Outcome {
    let mut options = Options::default();
    options.device = if gpu {
        DeviceChoice::Gpu(0)
    } else {
        DeviceChoice::Cpu
    };
    options.limit_bytes = 1 << 30;
    let session = match Session::load(case.join("model.onnx"), &options) {
        Ok(session) => session,
        Err(Error::Refused { refusals }) => {
            let reasons: Vec<String> = refusals
                .iter()
                .map(|one| format!("{}: {}", one.operator, one.reason))
                .collect();
            return Outcome::Refused(reasons.join("; "));
        }
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let tolerance = tolerance(case, &session, gpu);
    for set in 0.. {
        let folder = case.join(format!("test_data_set_{set}"));
        if !folder.is_dir() {
            break;
        }
        match run_set(&session, &folder, tolerance) {
            Ok(None) => {}
            Ok(Some(wrong)) => return Outcome::Wrong(wrong),
            Err(failed) => return Outcome::Failed(failed),
        }
    }
    Outcome::Pass
}

fn tolerance(case: &Path, session: &Session, gpu: bool) -> (f64, f64) {
    let text = fs::read_to_string(case.join("tolerance")).unwrap_or_default();
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    let rtol = numbers.next().unwrap_or(1e-3);
    let atol: f64 = numbers.next().unwrap_or(1e-7);
    if session.steps().any(|step| RANDOM.contains(&step.operator)) {
        return (0.0, f64::INFINITY);
    }
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    let is_relaxed =
        |row: &&Relaxed| (gpu || !row.2) && row.0.iter().all(|part| name.contains(part));
    match RELAXED.iter().find(is_relaxed) {
        Some((_, relaxed, ..)) => (*relaxed, atol.max(relaxed / 8.0)),
        None => (rtol, atol),
    }
}

/// Runs one set of data; what comes back is what is wrong with the outputs, if anything is.
fn run_set(
    session: &Session,
    folder: &Path,
    tolerance: (f64, f64),
) -> Result<Option<String>, String> {
    let mut inputs = NamedValues::new();
    for (i, info) in session.inputs().iter().enumerate() {
        let file = folder.join(format!("input_{i}.pb"));
        let Ok(bytes) = fs::read(&file) else { continue };
        let value = value_from_pb(&bytes, &info.value_type).map_err(|error| error.to_string())?;
        inputs.insert(info.name.clone(), value);
    }
    let outputs = session.run(inputs).map_err(|error| error.to_string())?;
    for (i, info) in session.outputs().iter().enumerate() {
        let Ok(bytes) = fs::read(folder.join(format!("output_{i}.pb"))) else {
            continue;
        };
        let expected =
            value_from_pb(&bytes, &info.value_type).map_err(|error| error.to_string())?;
        if let Some(wrong) = difference(&outputs[&info.name], &expected, tolerance) {
            return Ok(Some(format!("{}: {wrong}", info.name)));
        }
    }
    Ok(None)
}

fn difference(found: &Value, expected: &Value, tolerance: (f64, f64)) -> Option<String> {
    match (found, expected) {
        (Value::Tensor(found), Value::Tensor(expected)) => {
            tensor_difference(found, expected, tolerance)
        }
        (Value::Sequence(found), Value::Sequence(expected)) => {
            if found.len() != expected.len() {
                return Some(format!(
                    "{} elements, expected {}",
                    found.len(),
                    expected.len()
                ));
            }
            found
                .iter()
                .zip(expected.iter())
                .find_map(|(a, b)| difference(a, b, tolerance))
        }
        (Value::Optional(found), Value::Optional(expected)) => match (found, expected) {
            (None, None) => None,
            (Some(found), Some(expected)) => difference(found, expected, tolerance),
            _ => Some("one is empty".to_owned()),
        },
        (found, Value::Optional(Some(expected))) => difference(found, expected, tolerance),
        _ => Some("another kind of value".to_owned()),
    }
}

fn tensor_difference(
    found: &Tensor,
    expected: &Tensor,
    (rtol, atol): (f64, f64),
) -> Option<String> {
    if found.data_type() != expected.data_type() || found.shape() != expected.shape() {
        return Some(format!("{found:?}, expected {expected:?}"));
    }
    if let (Some(a), Some(b)) = (found.as_strings(), expected.as_strings()) {
        return (a != b).then(|| format!("{a:?}, expected {b:?}"));
    }
    let (Some(a), Some(b)) = (numbers(found), numbers(expected)) else {
        return (found.bytes() != expected.bytes()).then(|| {
            format!(
                "{:?}, expected {:?}",
                &found.bytes()[..],
                &expected.bytes()[..]
            )
        });
    };
    let same = |a: f64, b: f64| {
        let is_equal = a.total_cmp(&b).is_eq() || (a.is_nan() && b.is_nan());
        is_equal || (a - b).abs() <= atol + rtol * b.abs()
    };
    let at = a.iter().zip(&b).position(|(&a, &b)| !same(a, b))?;
    let count = a.iter().zip(&b).filter(|(a, b)| !same(**a, **b)).count();
    Some(format!(
        "{} at {at}, expected {}; {count} of {} differ",
        a[at],
        b[at],
        a.len()
    ))
}

fn numbers(tensor: &Tensor) -> Option<Vec<f64>> {
    fn each<const N: usize>(tensor: &Tensor, number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let bytes = tensor.bytes();
        let elements = bytes.as_chunks::<N>().0.iter();
        elements.map(|bytes| number(*bytes)).collect()
    }
    Some(match tensor.data_type() {
        DataType::F32 | DataType::Complex64 => each(tensor, |b| f32::from_ne_bytes(b).into()),
        DataType::F64 | DataType::Complex128 => each(tensor, f64::from_ne_bytes),
        DataType::F16 => each(tensor, |b| f16::from_ne_bytes(b).into()),
        DataType::Bf16 => each(tensor, |b| bf16::from_ne_bytes(b).into()),
        _ => return None,
    })
}
