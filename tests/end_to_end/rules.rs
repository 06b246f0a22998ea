//! Every rule of `verify` sees its fault, and a package without the fault is free of it.

use crate::support::fixtures::{explain, seal_spec, spec};
use crate::support::scratch::Scratch;
use crate::support::tree;
use envelope_format::mlmodel::MlModel;
use envelope_format::package::{Contents, Digest, Package, SealOptions, Silent, seal};
use envelope_format::verify::{RULES, Report, VerifyOptions, verify};
use envelope_format::yaml::Node;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One fault, put into a clean package.
struct Case {
    /// The rule that sees it.
    code: &'static str,
    /// The spec of the clean package.
    of: &'static str,
    /// Rules that the same fault must break as well.
    also: &'static [&'static str],
    /// Changes the package before it is sealed anew, or after.
    change: Change,
}

enum Change {
    /// The sealing is anew, so that digests do not tell.
    Sealed(fn(&Path)),
    /// The package changes after it was sealed.
    Afterwards(fn(&Path)),
}

use Change::{Afterwards, Sealed};

const fn case(code: &'static str, of: &'static str, change: Change) -> Case {
    let also = &[];
    Case {
        code,
        of,
        also,
        change,
    }
}

/// The cases, in the order of the codes.
const CASES: [Case; 37] = [
    case(
        "MLM101",
        "code",
        Sealed(|root| edit(root, |m| remove_flavor(m, "python_function"))),
    ),
    case(
        "MLM102",
        "loader_file",
        Sealed(|root| flavor_key(root, "loader_module", None)),
    ),
    case(
        "MLM103",
        "code",
        Sealed(|root| replace(root, "MLmodel", "\"double\"", "\"dubble\"")),
    ),
    case(
        "MLM104",
        "class_artifacts",
        Sealed(|root| delete(root, "artifacts/prices.csv")),
    ),
    case(
        "MLM104",
        "loader_folder",
        Sealed(|root| flavor_key(root, "data", Some("data/wights"))),
    ),
    case(
        "MLM105",
        "code",
        Sealed(|root| replace(root, "discounts.py", "set_model(", "print(")),
    ),
    case(
        "MLM105",
        "code",
        Sealed(|root| flavor_key(root, "model_code_path", Some("nowhere.py"))),
    ),
    case(
        "MLM106",
        "loader_folder",
        Sealed(|root| {
            replace(
                root,
                "code/forecaster/loading.py",
                ", model_config=None",
                "",
            );
        }),
    ),
    case(
        "MLM107",
        "class_state",
        Sealed(|root| replace(root, "code/greeter.py", "(mlflow.pyfunc.PythonModel)", "")),
    ),
    case(
        "MLM107",
        "class_state",
        Sealed(|root| replace(root, "code/greeter.py", "class Greeter", "class Gritter")),
    ),
    case(
        "MLM108",
        "onnx_tensor",
        Sealed(|root| edit(root, |m| remove_flavor(m, "onnx"))),
    ),
    case(
        "MLM108",
        "onnx_external",
        Sealed(|root| delete(root, "linear.weights")),
    ),
    case(
        "MLM109",
        "code",
        Sealed(|root| {
            replace(
                root,
                "MLmodel",
                "metadata:\n",
                "metadata:\n  mlflow.model.isExternal: true\n",
            );
        }),
    ),
    case(
        "MLM110",
        "code",
        Sealed(|root| replace(root, "MLmodel", "format_version: 1", "format_version: 2")),
    ),
    case(
        "ENV201",
        "code",
        Sealed(|root| replace(root, "conda.yaml", "pandas==3.1.1", "pandas==3.1.0")),
    ),
    case(
        "ENV201",
        "code",
        Sealed(|root| replace(root, "python_env.yaml", "python: 3.11.7", "python: 3.12.1")),
    ),
    Case {
        also: &["ENV201"],
        ..case(
            "ENV202",
            "code",
            Sealed(|root| replace(root, "requirements.txt", "pandas==3.1.1", "pandas>=3")),
        )
    },
    Case {
        also: &["ENV201"],
        ..case(
            "ENV203",
            "code",
            Sealed(|root| replace(root, "requirements.txt", "pandas==3.1.1", "pandas=3.1.1")),
        )
    },
    case(
        "ENV204",
        "code",
        Sealed(|root| delete(root, "requirements.txt")),
    ),
    case(
        "ENV205",
        "code",
        Sealed(|root| {
            let removed = "requirements: {removed_modules: {mlflow: mlflow}}";
            let flavor = "    format_version: 1\n";
            replace(root, "MLmodel", flavor, &format!("{flavor}    {removed}\n"));
        }),
    ),
    case(
        "EXA301",
        "code",
        Sealed(|root| replace(root, "input_example.json", "2.5", "\"dear\"")),
    ),
    case(
        "EXA301",
        "code",
        Sealed(|root| truncate(root, "input_example.json")),
    ),
    case(
        "FIL401",
        "code",
        Afterwards(|root| replace(root, "code/pricing/discount.py", "1 - share", "2 - share")),
    ),
    case(
        "FIL401",
        "code",
        Afterwards(|root| delete(root, "code/pricing/discount.py")),
    ),
    case(
        "FIL401",
        "code",
        Afterwards(|root| edit(root, |m| m.set("run_id", Node::string("another")))),
    ),
    case(
        "FIL401",
        "code",
        Afterwards(|root| edit(root, understate_size)),
    ),
    case(
        "FIL402",
        "code",
        Afterwards(|root| tree::write(&root.join("notes.txt"), b"by the way")),
    ),
    case(
        "FIL403",
        "loader_file",
        Sealed(|root| flavor_key(root, "data", Some("../prices.csv"))),
    ),
    case(
        "FIL403",
        "loader_file",
        Sealed(|root| flavor_key(root, "data", Some("/usr/share/prices.csv"))),
    ),
    case(
        "FIL404",
        "code",
        Afterwards(|root| link("discounts.py", &root.join("linked.py"))),
    ),
    case(
        "FIL405",
        "code",
        Afterwards(|root| fifo(&root.join("pipe"))),
    ),
    case(
        "FIL406",
        "code",
        Sealed(|root| {
            tree::write(
                &root.join("code/pricing/Discount.py"),
                b"\"\"\"Other.\"\"\"\n",
            );
        }),
    ),
    case(
        "SAF501",
        "loader_folder",
        Sealed(|root| tree::write(&root.join("data/weights/w.pkl"), b"\x80\x04K\x01.")),
    ),
    Case {
        also: &["SAF501"],
        ..case(
            "SAF502",
            "loader_folder",
            Sealed(|root| tree::write(&root.join("data/weights/w.pkl"), EMBEDS_CODE)),
        )
    },
    Case {
        also: &["SAF501"],
        ..case(
            "SAF503",
            "loader_folder",
            Sealed(|root| {
                tree::write(
                    &root.join("data/weights/w.pkl"),
                    b"cos\nsystem\n(S'id'\ntR.",
                );
            }),
        )
    },
    case(
        "SAF504",
        "code",
        Sealed(|root| {
            append(
                root,
                "code/pricing/discount.py",
                "DATA = '/home/alice/prices.csv'\n",
            );
        }),
    ),
    case(
        "SAF505",
        "code",
        Sealed(|root| {
            append(
                root,
                "code/pricing/discount.py",
                &format!("KEY = 'AKIA{}'\n", "IOSFODNN7EXAMPLE"),
            );
        }),
    ),
];

/// A function pickled by value, as `cloudpickle` does.
const EMBEDS_CODE: &[u8] = b"ccloudpickle.cloudpickle\n_make_function\n(tR.";

fn edit(root: &Path, change: impl FnOnce(&mut MlModel)) {
    let path = root.join("MLmodel");
    let mut model = MlModel::parse(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut model);
    fs::write(path, model.to_yaml()).unwrap();
}

fn remove_flavor(model: &mut MlModel, name: &str) {
    let mut flavors = model.document().get("flavors").unwrap().clone();
    flavors.remove(name).unwrap();
    model.set("flavors", flavors);
}

/// Has the package say that its files have one byte, under an identity that fits.
fn understate_size(model: &mut MlModel) {
    let mut flavor = model.flavor("envelope").unwrap().clone();
    let mut digests = flavor.remove("digests").unwrap();
    digests.set("size_bytes", Node::integer(1));
    flavor.set("digests", digests);
    model.set_flavor("envelope", flavor);
    model.set("model_uuid", Node::null());
    let digest = Digest::of(model.to_yaml().as_bytes()).to_hex();
    model.set("model_uuid", Node::string(&digest[..32]));
}

/// Sets or removes a key of the flavor `python_function`.
fn flavor_key(root: &Path, key: &str, value: Option<&str>) {
    edit(root, |model| {
        let mut flavor = model.flavor("python_function").unwrap().clone();
        match value {
            Some(value) => flavor.set(key, Node::string(value)),
            None => drop(flavor.remove(key).unwrap()),
        }
        model.set_flavor("python_function", flavor);
    });
}

fn replace(root: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(file)).unwrap();
    assert!(text.contains(from), "{file} holds no `{from}`: {text}");
    fs::write(root.join(file), text.replacen(from, to, 1)).unwrap();
}

fn append(root: &Path, file: &str, line: &str) {
    let text = fs::read_to_string(root.join(file)).unwrap();
    fs::write(root.join(file), text + line).unwrap();
}

fn truncate(root: &Path, file: &str) {
    let bytes = fs::read(root.join(file)).unwrap();
    fs::write(root.join(file), &bytes[..bytes.len() / 2]).unwrap();
}

fn delete(root: &Path, file: &str) {
    fs::remove_file(root.join(file)).unwrap();
}

fn link(target: &str, place: &Path) {
    std::os::unix::fs::symlink(target, place).unwrap();
}

fn fifo(place: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, place, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// Writes what is in a folder as a package again, with new digests.
fn seal_anew(root: &Path, destination: &Path) {
    let package = Package::open(root).map_err(explain).unwrap();
    let contents = Contents::of_package(&package);
    seal(contents, destination, SealOptions::default(), &Silent)
        .map_err(explain)
        .unwrap();
}

fn report(root: &Path) -> Report {
    verify(root, VerifyOptions::default())
        .map_err(explain)
        .unwrap()
}

fn codes(report: &Report) -> BTreeSet<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

/// What the package shows that the clean one does not.
fn shown(case: &Case, scratch: &Scratch) -> (BTreeSet<&'static str>, Report) {
    let clean = scratch.join("clean");
    seal_spec(&spec(case.of), &clean);
    let changed = scratch.join("changed");
    tree::copy(&clean, &changed);
    let faulty = scratch.join("faulty");
    match case.change {
        Sealed(change) => {
            change(&changed);
            seal_anew(&changed, &faulty);
        }
        Afterwards(change) => {
            seal_anew(&changed, &faulty);
            change(&faulty);
        }
    }
    let (clean, faulty) = (report(&clean), report(&faulty));
    assert!(clean.is_clean(), "{}: {:?}", case.of, clean.findings);
    (&codes(&faulty) - &codes(&clean), faulty)
}

#[test]
fn every_fault_is_seen_by_its_rule_and_by_no_other() {
    let mut wrong = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let scratch = Scratch::new("rule");
        let (shown, report) = shown(case, &scratch);
        let expected: BTreeSet<&str> = case.also.iter().copied().chain([case.code]).collect();
        if shown != expected {
            wrong.push(format!(
                "case {number}, {}: {:#?}",
                case.code, report.findings
            ));
        }
        let rule = RULES.iter().find(|rule| rule.code == case.code).unwrap();
        let found = report
            .findings
            .iter()
            .find(|finding| finding.code == case.code);
        if found.is_some_and(|found| found.remedy != rule.remedy || found.message.is_empty()) {
            wrong.push(format!("{}: {found:?}", case.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_that_python_compiled_are_no_fault() {
    let scratch = Scratch::new("rule");
    let package = scratch.join("package");
    seal_spec(&spec("code"), &package);
    let cache = package.join("code/pricing/__pycache__");
    fs::create_dir(&cache).unwrap();
    tree::write(&cache.join("discount.cpython-311.pyc"), b"compiled");
    let report = report(&package);
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(
        report.findings.last().map(|finding| finding.code),
        Some("FIL402")
    );
}

#[test]
fn every_rule_has_a_case() {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    let mut cases: Vec<&str> = CASES.iter().map(|case| case.code).collect();
    cases.dedup();
    assert_eq!(cases, rules);
}

#[test]
fn sealing_anew_without_a_change_keeps_the_package_clean() {
    let scratch = Scratch::new("rule");
    for (name, path) in crate::support::fixtures::specs() {
        let (first, second) = (scratch.join(&name).join("a"), scratch.join(&name).join("b"));
        seal_spec(&path, &first);
        seal_anew(&first, &second);
        tree::assert_same(&second, &first);
        assert!(report(&second).is_clean(), "{name}");
    }
}
