//! Packages made to do harm: opening and verifying them ends soon, with an error or with findings.

use crate::support::fixtures::{explain, seal_spec, spec};
use crate::support::scratch::Scratch;
use crate::support::tree;
use envelope_format::package::Package;
use envelope_format::verify::{Report, VerifyOptions, verify};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// Puts something at a place.
type Make<'a> = &'a dyn Fn(&Path);

/// How long any package may take, unoptimised and on a busy machine.
const LIMIT: Duration = Duration::from_mins(2);
/// A package that loads.
const MLMODEL: &str = "flavors:\n  python_function:\n    loader_module: loader\n    code: code\n";

/// What verifying a package comes to, in time: a report, or an error's text. A panic or a hang
/// fails the test.
fn outcome(root: &Path) -> Result<Report, String> {
    let (send, receive) = mpsc::channel();
    let path = root.to_owned();
    std::thread::spawn(move || {
        let opened = Package::open(&path).map(drop);
        let report = verify(&path, VerifyOptions::default());
        // No one receives when the time is over.
        let _ = send.send((opened.is_ok(), report.map_err(explain)));
    });
    let (opened, report) = receive
        .recv_timeout(LIMIT)
        .unwrap_or_else(|why| panic!("{} did not end well: {why}", root.display()));
    assert!(
        !opened || report.is_ok(),
        "it opens and does not verify: {report:?}"
    );
    report
}

/// The codes of what was found in a package, each once.
fn codes(root: &Path) -> Vec<&'static str> {
    let report = outcome(root).unwrap();
    let mut codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn minimal(scratch: &Scratch, name: &str) -> PathBuf {
    let root = scratch.join(name);
    tree::write(&root.join("MLmodel"), MLMODEL.as_bytes());
    tree::write(
        &root.join("code/loader.py"),
        b"def _load_pyfunc(path):\n    pass\n",
    );
    root
}

fn fifo(place: &Path) {
    mknodat(CWD, place, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

#[test]
fn pipes_and_links_wherever_a_file_is_expected_are_findings() {
    let scratch = Scratch::new("hostile");
    assert_eq!(codes(&minimal(&scratch, "clean")), ["ENV204"]);
    let places = [
        "pipe",
        "code/loader.py",
        "code/other.py",
        "conda.yaml",
        "python_env.yaml",
        "requirements.txt",
        "constraints.txt",
        "input_example.json",
        "model.onnx",
        "python_model.pkl",
        "registered_model_meta",
    ];
    for (number, place) in places.iter().enumerate() {
        let put = |name: &str, make: &dyn Fn(&Path)| {
            let root = minimal(&scratch, &format!("{name}-{number}"));
            let _ = fs::remove_file(root.join(place));
            make(&root.join(place));
            codes(&root)
        };
        assert!(put("fifo", &fifo).contains(&"FIL405"), "{place}");
        let loop_of = |path: &Path| symlink(path.file_name().unwrap(), path).unwrap();
        assert!(put("loop", &loop_of).contains(&"FIL404"), "{place}");
        let endless = |path: &Path| symlink("/dev/zero", path).unwrap();
        assert!(put("endless", &endless).contains(&"FIL404"), "{place}");
        let up = |path: &Path| symlink("../..", path).unwrap();
        assert!(put("up", &up).contains(&"FIL404"), "{place}");
        let folder = |path: &Path| fs::create_dir(path).unwrap();
        put("folder", &folder);
    }
}

#[test]
fn what_the_model_names_may_be_a_pipe_or_link() {
    let scratch = Scratch::new("hostile");
    let text = "flavors:\n  onnx: {data: model.onnx}\n  python_function:\n    loader_module: \
                mlflow.pyfunc.model\n    python_model: python_model.pkl\n    data: data\n    \
                model_code_path: model.py\nsaved_input_example_info:\n  artifact_path: \
                example.json\n  type: dataframe\n  pandas_orient: split\n";
    for (name, make) in [
        ("fifo", &fifo as &dyn Fn(&Path)),
        ("zero", &|path: &Path| symlink("/dev/zero", path).unwrap()),
        ("loop", &|path: &Path| symlink(path, path).unwrap()),
        ("folder", &|path: &Path| fs::create_dir(path).unwrap()),
    ] {
        let root = scratch.join(name);
        tree::write(&root.join("MLmodel"), text.as_bytes());
        for file in [
            "model.onnx",
            "python_model.pkl",
            "data",
            "model.py",
            "example.json",
        ] {
            make(&root.join(file));
        }
        assert!(!outcome(&root).unwrap().is_clean(), "{name}");
    }
}

#[test]
fn an_mlmodel_that_is_no_file_is_an_error() {
    let scratch = Scratch::new("hostile");
    let makes: [(&str, Make); 6] = [
        ("fifo", &fifo),
        ("folder", &|path| fs::create_dir(path).unwrap()),
        ("loop", &|path| symlink("MLmodel", path).unwrap()),
        ("dangling", &|path| symlink("nowhere", path).unwrap()),
        ("device", &|path| symlink("/dev/zero", path).unwrap()),
        ("absent", &|_| {}),
    ];
    for (name, make) in makes {
        let root = scratch.join(name);
        fs::create_dir(&root).unwrap();
        make(&root.join("MLmodel"));
        let error = outcome(&root).unwrap_err();
        assert!(
            error.contains("is no MLflow model package"),
            "{name}: {error}"
        );
    }
    for (name, make) in &makes[..1] {
        make(&scratch.join(format!("root-{name}")));
        assert!(outcome(&scratch.join(format!("root-{name}"))).is_err());
    }
    assert!(outcome(&scratch.join("not-there")).is_err());
}

#[test]
fn an_mlmodel_that_is_a_link_to_another_file_is_a_finding() {
    let scratch = Scratch::new("hostile");
    let root = minimal(&scratch, "linked");
    fs::rename(root.join("MLmodel"), scratch.join("elsewhere")).unwrap();
    symlink("../elsewhere", root.join("MLmodel")).unwrap();
    assert!(codes(&root).contains(&"FIL404"));
}

#[test]
fn names_that_are_not_utf8_are_findings() {
    let scratch = Scratch::new("hostile");
    let root = minimal(&scratch, "names");
    let names: [&[u8]; 4] = [b"caf\xe9.txt", b"\xff\xfe", b"line\nbreak", b"bell\x07"];
    for name in names {
        fs::write(root.join(OsStr::from_bytes(name)), b"x").unwrap();
        fs::create_dir(root.join("code").join(OsStr::from_bytes(name))).unwrap();
    }
    let report = outcome(&root).unwrap();
    let found = report
        .findings
        .iter()
        .filter(|finding| finding.code == "FIL405");
    assert_eq!(found.count(), 2 * names.len());
}

#[test]
fn an_mlmodel_cut_off_anywhere_never_panics() {
    let scratch = Scratch::new("hostile");
    let sealed = scratch.join("sealed");
    seal_spec(&spec("code"), &sealed);
    let bytes = fs::read(sealed.join("MLmodel")).unwrap();
    let root = scratch.join("cut");
    for length in (0..bytes.len()).step_by(7) {
        tree::write(&root.join("MLmodel"), &bytes[..length]);
        let report = outcome(&root).unwrap();
        // Near its end it may be cut so that only a key is lost that nothing depends on.
        let is_early = length < bytes.len() / 2;
        assert!(
            !report.is_clean() || !is_early,
            "{length} of {} bytes",
            bytes.len()
        );
    }
    for position in (0..bytes.len()).step_by(31) {
        let mut broken = bytes.clone();
        broken[position] ^= 0x81;
        tree::write(&root.join("MLmodel"), &broken);
        assert!(!outcome(&root).unwrap().is_clean(), "byte {position}");
    }
}

#[test]
fn files_cut_off_anywhere_never_panic() {
    let scratch = Scratch::new("hostile");
    for kind in ["onnx_tensor", "class_state"] {
        let root = scratch.join(kind);
        seal_spec(&spec(kind), &root);
        for (path, bytes) in tree::files(&root)
            .into_iter()
            .filter(|(path, _)| path != "MLmodel")
        {
            for length in (0..bytes.len()).step_by(bytes.len() / 6 + 1) {
                fs::write(root.join(&path), &bytes[..length]).unwrap();
                assert!(
                    !outcome(&root).unwrap().is_clean(),
                    "{path} of {length} bytes"
                );
            }
            fs::write(root.join(&path), &bytes).unwrap();
        }
        assert!(outcome(&root).unwrap().is_clean());
    }
}

/// Documents that are small and would be large once understood, or large and say nothing.
fn documents() -> Vec<(&'static str, String)> {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{aliases}]\n");
    }
    let wide: Vec<String> = (0..50_000).map(|i| format!("k{i}: {i}")).collect();
    let blocks: Vec<String> = (0..3000).map(|i| " ".repeat(i) + "a:").collect();
    vec![
        ("alias bomb", bomb),
        ("deep brackets", "[".repeat(500_000)),
        ("deep braces", "{a: ".repeat(100_000)),
        (
            "deep blocks",
            blocks.join(
                "
",
            ),
        ),
        ("itself", "a: &a [*a]\n".to_owned()),
        ("one word", "x".repeat(2 << 20)),
        ("many documents", "---\n".repeat(200_000)),
        ("wide", wide.join("\n")),
        ("nothing", "\0".repeat(1 << 20)),
        ("tabs", "\t".repeat(1 << 20)),
    ]
}

#[test]
fn documents_made_to_grow_are_refused_in_time() {
    let scratch = Scratch::new("hostile");
    for (name, text) in documents() {
        let root = scratch.join("document");
        tree::write(&root.join("MLmodel"), text.as_bytes());
        let report = outcome(&root).unwrap();
        assert!(!report.mlflow_loads, "{name}");
        for file in ["conda.yaml", "python_env.yaml", "requirements.txt"] {
            let root = minimal(&scratch, "environment");
            tree::write(&root.join(file), text.as_bytes());
            // What is large and well-formed may be clean; only the time counts here.
            outcome(&root).unwrap_or_else(|why| panic!("{name} in {file}: {why}"));
            fs::remove_file(root.join(file)).unwrap();
        }
    }
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_unread() {
    let scratch = Scratch::new("hostile");
    let root = minimal(&scratch, "large");
    let grow = |name: &str| {
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(root.join(name))
            .unwrap();
        file.set_len(100 << 20).unwrap();
    };
    grow("conda.yaml");
    grow("requirements.txt");
    assert!(codes(&root).contains(&"ENV201"));
    grow("MLmodel");
    let error = outcome(&root).unwrap_err();
    assert!(
        error.contains("104857600 bytes, expected at most"),
        "{error}"
    );
}

#[test]
fn a_folder_of_fifty_thousand_files_is_verified_in_time() {
    let scratch = Scratch::new("hostile");
    let root = scratch.join("many");
    tree::write(&root.join("MLmodel"), MLMODEL.as_bytes());
    tree::write(
        &root.join("code/loader.py"),
        b"def _load_pyfunc(path):\n    pass\n",
    );
    for number in 0..50_000 {
        fs::write(root.join(format!("code/{number}")), b"").unwrap();
    }
    assert_eq!(codes(&root), ["ENV204"]);
    // With a manifest, each of whose files is looked up.
    let digest = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    let mut text =
        format!("{MLMODEL}  envelope:\n    digests:\n      algorithm: blake3\n      files:\n");
    for number in 0..50_000 {
        let entry = format!("        code/{number}: {digest}\n");
        text.push_str(&entry);
    }
    text.push_str("    format_version: 1\n");
    fs::write(root.join("MLmodel"), text).unwrap();
    // Nobody sealed it, so that its `MLmodel` has no identity, and one file is not in the manifest.
    assert_eq!(codes(&root), ["ENV204", "FIL401", "FIL402"]);
}

#[test]
fn folders_nested_without_end_are_refused() {
    let scratch = Scratch::new("hostile");
    let root = minimal(&scratch, "deep");
    let deep: PathBuf = std::iter::repeat_n("d", 500).collect();
    fs::create_dir_all(root.join(deep)).unwrap();
    let error = outcome(&root).unwrap_err();
    assert!(error.contains("64 levels"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    // Permissions do not stop root; a name that is too long to be opened stops anyone, and the
    // memory of this process is a regular file that no one can read from its beginning.
    let scratch = Scratch::new("hostile");
    let root = scratch.join("unreadable");
    fs::create_dir(&root).unwrap();
    symlink("/proc/self/mem", root.join("MLmodel")).unwrap();
    let error = outcome(&root).unwrap_err();
    assert!(
        error.contains("cannot read `") && error.contains("MLmodel"),
        "{error}"
    );
}
