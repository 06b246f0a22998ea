//! The terminal: how wide it is, whether it has colours, and writing to it.

use crate::arguments::When;
use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

/// The width of output that goes to a file or another program.
const WIDTH_WITHOUT_TERMINAL: usize = 100;
/// Wider lines than this are hard to read.
const WIDEST: usize = 140;
/// Narrower than this nothing fits.
const NARROWEST: usize = 40;

/// Where output goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    color: ColorChoice,
    /// How many columns a line may have.
    pub(crate) width: usize,
}

impl Terminal {
    /// Looks at the standard output.
    pub(crate) fn new(color: When) -> Self {
        let size = terminal_size::terminal_size_of(io::stdout());
        let columns = size.map_or(WIDTH_WITHOUT_TERMINAL, |(width, _)| usize::from(width.0));
        Self {
            color: match color {
                When::Auto => ColorChoice::Auto,
                When::Always => ColorChoice::Always,
                When::Never => ColorChoice::Never,
            },
            width: columns.clamp(NARROWEST, WIDEST),
        }
    }

    /// Writes to the standard output; a reader that has gone away is no error.
    ///
    /// # Errors
    /// A full disk, or another refusal of the system.
    pub(crate) fn write_out(self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let text = self.dressed(text, AutoStream::choice(&stdout));
        let written = stdout.write_all(text.as_bytes());
        forgive_broken_pipe(written.and_then(|()| stdout.flush()))
    }

    /// Writes to the standard error. Where that cannot be done there is no one left to tell.
    pub(crate) fn write_err(self, text: &str) {
        let mut stderr = io::stderr().lock();
        let text = self.dressed(text, AutoStream::choice(&stderr));
        let _ = stderr.write_all(text.as_bytes());
    }

    /// The text with its styles, or without where they are not wanted; `here` is what the stream
    /// and the environment say.
    fn dressed(self, text: &str, here: ColorChoice) -> Cow<'_, str> {
        let choice = match self.color {
            ColorChoice::Auto => here,
            choice => choice,
        };
        // Long texts, such as requirements, have no styles; looking is cheaper than taking apart,
        // and counting looks at many bytes at once.
        let is_style = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
        let is_styled = text.bytes().filter(is_style).count() > 0;
        if choice == ColorChoice::Never && is_styled {
            strip_str(text).to_string().into()
        } else {
            text.into()
        }
    }

    /// Whether a person watches the standard error.
    pub(crate) fn is_watched() -> bool {
        io::stderr().is_terminal()
    }
}

fn forgive_broken_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
