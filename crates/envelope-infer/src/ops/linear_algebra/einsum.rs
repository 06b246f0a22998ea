//! [Einsum](https://onnx.ai/onnx/operators/onnx__Einsum.html) as products of two tensors at a time,
//! each a matrix product.

use super::equation::{Equation, Label};
use super::term::Term;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::ops::wide::converted;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// More operands than this are refused: the best order of the products is sought among all pairs.
const MOST_OPERANDS: usize = 32;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let count = facts.input_count();
    let data_type = facts.same_data_type(0..count)?;
    facts.data_type_where(0, DataType::is_number)?;
    let text = facts.text("equation")?;
    let equation = Equation::parse(text.ok_or_else(|| fault!("`equation` is missing"))?)?;
    if equation.operands() != count || count > MOST_OPERANDS {
        let named = equation.operands();
        return Err(fault!("the equation is for {named} of {count} operands"));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let sum = sum(&equation, inputs.take_all()?, context)?;
        Ok(one(if data_type.is_float() {
            converted(sum, data_type)?
        } else {
            sum
        }))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn sum(equation: &Equation, operands: Vec<Tensor>, context: &Context<'_>) -> Result<Tensor> {
    let labels: Vec<Vec<Label>> = operands
        .iter()
        .enumerate()
        .map(|(number, operand)| equation.labels(number, operand.rank()))
        .collect::<Result<_>>()?;
    let hidden = |labels: &Vec<Label>| {
        labels
            .iter()
            .filter(|label| matches!(label, Label::Ellipsis(_)))
            .count()
    };
    let output = equation.output_labels(labels.iter().map(hidden).max().unwrap_or(0));
    let sizes = sizes(&operands, &labels)?;
    let size = |label: &Label| {
        sizes
            .iter()
            .find(|(known, _)| known == label)
            .map_or(1, |&(_, size)| size)
    };
    let shape: Shape = output.iter().map(size).collect();
    let data_type = operands.first().map_or(DataType::F32, Tensor::data_type);
    context.room_for(&shape, data_type)?;
    if sizes.iter().any(|&(_, size)| size == 0) {
        return super::term::zeros(shape, data_type);
    }
    let terms = operands.into_iter().zip(labels);
    let mut terms: Vec<Term> = terms
        .map(|(operand, labels)| Term::new(operand, &labels, &size))
        .collect::<Result<_>>()?;
    while let Some((i, j)) = best_pair(&terms, &output) {
        let b = terms.swap_remove(j);
        let a = terms.swap_remove(i);
        let wanted = wanted(&terms, &output);
        terms.push(a.times(b, &wanted, context)?);
    }
    let last = terms
        .pop()
        .ok_or_else(|| fault!("there is nothing to add up"))?;
    last.summed_to(&output)?.tensor.reshaped(shape)
}

/// The size of each label. Dimensions of one element fit all others.
fn sizes(operands: &[Tensor], labels: &[Vec<Label>]) -> Result<Vec<(Label, usize)>> {
    let mut sizes: Vec<(Label, usize)> = Vec::new();
    for (operand, labels) in operands.iter().zip(labels) {
        for (&label, &size) in labels.iter().zip(operand.shape().iter()) {
            match sizes.iter_mut().find(|(known, _)| *known == label) {
                None => sizes.push((label, size)),
                Some((_, known)) if *known == 1 => *known = size,
                Some((_, known)) if size == 1 || size == *known => {}
                Some((_, known)) => {
                    return Err(fault!("{label:?} has sizes {known} and {size}"));
                }
            }
        }
    }
    Ok(sizes)
}

/// What must be left of a product: what the output or another term has.
fn wanted(others: &[Term], output: &[Label]) -> Vec<Label> {
    let of_others = others.iter().flat_map(|term| &term.labels);
    of_others.chain(output).copied().collect()
}

/// The two terms whose product is the smallest, the first one first.
fn best_pair(terms: &[Term], output: &[Label]) -> Option<(usize, usize)> {
    let mut best = None;
    for j in 1..terms.len() {
        for i in 0..j {
            let others = (0..terms.len()).filter(|k| *k != i && *k != j);
            let needed = |label: &Label| {
                output.contains(label) || others.clone().any(|k| terms[k].labels.contains(label))
            };
            let size = terms[i].size_of_product(&terms[j], needed);
            if best.is_none_or(|(least, _)| size < least) {
                best = Some((size, (i, j)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}
