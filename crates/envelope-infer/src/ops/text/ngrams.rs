//! Counting n-grams: runs of tokens, perhaps with gaps, that stand in a pool.

use std::collections::HashMap;
use std::hash::Hash;

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// How counts become numbers.
#[derive(Clone, Copy)]
enum Weighing {
    /// The count itself.
    Count,
    /// The weight, if there is any.
    Presence,
    /// The count times the weight.
    Weighted,
}

/// The n-grams of a pool, as paths from token to token.
struct Pool<K> {
    /// The node that a token leads to from a node; all paths begin at node 0.
    steps: HashMap<(usize, K), usize>,
    /// The n-gram that ends at a node.
    ngrams: Vec<Option<Ngram>>,
}

/// The output that counts an n-gram, and what one of it weighs.
#[derive(Clone, Copy)]
struct Ngram {
    output: usize,
    weight: f32,
}

impl<K: Hash + Eq + Clone> Pool<K> {
    fn add(&mut self, tokens: &[K], ngram: Ngram) {
        let mut node = 0;
        for token in tokens {
            let next = self.ngrams.len();
            node = *self.steps.entry((node, token.clone())).or_insert(next);
            if node == next {
                self.ngrams.push(None);
            }
        }
        self.ngrams[node] = Some(ngram);
    }
}

#[derive(Clone)]
struct Lengths {
    shortest: usize,
    longest: usize,
    /// How many tokens at most are left out between two of an n-gram.
    skips: usize,
}

struct Vectorizer<K> {
    pool: Pool<K>,
    lengths: Lengths,
    weighing: Weighing,
    columns: usize,
}

/// What the attributes say, whatever the tokens are.
struct Layout {
    lengths: Lengths,
    weighing: Weighing,
    weights: Vec<f32>,
    starts: Vec<usize>,
    outputs: Vec<usize>,
}

pub(super) fn vectorize(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let layout = layout(facts)?;
    let (texts, numbers) = (facts.texts("pool_strings")?, facts.ints("pool_int64s")?);
    match (texts, numbers, data_type) {
        (Some(pool), None, DataType::String) => {
            let vectorizer = Vectorizer::new(&pool, layout)?;
            let operator = move |inputs: Inputs, context: &Context<'_>| {
                let x = inputs.tensor(0)?;
                Ok(one(vectorizer.run(x.strings()?, x.shape(), context)?))
            };
            Ok(Built::one(DataType::F32, operator))
        }
        (None, Some(pool), DataType::I32 | DataType::I64) => {
            let vectorizer = Vectorizer::new(pool, layout)?;
            let operator = move |inputs: Inputs, context: &Context<'_>| {
                let x = inputs.tensor(0)?;
                Ok(one(vectorizer.run(&x.integers()?, x.shape(), context)?))
            };
            Ok(Built::one(DataType::F32, operator))
        }
        _ => Err(fault!(
            "the pool of n-grams does not fit tokens of {data_type}"
        )),
    }
}

fn layout(facts: &Facts<'_>) -> Result<Layout> {
    let size = |name: &str| {
        let found = facts.int(name)?.and_then(|size| usize::try_from(size).ok());
        found.ok_or_else(|| fault!("attribute `{name}` is missing or negative"))
    };
    let sizes = |name: &str| {
        let found = facts.ints(name)?.unwrap_or_default().iter();
        let found: std::result::Result<Vec<usize>, _> =
            found.map(|&n| usize::try_from(n)).collect();
        found.map_err(|_| fault!("attribute `{name}` has a negative number"))
    };
    let lengths = Lengths {
        shortest: size("min_gram_length")?,
        longest: size("max_gram_length")?,
        skips: size("max_skip_count")?,
    };
    if lengths.shortest == 0 || lengths.shortest > lengths.longest {
        return Err(fault!(
            "n-grams of {} to {} tokens",
            lengths.shortest,
            lengths.longest
        ));
    }
    let weighing = match facts.text("mode")? {
        Some("TF") => Weighing::Count,
        Some("IDF") => Weighing::Presence,
        Some("TFIDF") => Weighing::Weighted,
        other => return Err(fault!("mode {other:?} is not supported")),
    };
    let outputs = sizes("ngram_indexes")?;
    let weights = facts.numbers("weights")?.unwrap_or_default().to_vec();
    if !weights.is_empty() && weights.len() != outputs.len() {
        return Err(fault!(
            "{} weights for {} n-grams",
            weights.len(),
            outputs.len()
        ));
    }
    Ok(Layout {
        lengths,
        weighing,
        weights,
        starts: sizes("ngram_counts")?,
        outputs,
    })
}

impl<K: Hash + Eq + Clone> Vectorizer<K> {
    fn new(tokens: &[K], layout: Layout) -> Result<Self> {
        let mut pool = Pool {
            steps: HashMap::new(),
            ngrams: vec![None],
        };
        let mut outputs = layout.outputs.iter().enumerate();
        let ends = layout.starts.iter().skip(1).copied().chain([tokens.len()]);
        for (i, (&start, end)) in layout.starts.iter().zip(ends).enumerate() {
            let length = i + 1;
            let part = tokens.get(start..end);
            let part = part.filter(|part| part.len().is_multiple_of(length));
            let part = part.ok_or_else(|| {
                fault!(
                    "the pool of {} has no {length}-grams at {start}..{end}",
                    tokens.len()
                )
            })?;
            for ngram in part.chunks(length) {
                let output = outputs.next();
                let (number, &output) =
                    output.ok_or_else(|| fault!("`ngram_indexes` is too short"))?;
                let weight = layout.weights.get(number).copied().unwrap_or(1.0);
                if (layout.lengths.shortest..=layout.lengths.longest).contains(&length) {
                    pool.add(ngram, Ngram { output, weight });
                }
            }
        }
        let columns = layout
            .outputs
            .iter()
            .max()
            .map_or(0, |&last| last.saturating_add(1));
        Ok(Self {
            pool,
            lengths: layout.lengths,
            weighing: layout.weighing,
            columns,
        })
    }

    fn run(&self, tokens: &[K], shape: &Shape, context: &Context<'_>) -> Result<Tensor> {
        let (made, length) = match shape[..] {
            [] => (Shape::from([self.columns]), 1),
            [length] => (Shape::from([self.columns]), length),
            [rows, length] => (Shape::from([rows, self.columns]), length),
            _ => return Err(fault!("found shape {shape}, expected [C] or [N, C]")),
        };
        let elements = context.room_for(&made, DataType::F32)?;
        let mut counts = vec![0.0f32; elements];
        if length > 0 && self.columns > 0 {
            let rows = tokens.chunks(length).zip(counts.chunks_mut(self.columns));
            for (tokens, counts) in rows {
                self.count(tokens, counts);
            }
        }
        Ok(Tensor::from_vec(made, counts))
    }

    fn count(&self, tokens: &[K], counts: &mut [f32]) {
        let Lengths {
            mut shortest,
            longest,
            skips,
        } = self.lengths;
        // Gaps longer than the tokens are find nothing.
        for distance in 1..=skips.saturating_add(1).min(tokens.len()) {
            for start in 0..tokens.len() {
                let mut node = 0;
                let ngram = tokens[start..].iter().step_by(distance).take(longest);
                for (i, token) in ngram.enumerate() {
                    let Some(&next) = self.pool.steps.get(&(node, token.clone())) else {
                        break;
                    };
                    node = next;
                    let Some(ngram) = self.pool.ngrams[node].filter(|_| i + 1 >= shortest) else {
                        continue;
                    };
                    let count = &mut counts[ngram.output];
                    *count = match self.weighing {
                        Weighing::Count => *count + 1.0,
                        Weighing::Presence => ngram.weight,
                        Weighing::Weighted => *count + ngram.weight,
                    };
                }
            }
            // A single token has no gaps: it is counted once.
            if shortest == 1 {
                shortest = 2;
                if longest < 2 {
                    break;
                }
            }
        }
    }
}
