//! What command lines start, on words alone and with the files that they name.

use crate::support::Scratch;
use envelope_capture::entrypoint::{CommandLine, Entrypoint, Started, probe};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

fn read_in(root: &Path, folder: &str, line: &str) -> Entrypoint {
    let words: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
    let search_path = root.join("bin");
    let line = CommandLine {
        words: &words,
        folder: &root.join(folder),
        repository: Some(root),
        search_path: Some(search_path.as_os_str()),
    };
    probe(&line).value().unwrap().clone()
}

fn read(line: &str) -> Entrypoint {
    read_in(Path::new("/repository"), "code", line)
}

/// What it starts and with which arguments, in one line.
fn essence(found: &Entrypoint) -> String {
    let started = match &found.started {
        Started::Script(path) => format!("script {path}"),
        Started::Module(name) => format!("module {name}"),
        Started::Notebook(path) => format!("notebook {path}"),
        Started::Code => "code".into(),
        Started::Program(name) => format!("program {name}"),
    };
    format!(
        "{} | {started} | {}",
        found.launchers.join(" "),
        found.arguments.join(" ")
    )
}

/// Command lines, and behind the arrow their launchers, what is started, and its arguments.
const LINES: &str = "\
python train.py --lr 1 => | script code/train.py | --lr 1
python3.12 -u -X dev ../tools/train.py => | script tools/train.py |
python -m train.main a=1 => | module train.main | a=1
python -um train => | module train |
python -W ignore -B -OO train.py -m 3 => | script code/train.py | -m 3
python -c print(1) x => | code | x
python - x => | code | x
python => | code |
pypy3 train.py => | script code/train.py |
/opt/env/bin/python train.py => | script code/train.py |
python /elsewhere/train.py => | script /elsewhere/train.py |
python ../../elsewhere/train.py => | script ../../elsewhere/train.py |
torchrun --nproc_per_node 2 --standalone train.py --lr 1 => torchrun | script code/train.py | --lr 1
torchrun --nproc-per-node=2 -m train.main x => torchrun | module train.main | x
torchrun --no-python ./train x => torchrun | program code/train | x
python -m torch.distributed.run --nnodes 1 train.py => torch.distributed.run | script code/train.py |
accelerate launch --mixed_precision fp16 train.py --x => accelerate | script code/train.py | --x
accelerate config --x => | program accelerate | config --x
deepspeed --num_gpus 2 train.py --deepspeed c.json => deepspeed | script code/train.py | --deepspeed c.json
uv run train.py => uv | script code/train.py |
uv run --with rich --extra gpu -- python -u train.py => uv | script code/train.py |
uv run --python 3.12 -m train => uv | module train |
uv --quiet run train => uv | program train |
uv sync => | program uv | sync
poetry run python train.py => poetry | script code/train.py |
conda run -n base --no-capture-output python train.py => conda | script code/train.py |
srun -n 2 --gres=gpu:1 -p long torchrun --nnodes 2 train.py => srun torchrun | script code/train.py |
mpirun -np 4 -x PATH python train.py => mpirun | script code/train.py |
env -u A B=1 C=2 nice -n 5 nohup python train.py => env nice nohup | script code/train.py |
timeout -k 5 60 python train.py => timeout | script code/train.py |
time -f %e python train.py => time | script code/train.py |
coverage run --source a -m train => coverage | module train |
python -m cProfile -o out train.py => cProfile | script code/train.py |
papermill in.ipynb out.ipynb -p lr 0.1 => | notebook code/in.ipynb | out.ipynb -p lr 0.1
jupyter nbconvert --execute --to html note.ipynb => | notebook code/note.ipynb |
python -m nbconvert --execute note.ipynb => | notebook code/note.ipynb |
bash -e train.sh --lr 1 => | script code/train.sh | --lr 1
sh -c exit => | code |
Rscript --vanilla fit.R 3 => | script code/fit.R | 3
./train --lr 1 => | program code/train | --lr 1
train --lr 1 => | program train | --lr 1
nohup => | program nohup |
timeout 5 => | program timeout | 5
python-config --libs => | program python-config | --libs
python -m => | code |
python -X => | code |
torchrun --nnodes => | program torchrun | --nnodes
";

#[test]
fn finds_what_is_started_behind_its_launchers() {
    for case in LINES.lines() {
        let (line, expected) = case.split_once(" => ").unwrap();
        assert_eq!(essence(&read(line)).trim(), expected.trim(), "{line}");
    }
}

#[test]
fn parameters_are_those_of_the_script_and_not_of_its_launcher() {
    let found = read("torchrun --nproc-per-node 2 train.py --num-epochs 10 --amp");
    let found: Vec<_> = found
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(found, ["amp: true", "num-epochs: 10"]);
}

#[test]
fn secrets_among_the_words_are_masked() {
    let found = read("torchrun train.py --api-key q7Xb2 --lr 0.1 db=postgresql://u:p@h/x");
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("q7Xb2") && !json.contains("u:p"), "{json}");
    assert_eq!(found.parameters["lr"].to_string(), "0.1");
    assert_eq!(found.parameters["api-key"].to_string(), "***");
    assert_eq!(found.command.len(), 7);
}

#[test]
fn secrets_in_place_of_a_program_are_masked() {
    for line in [
        "http://u:S3cret1@h/x",
        "https://u:S3cret1@h/x/train.py --lr 1",
        "python https://u:S3cret1@h/train.py",
        "accelerate launch --unheard-of-token S3cret1 train.py",
        "PASSWORD=S3cret1 python train.py",
        "papermill https://u:S3cret1@h/in.ipynb out.ipynb",
    ] {
        let json = serde_json::to_string(&read(line)).unwrap();
        assert!(!json.contains("S3cret1"), "{line}: {json}");
    }
}

#[test]
fn the_folder_is_from_the_root_of_the_repository() {
    let root = Path::new("/repository");
    let folder = |folder: &str| read_in(root, folder, "python train.py").folder;
    assert_eq!(folder("a/b").value().unwrap(), "a/b");
    assert_eq!(folder("").value().unwrap(), ".");
    assert!(folder("/elsewhere").because().unwrap().contains("outside"));
}

#[test]
fn an_empty_command_line_is_not_known() {
    let line = CommandLine {
        words: &[],
        folder: Path::new("/"),
        repository: None,
        search_path: None,
    };
    assert!(probe(&line).because().unwrap().contains("empty"));
}

/// A program that names its interpreter.
#[cfg(unix)]
fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn the_interpreter_is_the_one_that_would_run() {
    let scratch = Scratch::unborn();
    let root = scratch.here();
    let in_root = |path: &str| root.join(path);
    executable(&in_root("bin/python3"), "");
    executable(&in_root("env/bin/python"), "");
    executable(&in_root(".venv/bin/python"), "");
    executable(
        &in_root("bin/torchrun"),
        &format!("#!{}\n", in_root("env/bin/python").display()),
    );
    executable(&in_root("code/train.py"), "#!/usr/bin/env python3\n");
    executable(
        &in_root("bin/train"),
        &format!("#!{}\n", in_root("env/bin/python").display()),
    );
    for (line, expected) in [
        ("python3 train.py", "bin/python3"),
        ("torchrun train.py", "env/bin/python"),
        ("../env/bin/python train.py", "env/bin/python"),
        ("uv run train.py", ".venv/bin/python"),
        ("uv run python train.py", ".venv/bin/python"),
        ("./train.py", "bin/python3"),
        ("train", "env/bin/python"),
        ("accelerate launch train.py", "bin/python3"),
    ] {
        let found = read_in(&root, "code", line);
        let path = &found.interpreter.value().unwrap().path;
        let expected = in_root(expected).canonicalize().unwrap();
        assert_eq!(path.canonicalize().unwrap(), expected, "{line}");
    }
    assert_eq!(
        essence(&read_in(&root, "code", "./train.py 1")),
        " | script code/train.py | 1"
    );
    assert!(
        read_in(&root, "code", "pypy3 x.py")
            .interpreter
            .because()
            .unwrap()
            .contains("pypy3")
    );
}

/// Words that mean something to some launcher, interpreter or parameter, and some that do not.
const WORDS: [&str; 30] = [
    "python",
    "-m",
    "-c",
    "-um",
    "-X",
    "--",
    "-",
    "",
    "torchrun",
    "accelerate",
    "launch",
    "uv",
    "run",
    "env",
    "A=b",
    "timeout",
    "5",
    "srun",
    "-n",
    "--flag",
    "--a=b",
    "=",
    "-\u{e9}",
    "x.ipynb",
    "papermill",
    "sh",
    "train.py",
    "torch.distributed.run",
    "--no-python",
    "-1e5",
];

proptest::proptest! {
    #[test]
    fn any_words_are_read_and_arguments_are_their_end(
        chosen in proptest::collection::vec(proptest::sample::select(&WORDS[..]), 1..9)
    ) {
        let found = {
            let words: Vec<OsString> = chosen.iter().map(Into::into).collect();
            probe(&CommandLine {
                words: &words,
                folder: Path::new("/repository"),
                repository: Some(Path::new("/repository")),
                search_path: None,
            })
        };
        let found = found.value().unwrap();
        assert!(found.command.ends_with(&found.arguments));
        assert!(found.parameters.keys().all(|name| !name.is_empty()));
    }
}
