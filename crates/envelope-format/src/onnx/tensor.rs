//! What is noted of one tensor while its fields go by.

use super::wire::{Field, fields, take_varint};
use super::{ElementType, ExternalTensor};

/// Where `TensorProto.data_location` says that the data is in another file.
const EXTERNAL: u64 = 1;

/// The facts of a tensor that matter to the header.
#[derive(Default)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// Elements by the dimensions so far; none before the first dimension.
    elements: Option<u64>,
    element_type: i64,
    string_bytes: u64,
    data_location: u64,
    external: ExternalTensor,
}

impl Tensor {
    pub(super) fn dimension(&mut self, length: u64) {
        let length = u64::try_from(length.cast_signed()).unwrap_or(0);
        self.elements = Some(self.elements.unwrap_or(1).saturating_mul(length));
    }

    /// Takes dimensions written one after another; none where they are malformed.
    pub(super) fn packed_dimensions(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let length = take_varint(&mut bytes)?;
            self.dimension(length);
        }
        Some(())
    }

    pub(super) fn number(&mut self, field: u64, value: u64) {
        match field {
            1 => self.dimension(value),
            2 => self.element_type = value.cast_signed(),
            14 => self.data_location = value,
            _ => {}
        }
    }

    pub(super) fn string(&mut self, bytes: u64) {
        self.string_bytes = self.string_bytes.saturating_add(bytes);
    }

    /// Takes one key and value of `external_data`; none where it is malformed.
    pub(super) fn external_entry(&mut self, entry: &[u8]) -> Option<()> {
        let (key, value) = key_and_value(entry)?;
        match key.as_str() {
            "location" => self.external.location = value,
            "offset" => self.external.offset = Some(value.parse().ok()?),
            "length" => self.external.length = Some(value.parse().ok()?),
            _ => {}
        }
        Some(())
    }

    /// Bytes of the data by type and dimensions.
    pub(super) fn bytes(&self) -> u64 {
        let kind = ElementType(self.element_type);
        if kind == ElementType::STRING {
            return self.string_bytes;
        }
        self.elements
            .unwrap_or(1)
            .saturating_mul(kind.bits())
            .div_ceil(8)
    }

    pub(super) fn into_external(self) -> Option<ExternalTensor> {
        (self.data_location == EXTERNAL).then_some(ExternalTensor {
            tensor: self.name,
            ..self.external
        })
    }
}

/// Reads a `StringStringEntryProto`; none where it is malformed.
pub(super) fn key_and_value(message: &[u8]) -> Option<(String, String)> {
    let mut entry = (String::new(), String::new());
    for (number, field) in fields(message)? {
        if let Field::Bytes(bytes) = field {
            let text = || String::from_utf8(bytes.to_vec()).ok();
            match number {
                1 => entry.0 = text()?,
                2 => entry.1 = text()?,
                _ => {}
            }
        }
    }
    Some(entry)
}
