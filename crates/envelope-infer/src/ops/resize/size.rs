//! The sizes that a resized tensor has, and the scale of each dimension.

use smallvec::SmallVec;

use crate::element::{Number as _, with_float};
use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;

/// What is asked for: scales or sizes, for all dimensions or those that `axes` names.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) axes: Option<Vec<i64>>,
    /// The beginnings and the ends of the region that is resized.
    pub(super) region: Option<Vec<f32>>,
    pub(super) scales: Option<Vec<f32>>,
    pub(super) sizes: Option<Vec<i64>>,
    pub(super) fit: Fit,
}

/// What sizes mean if they would change the ratio of the sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fit {
    #[default]
    Stretch,
    NotLarger,
    NotSmaller,
}

/// A dimension that is resized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// Which one.
    pub(super) number: usize,
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) scale: f64,
    /// The part of the dimension that is resized.
    pub(super) region: (f64, f64),
}

impl Fit {
    pub(super) fn read(facts: &Facts<'_>) -> Result<Self> {
        match facts.text_or("keep_aspect_ratio_policy", "stretch")? {
            "stretch" => Ok(Self::Stretch),
            "not_larger" => Ok(Self::NotLarger),
            "not_smaller" => Ok(Self::NotSmaller),
            other => Err(fault!("attribute `keep_aspect_ratio_policy` is `{other}`")),
        }
    }
}

/// The elements of a tensor of any float type.
pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    with_float!(tensor.data_type(), T => {
        let values = tensor.values::<T>()?;
        Ok(values.iter().map(|v| f32::from_f64(v.to_f64())).collect())
    })
}

impl Request {
    /// The dimensions that are resized, for a tensor of this shape.
    pub(super) fn axes(&self, shape: &Shape) -> Result<Vec<Axis>> {
        let named: SmallVec<[usize; 6]> = match &self.axes {
            Some(axes) => axes_of(axes, shape.rank())?,
            None => (0..shape.rank()).collect(),
        };
        let region = self.region(named.len())?;
        let scaled = match (&self.scales, &self.sizes) {
            (Some(scales), _) => by_scales(scales, &named, shape)?,
            (None, Some(sizes)) => self.by_sizes(sizes, &named, shape)?,
            (None, None) => return Err(fault!("both scales and sizes are empty")),
        };
        let axis = |(i, (output, scale)): (usize, (usize, f64))| {
            let input = shape[named[i]];
            if input == 0 && output > 0 {
                return Err(fault!("a dimension of 0 cannot be resized to {output}"));
            }
            Ok(Axis {
                number: named[i],
                input,
                output,
                scale,
                region: region.map_or((0.0, 1.0), |region| {
                    (f64::from(region[i]), f64::from(region[named.len() + i]))
                }),
            })
        };
        scaled.into_iter().enumerate().map(axis).collect()
    }

    fn region(&self, count: usize) -> Result<Option<&[f32]>> {
        match self.region.as_deref() {
            Some(region) if region.len() != 2 * count => Err(fault!(
                "a region of {} numbers does not fit {count} dimensions",
                region.len()
            )),
            region => Ok(region),
        }
    }

    fn by_sizes(&self, sizes: &[i64], named: &[usize], shape: &Shape) -> Result<Vec<(usize, f64)>> {
        if sizes.len() != named.len() {
            return Err(fault!(
                "{} sizes do not fit {} dimensions",
                sizes.len(),
                named.len()
            ));
        }
        let mut found = Vec::with_capacity(sizes.len());
        for (&size, &axis) in sizes.iter().zip(named) {
            let size = usize::try_from(size).map_err(|_| fault!("size {size} is negative"))?;
            found.push((size, size as f64 / shape[axis].max(1) as f64));
        }
        let scales = found.iter().map(|pair| pair.1);
        let scale = match self.fit {
            Fit::Stretch => return Ok(found),
            Fit::NotLarger => scales.fold(f64::INFINITY, f64::min),
            Fit::NotSmaller => scales.fold(0.0, f64::max),
        };
        let kept = named.iter().map(|&axis| {
            let size = whole((scale * shape[axis] as f64 + 0.5).floor())?;
            Ok((size, scale))
        });
        kept.collect()
    }
}

fn by_scales(scales: &[f32], named: &[usize], shape: &Shape) -> Result<Vec<(usize, f64)>> {
    if scales.len() != named.len() {
        return Err(fault!(
            "{} scales do not fit {} dimensions",
            scales.len(),
            named.len()
        ));
    }
    let found = scales.iter().zip(named).map(|(&scale, &axis)| {
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(fault!("scale {scale} is not supported"));
        }
        // In single precision, as shapes are inferred elsewhere: 10 times 0.7 is 7.
        let size = whole(f64::from((shape[axis] as f32 * scale).floor()))?;
        Ok((size, f64::from(scale)))
    });
    found.collect()
}

fn whole(size: f64) -> Result<usize> {
    if !(0.0..=4e18).contains(&size) {
        return Err(fault!("size {size} is not supported"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    let size = size as usize;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_scales_and_policies() {
        let shape = Shape::from([1, 10, 4]);
        let sizes = |request: &Request| -> Result<Vec<usize>> {
            Ok(request
                .axes(&shape)?
                .iter()
                .map(|axis| axis.output)
                .collect())
        };
        let mut request = Request {
            scales: Some(vec![1.0, 0.7, 2.4]),
            ..Request::default()
        };
        assert_eq!(sizes(&request), Ok(vec![1, 7, 9]));
        request.scales = Some(vec![1.0, -1.0, 2.0]);
        assert!(sizes(&request).is_err());
        request.scales = Some(vec![1.0]);
        assert!(sizes(&request).is_err());
        request = Request {
            axes: Some(vec![-1, 1]),
            sizes: Some(vec![8, 15]),
            fit: Fit::NotLarger,
            ..Request::default()
        };
        assert_eq!(sizes(&request), Ok(vec![6, 15]));
        request.fit = Fit::NotSmaller;
        assert_eq!(sizes(&request), Ok(vec![8, 20]));
        request.sizes = Some(vec![-1, 1]);
        assert!(sizes(&request).is_err());
        request.axes = Some(vec![1, 1]);
        assert!(sizes(&request).is_err());
    }
}
