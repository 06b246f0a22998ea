//! The symbolic stack machine: it knows where texts and empty tuples are, and nothing else.

use std::collections::BTreeSet;
use std::rc::Rc;

use indexmap::IndexMap;

use super::danger::{Danger, Verdict, classify, worst};
use super::memo::Memo;
use super::report::{Calls, FaultKind, Global, PickleReport};
use super::{Limits, Stop};

/// Bytes added to each kept text for the room its bookkeeping takes.
pub(super) const TEXT_OVERHEAD_BYTES: usize = 64;

/// What is known of one object on the stack.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Other,
    EmptyTuple,
    Text(Rc<str>),
}

impl Value {
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + TEXT_OVERHEAD_BYTES,
            Self::Other | Self::EmptyTuple => 0,
        }
    }
}

pub(super) type Applied = Result<(), Stop>;

/// Module and name of a global, as far as they can be told.
type Path = (Option<Rc<str>>, Option<Rc<str>>);

/// The state of a scan: the machine of the pickle being read and the counts over all of them.
pub(super) struct Machine {
    pub(super) limits: Limits,
    pub(super) stack: Vec<Value>,
    stack_text_bytes: usize,
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo,
    offset: u64,
    opcodes: u64,
    pub(super) protocol: u8,
    globals: IndexMap<Path, Global>,
    pub(super) calls: Calls,
    pub(super) persistent_ids: u64,
    pub(super) extension_codes: BTreeSet<i64>,
}

impl Machine {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            memo: Memo::new(limits.max_text_bytes),
            limits,
            stack: Vec::new(),
            stack_text_bytes: 0,
            marks: Vec::new(),
            offset: 0,
            opcodes: 0,
            protocol: 0,
            globals: IndexMap::new(),
            calls: Calls::default(),
            persistent_ids: 0,
            extension_codes: BTreeSet::new(),
        }
    }

    pub(super) fn begin_opcode(&mut self, offset: u64) -> Applied {
        self.offset = offset;
        if self.opcodes >= self.limits.max_opcodes {
            return Err(FaultKind::Limit("opcodes").into());
        }
        self.opcodes += 1;
        Ok(())
    }

    /// Forgets stack and memo, as each pickle has its own.
    pub(super) fn start_next_pickle(&mut self) {
        self.stack.clear();
        self.stack_text_bytes = 0;
        self.marks.clear();
        self.memo = Memo::new(self.limits.max_text_bytes);
    }

    /// Tells whether nothing yet shows that this is a pickle.
    pub(super) fn found_nothing(&self) -> bool {
        self.protocol == 0
            && self.globals.is_empty()
            && self.persistent_ids == 0
            && self.extension_codes.is_empty()
    }

    /// Adds all that was counted to the report of the stream.
    pub(super) fn finish(self, report: &mut PickleReport) {
        let mut danger = worst(self.globals.values().map(|global| global.danger));
        if !self.extension_codes.is_empty() || report.fault.is_some_and(|f| f.kind.is_limit()) {
            danger = danger.max(Danger::Unknown);
        }
        report.protocol = self.protocol;
        report.danger = danger;
        report.globals = self.globals.into_values().collect();
        report.calls = self.calls;
        report.persistent_ids = self.persistent_ids;
        report.extension_codes = self.extension_codes.into_iter().collect();
        report.opcodes = self.opcodes;
    }

    pub(super) fn push(&mut self, value: Value) -> Applied {
        if self.stack.len() + self.marks.len() >= self.limits.max_stack {
            return Err(FaultKind::Limit("objects on the stack").into());
        }
        self.stack_text_bytes += value.text_bytes();
        if self.stack_text_bytes > self.limits.max_text_bytes {
            return Err(FaultKind::Limit("text on the stack").into());
        }
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Result<Value, Stop> {
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(FaultKind::StackUnderflow.into());
        }
        let value = self.stack.pop().ok_or(FaultKind::StackUnderflow)?;
        self.stack_text_bytes -= value.text_bytes();
        Ok(value)
    }

    pub(super) fn top(&self) -> Result<Value, Stop> {
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(FaultKind::StackUnderflow.into());
        }
        self.stack
            .last()
            .cloned()
            .ok_or(FaultKind::StackUnderflow.into())
    }

    /// Removes everything above the last mark and returns how many objects that were.
    pub(super) fn take_to_mark(&mut self) -> Result<usize, Stop> {
        let mark = self.marks.pop().ok_or(FaultKind::MissingMark)?;
        let count = self.stack.len() - mark;
        let freed: usize = self
            .stack
            .drain(mark..)
            .map(|value| value.text_bytes())
            .sum();
        self.stack_text_bytes -= freed;
        Ok(count)
    }

    pub(super) fn import(&mut self, module: Option<Rc<str>>, name: Option<Rc<str>>) -> Applied {
        if let Some(known) = self.globals.get_mut(&(module.clone(), name.clone())) {
            known.count += 1;
            return Ok(());
        }
        if self.globals.len() >= self.limits.max_globals {
            return Err(FaultKind::Limit("different globals").into());
        }
        let verdict = match (&module, &name) {
            (Some(module), Some(name)) => classify(module, name),
            _ => Verdict::UNRESOLVED,
        };
        let global = Global {
            module: module.as_deref().map(str::to_owned),
            name: name.as_deref().map(str::to_owned),
            offset: self.offset,
            count: 1,
            danger: verdict.danger,
            reason: verdict.reason,
        };
        self.globals.insert((module, name), global);
        Ok(())
    }

    /// Takes the arguments of a call, then the callable, and leaves the result.
    pub(super) fn call_with_tuple(&mut self) -> Applied {
        let arguments = self.take()?;
        self.take()?;
        if !matches!(arguments, Value::EmptyTuple) {
            self.calls.with_arguments += 1;
        }
        self.push(Value::Other)
    }
}
