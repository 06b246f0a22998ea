//! Which scale belongs to which element: one to all, one to each place along an axis, or one to each
//! block along it.

use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::shape::Shape;

/// What the attributes say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    axis: i64,
    /// 0 where there are no blocks.
    size: usize,
}

impl Blocks {
    pub(super) fn of(facts: &Facts<'_>) -> Result<Self> {
        let size = facts.int_or("block_size", 0)?;
        Ok(Self {
            axis: facts.int_or("axis", 1)?,
            size: usize::try_from(size).map_err(|_| fault!("blocks have size {size}"))?,
        })
    }
}

/// How the elements of a tensor are divided into rows that share a scale, or have one each.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granularity {
    /// Elements of a row.
    row: usize,
    /// Rows along the axis.
    rows: usize,
    /// Rows of one block.
    block: usize,
    /// Scales along the axis.
    blocks: usize,
    /// Scales of a row: 1, or as many as it has elements.
    scales: usize,
    /// Whether what lies before the axis has scales of its own.
    outer_scales: bool,
}

impl Granularity {
    /// Divides a tensor of a shape by scales of another one.
    pub(super) fn new(shape: &Shape, scale: &Shape, blocks: Blocks) -> Result<Self> {
        let wrong = || fault!("a scale of shape {scale} does not fit {shape}");
        let whole = scale.checked_elements() == Some(1) && (blocks.size == 0 || scale.rank() < 2);
        if whole {
            return Ok(Self {
                row: shape.elements(),
                rows: 1,
                block: 1,
                blocks: 1,
                scales: 1,
                outer_scales: false,
            });
        }
        let axis = shape.axis(blocks.axis)?;
        let size = shape[axis];
        let row = shape[axis + 1..].iter().product();
        if blocks.size == 0 {
            if scale[..] != [size] {
                return Err(wrong());
            }
            return Ok(Self {
                row,
                rows: size,
                block: 1,
                blocks: size,
                scales: 1,
                outer_scales: false,
            });
        }
        let mut expected = shape.clone();
        expected[axis] = size.div_ceil(blocks.size);
        if *scale != expected {
            return Err(wrong());
        }
        Ok(Self {
            row,
            rows: size,
            block: blocks.size,
            blocks: expected[axis],
            scales: row,
            outer_scales: true,
        })
    }

    /// Visits the rows, each with its scale or scales.
    pub(super) fn each_row(
        &self,
        values: &mut [f32],
        scales: &[f32],
        mut visit: impl FnMut(&mut [f32], &[f32]),
    ) {
        if self.row == 0 {
            return;
        }
        for (i, row) in values.chunks_mut(self.row).enumerate() {
            let (outer, along) = (i / self.rows, i % self.rows);
            let outer = if self.outer_scales { outer } else { 0 };
            let start = (outer * self.blocks + along / self.block) * self.scales;
            visit(row, &scales[start..start + self.scales]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scale of each element, or nothing where the shapes do not fit.
    fn scales(shape: &[usize], scale: &[usize], axis: i64, size: usize) -> Option<Vec<f32>> {
        let (shape, scale) = (Shape::from(shape), Shape::from(scale));
        let granularity = Granularity::new(&shape, &scale, Blocks { axis, size }).ok()?;
        let numbers: Vec<f32> = (0u8..).map(f32::from).take(scale.elements()).collect();
        let mut values = vec![0.0; shape.elements()];
        granularity.each_row(&mut values, &numbers, |row, scales| {
            for (i, value) in row.iter_mut().enumerate() {
                *value = scales[i % scales.len()];
            }
        });
        Some(values)
    }

    #[test]
    fn each_element_has_its_scale() {
        assert_eq!(scales(&[3], &[], 1, 0), Some(vec![0.0; 3]));
        assert_eq!(scales(&[3], &[1], 1, 0), Some(vec![0.0; 3]));
        assert_eq!(scales(&[2, 2], &[2], 1, 0), Some(vec![0.0, 1.0, 0.0, 1.0]));
        assert_eq!(scales(&[2, 2], &[2], -2, 0), Some(vec![0.0, 0.0, 1.0, 1.0]));
        assert_eq!(
            scales(&[3, 2], &[2, 2], 0, 2),
            Some(vec![0.0, 1.0, 0.0, 1.0, 2.0, 3.0])
        );
        assert_eq!(
            scales(&[2, 3], &[2, 2], 1, 2),
            Some(vec![0.0, 0.0, 1.0, 2.0, 2.0, 3.0])
        );
        assert_eq!(scales(&[0, 2], &[2], 1, 0), Some(vec![]));
        assert_eq!(scales(&[2, 3], &[2], 1, 0), None);
        assert_eq!(scales(&[2, 3], &[2, 1], 1, 2), None);
        assert_eq!(scales(&[2, 3], &[3], 5, 0), None);
    }
}
