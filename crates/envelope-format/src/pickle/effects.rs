//! What each opcode does to the symbolic machine; the table in `opcode` names these functions.

use std::rc::Rc;

use super::machine::{Applied, Machine, Value};
use super::report::FaultKind;
use super::source::Argument;

/// Extension codes listed at most.
const MAX_EXTENSION_CODES: usize = 256;

#[expect(
    clippy::unnecessary_wraps,
    reason = "has the form of the other entries of the table"
)]
pub(super) fn nothing(_: &mut Machine, _: &Argument) -> Applied {
    Ok(())
}

pub(super) fn stop(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take().map(drop)
}

pub(super) fn proto(machine: &mut Machine, argument: &Argument) -> Applied {
    let &Argument::Number(number) = argument else {
        return Ok(());
    };
    match u8::try_from(number) {
        Ok(protocol) if protocol <= 5 => machine.protocol = machine.protocol.max(protocol),
        Ok(protocol) => return Err(FaultKind::UnsupportedProtocol(protocol).into()),
        Err(_) => return Err(FaultKind::UnsupportedProtocol(u8::MAX).into()),
    }
    Ok(())
}

pub(super) fn mark(machine: &mut Machine, _: &Argument) -> Applied {
    if machine.stack.len() + machine.marks.len() >= machine.limits.max_stack {
        return Err(FaultKind::Limit("objects on the stack").into());
    }
    machine.marks.push(machine.stack.len());
    Ok(())
}

/// `POP` removes the last mark where nothing stands above it.
pub(super) fn pop(machine: &mut Machine, _: &Argument) -> Applied {
    if machine.marks.last() == Some(&machine.stack.len()) {
        machine.marks.pop();
        return Ok(());
    }
    machine.take().map(drop)
}

pub(super) fn pop_mark(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take_to_mark().map(drop)
}

pub(super) fn dup(machine: &mut Machine, _: &Argument) -> Applied {
    let value = machine.top()?;
    machine.push(value)
}

pub(super) fn drop_one(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take().map(drop)
}

pub(super) fn drop_two(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take()?;
    machine.take().map(drop)
}

pub(super) fn push_other(machine: &mut Machine, _: &Argument) -> Applied {
    machine.push(Value::Other)
}

pub(super) fn push_text(machine: &mut Machine, argument: &Argument) -> Applied {
    machine.push(match argument {
        Argument::Text(Some(text)) => Value::Text(text.clone()),
        _ => Value::Other,
    })
}

/// `STRING` holds a text in quotes; with escapes it counts as untold.
pub(super) fn push_quoted(machine: &mut Machine, argument: &Argument) -> Applied {
    let text = match argument {
        Argument::Text(Some(line)) => unquoted(line.trim_ascii()).map(Rc::from),
        _ => None,
    };
    push_text(machine, &Argument::Text(text))
}

fn unquoted(line: &str) -> Option<&str> {
    let inner = ['\'', '"'].into_iter().find_map(|quote| {
        line.strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
    })?;
    (inner.is_ascii() && !inner.contains('\\')).then_some(inner)
}

/// `UNICODE` holds a text that may have escapes; with them it counts as untold.
pub(super) fn push_escaped(machine: &mut Machine, argument: &Argument) -> Applied {
    let text = match argument {
        Argument::Text(Some(line)) => {
            Some(line.clone()).filter(|line| line.is_ascii() && !line.contains('\\'))
        }
        _ => None,
    };
    push_text(machine, &Argument::Text(text))
}

pub(super) fn collect(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take_to_mark()?;
    machine.push(Value::Other)
}

pub(super) fn empty_tuple(machine: &mut Machine, _: &Argument) -> Applied {
    machine.push(Value::EmptyTuple)
}

pub(super) fn tuple(machine: &mut Machine, _: &Argument) -> Applied {
    let count = machine.take_to_mark()?;
    machine.push(if count == 0 {
        Value::EmptyTuple
    } else {
        Value::Other
    })
}

pub(super) fn tuple_one(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take()?;
    machine.push(Value::Other)
}

pub(super) fn tuple_two(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take()?;
    tuple_one(machine, &Argument::Nothing)
}

pub(super) fn tuple_three(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take()?;
    tuple_two(machine, &Argument::Nothing)
}

pub(super) fn memoize(machine: &mut Machine, _: &Argument) -> Applied {
    let key = machine.memo.len();
    let value = machine.top()?;
    machine.memo.put(key, &value)
}

pub(super) fn put(machine: &mut Machine, argument: &Argument) -> Applied {
    let value = machine.top()?;
    match argument {
        Argument::Number(key) => machine.memo.put(key.unsigned_abs(), &value),
        _ => Ok(()),
    }
}

/// A key that is no plain number makes every text of the memo untold.
pub(super) fn put_line(machine: &mut Machine, argument: &Argument) -> Applied {
    let value = machine.top()?;
    if let Some(key) = key_in(argument) {
        return machine.memo.put(key, &value);
    }
    machine.memo.forget();
    Ok(())
}

pub(super) fn get(machine: &mut Machine, argument: &Argument) -> Applied {
    let value = match argument {
        Argument::Number(key) => machine.memo.get(key.unsigned_abs()),
        _ => Value::Other,
    };
    machine.push(value)
}

pub(super) fn get_line(machine: &mut Machine, argument: &Argument) -> Applied {
    let value = key_in(argument).map_or(Value::Other, |key| machine.memo.get(key));
    machine.push(value)
}

fn key_in(argument: &Argument) -> Option<u64> {
    match argument {
        Argument::Text(Some(line)) if line.bytes().all(|b| b.is_ascii_digit()) => line.parse().ok(),
        _ => None,
    }
}

pub(super) fn global(machine: &mut Machine, argument: &Argument) -> Applied {
    if let Argument::Lines(module, name) = argument {
        machine.import(module.clone(), name.clone())?;
    }
    machine.push(Value::Other)
}

pub(super) fn stack_global(machine: &mut Machine, _: &Argument) -> Applied {
    let (name, module) = (machine.take()?, machine.take()?);
    let known = |value| match value {
        Value::Text(text) => Some(text),
        Value::Other | Value::EmptyTuple => None,
    };
    machine.import(known(module), known(name))?;
    machine.push(Value::Other)
}

pub(super) fn extension(machine: &mut Machine, argument: &Argument) -> Applied {
    if let &Argument::Number(code) = argument {
        machine.extension_codes.insert(code);
        if machine.extension_codes.len() > MAX_EXTENSION_CODES {
            return Err(FaultKind::Limit("extension codes").into());
        }
    }
    machine.push(Value::Other)
}

pub(super) fn persistent_id(machine: &mut Machine, _: &Argument) -> Applied {
    machine.persistent_ids += 1;
    machine.push(Value::Other)
}

pub(super) fn binary_persistent_id(machine: &mut Machine, _: &Argument) -> Applied {
    machine.take()?;
    persistent_id(machine, &Argument::Nothing)
}

pub(super) fn reduce(machine: &mut Machine, _: &Argument) -> Applied {
    machine.calls.reduce += 1;
    machine.call_with_tuple()
}

pub(super) fn newobj(machine: &mut Machine, _: &Argument) -> Applied {
    machine.calls.newobj += 1;
    machine.call_with_tuple()
}

pub(super) fn newobj_ex(machine: &mut Machine, _: &Argument) -> Applied {
    machine.calls.newobj_ex += 1;
    machine.calls.with_arguments += 1;
    drop_two(machine, &Argument::Nothing)?;
    machine.take()?;
    machine.push(Value::Other)
}

pub(super) fn inst(machine: &mut Machine, argument: &Argument) -> Applied {
    if let Argument::Lines(module, name) = argument {
        machine.import(module.clone(), name.clone())?;
    }
    machine.calls.inst += 1;
    if machine.take_to_mark()? > 0 {
        machine.calls.with_arguments += 1;
    }
    machine.push(Value::Other)
}

/// `OBJ` finds the class as the first object above the mark.
pub(super) fn obj(machine: &mut Machine, _: &Argument) -> Applied {
    machine.calls.obj += 1;
    match machine.take_to_mark()? {
        0 => return Err(FaultKind::StackUnderflow.into()),
        1 => {}
        _ => machine.calls.with_arguments += 1,
    }
    machine.push(Value::Other)
}

pub(super) fn build(machine: &mut Machine, _: &Argument) -> Applied {
    machine.calls.build += 1;
    machine.take().map(drop)
}
