//! Where values are missing: in a column, and in what its lists and objects hold.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

/// Whether values are missing here, and in what is within.
#[derive(Clone, Debug, Default)]
pub(super) struct Missing {
    pub(super) is_here: bool,
    pub(super) within: Vec<Missing>,
}

impl Missing {
    /// What is missing in each column of some batches.
    pub(super) fn of_batches(parts: &[RecordBatch], schema: &Schema) -> Vec<Self> {
        let fields = schema.fields().iter().enumerate();
        let each = fields.map(|(place, field)| {
            let mut missing = Missing::nowhere(field.data_type());
            for part in parts {
                missing.see(part.column(place));
            }
            missing
        });
        each.collect()
    }

    fn nowhere(data_type: &DataType) -> Self {
        let within = within(data_type).into_iter();
        Self {
            is_here: false,
            within: within
                .map(|field| Self::nowhere(field.data_type()))
                .collect(),
        }
    }

    /// What to take for columns whose types do not depend on it.
    pub(super) fn anywhere(field: &Field) -> Self {
        let within = within(field.data_type()).into_iter();
        Self {
            is_here: true,
            within: within.map(Self::anywhere).collect(),
        }
    }

    /// Whether the types that pandas gives depend on what is missing: numbers become floats, and
    /// truth values objects.
    pub(super) fn matters(field: &Field) -> bool {
        let data_type = field.data_type();
        data_type == &DataType::Boolean
            || data_type.is_integer()
            || within(data_type).into_iter().any(Self::matters)
    }

    /// Whether nothing is missing there that is not missing here.
    pub(super) fn covers(&self, found: &Self) -> bool {
        let mut within = self.within.iter().zip(&found.within);
        (self.is_here || !found.is_here) && within.all(|(all, some)| all.covers(some))
    }

    /// Adds what is missing in an array.
    pub(super) fn see(&mut self, array: &ArrayRef) {
        if array.is_empty() {
            return;
        }
        self.is_here |= array.logical_null_count() > 0;
        match array.data_type() {
            DataType::Struct(_) => {
                let columns = array.as_struct().columns().iter();
                for (within, column) in self.within.iter_mut().zip(columns) {
                    within.see(column);
                }
            }
            DataType::Map(_, _) => {
                let entries = super::nested::entries(array.as_map());
                let columns = [entries.keys, entries.values];
                for (within, column) in self.within.iter_mut().zip(&columns) {
                    within.see(column);
                }
            }
            _ => {
                if let (Some(lists), Some(within)) =
                    (super::nested::lists(array), self.within.first_mut())
                {
                    within.see(&lists.items);
                }
            }
        }
    }
}

/// The fields within a type.
fn within(data_type: &DataType) -> Vec<&Field> {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| &**field).collect(),
        DataType::Map(entries, _) => within(entries.data_type()),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            vec![field]
        }
        _ => Vec::new(),
    }
}
