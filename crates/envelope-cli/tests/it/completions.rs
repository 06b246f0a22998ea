//! `envelope completions`.

use crate::support::Scratch;

#[test]
fn prints_a_script_for_every_shell() {
    let scratch = Scratch::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let answer = scratch.envelope(&["completions", shell]);
        assert_eq!((answer.status, answer.err.as_str()), (0, ""));
        assert!(answer.out.contains("inspect"), "{shell}");
    }
}

#[test]
fn refuses_a_shell_it_does_not_know() {
    let answer = Scratch::new().envelope(&["completions", "tcsh"]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.err.contains("possible values: bash"),
        "{}",
        answer.err
    );
}
