//! What a scan of a pickle found: plain data, ready to become JSON.

use std::fmt;

use serde::Serialize;

use super::danger::Danger;

/// One name that loading would import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Global {
    /// Module as written in the pickle; none when it cannot be told from the opcodes.
    pub module: Option<String>,
    /// Name inside the module, dotted for inner names; none when it cannot be told.
    pub name: Option<String>,
    /// Offset in bytes of the opcode that first imports it.
    pub offset: u64,
    /// How many opcodes import it.
    pub count: u64,
    /// What importing and calling it can do.
    pub danger: Danger,
    /// Why it is classed so.
    pub reason: &'static str,
}

impl fmt::Display for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = self.module.as_deref().unwrap_or("?");
        let name = self.name.as_deref().unwrap_or("?");
        write!(f, "{module}.{name}")
    }
}

/// How often each calling opcode occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// `REDUCE`: calls a callable.
    pub reduce: u64,
    /// `NEWOBJ`: makes an object of a class.
    pub newobj: u64,
    /// `NEWOBJ_EX`: the same with named arguments.
    pub newobj_ex: u64,
    /// `INST`: imports a name and calls it.
    pub inst: u64,
    /// `OBJ`: calls a class on the stack.
    pub obj: u64,
    /// `BUILD`: sets the state of an object, by `__setstate__` where the class has it.
    pub build: u64,
    /// How many of the calls, `BUILD` aside, pass arguments.
    pub with_arguments: u64,
}

impl Calls {
    /// Counts the calls that make an object, which are all but `BUILD`.
    pub fn instantiations(&self) -> u64 {
        self.reduce + self.newobj + self.newobj_ex + self.inst + self.obj
    }
}

/// Where and why a pickle breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct Fault {
    /// Offset in bytes of the opcode at fault.
    pub offset: u64,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// No protocol has this opcode.
    #[error("unknown opcode {0:#04x}")]
    UnknownOpcode(u8),
    /// The stream ends inside an opcode or before STOP.
    #[error("the data ends before the STOP opcode")]
    Truncated,
    /// An opcode takes more from the stack than there is.
    #[error("an opcode takes an object from an empty stack")]
    StackUnderflow,
    /// An opcode needs a mark and none is set.
    #[error("an opcode needs a mark and none is set")]
    MissingMark,
    /// A length is negative.
    #[error("a length is negative")]
    NegativeLength,
    /// The protocol is newer than 5.
    #[error("protocol {0}, expected 0 to 5")]
    UnsupportedProtocol(u8),
    /// The scan was ended because it reached one of its limits.
    #[error("the limit on {0} is reached")]
    Limit(&'static str),
}

impl FaultKind {
    /// Tells a limit of the scan from a broken pickle.
    pub fn is_limit(self) -> bool {
        matches!(self, Self::Limit(_))
    }
}

/// What loading a stream of pickles would import and call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PickleReport {
    /// Highest protocol announced; 0 where none is.
    pub protocol: u8,
    /// Worst class of all globals, and [`Danger::Unknown`] when extension codes are used or a
    /// limit ended the scan.
    pub danger: Danger,
    /// Imported names in the order they first occur.
    pub globals: Vec<Global>,
    /// Calling opcodes.
    pub calls: Calls,
    /// Persistent ids: references that the loader resolves outside the pickle.
    pub persistent_ids: u64,
    /// Codes of the `copyreg` extension registry, which stand for names known to the loading
    /// process only.
    pub extension_codes: Vec<i64>,
    /// Opcodes read.
    pub opcodes: u64,
    /// Bytes of all complete pickles.
    pub bytes: u64,
    /// Complete pickles in the stream.
    pub pickles: u64,
    /// Bytes after the last complete pickle. Not counted where a limit ended the scan.
    pub trailing_bytes: u64,
    /// Why the scan ended before the end of the stream.
    pub fault: Option<Fault>,
}

impl PickleReport {
    /// Tells the small pickles that only name one class and make one object of it, with nothing
    /// but plain values as its state.
    pub fn names_only_one_class(&self) -> bool {
        let [class] = self.globals.as_slice() else {
            return false;
        };
        class.count == 1
            && class.danger <= Danger::Custom
            && self.calls.instantiations() == 1
            && self.calls.with_arguments == 0
            && self.calls.build <= 1
            && self.persistent_ids == 0
            && self.extension_codes.is_empty()
            && self.pickles == 1
            && self.trailing_bytes == 0
            && self.fault.is_none()
    }
}
