//! Packages that try to command the terminal.

use crate::support::Scratch;

const EVIL: &str = "\\e[31mred\\e]0;title\\a\\u202Etxt";

fn write_hostile(scratch: &Scratch) {
    scratch.write_mlmodel(&format!(
        "flavors:\n  \"{EVIL}\": {{}}\n  envelope: {{name: \"{EVIL}\", description: \"{EVIL}\", \
         tags: {{\"{EVIL}\": \"{EVIL}\"}}}}\n  python_function:\n    loader_module: \"{EVIL}\"\n    \
         artifacts: {{\"{EVIL}\": {{path: \"{EVIL}\", uri: \"{EVIL}\"}}}}\n    \
         python_version: \"{EVIL}\"\n\
         mlflow_version: \"{EVIL}\"\nmetadata: {{\"{EVIL}\": \"{EVIL}\"}}\n\
         signature:\n  inputs: \"{EVIL}\"\nrun_id: \"{EVIL}\"\n"
    ));
    scratch.write("p/requirements.txt", "pandas @ \u{1b}[31m\n\u{9b}31m\n");
    scratch.write("p/a\u{202e}b.txt", "x");
    scratch.write(
        "p/registered_model_meta",
        format!("model_name: \"{EVIL}\"\n"),
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("\u{1b}[31m", scratch.path("p/link")).unwrap();
}

#[test]
fn text_of_a_package_cannot_command_the_terminal() {
    let scratch = Scratch::new();
    write_hostile(&scratch);
    for words in [
        ["inspect", "p", "-v"],
        ["verify", "p", "-v"],
        ["inspect", "p", "--json"],
        ["verify", "p", "--json"],
    ] {
        let answer = scratch.envelope(&words);
        let commands = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(
            !answer.out.contains(commands),
            "{words:?}: {:?}",
            answer.out
        );
        assert!(answer.out.contains("\\u"), "{words:?}: {}", answer.out);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_shown() {
    use std::os::unix::ffi::OsStrExt as _;
    let scratch = Scratch::new();
    scratch.write_mlmodel("flavors: {}\n");
    let name = std::ffi::OsStr::from_bytes(b"\xff\x1b.txt");
    std::fs::write(scratch.path("p").join(name), "x").unwrap();
    let answer = scratch.envelope(&["inspect", "p"]);
    assert_eq!(answer.status, 0);
    assert!(
        answer.out.contains("! \u{fffd}\\u{1b}.txt"),
        "{}",
        answer.out
    );
}
