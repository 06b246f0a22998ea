//! The header of an `.npy` file.
//!
//! The format is numpy's
//! [`numpy.lib.format`](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

use std::io::Read;

use serde::Serialize;

/// Bytes of a header at most; numpy itself refuses more than 10 000 unless told otherwise.
const MAX_HEADER_BYTES: usize = 65_536;

/// An array in a member of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumpyArray {
    /// Name of the member.
    pub member: String,
    /// Type as numpy writes it, such as `<f8`; a list for structured types.
    pub dtype: String,
    /// Shape.
    pub shape: Vec<u64>,
    /// Whether the first dimension runs fastest.
    pub fortran_order: bool,
    /// Bytes of the member.
    pub bytes: u64,
}

impl NumpyArray {
    /// Tells arrays whose data is a pickle.
    pub(super) fn holds_objects(&self) -> bool {
        self.dtype.contains('O')
    }
}

/// Reads the header and leaves `reader` at the data; says why not.
pub(super) fn read(
    reader: &mut dyn Read,
    member: String,
    bytes: u64,
) -> Result<NumpyArray, String> {
    let header = header(reader).ok_or("its numpy header is cut short or too long")?;
    let broken = || "its numpy header is broken".to_owned();
    let text = String::from_utf8_lossy(&header);
    Ok(NumpyArray {
        member,
        dtype: dtype(&text).ok_or_else(broken)?,
        shape: shape(&text).ok_or_else(broken)?,
        fortran_order: after(&text, "'fortran_order':")
            .ok_or_else(broken)?
            .starts_with("True"),
        bytes,
    })
}

fn header(reader: &mut dyn Read) -> Option<Vec<u8>> {
    let mut start = [0; 8];
    reader.read_exact(&mut start).ok()?;
    let length = if start[6] == 1 {
        let mut length = [0; 2];
        reader.read_exact(&mut length).ok()?;
        usize::from(u16::from_le_bytes(length))
    } else {
        let mut length = [0; 4];
        reader.read_exact(&mut length).ok()?;
        usize::try_from(u32::from_le_bytes(length)).ok()?
    };
    if length > MAX_HEADER_BYTES {
        return None;
    }
    let mut header = vec![0; length];
    reader.read_exact(&mut header).ok()?;
    Some(header)
}

fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.find(key).map(|at| text[at + key.len()..].trim_start())
}

fn dtype(text: &str) -> Option<String> {
    let value = after(text, "'descr':")?;
    if let Some(quoted) = value.strip_prefix('\'') {
        return quoted.split('\'').next().map(str::to_owned);
    }
    let end = value
        .find(", 'fortran_order'")
        .or_else(|| value.rfind(']').map(|at| at + 1))?;
    Some(value[..end].to_owned())
}

fn shape(text: &str) -> Option<Vec<u64>> {
    let inside = after(text, "'shape':")?
        .strip_prefix('(')?
        .split(')')
        .next()?;
    let lengths = inside
        .split(',')
        .map(str::trim)
        .filter(|length| !length.is_empty());
    lengths
        .map(|length| length.trim_end_matches('L').parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_headers_of_plain_object_and_structured_arrays() {
        let cases: &[(&str, &str, &[u64], bool)] = &[
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n",
                "<f8",
                &[3],
                false,
            ),
            (
                "{'descr': '|O', 'fortran_order': True, 'shape': (2, 4), }\n",
                "|O",
                &[2, 4],
                false,
            ),
            (
                "{'descr': '>i4', 'fortran_order': False, 'shape': (), }\n",
                ">i4",
                &[],
                false,
            ),
            (
                "{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }",
                "[('a', '<f8'), ('b', '|O')]",
                &[1],
                false,
            ),
            ("{'descr': '<f8'}", "", &[], true),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }\n",
                "",
                &[],
                true,
            ),
        ];
        for (header, dtype, shape, refused) in cases {
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
            bytes.extend(header.as_bytes());
            let found = read(&mut bytes.as_slice(), "a.npy".to_owned(), 9);
            assert_eq!(found.is_err(), *refused, "{header}");
            if let Ok(array) = found {
                assert_eq!(
                    (array.dtype.as_str(), array.shape.as_slice()),
                    (*dtype, *shape)
                );
                assert_eq!(array.holds_objects(), header.contains('O'));
            }
        }
    }
}
