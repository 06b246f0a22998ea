//! Walks through a model, message by message, with a stack of its own.

use std::collections::HashSet;
use std::io::{Read, Seek};

use super::tensor::{Tensor, key_and_value};
use super::wire::{Field, Payload, Wire, fields};
use super::{MAX_DEPTH, OnnxError, OnnxHeader, OpsetImport, Value};

/// A message that is being read.
enum Message {
    Model,
    MainGraph,
    NestedGraph,
    Training,
    Attribute,
    Function {
        domain: String,
        name: String,
    },
    Node {
        domain: String,
        op_type: String,
    },
    /// A tensor; `owner` says whose it is.
    Tensor {
        tensor: Box<Tensor>,
        owner: Owner,
    },
    Sparse {
        owner: Owner,
    },
}

/// Whose data a tensor is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    MainGraph,
    NestedGraph,
    Attribute,
}

struct Walk<R> {
    wire: Wire<R>,
    open: Vec<(Message, u64)>,
    header: OnnxHeader,
    has_graph: bool,
    initializer_names: HashSet<String>,
}

type Walked = Result<(), OnnxError>;

/// Reads the whole model.
pub(super) fn walk<R: Read + Seek>(wire: Wire<R>) -> Result<OnnxHeader, OnnxError> {
    let end = wire.length();
    let mut walk = Walk {
        wire,
        open: vec![(Message::Model, end)],
        header: OnnxHeader::default(),
        has_graph: false,
        initializer_names: HashSet::new(),
    };
    while let Some((message, end)) = walk.open.pop() {
        if walk.wire.position() >= end {
            walk.close(message)?;
        } else {
            walk.step(message, end)?;
        }
    }
    if !walk.has_graph {
        return Err(OnnxError::NoGraph);
    }
    let names = walk.initializer_names;
    walk.header
        .inputs
        .retain(|input| !names.contains(&input.name));
    Ok(walk.header)
}

impl<R: Read + Seek> Walk<R> {
    /// Reads one field of `message` and puts back the message, with the one inside it on top.
    fn step(&mut self, mut message: Message, end: u64) -> Walked {
        let (number, payload) = self.wire.field(end)?;
        let inside = match payload {
            Payload::Varint(value) => {
                self.number(&mut message, number, value);
                None
            }
            Payload::Fixed => None,
            Payload::Bytes(length) => {
                let inside_end = self.wire.position() + length;
                let inside = inside_of(&message, number);
                if inside.is_none() {
                    self.bytes(&mut message, number, length)?;
                    let left = inside_end - self.wire.position();
                    self.wire.skip(left)?;
                }
                inside.map(|inside| (inside, inside_end))
            }
        };
        self.open.push((message, end));
        if let Some((inside, inside_end)) = inside {
            if self.open.len() >= MAX_DEPTH {
                let limit = MAX_DEPTH as u64;
                return Err(OnnxError::Limit {
                    what: "messages inside one another",
                    limit,
                });
            }
            self.has_graph |= matches!(inside, Message::MainGraph);
            self.open.push((inside, inside_end));
        }
        Ok(())
    }

    fn number(&mut self, message: &mut Message, number: u64, value: u64) {
        match (message, number) {
            (Message::Model, 1) => self.header.ir_version = value.cast_signed(),
            (Message::Model, 5) => self.header.model_version = value.cast_signed(),
            (Message::Tensor { tensor, .. }, _) => tensor.number(number, value),
            _ => {}
        }
    }

    /// Reads a field that is a text or a small message; others are left to be stepped over.
    fn bytes(&mut self, message: &mut Message, number: u64, length: u64) -> Walked {
        match message {
            Message::Model => self.model_bytes(number, length),
            Message::MainGraph => self.graph_bytes(number, length),
            Message::Tensor { tensor, .. } => self.tensor_bytes(tensor, number, length),
            Message::Node { domain, op_type } => match number {
                4 => self.set(op_type, length),
                7 => self.set(domain, length),
                _ => Ok(()),
            },
            Message::Function { domain, name } => match number {
                1 => self.set(name, length),
                10 => self.set(domain, length),
                _ => Ok(()),
            },
            Message::NestedGraph
            | Message::Training
            | Message::Attribute
            | Message::Sparse { .. } => Ok(()),
        }
    }

    fn set(&mut self, target: &mut String, length: u64) -> Walked {
        *target = self.wire.text(length)?;
        Ok(())
    }

    fn model_bytes(&mut self, number: u64, length: u64) -> Walked {
        match number {
            2 => self.header.producer_name = self.wire.text(length)?,
            3 => self.header.producer_version = self.wire.text(length)?,
            4 => self.header.domain = self.wire.text(length)?,
            8 => {
                let import = self.wire.bytes(length)?;
                let import = opset_import(&import)
                    .ok_or_else(|| self.wire.malformed("a broken operator set"))?;
                self.header.opset_imports.push(import);
            }
            14 => {
                let entry = self.wire.bytes(length)?;
                let (key, value) = key_and_value(&entry)
                    .ok_or_else(|| self.wire.malformed("a broken metadata entry"))?;
                self.header.metadata.insert(key, value);
            }
            _ => {}
        }
        Ok(())
    }

    fn graph_bytes(&mut self, number: u64, length: u64) -> Walked {
        match number {
            2 => self.header.graph_name = self.wire.text(length)?,
            11 | 12 => {
                let value = self.wire.bytes(length)?;
                let value = Value::read(&value)
                    .ok_or_else(|| self.wire.malformed("a broken input or output"))?;
                let values = if number == 11 {
                    &mut self.header.inputs
                } else {
                    &mut self.header.outputs
                };
                values.push(value);
            }
            _ => {}
        }
        Ok(())
    }

    fn tensor_bytes(&mut self, tensor: &mut Tensor, number: u64, length: u64) -> Walked {
        let read = match number {
            1 => {
                let dimensions = self.wire.bytes(length)?;
                tensor.packed_dimensions(&dimensions)
            }
            6 => {
                tensor.string(length);
                Some(())
            }
            8 => return self.set(&mut tensor.name, length),
            13 => {
                let entry = self.wire.bytes(length)?;
                tensor.external_entry(&entry)
            }
            _ => Some(()),
        };
        read.ok_or_else(|| self.wire.malformed("a broken tensor"))
    }

    /// Notes what is known once all of a message is read.
    fn close(&mut self, message: Message) -> Walked {
        match message {
            Message::Node { domain, op_type } => {
                let operator = qualified(domain, &op_type);
                *self.header.operators.entry(operator).or_default() += 1;
            }
            Message::Function { domain, name } => {
                self.wire.keep(0)?;
                self.header.functions.push(qualified(domain, &name));
            }
            Message::Tensor { tensor, owner } => self.close_tensor(*tensor, owner)?,
            _ => {}
        }
        Ok(())
    }

    fn close_tensor(&mut self, tensor: Tensor, owner: Owner) -> Walked {
        if owner != Owner::Attribute {
            let sum = self.header.initializer_bytes.saturating_add(tensor.bytes());
            self.header.initializer_bytes = sum;
            // The indices of a sparse initializer have no name and are no initializer themselves.
            self.header.initializers += u64::from(!tensor.name.is_empty());
        }
        if owner == Owner::MainGraph && !tensor.name.is_empty() {
            self.initializer_names.insert(tensor.name.clone());
        }
        if let Some(external) = tensor.into_external() {
            self.wire.keep(0)?;
            self.header.external_tensors.push(external);
        }
        Ok(())
    }
}

/// Finds which message is inside another one under a field number, as far as it matters.
fn inside_of(message: &Message, number: u64) -> Option<Message> {
    let tensor = |owner| Message::Tensor {
        tensor: Box::default(),
        owner,
    };
    let node = || Message::Node {
        domain: String::new(),
        op_type: String::new(),
    };
    Some(match (message, number) {
        (Message::Model, 7) => Message::MainGraph,
        (Message::Model, 20) => Message::Training,
        (Message::Model, 25) => Message::Function {
            domain: String::new(),
            name: String::new(),
        },
        (Message::MainGraph | Message::NestedGraph, 1) | (Message::Function { .. }, 7) => node(),
        (Message::MainGraph, 5) => tensor(Owner::MainGraph),
        (Message::MainGraph, 15) => Message::Sparse {
            owner: Owner::MainGraph,
        },
        (Message::NestedGraph, 5) => tensor(Owner::NestedGraph),
        (Message::NestedGraph, 15) => Message::Sparse {
            owner: Owner::NestedGraph,
        },
        (Message::Node { .. }, 5) | (Message::Function { .. }, 11) => Message::Attribute,
        (Message::Attribute, 5 | 10) => tensor(Owner::Attribute),
        (Message::Attribute, 22 | 23) => Message::Sparse {
            owner: Owner::Attribute,
        },
        (Message::Attribute, 6 | 11) | (Message::Training, 1 | 2) => Message::NestedGraph,
        (Message::Sparse { owner }, 1 | 2) => tensor(*owner),
        _ => return None,
    })
}

fn opset_import(message: &[u8]) -> Option<OpsetImport> {
    let mut import = OpsetImport {
        domain: String::new(),
        version: 0,
    };
    for (number, field) in fields(message)? {
        match (number, field) {
            (1, Field::Bytes(domain)) => import.domain = String::from_utf8(domain.to_vec()).ok()?,
            (2, Field::Number(version)) => import.version = version.cast_signed(),
            _ => {}
        }
    }
    import.domain = named(import.domain);
    Some(import)
}

/// Gives the standard domain, which files leave empty, its name.
fn named(domain: String) -> String {
    if domain.is_empty() {
        "ai.onnx".to_owned()
    } else {
        domain
    }
}

fn qualified(domain: String, name: &str) -> String {
    format!("{}::{name}", named(domain))
}
