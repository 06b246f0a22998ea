//! Tests of the header reader; the expected values are those the `onnx` package reads.

use std::io::{Cursor, Read, Seek, SeekFrom};

use super::{Dimension, OnnxError, OnnxHeader, ValueKind, read_header};
use crate::archive::mutations::for_each_mutation;

const CLASSIFIER: &[u8] = include_bytes!("../../tests/fixtures/models/classifier.onnx");
const EXTERNAL: &[u8] = include_bytes!("../../tests/fixtures/models/external_data.onnx");
const NESTED: &[u8] = include_bytes!("../../tests/fixtures/models/nested.onnx");

fn header(bytes: &[u8]) -> OnnxHeader {
    read_header(Cursor::new(bytes)).unwrap()
}

#[test]
fn reads_inputs_and_outputs_of_every_kind() {
    let nested = header(NESTED);
    let types = |values: &[super::Value]| -> Vec<String> {
        values
            .iter()
            .map(|value| format!("{} {}", value.name, value.type_text))
            .collect()
    };
    assert_eq!(
        types(&nested.inputs),
        [
            "cond tensor(bool)",
            "x tensor(float)",
            "opt optional(tensor(string))"
        ]
    );
    assert_eq!(
        types(&nested.outputs),
        ["y tensor(float16)", "probs seq(map(int64,tensor(float)))"]
    );
    let dimensions = vec![
        Dimension::Symbol("N".into()),
        Dimension::Fixed(3),
        Dimension::Unknown,
    ];
    assert_eq!(nested.inputs[0].shape, Some(vec![]));
    assert_eq!(nested.inputs[1].shape, Some(dimensions));
    assert_eq!(
        nested.inputs[1].element_type.unwrap().numpy_name(),
        "float32"
    );
    assert_eq!(nested.inputs[2].kind, ValueKind::Optional);
    assert_eq!(nested.outputs[0].shape, None);
    assert_eq!(nested.outputs[1].kind, ValueKind::Sequence);
}

#[test]
fn counts_operators_and_initializers_at_every_depth() {
    let nested = header(NESTED);
    let operators: Vec<_> = nested
        .operators
        .iter()
        .map(|(op, n)| format!("{op} {n}"))
        .collect();
    assert_eq!(
        operators,
        [
            "ai.onnx::Abs 1",
            "ai.onnx::Add 1",
            "ai.onnx::Constant 2",
            "ai.onnx::If 1",
            "ai.onnx::Relu 1",
            "my.dom::Foo 1"
        ]
    );
    assert_eq!(nested.functions, ["my.dom::Foo"]);
    assert_eq!(
        (nested.initializers, nested.initializer_bytes),
        (4, 24 + 5 + 24 + 8 + 16)
    );
    assert_eq!((nested.model_version, nested.domain.as_str()), (-3, "dd"));
    assert_eq!(nested.metadata["c"], "\u{e4}");
    assert_eq!(nested.opset_imports[0].domain, "ai.onnx");
    assert_eq!(nested.opset_imports[1].version, 1);
}

#[test]
fn finds_external_data_wherever_it_is() {
    let found = |bytes| -> Vec<String> {
        let text = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let tensors = header(bytes).external_tensors;
        tensors
            .iter()
            .map(|t| {
                format!(
                    "{} {} {} {}",
                    t.tensor,
                    t.location,
                    text(t.offset),
                    text(t.length)
                )
            })
            .collect()
    };
    assert_eq!(
        found(NESTED),
        ["ct c.bin 4 24", "sw sub.bin - -", "fk f.bin - -"]
    );
    let [only] = &header(EXTERNAL).external_tensors[..] else {
        panic!("expected one tensor")
    };
    assert_eq!((only.offset, only.length), (Some(0), Some(24_000)));
    assert!(found(CLASSIFIER).is_empty());
}

#[test]
fn becomes_json_with_stable_names() {
    let json = serde_json::to_value(header(CLASSIFIER)).unwrap();
    assert_eq!(json["inputs"][0]["kind"], "tensor");
    assert_eq!(json["inputs"][0]["element_type"], "float32");
    assert_eq!(json["inputs"][0]["shape"][0], "N");
}

#[test]
fn refuses_what_is_no_model() {
    let deep = (0..60).fold(Vec::new(), |inside: Vec<u8>, _| {
        // node.attribute.g around what is inside
        let wrap = |field: u8, bytes: &[u8]| {
            let mut length = bytes.len();
            let mut out = vec![field << 3 | 2];
            while length >= 0x80 {
                out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
                length >>= 7;
            }
            out.push(u8::try_from(length).unwrap());
            [out, bytes.to_vec()].concat()
        };
        wrap(1, &wrap(5, &wrap(6, &inside)))
    });
    let mut model = vec![7 << 3 | 2, 0xff, 0xff, 0x03];
    let size = deep.len();
    assert!((1 << 8..1 << 14).contains(&size));
    model[1] = u8::try_from(size & 0x7f).unwrap() | 0x80;
    model[2] = u8::try_from(size >> 7).unwrap();
    model.truncate(3);
    model.extend(deep);
    let cases: &[(&[u8], &str)] = &[
        (b"", "not an ONNX file: there is no graph in it"),
        (b"\x08\x09", "not an ONNX file: there is no graph in it"),
        (b"hello", "not an ONNX file: an unknown wire type at byte 3"),
        (b"\x00", "not an ONNX file: a number cut short at byte 1"),
        (
            b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "not an ONNX file: a field longer than what holds it at byte 11",
        ),
        (
            b"\x3a\x05\x00",
            "not an ONNX file: a field longer than what holds it at byte 2",
        ),
        (b"\x0b", "not an ONNX file: an unknown wire type at byte 1"),
        (
            b"\x12\x01\xff",
            "not an ONNX file: a text that is not UTF-8 at byte 2",
        ),
        (
            &model,
            "the ONNX file has more than the 100 allowed messages inside one another",
        ),
    ];
    for (bytes, message) in cases {
        let error = read_header(Cursor::new(bytes)).unwrap_err();
        assert_eq!(error.to_string(), *message, "{}", bytes.escape_ascii());
    }
    let long = [b"\x12\x81\x80\x40".to_vec(), vec![b'x'; (1 << 20) + 1]].concat();
    let refused = read_header(Cursor::new(long));
    assert!(
        matches!(refused, Err(OnnxError::Limit { .. })),
        "{refused:?}"
    );
}

/// A file of a given length in which only the start and the end are not zero.
struct Sparse {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    position: u64,
    read: u64,
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut count = 0;
        for byte in buffer.iter_mut().take_while(|_| true) {
            if self.position >= self.length {
                break;
            }
            let from_end = usize::try_from(self.length - self.position).unwrap();
            let at = usize::try_from(self.position).unwrap();
            *byte = if from_end <= self.tail.len() {
                self.tail[self.tail.len() - from_end]
            } else {
                self.head.get(at).copied().unwrap_or(0)
            };
            self.position += 1;
            count += 1;
        }
        self.read += count as u64;
        Ok(count)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::End(offset) => self.length.saturating_add_signed(offset),
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
        };
        Ok(self.position)
    }
}

#[test]
fn steps_over_a_gibibyte_of_weights_reading_only_kilobytes() {
    // graph { initializer { name: "w" dims: 268435456 data_type: 1 raw_data: 1 GiB } name: "g" }
    let tensor = b"\x42\x01w\x08\x80\x80\x80\x80\x01\x10\x01\x4a\x80\x80\x80\x80\x04";
    let mut head = b"\x3a\x99\x80\x80\x80\x04\x2a\x91\x80\x80\x80\x04".to_vec();
    head.extend(tensor);
    head[7] = 0x80 | u8::try_from(tensor.len()).unwrap();
    let graph = tensor.len() + 6 + 3;
    head[1] = 0x80 | u8::try_from(graph).unwrap();
    let length = head.len() as u64 + (1 << 30) + 3;
    let mut file = Sparse {
        head,
        tail: b"\x12\x01g".to_vec(),
        length,
        position: 0,
        read: 0,
    };
    let header = read_header(&mut file).unwrap();
    assert_eq!(
        (header.graph_name.as_str(), header.initializer_bytes),
        ("g", 1 << 30)
    );
    assert!(file.read < 10_000, "{} bytes read", file.read);
}

#[test]
fn never_fails_badly_on_changed_models() {
    for_each_mutation(&[CLASSIFIER, EXTERNAL, NESTED], 20_000, |bytes| {
        let _ = read_header(Cursor::new(bytes));
    });
}
