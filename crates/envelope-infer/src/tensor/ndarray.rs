//! Tensors from and to the arrays of the crate [ndarray](https://docs.rs/ndarray).

use ndarray::{ArrayD, ArrayView, Dimension, IxDyn};

use super::Tensor;
use crate::element::Element;
use crate::error::Error;
use crate::shape::Shape;

impl Tensor {
    /// Makes a tensor of an array, whatever its layout.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a view is a reference already"
    )]
    pub fn from_ndarray<T: Element, D: Dimension>(array: ArrayView<'_, T, D>) -> Self {
        let shape = Shape::from(array.shape());
        let elements = match array.as_slice() {
            Some(dense) => dense.to_vec(),
            None => array.iter().copied().collect(),
        };
        Self::from_vec(shape, elements)
    }

    /// The tensor as an array, in row-major order.
    ///
    /// # Errors
    /// When it has elements of another type.
    pub fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>, Error> {
        let malformed = |message: String| Error::Malformed {
            what: "a tensor".to_owned(),
            message,
        };
        let elements = self.values::<T>().map_err(|fault| malformed(fault.0))?;
        ArrayD::from_shape_vec(IxDyn(self.shape()), elements.into_owned())
            .map_err(|error| malformed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, arr0, arr2};

    use super::*;

    #[test]
    fn arrays_of_any_layout_are_read_in_their_order() {
        let array = arr2(&[[1i64, 2, 3], [4, 5, 6]]);
        let tensor = Tensor::from_ndarray(array.t());
        assert_eq!(tensor.shape()[..], [3, 2]);
        assert_eq!(tensor.to_i64s().unwrap(), [1, 4, 2, 5, 3, 6]);
        assert_eq!(tensor.to_ndarray::<i64>().unwrap(), array.t().into_dyn());
        let scalar = Tensor::from_ndarray(arr0(1.5f32).view());
        assert_eq!(scalar.rank(), 0);
        let empty = Tensor::from_ndarray(Array::<f64, _>::zeros((0, 3)).view());
        assert_eq!(empty.to_ndarray::<f64>().unwrap().shape(), [0, 3]);
        let error = tensor.to_ndarray::<f32>().unwrap_err().to_string();
        assert_eq!(
            error,
            "a tensor is malformed: found a tensor of int64, expected float32"
        );
    }
}
