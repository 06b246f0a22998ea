//! Writes the smallest pickle that makes one object of one importable class.

use indexmap::IndexMap;

/// The attributes to set on the object, in order.
pub type PlainState = IndexMap<String, PlainValue>;

/// A value that needs no import to be loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum PlainValue {
    /// `None`
    None,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `float`
    Float(f64),
    /// `str`
    Str(String),
    /// `list`
    List(Vec<PlainValue>),
    /// `dict` with `str` keys
    Dict(IndexMap<String, PlainValue>),
}

/// Writes a protocol 4 pickle that imports `class` from `module`, makes an object of it without
/// calling `__init__` and, where `state` is not empty, sets the state on it.
///
/// A class inside another one is named with a dot. There is no frame and no memo, so equal input
/// gives equal bytes.
///
/// ```
/// use envelope_format::pickle::{PlainState, write_class_pickle};
///
/// let pickle = write_class_pickle("tinyecho", "Echo", &PlainState::new());
/// assert_eq!(pickle, b"\x80\x04\x8c\x08tinyecho\x8c\x04Echo\x93)\x81.");
/// ```
pub fn write_class_pickle(module: &str, class: &str, state: &PlainState) -> Vec<u8> {
    let mut out = vec![0x80, 4];
    write_text(&mut out, module);
    write_text(&mut out, class);
    out.extend(b"\x93)\x81");
    if !state.is_empty() {
        write_dict(&mut out, state);
        out.push(b'b');
    }
    out.push(b'.');
    out
}

/// What is still to be written, last first.
enum Pending<'a> {
    Value(&'a PlainValue),
    Key(&'a str),
    Close(u8),
}

fn write_dict(out: &mut Vec<u8>, dict: &IndexMap<String, PlainValue>) {
    let mut pending = Vec::new();
    open_dict(out, &mut pending, dict);
    while let Some(next) = pending.pop() {
        match next {
            Pending::Key(key) => write_text(out, key),
            Pending::Close(opcode) => out.push(opcode),
            Pending::Value(PlainValue::Dict(dict)) => open_dict(out, &mut pending, dict),
            Pending::Value(PlainValue::List(list)) => open_list(out, &mut pending, list),
            Pending::Value(value) => write_scalar(out, value),
        }
    }
}

fn open_dict<'a>(
    out: &mut Vec<u8>,
    pending: &mut Vec<Pending<'a>>,
    dict: &'a IndexMap<String, PlainValue>,
) {
    out.push(b'}');
    if dict.is_empty() {
        return;
    }
    out.push(b'(');
    pending.push(Pending::Close(b'u'));
    for (key, value) in dict.iter().rev() {
        pending.push(Pending::Value(value));
        pending.push(Pending::Key(key));
    }
}

fn open_list<'a>(out: &mut Vec<u8>, pending: &mut Vec<Pending<'a>>, list: &'a [PlainValue]) {
    out.push(b']');
    if list.is_empty() {
        return;
    }
    out.push(b'(');
    pending.push(Pending::Close(b'e'));
    pending.extend(list.iter().rev().map(Pending::Value));
}

fn write_scalar(out: &mut Vec<u8>, value: &PlainValue) {
    match value {
        PlainValue::Bool(true) => out.push(0x88),
        PlainValue::Bool(false) => out.push(0x89),
        PlainValue::Int(number) => write_int(out, *number),
        PlainValue::Float(number) => {
            out.push(b'G');
            out.extend(number.to_be_bytes());
        }
        PlainValue::Str(text) => write_text(out, text),
        PlainValue::None | PlainValue::List(_) | PlainValue::Dict(_) => out.push(b'N'),
    }
}

/// Takes the shortest opcode that holds the number, as Python does.
fn write_int(out: &mut Vec<u8>, number: i64) {
    if let Ok(byte) = u8::try_from(number) {
        out.extend([b'K', byte]);
    } else if let Ok(short) = u16::try_from(number) {
        out.push(b'M');
        out.extend(short.to_le_bytes());
    } else if let Ok(int) = i32::try_from(number) {
        out.push(b'J');
        out.extend(int.to_le_bytes());
    } else {
        let bytes = number.to_le_bytes();
        let length = (5..=8).find(|&length| fits(number, length)).unwrap_or(8);
        out.extend([0x8a, length]);
        out.extend(&bytes[..usize::from(length)]);
    }
}

/// Tells whether a signed number fits into so many bytes.
fn fits(number: i64, bytes: u8) -> bool {
    let shift = 64 - 8 * u32::from(bytes);
    (number << shift) >> shift == number
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    if let Ok(length) = u8::try_from(text.len()) {
        out.extend([0x8c, length]);
    } else if let Ok(length) = u32::try_from(text.len()) {
        out.push(b'X');
        out.extend(length.to_le_bytes());
    } else {
        out.push(0x8d);
        out.extend((text.len() as u64).to_le_bytes());
    }
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::{PlainState, PlainValue, write_class_pickle};

    fn state(value: PlainValue) -> PlainState {
        PlainState::from([("n".to_owned(), value)])
    }

    #[test]
    fn writes_each_plain_value_with_the_opcode_python_uses() {
        let nested = PlainValue::List(vec![
            PlainValue::Dict(PlainState::new()),
            PlainValue::List(vec![]),
            PlainValue::Dict(state(PlainValue::Int(1))),
            PlainValue::Int(2),
        ]);
        let cases: &[(PlainValue, &[u8])] = &[
            (PlainValue::None, b"N"),
            (PlainValue::Bool(true), b"\x88"),
            (PlainValue::Bool(false), b"\x89"),
            (PlainValue::Int(5), b"K\x05"),
            (PlainValue::Int(256), b"M\x00\x01"),
            (PlainValue::Int(-1), b"J\xff\xff\xff\xff"),
            (PlainValue::Int(65536), b"J\x00\x00\x01\x00"),
            (PlainValue::Int(1 << 31), b"\x8a\x05\x00\x00\x00\x80\x00"),
            (
                PlainValue::Int(i64::MAX),
                b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
            ),
            (
                PlainValue::Int(i64::MIN),
                b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80",
            ),
            (PlainValue::Float(0.5), b"G\x3f\xe0\x00\x00\x00\x00\x00\x00"),
            (PlainValue::Str("\u{e4}".into()), b"\x8c\x02\xc3\xa4"),
            (nested, b"](}]}(\x8c\x01nK\x01uK\x02e"),
        ];
        for (value, bytes) in cases {
            let written = write_class_pickle("m", "C", &state(value.clone()));
            let head: &[u8] = b"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}(\x8c\x01n";
            assert_eq!(written, [head, bytes, b"ub."].concat(), "{value:?}");
        }
    }

    #[test]
    fn writes_the_hand_made_pickle_with_state_that_mlflow_loads() {
        let written = write_class_pickle("tinyecho", "Echo", &state(PlainValue::Int(5)));
        assert_eq!(
            written,
            b"\x80\x04\x8c\x08tinyecho\x8c\x04Echo\x93)\x81}(\x8c\x01nK\x05ub."
        );
    }

    #[test]
    fn writes_long_text_with_a_long_length() {
        let long = "x".repeat(256);
        let written = write_class_pickle("m", "C", &state(PlainValue::Str(long)));
        assert!(written.windows(6).any(|part| part == b"X\x00\x01\x00\x00x"));
    }
}
