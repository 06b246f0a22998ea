//! `envelope diff`.

use crate::support::{SPEC, Scratch};

/// Two packages: one as usual, the other from a changed declaration.
fn two(change: impl Fn(&str) -> String, model: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.package();
    std::fs::rename(scratch.path("doubler"), scratch.path("before")).unwrap();
    scratch.write("envelope.yaml", change(SPEC));
    if !model.is_empty() {
        scratch.write("model.py", model);
    }
    let answer = scratch.envelope(&["package", "--out", "after"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
    scratch
}

#[test]
fn packages_that_hold_the_same_do_not_differ() {
    let scratch = two(str::to_owned, "");
    let answer = scratch.envelope(&["diff", "before", "after"]);
    assert_eq!(
        (answer.status, answer.out.as_str(), answer.err.as_str()),
        (0, "Nothing differs\n", "")
    );
    let report = scratch.json(&["diff", "before", "after", "--json"]);
    let nothing = serde_json::json!({"files": [], "requirements": [], "facts": []});
    assert_eq!(report, nothing);
}

#[test]
fn what_changed_stands_under_its_heading() {
    let model = "\
import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 3


mlflow.models.set_model(Doubler())
";
    let change = |spec: &str| {
        spec.replace("pandas==2.2.2", "pandas==2.3.3\n  - numpy>=2")
            .replace("python: 3.11.7", "python: 3.12.1")
            .replace("type: double, name: x", "type: float, name: x")
            .replace("default: 2", "default: 3")
            .replace("author: me", "author: you")
            .replace("[2.0]", "[3.0]")
    };
    let scratch = two(change, model);
    let answer = scratch.envelope(&["diff", "before", "after"]);
    let expected = "\
Code  1 change
  ~ model.py  +1 -1 lines

Data  2 changes
  ~ input_example.json          +1 -1 lines
  ~ serving_input_example.json  +1 -1 lines

Requirements  2 changes
  + numpy   >=2
  ~ pandas  2.2.2 → 2.3.3

Environment  3 changes
  ~ conda.python                            3.11.7 → 3.12.1
  ~ flavors.python_function.python_version  3.11.7 → 3.12.1
  ~ python_env.python                       3.11.7 → 3.12.1

Signature  2 changes
  ~ inputs.x      double → float
  ~ params.times  long, default 2 → long, default 3

Metadata  1 change
  ~ metadata.author  me → you
";
    assert_eq!((answer.status, answer.out.as_str()), (1, expected));
    let report = scratch.json(&["diff", "before", "after", "--json"]);
    let wanted = serde_json::json!({"name": "pandas", "before": "2.2.2", "after": "2.3.3"});
    assert_eq!(report["requirements"][1], wanted);
    let quiet = scratch.envelope(&["diff", "before", "after", "--quiet"]);
    assert_eq!((quiet.status, quiet.out.as_str()), (1, ""));
    let back = scratch.envelope(&["diff", "after", "before"]);
    assert!(back.out.contains("- numpy   >=2"), "{}", back.out);
}

#[test]
fn changed_lines_are_a_patch_that_git_applies() {
    let scratch = two(
        str::to_owned,
        "import mlflow\n\tx = 'ü'\r\nmlflow.models.set_model(Doubler())",
    );
    let answer = scratch.envelope(&["diff", "before", "after", "--patch", "--quiet"]);
    assert_eq!(answer.status, 1);
    scratch.write("change.patch", &answer.out);
    let status = std::process::Command::new("git")
        .args(["apply", "-p1", "../change.patch"])
        .current_dir(scratch.path("before"))
        .status()
        .unwrap();
    assert!(status.success(), "{}", answer.out);
    let text = |path: &str| std::fs::read(scratch.path(path)).unwrap();
    assert_eq!(text("before/model.py"), text("after/model.py"));
}

#[test]
fn what_is_no_package_is_refused() {
    let scratch = Scratch::new();
    scratch.package();
    for words in [
        ["diff", "doubler", "nothing"],
        ["diff", "nothing", "doubler"],
    ] {
        let answer = scratch.envelope(&words);
        assert_eq!((answer.status, answer.out.as_str()), (2, ""));
        assert!(answer.err.contains("`nothing`"), "{}", answer.err);
    }
}
