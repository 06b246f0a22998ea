//! `envelope verify`.

use crate::support::{Answer, Scratch};

#[test]
fn a_clean_package_is_clean() {
    let scratch = Scratch::new();
    scratch.package();
    let answer = scratch.envelope(&["verify", "doubler"]);
    assert_eq!(
        (answer.status, answer.out.as_str(), answer.err.as_str()),
        (0, "doubler: clean; MLflow loads it\n", "")
    );
    let report = scratch.json(&["verify", "doubler", "--json"]);
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "package",
            "findings",
            "errors",
            "warnings",
            "notes",
            "mlflow_loads",
            "mlflow_loads_without_pickle"
        ]
    );
    assert_eq!(
        (&report["errors"], &report["mlflow_loads"]),
        (&0.into(), &true.into())
    );
}

#[test]
fn findings_are_grouped_by_severity_and_tell_their_remedy_once() {
    let scratch = Scratch::new();
    scratch.package();
    scratch.write(
        "doubler/requirements.txt",
        "mlflow==3.17.2\npandas\nnumpy\n",
    );
    scratch.write("doubler/one.txt", "stray");
    scratch.write("doubler/two.txt", "stray");
    let answer = scratch.envelope(&["verify", "doubler"]);
    assert_eq!((answer.status, answer.err.as_str()), (1, ""));
    let report = scratch.json(&["verify", "doubler", "--json"]);
    let findings = report["findings"].as_array().unwrap();
    let mut codes: Vec<&str> = findings
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        let words = message.split(' ').next().unwrap();
        assert!(answer.out.contains(words), "{message} in {}", answer.out);
    }
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() > 1 && findings.len() > codes.len(), "{codes:?}");
    assert_eq!(
        answer.out.matches("  hint: ").count(),
        codes.len(),
        "{}",
        answer.out
    );
    let at = |word: &str| answer.out.find(&format!("{word} E"));
    if let (Some(error), Some(warning)) = (at("error"), at("warning")) {
        assert!(error < warning);
    }
    let last = answer.out.lines().last().unwrap();
    assert!(last.starts_with("doubler: "), "{last}");
    assert!(!answer.out.contains("  why: "), "{}", answer.out);
    let verbose = scratch.envelope(&["verify", "doubler", "--verbose"]);
    assert_eq!(
        verbose.out.matches("  why: ").count(),
        codes.len(),
        "{}",
        verbose.out
    );
    let quiet = scratch.envelope(&["verify", "doubler", "--quiet"]);
    assert_eq!(
        (quiet.status, quiet.out.as_str(), quiet.err.as_str()),
        (1, "", "")
    );
}

#[test]
fn many_findings_of_a_kind_are_counted() {
    let scratch = Scratch::new();
    scratch.package();
    for number in 0..20 {
        scratch.write(&format!("doubler/{number:02}.txt"), "stray");
    }
    let answer = scratch.envelope(&["verify", "doubler"]);
    assert!(
        answer.out.contains("  … and 12 more; -v shows all\n"),
        "{}",
        answer.out
    );
    let answer = scratch.envelope(&["verify", "doubler", "-v"]);
    assert!(answer.out.contains("19.txt"), "{}", answer.out);
}

/// A package whose model is a pickle, as MLflow 3.17 writes it for `PythonModel`s.
fn write_pickled(scratch: &Scratch) {
    scratch.write_spec();
    scratch.write(
        "src/mine.py",
        "import mlflow\n\n\nclass Doubler(mlflow.pyfunc.PythonModel):\n    pass\n",
    );
    let spec = "name: pickled\nkind: class\npython: 3.11.7\nmlflow: 3.17.2\n\
                model: {class: 'mine:Doubler'}\ncode: [src/mine.py]\n\
                signature: {inputs: [{type: double, name: x, required: true}]}\n";
    scratch.write("envelope.yaml", spec);
    let answer = scratch.envelope(&["package"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
}

#[test]
fn pickles_can_be_disallowed_by_flag_and_by_environment() {
    let scratch = Scratch::new();
    write_pickled(&scratch);
    let loads = |answer: &Answer| {
        let report: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
        (
            report["mlflow_loads"].as_bool(),
            report["mlflow_loads_without_pickle"].as_bool(),
        )
    };
    let words = ["verify", "pickled", "--json"];
    assert_eq!(loads(&scratch.envelope(&words)), (Some(true), Some(false)));
    let refused = scratch.envelope(&["verify", "pickled", "--json", "--no-pickle"]);
    assert_eq!(loads(&refused), (Some(false), Some(false)));
    for (value, expected) in [("false", false), ("true", true)] {
        let mut command = scratch.command(&words);
        command.env("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", value);
        let answer = Answer::of(&command.output().unwrap());
        assert_eq!(loads(&answer).0, Some(expected), "{value}");
    }
}

#[test]
fn an_unreadable_mlmodel_is_a_finding_and_no_folder_is_an_error() {
    let scratch = Scratch::new();
    scratch.write_mlmodel("a: [");
    let answer = scratch.envelope(&["verify", "p"]);
    assert_eq!(answer.status, 1);
    assert!(
        answer.out.ends_with("MLflow does not load it\n"),
        "{}",
        answer.out
    );
    let answer = scratch.envelope(&["verify", "nowhere"]);
    assert_eq!((answer.status, answer.out.as_str()), (2, ""));
    assert!(
        answer.err.contains("hint: check the path"),
        "{}",
        answer.err
    );
}
