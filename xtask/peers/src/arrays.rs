//! The arrays of an `.npz` file, of the two types that the models take.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use npyz::npz::NpzArchive;
use npyz::{NpyFile, Order};

/// The inputs by their names, and the output that is expected.
pub(crate) struct Arrays {
    /// `x0`, `x1`, …
    pub(crate) inputs: Vec<(String, Array)>,
    /// `y`, where the file has it.
    pub(crate) expected: Option<Vec<f32>>,
}

/// One array, by rows.
pub(crate) struct Array {
    /// Its dimensions.
    pub(crate) shape: Vec<usize>,
    /// Its values.
    pub(crate) values: Values,
}

/// The values of an array.
pub(crate) enum Values {
    /// `float32`
    Float32(Vec<f32>),
    /// `int64`
    Int64(Vec<i64>),
}

impl Arrays {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or holds another type.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut archive = NpzArchive::new(BufReader::new(File::open(path)?))?;
        let mut inputs = Vec::new();
        loop {
            let name = format!("x{}", inputs.len());
            let Some(file) = archive.by_name(&name)? else {
                break;
            };
            let array = Array::read(file).with_context(|| format!("array `{name}`"))?;
            inputs.push((name, array));
        }
        let expected = match archive.by_name("y")? {
            Some(file) => Some(file.into_vec().context("array `y`")?),
            None => None,
        };
        Ok(Self { inputs, expected })
    }

    /// Finds an input by its name.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn input(&self, name: &str) -> Result<&Array> {
        let found = self.inputs.iter().find(|(known, _)| known == name);
        found
            .map(|(_, array)| array)
            .with_context(|| format!("found no array for the input `{name}`"))
    }
}

impl Array {
    fn read<R: Read>(file: NpyFile<R>) -> Result<Self> {
        ensure!(
            file.order() == Order::C,
            "is stored by columns, expected by rows"
        );
        let shape = file.shape().iter().map(|one| usize::try_from(*one));
        let shape = shape.collect::<Result<_, _>>()?;
        let values = match file.dtype().descr().as_str() {
            "'<f4'" => Values::Float32(file.into_vec()?),
            "'<i8'" => Values::Int64(file.into_vec()?),
            other => bail!("has the type {other}, expected float32 or int64"),
        };
        Ok(Self { shape, values })
    }
}
