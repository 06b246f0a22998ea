//! Every way in which loading or running a model fails.

use std::fmt;
use std::path::PathBuf;

/// A node that cannot run here, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The node's name, or its first output where it has none.
    pub node: String,
    /// The operator, with its domain unless that is ONNX's own: `Conv`, `ai.onnx.ml.ZipMap`.
    pub operator: String,
    /// What is not supported.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "node `{}` ({}): {}",
            self.node, self.operator, self.reason
        )
    }
}

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not what they should be.
    #[error("{what} is malformed: {message}")]
    Malformed {
        /// What was read: `the model`, a file's name.
        what: String,
        /// What was found, and where.
        message: String,
    },
    /// The model needs what cannot be run here; all of it is listed.
    #[error("{} of the model's nodes cannot run here:{}", refusals.len(), listed(refusals))]
    Refused {
        /// Each node that is in the way.
        refusals: Vec<Refusal>,
    },
    /// An input does not fit the model.
    #[error("input `{name}` {message}")]
    Input {
        /// The input's name.
        name: String,
        /// What was found, and what was expected.
        message: String,
    },
    /// A node failed while it ran.
    #[error("node `{node}` ({operator}): {message}")]
    Node {
        /// The node's name, or its first output where it has none.
        node: String,
        /// The operator.
        operator: String,
        /// What went wrong.
        message: String,
    },
    /// The device asked for is not there.
    #[error("{message}")]
    Device {
        /// What was asked for, and what there is.
        message: String,
    },
}

fn listed(refusals: &[Refusal]) -> String {
    let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    format!("\n  {}", lines.join("\n  "))
}
