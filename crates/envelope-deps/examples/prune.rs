//! Prunes packages from a lock, a requirements file or an installed environment, and prints what
//! stays:
//!
//! ```console
//! $ cargo run --example prune -- .venv jupyterlab
//! ```

#![expect(clippy::print_stdout, reason = "what an example has to show")]

use envelope_deps::source::{self, ReadOptions};
use envelope_deps::{Error, Graph, Pattern, PruneSpec, Size, Target, size};
use std::path::PathBuf;

fn main() -> Result<(), Error> {
    let mut words = std::env::args().skip(1);
    let input = PathBuf::from(words.next().unwrap_or_else(|| ".venv".to_owned()));
    let inventory = source::read(&input, &ReadOptions::default())?;
    let target = inventory
        .environment
        .clone()
        .map_or(Target::Universal, Target::One);
    let graph = Graph::build(&inventory, &[], target);
    let spec = PruneSpec {
        prune: words
            .map(|word| Pattern::parse(&word))
            .collect::<Result<_, _>>()?,
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec)?;
    for kept in &pruned.kept {
        let version = graph.version(kept.package).unwrap_or("?");
        println!("{}=={version}", graph.name(kept.package));
    }
    let removed = pruned.removed.iter();
    let saved: Size = removed
        .filter_map(|one| size::measure(graph.distribution(one.package)?))
        .sum();
    println!(
        "# {} -> {} packages, {} bytes in {} files less",
        pruned.kept.len() + pruned.removed.len(),
        pruned.kept.len(),
        saved.bytes,
        saved.files,
    );
    Ok(())
}
