//! The command lines that are compared, each by the name that the rows know it by.

use std::path::Path;

use super::Bench;

/// A command by its name: the program and its arguments.
type Named = (String, Vec<String>);

/// The numbers of packages in the grown inputs.
pub(super) const GROWN: [usize; 3] = [12_500, 25_000, 50_000];

/// What corpora are read from: in words, and in the names of commands.
pub(super) const KINDS: [(&str, &str); 3] = [
    ("from an environment", "environment"),
    ("from uv.lock", "lock"),
    ("from annotated requirements", "list"),
];

/// Prunes of the corpora, and what comes nearest to them.
pub(super) fn of_corpora(bench: &Bench) -> Vec<Named> {
    let mut commands = Vec::new();
    for (corpus, environment) in [("a", "environment"), ("c", "c/fake-c")] {
        let at = |path: &str| bench.at(&format!("{corpus}/{path}"));
        let from = |kind: &str, words: &[&str]| {
            let name = format!("{corpus} {kind}");
            let words = [&["deps", "prune", "--prune", "jupyterlab"], words].concat();
            (name, command(&bench.envelope, &words))
        };
        let (environment, roots) = (bench.at(environment), at("requirements.in"));
        let here = ["--python-version", "3.11.7", "--platform", "linux-x86_64"];
        let asked = [&here[..], &["--roots", &roots, &environment]].concat();
        commands.extend([
            from("environment", &asked),
            from("lock", &["-o", "-", &at("project/uv.lock")]),
            from("list", &["-o", "-", &at("requirements.txt")]),
        ]);
    }
    commands.extend(peers(bench));
    commands
}

fn peers(bench: &Bench) -> [Named; 3] {
    let named = |name: &str, program: &Path, words: &str, path: String| {
        let words: Vec<&str> = words.split(' ').chain([path.as_str()]).collect();
        (name.to_owned(), command(program, &words))
    };
    [
        named(
            "pipdeptree",
            &bench.pipdeptree,
            "-e jupyterlab --exclude-dependencies -o freeze --path",
            bench.at("a/site-headers"),
        ),
        named(
            "uv pip tree",
            &bench.uv,
            "pip tree --prune jupyterlab --python",
            bench.at("environment/bin/python"),
        ),
        named(
            "uv export",
            &bench.uv,
            "export --frozen --prune jupyterlab --project",
            bench.at("a/project"),
        ),
    ]
}

/// Prunes of the grown inputs.
pub(super) fn of_grown(bench: &Bench) -> Vec<Named> {
    let words = [
        "deps",
        "prune",
        "--prune",
        "p000000",
        "--on-required",
        "cut",
        "-o",
        "-",
    ];
    let mut commands = Vec::new();
    for count in GROWN {
        for file in ["uv.lock", "requirements.txt"] {
            let input = bench.at(&format!("grown/{count}/{file}"));
            let words = [&words[..], &[&input]].concat();
            commands.push((format!("{count} {file}"), command(&bench.envelope, &words)));
        }
    }
    commands
}

fn command(program: &Path, words: &[&str]) -> Vec<String> {
    let program = program.display().to_string();
    let words = words.iter().map(|word| (*word).to_owned());
    std::iter::once(program).chain(words).collect()
}
