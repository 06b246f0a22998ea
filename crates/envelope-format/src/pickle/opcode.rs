//! The table of opcodes: for each its code, the form of its argument and what it does.

use super::Stop;
use super::effects;
use super::machine::Machine;
use super::source::Argument;

/// The code of the opcode that ends a pickle.
pub(super) const STOP: u8 = b'.';

/// How a number or a length is written, always little endian.
#[derive(Clone, Copy, Debug)]
pub(super) enum Prefix {
    U8,
    U16,
    I32,
    U32,
    U64,
}

/// The form of an opcode's argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum ArgumentKind {
    Nothing,
    Number(Prefix),
    Skip(u64),
    Line,
    TwoLines,
    Text(Prefix),
    Blob(Prefix),
}

/// What an opcode does to the machine.
pub(super) type Apply = fn(&mut Machine, &Argument) -> Result<(), Stop>;

/// One opcode.
#[derive(Clone, Copy)]
pub(super) struct Opcode {
    code: u8,
    pub(super) argument: ArgumentKind,
    pub(super) apply: Apply,
}

/// Finds an opcode by its code.
pub(super) fn find(code: u8) -> Option<Opcode> {
    BY_CODE[usize::from(code)]
}

static BY_CODE: [Option<Opcode>; 256] = index();

const fn index() -> [Option<Opcode>; 256] {
    let mut table = [None; 256];
    let mut next = 0;
    while next < OPCODES.len() {
        table[OPCODES[next].code as usize] = Some(OPCODES[next]);
        next += 1;
    }
    table
}

const fn op(code: u8, argument: ArgumentKind, apply: Apply) -> Opcode {
    Opcode {
        code,
        argument,
        apply,
    }
}

use ArgumentKind::{Blob, Line, Nothing, Number, Skip, Text, TwoLines};
use Prefix::{I32, U8, U16, U32, U64};

const OPCODES: [Opcode; 68] = [
    // Protocol 0
    op(b'(', Nothing, effects::mark),
    op(STOP, Nothing, effects::stop),
    op(b'0', Nothing, effects::pop),
    op(b'1', Nothing, effects::pop_mark),
    op(b'2', Nothing, effects::dup),
    op(b'F', Line, effects::push_other),
    op(b'I', Line, effects::push_other),
    op(b'L', Line, effects::push_other),
    op(b'N', Nothing, effects::push_other),
    op(b'P', Line, effects::persistent_id),
    op(b'R', Nothing, effects::reduce),
    op(b'S', Line, effects::push_quoted),
    op(b'V', Line, effects::push_escaped),
    op(b'a', Nothing, effects::drop_one),
    op(b'b', Nothing, effects::build),
    op(b'c', TwoLines, effects::global),
    op(b'd', Nothing, effects::collect),
    op(b'g', Line, effects::get_line),
    op(b'i', TwoLines, effects::inst),
    op(b'l', Nothing, effects::collect),
    op(b'p', Line, effects::put_line),
    op(b's', Nothing, effects::drop_two),
    op(b't', Nothing, effects::tuple),
    // Protocol 1
    op(b'J', Skip(4), effects::push_other),
    op(b'K', Skip(1), effects::push_other),
    op(b'M', Skip(2), effects::push_other),
    op(b'Q', Nothing, effects::binary_persistent_id),
    op(b'T', Text(I32), effects::push_text),
    op(b'U', Text(U8), effects::push_text),
    op(b'X', Text(U32), effects::push_text),
    op(b'}', Nothing, effects::push_other),
    op(b'e', Nothing, effects::pop_mark),
    op(b'h', Number(U8), effects::get),
    op(b'j', Number(U32), effects::get),
    op(b']', Nothing, effects::push_other),
    op(b'o', Nothing, effects::obj),
    op(b'q', Number(U8), effects::put),
    op(b'r', Number(U32), effects::put),
    op(b')', Nothing, effects::empty_tuple),
    op(b'u', Nothing, effects::pop_mark),
    op(b'G', Skip(8), effects::push_other),
    // Protocol 2
    op(0x80, Number(U8), effects::proto),
    op(0x81, Nothing, effects::newobj),
    op(0x82, Number(U8), effects::extension),
    op(0x83, Number(U16), effects::extension),
    op(0x84, Number(I32), effects::extension),
    op(0x85, Nothing, effects::tuple_one),
    op(0x86, Nothing, effects::tuple_two),
    op(0x87, Nothing, effects::tuple_three),
    op(0x88, Nothing, effects::push_other),
    op(0x89, Nothing, effects::push_other),
    op(0x8a, Blob(U8), effects::push_other),
    op(0x8b, Blob(I32), effects::push_other),
    // Protocol 3
    op(b'B', Blob(U32), effects::push_other),
    op(b'C', Blob(U8), effects::push_other),
    // Protocol 4
    op(0x8c, Text(U8), effects::push_text),
    op(0x8d, Text(U64), effects::push_text),
    op(0x8e, Blob(U64), effects::push_other),
    op(0x8f, Nothing, effects::push_other),
    op(0x90, Nothing, effects::pop_mark),
    op(0x91, Nothing, effects::collect),
    op(0x92, Nothing, effects::newobj_ex),
    op(0x93, Nothing, effects::stack_global),
    op(0x94, Nothing, effects::memoize),
    op(0x95, Skip(8), effects::nothing),
    // Protocol 5
    op(0x96, Blob(U64), effects::push_other),
    op(0x97, Nothing, effects::push_other),
    op(0x98, Nothing, effects::nothing),
];

#[cfg(test)]
mod tests {
    #[test]
    fn knows_the_68_opcodes_of_protocols_0_to_5_and_no_other() {
        let known = (0..=255)
            .filter(|&code| super::find(code).is_some())
            .count();
        assert_eq!(known, 68);
        assert!(super::find(b'?').is_none());
        assert!(super::find(0x99).is_none());
    }
}
