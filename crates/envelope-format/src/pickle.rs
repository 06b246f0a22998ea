//! Reads Python pickles without running them, and writes the one kind a package needs.
//!
//! A pickle is a program for a small stack machine; loading it may import any module and call
//! anything. [`scan`] follows the opcodes of protocols 0 to 5 and lists what would be imported and
//! how often something would be called. It imports nothing, calls nothing and keeps only short
//! strings, so that names built on the stack (`STACK_GLOBAL`) can be told. A name that cannot be
//! told is reported as [`Danger::Unknown`] and counts as dangerous.
//!
//! [`write_class_pickle`] writes the smallest pickle that makes one object of one class.
//!
//! The opcodes are those of Python's own
//! [`pickletools`](https://docs.python.org/3/library/pickletools.html).
//!
//! ```
//! use envelope_format::pickle::{Danger, Limits, scan};
//!
//! let report = scan(b"cos\nsystem\n(S'true'\ntR.".as_slice(), &Limits::default())?;
//! assert_eq!(report.globals[0].to_string(), "os.system");
//! assert_eq!(report.danger, Danger::Dangerous);
//! # Ok::<(), envelope_format::pickle::PickleError>(())
//! ```

mod class_pickle;
mod danger;
mod effects;
mod machine;
mod memo;
mod opcode;
mod report;
mod source;

use std::io::Read;

pub use class_pickle::{PlainState, PlainValue, write_class_pickle};
pub(crate) use danger::worst;
pub use danger::{Danger, Verdict, classify};
pub use report::{Calls, Fault, FaultKind, Global, PickleReport};

use machine::Machine;
use source::Source;

/// Names longer than this many bytes are not kept; a global named so is [`Danger::Unknown`].
pub const MAX_NAME_BYTES: usize = 512;

/// What one scan may cost; reaching a limit ends the scan with a [`Fault`], never silently.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes read at most. Default: 8 GiB.
    pub max_bytes: u64,
    /// Opcodes read at most. Default: 200 million.
    pub max_opcodes: u64,
    /// Objects and marks on the stack at one time at most. Default: 4 million.
    pub max_stack: usize,
    /// Text kept at most, once for the stack and once for the memo, in bytes. When the memo is
    /// full later strings are forgotten, and a global named by one is unknown. Default: 64 MiB.
    pub max_text_bytes: usize,
    /// Different globals listed at most. Default: 10 000.
    pub max_globals: usize,
    /// Pickles read from one stream at most; what follows is trailing data. Default: 1000.
    pub max_pickles: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 8 << 30,
            max_opcodes: 200_000_000,
            max_stack: 4_000_000,
            max_text_bytes: 64 << 20,
            max_globals: 10_000,
            max_pickles: 1000,
        }
    }
}

/// Says why no report can be made at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickleError {
    /// The reader failed, or a decompressor above it.
    #[error("cannot read the pickle: {0}")]
    Io(#[from] std::io::Error),
    /// There is not one byte.
    #[error("the file is empty, expected a pickle")]
    Empty,
    /// The first opcodes do not belong to a pickle.
    #[error("not a pickle: {0}")]
    NotAPickle(Fault),
}

/// Lists what loading the pickles in `reader` would import and call.
///
/// Everything up to the end of the stream is read. Python's `pickle.load` reads the first pickle
/// only, but other loaders go on, so the globals of all pickles are in one list.
///
/// # Errors
/// When the reader fails, when there is nothing to read, and when the first bytes are no pickle.
/// A pickle that breaks later gives a report with [`PickleReport::fault`] set, because Python runs
/// everything before the fault.
pub fn scan(reader: impl Read, limits: &Limits) -> Result<PickleReport, PickleError> {
    let mut source = Source::new(reader, limits.max_bytes);
    let mut machine = Machine::new(*limits);
    if source.at_end()? {
        return Err(PickleError::Empty);
    }
    let mut report = PickleReport::default();
    while !source.at_end()? && report.pickles < limits.max_pickles {
        match scan_one(&mut source, &mut machine)? {
            None => {
                report.pickles += 1;
                report.bytes = source.offset();
            }
            Some(fault) => {
                if report.pickles == 0 && machine.found_nothing() && !fault.kind.is_limit() {
                    return Err(PickleError::NotAPickle(fault));
                }
                report.fault = Some(fault);
                break;
            }
        }
        machine.start_next_pickle();
    }
    report.trailing_bytes = match report.fault {
        Some(Fault {
            kind: FaultKind::Limit(_),
            ..
        }) => 0,
        _ => source.skip_to_end()?.saturating_sub(report.bytes),
    };
    machine.finish(&mut report);
    Ok(report)
}

/// Follows one pickle to its STOP, or to the opcode that breaks it.
fn scan_one<R: Read>(
    source: &mut Source<R>,
    machine: &mut Machine,
) -> Result<Option<Fault>, std::io::Error> {
    loop {
        let offset = source.offset();
        match step(source, machine, offset) {
            Ok(true) => return Ok(None),
            Ok(false) => {}
            Err(Stop::Fault(kind)) => return Ok(Some(Fault { offset, kind })),
            Err(Stop::Io(error)) => return Err(error),
        }
    }
}

/// Why following the opcodes ended before STOP.
#[derive(Debug)]
enum Stop {
    Fault(FaultKind),
    Io(std::io::Error),
}

impl From<FaultKind> for Stop {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads one opcode and applies it; true after STOP.
fn step<R: Read>(source: &mut Source<R>, machine: &mut Machine, offset: u64) -> Result<bool, Stop> {
    let code = source.byte()?;
    let opcode = opcode::find(code).ok_or(FaultKind::UnknownOpcode(code))?;
    let argument = source.argument(opcode.argument)?;
    machine.begin_opcode(offset)?;
    (opcode.apply)(machine, &argument)?;
    Ok(code == opcode::STOP)
}

#[cfg(test)]
mod tests;
