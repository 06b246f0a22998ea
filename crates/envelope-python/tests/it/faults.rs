//! Models that print, crash, hang, and pull at the pipe.

use crate::support::{NEWEST, Scratch, from_code, json, limits, mlflow, start};
use envelope_python::{Error, FailureKind, Limits, Request, Trust, Worker};
use std::process::Command;
use std::time::{Duration, Instant};

/// Whether a process is there and no zombie.
fn is_running(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .trim_start()
            .starts_with('Z')
    })
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn stray_prints_land_in_the_log() {
    let scratch = Scratch::new("prints");
    let body = "import ctypes, subprocess\n\
                print('from print')\n\
                os.write(1, b'from descriptor 1\\n')\n\
                os.write(2, b'from descriptor 2\\n')\n\
                ctypes.CDLL(None).puts(b'from C'); ctypes.CDLL(None).fflush(None)\n\
                subprocess.run(['echo', 'from a child'], check=True)\n\
                open('/dev/stdout', 'w').write('from a device\\n')\n\
                sys.__stdout__.write('x' * 200000)\n\
                return [sys.stdin.read(), len(sys.argv)]";
    let package = from_code(
        &scratch,
        "print('while loading'); os.write(1, b'ENV1')",
        body,
    );
    let mut worker = start(&package, &scratch);
    let loading = worker.log();
    assert!(
        loading.contains("while loading") && loading.contains("ENV1"),
        "{loading}"
    );
    for _ in 0..3 {
        let answer = worker.predict(&json(r#"{"inputs": [1]}"#)).unwrap();
        assert_eq!(answer.document, br#"{"predictions": ["", 1]}"#);
    }
    let log = worker.log();
    assert_eq!(log.len(), Limits::default().log_bytes);
    drop(worker);
    let limits = Limits {
        log_bytes: 1 << 20,
        ..limits(&scratch)
    };
    let mut worker = Worker::start(&package, &mlflow(NEWEST), Trust::NoPickles, &limits).unwrap();
    worker.predict(&json(r#"{"inputs": [1]}"#)).unwrap();
    let log = worker.log();
    for text in [
        "print",
        "descriptor 1",
        "descriptor 2",
        "C",
        "a child",
        "a device",
    ] {
        assert!(log.contains(&format!("from {text}\n")), "{text}: {log}");
    }
}

#[test]
fn a_crash_says_how_it_ended_and_what_was_printed() {
    let scratch = Scratch::new("crash");
    let body = "print('last words')\n\
                what = data[0]\n\
                if what == 1: os._exit(3)\n\
                if what == 2: os.kill(os.getpid(), 9)\n\
                if what == 3:\n    import ctypes; ctypes.string_at(0)\n\
                if what == 4: os.abort()\n\
                if what == 5: os.closerange(3, 4096)\n\
                return [what]";
    let package = from_code(&scratch, "", body);
    for (what, expected) in [
        (1, "exit status: 3"),
        (2, "signal: 9 (SIGKILL)"),
        (3, "signal: 11 (SIGSEGV)"),
        (4, "signal: 6 (SIGABRT)"),
        (5, "exit status: 70"),
    ] {
        let mut worker = start(&package, &scratch);
        let payload = format!("{{\"inputs\": [{what}]}}");
        let started = Instant::now();
        let Err(Error::Exited { doing, status, log }) = worker.predict(&json(&payload)) else {
            panic!("{what} was answered");
        };
        assert!(status.starts_with(expected), "{what}: {status}");
        assert_eq!(doing, "predicting");
        assert!(log.contains("last words"), "{what}: {log}");
        assert!(started.elapsed() < Duration::from_mins(1), "{what}");
        assert!(!worker.is_alive());
        assert!(matches!(worker.predict(&json(&payload)), Err(Error::Ended)));
    }
}

#[test]
fn a_crash_while_loading_is_told_from_a_refusal() {
    let scratch = Scratch::new("load-crash");
    let package = from_code(&scratch, "print('so far'); os._exit(9)", "return 1");
    let begin = |package| {
        Worker::start(
            package,
            &mlflow(NEWEST),
            Trust::NoPickles,
            &limits(&scratch),
        )
        .unwrap_err()
    };
    let error = begin(&package);
    let Error::Exited {
        doing: "loading the package",
        status,
        log,
    } = &error
    else {
        panic!("{error}");
    };
    assert!(
        status == "exit status: 9" && log.contains("so far"),
        "{error} {log}"
    );

    let package = from_code(&scratch, "import there_is_no_such_module", "return 1");
    let error = begin(&package);
    let Error::Load { failure, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(failure.kind, FailureKind::Load);
    assert!(
        error.to_string().contains("there_is_no_such_module"),
        "{error}"
    );
}

#[test]
fn a_hang_ends_at_the_limit_with_all_its_children() {
    let scratch = Scratch::new("hang");
    let body = "import subprocess\n\
                child = subprocess.Popen(['sleep', '600'])\n\
                if os.fork() == 0: time.sleep(600)\n\
                open('child.txt', 'w').write(str(child.pid))\n\
                print('going to sleep')\n\
                while True: time.sleep(100)";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    let request = Request {
        timeout: Some(Duration::from_millis(1500)),
        ..json(r#"{"inputs": [1]}"#)
    };
    let started = Instant::now();
    let error = worker.predict(&request).unwrap_err();
    assert!(
        started.elapsed() < Duration::from_mins(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(error.to_string(), "predicting took longer than 1.5 s");
    assert!(error.log().unwrap().contains("going to sleep"), "{error:?}");
    let child = std::fs::read_to_string(scratch.join("child.txt")).unwrap();
    wait_until("the child is killed", || !is_running(&child));
    assert!(matches!(worker.predict(&request), Err(Error::Ended)));
}

#[test]
fn loading_has_a_limit_too() {
    let scratch = Scratch::new("slow-load");
    let package = from_code(&scratch, "while True: pass", "return 1");
    let limits = Limits {
        load: Some(Duration::from_secs(1)),
        ..limits(&scratch)
    };
    let started = Worker::start(&package, &mlflow(NEWEST), Trust::NoPickles, &limits);
    let error = started.unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading the package took longer than 1 s"
    );
}

#[test]
fn a_payload_that_nobody_reads_ends_at_the_limit() {
    let scratch = Scratch::new("stuck");
    // The process is stopped, not busy, so nothing reads and nothing ends.
    let body = "os.kill(os.getpid(), 19)\nreturn [1]";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    let payload = format!(
        "{{\"inputs\": [1], \"padding\": \"{}\"}}",
        "x".repeat(8 << 20)
    );
    let request = Request {
        timeout: Some(Duration::from_secs(1)),
        ..json(&payload)
    };
    assert!(matches!(
        worker.predict(&request),
        Err(Error::TimedOut { .. })
    ));
}

#[test]
fn huge_payloads_and_answers_pass_and_have_a_limit() {
    let scratch = Scratch::new("huge");
    let package = from_code(&scratch, "", "return ['x' * (len(data) * 1000000)]");
    let mut worker = start(&package, &scratch);
    let numbers = vec!["1"; 60].join(",");
    let payload = format!(
        "{{\"inputs\": [{numbers}], \"padding\": \"{}\"}}",
        "y".repeat(60 << 20)
    );
    let answer = worker.predict(&json(&payload)).unwrap();
    assert_eq!(
        answer.document.len(),
        60_000_000 + r#"{"predictions": [""]}"#.len()
    );
    drop(worker);
    let limits = Limits {
        answer_bytes: 1 << 20,
        ..limits(&scratch)
    };
    let mut worker = Worker::start(&package, &mlflow(NEWEST), Trust::NoPickles, &limits).unwrap();
    let error = worker.predict(&json(r#"{"inputs": [1, 1]}"#)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                size_bytes: 2_000_021,
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(worker.predict(&json("{}")), Err(Error::Ended)));
}

#[test]
fn a_model_that_pulls_at_descriptors_or_forks_still_answers_once() {
    let scratch = Scratch::new("descriptors");
    let body = "what = data[0]\n\
                if what == 1: os.closerange(3, 64)\n\
                if what == 2: os.close(0); os.close(1)\n\
                if what == 3 and os.fork() == 0: return ['from the child']\n\
                if what == 4 and os.fork() == 0: raise ValueError('from the child')\n\
                return [what]";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    for what in [1, 3, 4, 2, 5] {
        let payload = format!("{{\"inputs\": [{what}]}}");
        let answer = worker.predict(&json(&payload)).unwrap();
        let document = String::from_utf8(answer.document).unwrap();
        assert_eq!(document, format!("{{\"predictions\": [{what}]}}"));
    }
}

#[test]
fn garbage_in_the_pipe_is_no_answer() {
    let scratch = Scratch::new("garbage");
    let body = "import socket, stat\n\
                for fd in range(3, 4096):\n    \
                    try:\n        \
                        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b'not a frame at all')\n    \
                    except OSError: pass\n\
                return [1]";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    let error = worker.predict(&json(r#"{"inputs": [1]}"#)).unwrap_err();
    assert!(matches!(error, Error::Garbled { .. }), "{error}");
    assert!(!worker.is_alive());
}

#[test]
fn dropping_a_worker_kills_it_and_its_children() {
    let scratch = Scratch::new("drop");
    let body = "import subprocess\n\
                child = subprocess.Popen(['sleep', '600'])\n\
                return [os.getpid(), child.pid]";
    let mut worker = start(&from_code(&scratch, "", body), &scratch);
    let answer = worker.predict(&json(r#"{"inputs": [1]}"#)).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.document).unwrap();
    let pids: Vec<String> = (0..2)
        .map(|at| answer["predictions"][at].to_string())
        .collect();
    assert!(worker.is_alive() && pids.iter().all(|pid| is_running(pid)));
    drop(worker);
    wait_until("both are killed", || {
        !pids.iter().any(|pid| is_running(pid))
    });
}

#[test]
fn many_requests_in_a_row_from_another_thread() {
    let scratch = Scratch::new("many");
    let mut worker = start(&from_code(&scratch, "", "return [sum(data)]"), &scratch);
    let answers = std::thread::spawn(move || {
        let ask = |number: u64| {
            let payload = format!("{{\"inputs\": [{number}, 1]}}");
            worker.predict(&json(&payload)).unwrap().document
        };
        (0..500).map(ask).collect::<Vec<_>>()
    });
    for (number, answer) in answers.join().unwrap().into_iter().enumerate() {
        let expected = format!("{{\"predictions\": [{}]}}", number + 1);
        assert_eq!(String::from_utf8(answer).unwrap(), expected);
    }
}

#[test]
fn an_interpreter_that_is_none_or_has_no_mlflow_is_said() {
    let scratch = Scratch::new("interpreter");
    let package = from_code(&scratch, "", "return 1");
    let begin = |python: &str| {
        let interpreter = envelope_python::Interpreter::new(python);
        Worker::start(&package, &interpreter, Trust::NoPickles, &limits(&scratch)).unwrap_err()
    };
    assert!(matches!(begin("/there/is/none"), Error::Start { .. }));
    let tools = crate::support::program("tools", "python");
    let error = begin(&tools.to_string_lossy());
    assert!(error.lacks_mlflow(), "{error}");
    let error = begin("/bin/true");
    assert!(matches!(error, Error::Exited { .. }), "{error}");
}

/// The test below, in a process that is killed in the middle.
const KILLED: &str = "ENVELOPE_PYTHON_KILLED";

#[test]
fn a_worker_ends_when_whoever_started_it_is_killed() {
    let scratch = Scratch::new("orphan");
    let body = "open(data[0], 'w').write(str(os.getpid()))\nwhile True: time.sleep(100)";
    if let Some(pid) = std::env::var_os(KILLED) {
        let mut worker = start(&from_code(&scratch, "", body), &scratch);
        let payload = format!("{{\"inputs\": [\"{}\"]}}", pid.to_string_lossy());
        let _ = worker.predict(&json(&payload));
        return;
    }
    let file = scratch.join("pid.txt");
    let mut killed = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "faults::a_worker_ends_when_whoever_started_it_is_killed",
        ])
        .env(KILLED, &file)
        .spawn()
        .unwrap();
    let pid = || std::fs::read_to_string(&file).unwrap_or_default();
    wait_until("the model is asked", || !pid().is_empty());
    assert!(is_running(&pid()));
    killed.kill().unwrap();
    killed.wait().unwrap();
    wait_until("the worker ends", || !is_running(&pid()));
}
