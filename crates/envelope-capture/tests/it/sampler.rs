//! A tree of processes that changes while it is sampled from outside.

use envelope_capture::metrics::Sample;
use envelope_capture::sampler::Sampler;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python that does what it is told, line by line, and answers each with a line.
struct Puppet {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Puppet {
    fn start() -> Self {
        let program = "import os, sys, time\nfor line in sys.stdin: exec(line); print(flush=True)";
        let mut child = Command::new("python3")
            .args(["-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is no Python: `apt-get install python3`");
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            orders,
            answers,
        }
    }

    fn does(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        self.answers.read_line(&mut String::new()).unwrap();
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const SLEEPER: &str = "os.execvp('sleep', ['sleep', '60'])";

#[track_caller]
fn assert_near(sample: &Sample, name: &str, expected: std::ops::Range<f64>) {
    let value = sample.values[name];
    assert!(
        expected.contains(&value),
        "{name} is {value}, expected {expected:?}"
    );
}

#[test]
fn who_forks_is_followed_and_who_ends_is_not_forgotten() {
    let mut puppet = Puppet::start();
    let mut sampler = Sampler::of_process(puppet.child.id(), None);
    puppet.does("pass");
    assert_near(&sampler.sample(), "process/count", 0.9..1.1);
    puppet.does(&format!("a = os.fork() or {SLEEPER}"));
    puppet.does(&format!("b = os.fork() or (os.fork(), {SLEEPER})"));
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_near(&sampler.sample(), "process/count", 3.9..4.1);
    // What a child computed stays counted when it has ended and its parent knows.
    puppet.does("c = os.fork() or ([0 for _ in iter(lambda: time.process_time() < 0.5, False)], os._exit(0))");
    puppet.does("os.waitpid(c, 0)");
    let sample = sampler.sample();
    assert_near(&sample, "process/cpu_time_seconds", 0.45..0.9);
    puppet.does("import signal; [(os.kill(p, signal.SIGKILL), os.waitpid(p, 0)) for p in (a, b)]");
    let after = sampler.sample();
    // The grandchild has lost its parent, and is still ours.
    assert_near(&after, "process/count", 1.9..2.1);
    assert!(after.values["process/cpu_time_seconds"] >= sample.values["process/cpu_time_seconds"]);
}

#[test]
fn a_program_that_becomes_another_stays_the_same_process() {
    let mut puppet = Puppet::start();
    let mut sampler = Sampler::of_process(puppet.child.id(), None);
    puppet.does("memory = bytearray(80_000_000); memory[::4096] = b'1' * len(memory[::4096])");
    assert_near(
        &sampler.sample(),
        "process/memory_usage_megabytes",
        80.0..120.0,
    );
    writeln!(puppet.orders, "{SLEEPER}").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let sample = sampler.sample();
    assert_near(&sample, "process/count", 0.9..1.1);
    assert_near(&sample, "process/memory_usage_megabytes", 0.1..20.0);
}

#[test]
fn utilization_is_that_of_the_time_between_samples() {
    let mut puppet = Puppet::start();
    let mut sampler = Sampler::of_process(puppet.child.id(), None);
    puppet.does("pass");
    sampler.sample();
    let begun = std::time::Instant::now();
    puppet.does("end = time.process_time() + 0.5; [0 for _ in iter(lambda: time.process_time() < end, False)]");
    let passed = begun.elapsed().as_secs_f64();
    let expected = 0.5 / passed * 100.0;
    assert_near(
        &sampler.sample(),
        "process/cpu_utilization_percentage",
        expected * 0.9..expected * 1.1 + 2.0,
    );
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_near(
        &sampler.sample(),
        "process/cpu_utilization_percentage",
        0.0..7.0,
    );
}

#[test]
fn what_is_written_to_disk_is_counted() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut puppet = Puppet::start();
    let mut sampler = Sampler::of_process(puppet.child.id(), None);
    puppet.does("pass");
    let before = sampler.sample().values["process/disk_write_megabytes"];
    let file = folder.path().join("file");
    puppet.does(&format!(
        "f = open({file:?}, 'wb'); f.write(bytes(20_000_000)); f.flush(); os.fsync(f.fileno())"
    ));
    let written = sampler.sample().values["process/disk_write_megabytes"] - before;
    assert!((19.0..25.0).contains(&written), "{written}");
}
