//! A progress bar on the standard error, for work that lasts.

use crate::terminal::Terminal;
use envelope_format::package::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Work that is done sooner gets no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// A bar that appears when sealing lasts, and leaves nothing behind.
pub(crate) struct Bar {
    line: ProgressBar,
    started: OnceLock<Instant>,
    shown: AtomicBool,
    wanted: bool,
}

impl Bar {
    /// A bar that is shown only to people.
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            line: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            started: OnceLock::new(),
            shown: AtomicBool::new(false),
            wanted: wanted && Terminal::is_watched(),
        }
    }

    fn show(&self) {
        let template = "  sealing {bar:32} {decimal_bytes:>9} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.line.set_style(style.progress_chars("━━╌"));
        }
        self.line.set_draw_target(ProgressDrawTarget::stderr());
    }
}

impl Progress for Bar {
    fn start(&self, total_bytes: u64) {
        self.line.set_length(total_bytes);
        self.started.get_or_init(Instant::now);
    }

    fn advance(&self, bytes: u64) {
        self.line.inc(bytes);
        let lasts = self
            .started
            .get()
            .is_some_and(|start| start.elapsed() > PATIENCE);
        if self.wanted && lasts && !self.shown.swap(true, Ordering::Relaxed) {
            self.show();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
