//! A progress bar on the standard error, for work that lasts.

use crate::terminal::Terminal;
use envelope_format::package::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
#[cfg(feature = "infer")]
use std::io::{self, Read};
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

/// What goes on in work of unknown length, in a line that leaves nothing behind.
#[cfg(feature = "infer")]
pub(crate) struct Spinner(ProgressBar);

#[cfg(feature = "infer")]
impl Spinner {
    /// A line that is shown only to people.
    pub(crate) fn new(wanted: bool) -> Self {
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if wanted && Terminal::is_watched() {
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {wide_msg}") {
                line.set_style(style);
            }
            line.set_draw_target(ProgressDrawTarget::stderr());
            line.enable_steady_tick(Duration::from_millis(120));
        }
        Self(line)
    }

    /// Shows what goes on.
    pub(crate) fn say(&self, line: &str) {
        self.0
            .set_message(crate::plain_text::clean(line).into_owned());
    }
}

#[cfg(feature = "infer")]
impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A file that is being read, with a bar when that lasts.
#[cfg(feature = "infer")]
pub(crate) struct ReadingBar<R> {
    reader: R,
    line: ProgressBar,
    started: Instant,
    is_shown: bool,
    is_wanted: bool,
}

#[cfg(feature = "infer")]
impl<R: Read> ReadingBar<R> {
    /// A bar over so many bytes, shown only to people.
    pub(crate) fn new(reader: R, size: u64, wanted: bool) -> Self {
        Self {
            reader,
            line: ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::hidden()),
            started: Instant::now(),
            is_shown: false,
            is_wanted: wanted && Terminal::is_watched(),
        }
    }
}

#[cfg(feature = "infer")]
impl<R: Read> Read for ReadingBar<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.line.inc(u64::try_from(read).unwrap_or(0));
        if self.is_wanted && !self.is_shown && self.started.elapsed() > PATIENCE {
            self.is_shown = true;
            let template =
                "  predicting {bar:32} {decimal_bytes:>9} of {decimal_total_bytes}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.line.set_style(style.progress_chars("━━╌"));
            }
            self.line.set_draw_target(ProgressDrawTarget::stderr());
        }
        Ok(read)
    }
}

#[cfg(feature = "infer")]
impl<R> Drop for ReadingBar<R> {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
