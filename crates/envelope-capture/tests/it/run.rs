//! Commands that are run unchanged, by the example `run`: a program of its own, because running a
//! command takes over what a process has only one of, its signals and its children.

use crate::support::{Scratch, example};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

fn program(name: &str) -> String {
    format!("{}/tests/programs/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A run, its report read.
struct Ran {
    output: Output,
    report: Value,
}

impl Ran {
    fn outcome(&self, name: &str) -> f64 {
        self.report["outcome"][name].as_f64().unwrap()
    }

    fn cpu_seconds(&self) -> f64 {
        self.outcome("cpu_user_seconds") + self.outcome("cpu_system_seconds")
    }

    /// What was measured under this name, sample by sample.
    fn series(&self, name: &str) -> Vec<f64> {
        let samples = self.report["samples"].as_array().unwrap();
        samples
            .iter()
            .filter_map(|sample| sample["values"][name].as_f64())
            .collect()
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }
}

/// Interrupts mean what they usually mean, also where whoever started the tests ignores them, as shells
/// do behind a `&`.
fn command(scratch: &Scratch, options: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT,QUIT")
        .arg(example("run"))
        .arg("--report")
        .arg(scratch.path().join("report.json"));
    command.args(options).arg("--").args(words);
    command
}

fn finish(scratch: &Scratch, output: Output) -> Ran {
    let report = std::fs::read_to_string(scratch.path().join("report.json"));
    let log = String::from_utf8_lossy(&output.stderr);
    let report = report.unwrap_or_else(|error| panic!("no report: {error}\n{log}"));
    Ran {
        report: serde_json::from_str(&report).unwrap(),
        output,
    }
}

fn ran(options: &[&str], words: &[&str]) -> Ran {
    let scratch = Scratch::empty();
    let output = command(&scratch, options, words).output().unwrap();
    finish(&scratch, output)
}

/// Starts a command, and comes back when it has said its first line.
fn started(scratch: &Scratch, words: &[&str]) -> Child {
    let mut child = command(scratch, &["--interval", "0.1"], words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::with_capacity(1, child.stdout.as_mut().unwrap());
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

fn finished(scratch: &Scratch, child: Child) -> Ran {
    finish(scratch, child.wait_with_output().unwrap())
}

/// What became of a command on a terminal, with which a program of the tests does something.
fn on_terminal(name: &str, run: &Command) -> Output {
    let mut python = Command::new("python3");
    python.arg(program(name)).arg(run.get_program());
    python.args(run.get_args()).output().unwrap()
}

fn kill(pid: u32, signal: &str) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[track_caller]
fn assert_within_5_percent(found: f64, expected: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(
        off < 0.05,
        "{found} is off {expected} by {:.1} %",
        off * 100.0
    );
}

/// What GNU time says under this label.
fn time_says(report: &Path, label: &str) -> f64 {
    let report = std::fs::read_to_string(report).unwrap();
    let line = report
        .lines()
        .find_map(|line| line.trim().strip_prefix(label));
    line.unwrap()
        .trim_start_matches(':')
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn agrees_with_gnu_time_on_a_load_with_children() {
    let time = Path::new("/usr/bin/time");
    assert!(
        time.exists(),
        "there is no GNU time: `apt-get install time`"
    );
    for how in ["fork", "exec", "storm"] {
        let scratch = Scratch::empty();
        let said = scratch.path().join("time");
        let words = [
            "/usr/bin/time",
            "-v",
            "-o",
            said.to_str().unwrap(),
            "python3",
        ];
        let load = program("load.py");
        let words = [&words[..], &[&load, how, "0.7", "120", "60", "30"]].concat();
        let output = command(&scratch, &["--interval", "0.2"], &words)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let ran = finish(&scratch, output);
        let cpu =
            time_says(&said, "User time (seconds)") + time_says(&said, "System time (seconds)");
        let peak = time_says(&said, "Maximum resident set size (kbytes)") * 1024.0;
        assert!(cpu > 1.9, "{how}: {cpu}");
        assert!(peak > 120e6, "{how}: {peak}");
        assert_within_5_percent(ran.cpu_seconds(), cpu);
        assert_within_5_percent(ran.outcome("peak_process_memory_bytes"), peak);
        let sampled = ran.series("process/cpu_time_seconds");
        assert_within_5_percent(*sampled.last().unwrap(), cpu);
        assert!(sampled.is_sorted(), "{how}: {sampled:?}");
    }
}

/// On Linux a command is charged with the memory of the program that started it.
#[test]
fn the_peak_of_a_command_is_not_that_of_its_runner() {
    let load = program("load.py");
    for (child, more) in [("110", "30"), ("5", "3")] {
        let scratch = Scratch::empty();
        let said = scratch.path().join("time");
        let said_to = said.to_str().unwrap();
        let words = ["/usr/bin/time", "-v", "-o", said_to, "python3", &load];
        let words = [&words[..], &["fork", "0.6", child, more]].concat();
        for options in [
            &["--fill", "300"][..],
            &["--fill", "300", "--interval", "0"],
        ] {
            let output = command(&scratch, options, &words).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let ran = finish(&scratch, output);
            let peak = time_says(&said, "Maximum resident set size (kbytes)") * 1024.0;
            assert_within_5_percent(ran.outcome("peak_process_memory_bytes"), peak);
            let all = ran.outcome("peak_memory_bytes");
            assert!(all < 300e6, "{all}");
        }
    }
    let small = ran(&["--fill", "300"], &["sh", "-c", "sleep 0.5"]);
    let peak = small.outcome("peak_process_memory_bytes");
    assert!((0.1e6..5e6).contains(&peak), "{peak}");
    // Nothing is known of one that ends before anybody can look, and that is not this program's.
    for _ in 0..20 {
        let shortest = ran(&["--fill", "300"], &["true"]);
        assert!(shortest.outcome("peak_memory_bytes") < 5e6);
    }
}

#[test]
fn the_peak_of_the_tree_is_that_of_all_at_once() {
    let load = program("load.py");
    let ran = ran(
        &["--interval", "60"],
        &["python3", &load, "fork", "0.7", "100", "100"],
    );
    let (one, all) = (
        ran.outcome("peak_process_memory_bytes"),
        ran.outcome("peak_memory_bytes"),
    );
    // Two children of the size of one, and the parent, which is a Python without any load.
    assert!(all > 1.85 * one && all < 2.3 * one, "{one} of {all}");
}

#[test]
fn what_went_into_the_background_counts() {
    let load = program("load.py");
    let options = ["--interval", "0.1", "--linger", "60"];
    let ran = ran(&options, &["python3", &load, "daemon", "0.6", "90", "30"]);
    // Two daemons with that much each, and three starts of nearly nothing.
    let cpu = ran.cpu_seconds();
    assert!((1.2..1.5).contains(&cpu), "{cpu}");
    let peak = ran.outcome("peak_process_memory_bytes");
    assert!((95e6..125e6).contains(&peak), "{peak}");
    assert_eq!(ran.report["outcome"]["left_running"], serde_json::json!([]));
    assert!(
        ran.series("process/memory_usage_megabytes")
            .iter()
            .any(|&megabytes| megabytes > 90.0)
    );
}

#[test]
fn what_is_left_behind_is_named_and_not_waited_for() {
    let ran = ran(&[], &["sh", "-c", "sleep 47 >/dev/null 2>&1 & echo $!"]);
    assert!(ran.outcome("wall_seconds") < 20.0);
    let left = ran.stdout().trim().parse::<u32>().unwrap();
    assert_eq!(
        ran.report["outcome"]["left_running"],
        serde_json::json!([left])
    );
    kill(left, "KILL");
}

#[test]
fn waiting_for_what_is_left_behind_has_an_end() {
    let options = ["--linger", "0.3"];
    let ran = ran(
        &options,
        &["sh", "-c", "sleep 48 >/dev/null 2>&1 & echo $!"],
    );
    let left = ran.stdout().trim().parse::<u32>().unwrap();
    kill(left, "KILL");
    assert!(ran.outcome("wall_seconds") < 20.0);
}

#[test]
fn a_killed_command_keeps_its_signal_and_its_samples() {
    let scratch = Scratch::empty();
    let child = started(&scratch, &["sh", "-c", "echo ready; kill -9 $$"]);
    let ran = finished(&scratch, child);
    assert_eq!(
        ran.report["outcome"]["exit"],
        serde_json::json!({"signal": 9})
    );
    assert_eq!(ran.output.status.code(), Some(137));
    assert!(!ran.series("process/count").is_empty());
}

#[test]
fn the_status_of_the_command_is_kept() {
    for status in [0, 1, 42, 255] {
        let ran = ran(&[], &["sh", "-c", &format!("exit {status}")]);
        assert_eq!(
            ran.report["outcome"]["exit"],
            serde_json::json!({"code": status})
        );
        assert_eq!(ran.output.status.code(), Some(status));
    }
}

#[test]
fn a_command_that_cannot_be_started_gets_the_status_of_a_shell() {
    let scratch = Scratch::empty();
    let not_executable = scratch.path().join("data.csv");
    std::fs::write(&not_executable, "1,2\n").unwrap();
    for (program, status, says) in [
        (
            "no-such-program-anywhere",
            127,
            "cannot start `no-such-program-anywhere`",
        ),
        (not_executable.to_str().unwrap(), 126, "ermission denied"),
        (scratch.path().to_str().unwrap(), 126, "ermission denied"),
    ] {
        let output = command(&scratch, &[], &[program]).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{log}");
        assert!(log.contains(says), "{log}");
    }
}

#[test]
fn a_script_that_names_no_interpreter_is_the_shells() {
    let scratch = Scratch::empty();
    let script = scratch.path().join("train.sh");
    std::fs::write(&script, "echo $0 $1; exit 7\n").unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let ran = ran(&[], &[script, "more"]);
    assert_eq!(ran.stdout(), format!("{script} more\n"));
    assert_eq!(ran.output.status.code(), Some(7));
}

#[test]
fn input_output_and_group_are_those_of_the_caller() {
    let scratch = Scratch::empty();
    let script = "cat; echo oops >&2; cut -d ' ' -f 5 /proc/$$/stat /proc/$PPID/stat";
    let mut child = command(&scratch, &[], &["sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a line\n").unwrap();
    let ran = finished(&scratch, child);
    let said = ran.stdout();
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(lines[0], "a line");
    assert_eq!(lines[1], lines[2], "the group is another");
    assert_eq!(String::from_utf8_lossy(&ran.output.stderr), "oops\n");
}

#[test]
fn signals_sent_to_the_runner_reach_the_command() {
    for (signal, number) in [
        ("TERM", 15),
        ("HUP", 1),
        ("USR1", 10),
        ("USR2", 12),
        ("INT", 2),
        ("QUIT", 3),
    ] {
        let scratch = Scratch::empty();
        let script = format!(
            "trap 'echo got {signal}; exit 5' {signal}; echo ready; while :; do sleep 0.05; done"
        );
        let child = started(&scratch, &["sh", "-c", &script]);
        kill(child.id(), signal);
        let ran = finished(&scratch, child);
        assert_eq!(ran.stdout(), format!("got {signal}\n"));
        assert_eq!(ran.output.status.code(), Some(5));

        let scratch = Scratch::empty();
        let child = started(&scratch, &["sh", "-c", "echo ready; exec sleep 60"]);
        kill(child.id(), signal);
        let ran = finished(&scratch, child);
        assert_eq!(
            ran.report["outcome"]["exit"],
            serde_json::json!({"signal": number})
        );
    }
}

#[test]
fn ctrl_c_reaches_the_command_once_and_the_report_is_written() {
    let counting = "import signal, sys, time\n\
        seen = []\n\
        signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n\
        print(sys.stdin.isatty(), 'ready', flush=True)\n\
        while not seen: time.sleep(0.02)\n\
        time.sleep(0.3)\n\
        print('interrupts:', len(seen))\n\
        sys.exit(42)";
    let dying = "import time; print('ready', flush=True); time.sleep(60)";
    for (code, status, exit) in [
        (counting, 42, serde_json::json!({"code": 42})),
        // Python dies of the signal itself, so that a shell sees what it was.
        (dying, 130, serde_json::json!({"signal": 2})),
    ] {
        let scratch = Scratch::empty();
        let run = command(&scratch, &["--interval", "0.1"], &["python3", "-c", code]);
        let ran = finish(&scratch, on_terminal("press.py", &run));
        let shown = ran.stdout();
        assert!(shown.ends_with(&format!("ended {status}\n")), "{shown}");
        assert_eq!(ran.report["outcome"]["exit"], exit, "{shown}");
        if status == 42 {
            assert!(shown.starts_with("True ready"), "{shown}");
            assert!(shown.contains("interrupts: 1"), "{shown}");
        }
    }
}

/// The system tells the leader of a session alone that its terminal is gone.
#[test]
fn a_hangup_reaches_the_command_of_a_leader_of_a_session() {
    let scratch = Scratch::empty();
    let code = "import time; print('ready', flush=True); time.sleep(30)";
    let run = command(&scratch, &["--interval", "0.1"], &["python3", "-c", code]);
    let ran = finish(&scratch, on_terminal("hangup.py", &run));
    assert_eq!(ran.stdout(), "ended 129\n");
    assert_eq!(
        ran.report["outcome"]["exit"],
        serde_json::json!({"signal": 1})
    );
    assert!(ran.outcome("wall_seconds") < 20.0);
}

#[test]
fn ctrl_z_stops_all_and_the_shell_brings_it_back() {
    let scratch = Scratch::empty();
    let script = scratch.path().join("job.sh");
    std::fs::write(&script, "echo rea''dy; sleep 0.4; echo mo''re; exit 6\n").unwrap();
    let run = command(
        &scratch,
        &["--interval", "0.1"],
        &["sh", script.to_str().unwrap()],
    );
    let words: Vec<_> = run.get_args().map(|word| word.to_str().unwrap()).collect();
    let line = format!("{} {}", run.get_program().display(), words.join(" "));
    let mut job = Command::new("python3");
    job.arg(program("job.py")).arg(line);
    let ran = finish(&scratch, job.output().unwrap());
    let shown = ran.stdout();
    let (before, after) = shown
        .split_once("Stopped")
        .unwrap_or_else(|| panic!("{shown}"));
    assert!(
        before.contains("ready") && !before.contains("more"),
        "{shown}"
    );
    assert!(
        after.contains("more") && after.contains("continued 6"),
        "{shown}"
    );
    assert_eq!(
        ran.report["outcome"]["exit"],
        serde_json::json!({"code": 6})
    );
}

#[test]
fn what_the_caller_ignores_the_command_ignores() {
    let scratch = Scratch::empty();
    let code = "import signal; print(signal.getsignal(signal.SIGHUP).name)";
    let run = command(&scratch, &[], &["python3", "-c", code]);
    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    ignoring.arg(run.get_program()).args(run.get_args());
    let ran = finish(&scratch, ignoring.output().unwrap());
    assert_eq!(ran.stdout(), "SIG_IGN\n");
}

#[test]
fn a_killed_runner_does_not_take_the_command_with_it() {
    let scratch = Scratch::empty();
    let mut child = started(&scratch, &["sh", "-c", "echo ready; sleep 0.3; echo alive"]);
    kill(child.id(), "KILL");
    let mut rest = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    assert_eq!(rest, "alive\n");
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

/// Of one processor, at a sample every two seconds, while twenty processes run. Starting up is not counted:
/// what a short run takes is taken off a longer one. Whatever else the machine does makes it only
/// more, so that the least of a few counts.
#[test]
fn sampling_costs_less_than_a_hundredth() {
    let used = |seconds: &str| {
        let script = format!("for i in $(seq 19); do sleep {seconds} & done; wait");
        let scratch = Scratch::empty();
        let mut run = command(&scratch, &["--interval", "2"], &["sh", "-c", &script]);
        let begun = Instant::now();
        let used = wait4::Wait4::wait4(run.spawn().unwrap()).unwrap();
        let report = finish(
            &scratch,
            Output {
                status: used.status,
                stdout: vec![],
                stderr: vec![],
            },
        );
        let total = (used.rusage.utime + used.rusage.stime).as_secs_f64();
        (total - report.cpu_seconds(), begun.elapsed().as_secs_f64())
    };
    let mut shares: Vec<f64> = Vec::new();
    while shares.len() < 3 && shares.iter().all(|share| *share >= 0.01) {
        let (short, long) = (used("1"), used("9"));
        let (own, wall) = (long.0 - short.0, long.1 - short.1);
        assert!(wall > 7.0, "{wall}");
        shares.push(own / wall);
    }
    assert!(shares.iter().any(|share| *share < 0.01), "{shares:?}");
}
