//! Signatures by chance, the same in every run.

use envelope_format::signature::Signature;
use serde_json::{Map, Value, json};

/// A small generator of numbers, see <https://prng.di.unimi.it/splitmix64.c>.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    fn one<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn holds_once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

const SCALARS: [&str; 8] = [
    "boolean", "integer", "long", "float", "double", "string", "binary", "datetime",
];
/// Of these every value has a JSON form inside lists and objects.
const NESTED: [&str; 6] = ["boolean", "long", "double", "string", "binary", "float"];
const DTYPES: [&str; 22] = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "str",
    "bytes",
    "object",
    "datetime64[ns]",
    "datetime64[D]",
    "datetime64[s]",
    "timedelta64[ns]",
    "float128",
];

/// A kind of signature in a word, and its three texts.
pub(super) fn signature(seed: u64) -> (String, Value) {
    let mut chance = Chance(seed.wrapping_mul(7919));
    let (kind, inputs) = match chance.below(8) {
        0 => ("unnamed columns", unnamed(&mut chance)),
        1 => ("counted columns", counted(&mut chance)),
        2 => ("tensor", tensors(&mut chance, None)),
        3 | 4 => {
            let count = 1 + chance.below(3);
            ("named tensors", tensors(&mut chance, Some(count)))
        }
        5 => ("plain columns", columns(&mut chance, false)),
        _ => ("columns", columns(&mut chance, true)),
    };
    let params = if chance.holds_once_in(2) {
        params(&mut chance)
    } else {
        Vec::new()
    };
    let params = (!params.is_empty()).then(|| Value::from(params).to_string());
    let inputs = Value::from(inputs).to_string();
    let text = json!({"inputs": inputs, "outputs": null, "params": params});
    (format!("{seed} {kind}"), text)
}

/// The signature of the three texts.
pub(super) fn read(text: &Value) -> Signature {
    Signature::from_parts(text["inputs"].as_str(), None, text["params"].as_str())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn columns(chance: &mut Chance, with_nested: bool) -> Vec<Value> {
    let names = ["a", "b c", "ü,\"\n", "messages", "9", "NA", "x"];
    let count = 1 + chance.below(names.len());
    let column = |name: &&str| {
        let nested = with_nested && chance.holds_once_in(3);
        let mut column = if nested {
            nested_type(chance, 3)
        } else {
            plain_type(chance)
        };
        column["name"] = (*name).into();
        column["required"] = (!chance.holds_once_in(4)).into();
        column
    };
    names[..count].iter().map(column).collect()
}

fn unnamed(chance: &mut Chance) -> Vec<Value> {
    let count = 1 + chance.below(3);
    let first = plain_type(chance);
    let column = |_| {
        let mut column = match chance.below(4) {
            0 => nested_type(chance, 2),
            1 => plain_type(chance),
            _ => first.clone(),
        };
        column["required"] = true.into();
        column
    };
    (0..count).map(column).collect()
}

fn counted(chance: &mut Chance) -> Vec<Value> {
    let count = 1 + chance.below(3);
    let ty = chance.one(&SCALARS);
    let column = |name| json!({"type": ty, "name": name, "required": true});
    (0..count).map(column).collect()
}

fn plain_type(chance: &mut Chance) -> Value {
    let ty = if chance.holds_once_in(9) {
        "any"
    } else {
        chance.one(&SCALARS)
    };
    json!({"type": ty})
}

fn nested_type(chance: &mut Chance, depth: usize) -> Value {
    match chance.below(if depth == 0 { 1 } else { 7 }) {
        1 | 2 => json!({"type": "array", "items": inner(chance, depth)}),
        3 | 4 => {
            let count = 1 + chance.below(3);
            let property = |index| {
                let mut ty = inner(chance, depth);
                ty["required"] = (!chance.holds_once_in(3)).into();
                (format!("p{index}"), ty)
            };
            let properties: Map<String, Value> = (0..count).map(property).collect();
            json!({"type": "object", "properties": properties})
        }
        5 => json!({"type": "map", "values": inner(chance, depth)}),
        6 if depth == 3 => json!({"type": "sparkml_vector"}),
        _ => {
            let ty = if chance.holds_once_in(6) {
                "any"
            } else {
                chance.one(&NESTED)
            };
            json!({"type": ty})
        }
    }
}

fn inner(chance: &mut Chance, depth: usize) -> Value {
    if chance.holds_once_in(12) {
        let ty = chance.one(&["integer", "datetime"]);
        return json!({"type": ty});
    }
    nested_type(chance, depth - 1)
}

/// One tensor without a name, or several with names.
fn tensors(chance: &mut Chance, count: Option<usize>) -> Vec<Value> {
    let batch = if chance.holds_once_in(4) { 3 } else { -1 };
    let tensor = |index: usize| {
        let mut shape: Vec<i64> = vec![batch];
        if chance.holds_once_in(12) {
            shape[0] = 2;
        }
        for _ in 0..chance.below(4) {
            let size = [1, 2, 3, -1][chance.below(4)];
            shape.push(size);
        }
        if chance.holds_once_in(15) {
            shape.clear();
        }
        let spec = json!({"dtype": chance.one(&DTYPES), "shape": shape});
        match count {
            None => json!({"type": "tensor", "tensor-spec": spec}),
            Some(_) => json!({"type": "tensor", "name": format!("t{index}"), "tensor-spec": spec}),
        }
    };
    (0..count.unwrap_or(1)).map(tensor).collect()
}

fn params(chance: &mut Chance) -> Vec<Value> {
    let defaults = [
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("long", json!(-3)),
        ("float", json!(0.5)),
        ("double", json!(2)),
        ("string", json!("auto")),
        ("datetime", json!("2026-01-02T03:04:05")),
    ];
    let count = chance.below(4);
    let param = |index| {
        let (ty, default) = defaults[chance.below(defaults.len())].clone();
        let (shape, default) = match chance.below(4) {
            0 => (json!([-1]), json!([default])),
            1 => (Value::Null, Value::Null),
            _ => (Value::Null, default),
        };
        json!({"name": format!("k{index}"), "type": ty, "default": default, "shape": shape})
    };
    (0..count).map(param).collect()
}
