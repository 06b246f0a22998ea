//! Heads: how they lie in tensors of three and four dimensions, and products of all of them.

use burn_backend::Scalar;
use burn_backend::ops::FloatTensorOps as _;

use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Context, Facts};
use crate::ops::shape::permuted;
use crate::ops::wide::{converted, product};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// An attribute that counts heads.
pub(super) fn count(facts: &Facts<'_>, name: &str) -> Result<Option<usize>> {
    let Some(heads) = facts.int(name)? else {
        return Ok(None);
    };
    let heads = usize::try_from(heads).ok().filter(|&heads| heads > 0);
    let heads = heads.ok_or_else(|| fault!("`{name}` is not positive"))?;
    Ok(Some(heads))
}

/// The tensor as `[batch, heads, sequence, size]`, from that or from `[batch, sequence, heads * size]`.
pub(super) fn apart(x: Tensor, heads: Option<usize>) -> Result<Tensor> {
    match (&x.shape()[..], heads) {
        (&[_, found, _, _], heads) if heads.is_none_or(|heads| heads == found) => Ok(x),
        (&[batch, sequence, width], Some(heads)) if width.is_multiple_of(heads) => {
            let shape = [batch, sequence, heads, width / heads];
            permuted(x.reshaped(shape)?, &[0, 2, 1, 3])
        }
        (shape, Some(heads)) => Err(fault!("shape {shape:?} does not hold {heads} heads")),
        (shape, None) => Err(fault!("shape {shape:?} needs the number of heads stated")),
    }
}

/// The opposite, back to three dimensions.
pub(super) fn together(x: Tensor) -> Result<Tensor> {
    let &[batch, heads, sequence, size] = &x.shape()[..] else {
        return Err(fault!(
            "found shape {}, expected four dimensions",
            x.shape()
        ));
    };
    permuted(x, &[0, 2, 1, 3])?.reshaped([batch, sequence, heads * size])
}

/// Queries, keys and values of which the sizes fit each other.
pub(super) struct Heads {
    pub(super) query: Tensor,
    pub(super) key: Tensor,
    pub(super) value: Tensor,
    pub(super) sizes: Sizes,
}

/// The sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) batch: usize,
    pub(super) query_heads: usize,
    pub(super) key_heads: usize,
    /// The number of queries.
    pub(super) queries: usize,
    /// The number of keys, past ones included.
    pub(super) keys: usize,
    pub(super) head: usize,
    pub(super) value_head: usize,
}

impl Sizes {
    pub(super) fn scores(&self) -> Shape {
        [self.batch, self.query_heads, self.queries, self.keys].into()
    }

    /// The scores with the queries of all heads that share a key's head side by side.
    fn shared(&self) -> [usize; 4] {
        let group = self.query_heads / self.key_heads.max(1);
        [self.batch, self.key_heads, group * self.queries, self.keys]
    }
}

/// How scores are scaled, and the type that queries and keys have.
#[derive(Clone, Copy)]
pub(super) struct Scaling {
    pub(super) scale: Option<f32>,
    pub(super) data_type: DataType,
}

impl Scaling {
    /// The values as they are after a step in half precision.
    fn rounded(self, x: Tensor) -> Result<Tensor> {
        if self.data_type.size_bytes() != 2 {
            return Ok(x);
        }
        let wide = x.data_type();
        converted(converted(x, self.data_type)?, wide)
    }
}

fn scaled(x: &Tensor, factor: f64) -> Result<Tensor> {
    let x = x.clone().into_burn()?;
    Tensor::from_burn(B::float_mul_scalar(x, Scalar::Float(factor)))
}

impl Heads {
    /// All three in four dimensions.
    pub(super) fn new(query: Tensor, key: Tensor, value: Tensor) -> Result<Self> {
        let (q, k, v) = (query.shape(), key.shape(), value.shape());
        let misfit = || fault!("queries {q}, keys {k} and values {v} do not fit each other");
        let (&[batch, query_heads, queries, head], &[kb, key_heads, keys, kh]) = (&q[..], &k[..])
        else {
            return Err(misfit());
        };
        let &[vb, vn, values, value_head] = &v[..] else {
            return Err(misfit());
        };
        let shared = key_heads > 0 && query_heads.is_multiple_of(key_heads)
            || key_heads == 0 && query_heads == 0;
        if kb != batch || vb != batch || kh != head || vn != key_heads || values != keys || !shared
        {
            return Err(misfit());
        }
        let sizes = Sizes {
            batch,
            query_heads,
            key_heads,
            queries,
            keys,
            head,
            value_head,
        };
        Ok(Self {
            query,
            key,
            value,
            sizes,
        })
    }

    /// The scaled product of each query with each key: `[batch, heads, queries, keys]`.
    ///
    /// Both sides get the root of the scale. Where the type is one of half precision, each step is
    /// rounded to it.
    pub(super) fn scores(&self, scaling: Scaling, context: &Context<'_>) -> Result<Tensor> {
        let sizes = self.sizes;
        context.room_for(&sizes.scores(), self.query.data_type())?;
        let scale = scaling
            .scale
            .map_or_else(|| 1.0 / (sizes.head as f64).sqrt(), f64::from);
        let (query, key) = if scaling.data_type.size_bytes() == 2 {
            let root = Tensor::scalar(scale.abs().sqrt());
            let root = converted(root, scaling.data_type)?.number()?;
            let query = scaled(&self.query, root.copysign(scale))?;
            let key = scaled(&self.key, root)?;
            (scaling.rounded(query)?, scaling.rounded(key)?)
        } else {
            (scaled(&self.query, scale)?, self.key.clone())
        };
        let [batch, heads, rows, _] = sizes.shared();
        let query = query.reshaped([batch, heads, rows, sizes.head])?;
        let product = product(query, permuted(key, &[0, 1, 3, 2])?)?;
        scaling.rounded(product.reshaped(sizes.scores())?)
    }

    /// The values mixed by their weights: `[batch, heads, queries, value size]`.
    pub(super) fn mixed(&self, weights: Tensor, context: &Context<'_>) -> Result<Tensor> {
        let sizes = self.sizes;
        let shape: Shape = [
            sizes.batch,
            sizes.query_heads,
            sizes.queries,
            sizes.value_head,
        ]
        .into();
        context.room_for(&shape, weights.data_type())?;
        let weights = weights.reshaped(sizes.shared())?;
        product(weights, self.value.clone())?.reshaped(shape)
    }
}
