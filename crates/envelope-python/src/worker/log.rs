//! The last of what a worker prints.

use std::collections::VecDeque;
use std::io::{PipeReader, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long to wait for what is already in the pipe.
const PATIENCE: Duration = Duration::from_millis(200);
const STEP: Duration = Duration::from_millis(1);

/// Follows a pipe and keeps its last bytes.
#[derive(Debug)]
pub(super) struct Log {
    kept: Arc<Mutex<VecDeque<u8>>>,
    /// The same pipe, to see whether something is still in it.
    pipe: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    pub(super) fn follow(mut pipe: PipeReader, limit_bytes: usize) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let shared = Arc::clone(&kept);
        let seen = pipe.as_fd().try_clone_to_owned().ok();
        let follow = move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut bytes) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&bytes[..count]);
                let surplus = kept.len().saturating_sub(limit_bytes);
                kept.drain(..surplus);
            }
        };
        let reader = std::thread::Builder::new()
            .name("envelope-log".to_owned())
            .spawn(follow);
        Self {
            kept,
            pipe: seen,
            reader: reader.ok(),
        }
    }

    /// What was printed so far.
    pub(super) fn text(&self) -> String {
        let waiting = || {
            let bytes = self.pipe.as_ref().map(rustix::io::ioctl_fionread);
            matches!(bytes, Some(Ok(1..)))
        };
        wait_while(waiting);
        // What was just taken from the pipe is about to be kept.
        std::thread::sleep(STEP);
        self.kept_text()
    }

    /// What was printed until the end; less, where a child that outlives the worker holds the pipe.
    pub(super) fn last_text(&self) -> String {
        wait_while(|| {
            self.reader
                .as_ref()
                .is_some_and(|reader| !reader.is_finished())
        });
        self.kept_text()
    }

    fn kept_text(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }
}

fn wait_while(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while condition() && Instant::now() < deadline {
        std::thread::sleep(STEP);
    }
}
