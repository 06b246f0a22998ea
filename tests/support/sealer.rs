//! Sealing in a process of its own, which a test may kill: this binary, started again, runs the one
//! test below, which does what the variable says.

use super::fixtures::try_seal_spec;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// Holds an [`Order`] as JSON; absent in an ordinary run.
const ORDER: &str = "ENVELOPE_TEST_SEAL_ORDER";
/// The test that carries it out.
const TEST: &str = "support::sealer::carries_out_the_order_of_another_test";
/// Is printed before each sealing.
pub(crate) const BEGINS: &str = "sealing begins";
/// Is printed, with the reason, when a package could not be sealed.
pub(crate) const FAILED: &str = "sealing failed: ";

/// What to seal, and how often.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Sealed in turn.
    pub(crate) specs: Vec<PathBuf>,
    pub(crate) destination: PathBuf,
    pub(crate) replace: bool,
    pub(crate) times: usize,
}

impl Order {
    /// The command that carries out the order.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
            .env(ORDER, serde_json::to_string(self).unwrap())
            .env("RUST_BACKTRACE", "0");
        command
    }

    /// The same, started by a shell that first runs other commands.
    pub(crate) fn command_after(&self, preparation: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{preparation}\nexec \"$@\""))
            .arg("sh")
            .arg(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
            .env(ORDER, serde_json::to_string(self).unwrap())
            .env("RUST_BACKTRACE", "0");
        command
    }
}

#[test]
fn carries_out_the_order_of_another_test() {
    let Some(order) = std::env::var_os(ORDER) else {
        return;
    };
    let order: Order = serde_json::from_str(order.to_str().unwrap()).unwrap();
    for spec in order.specs.iter().cycle().take(order.times) {
        println!("{BEGINS}");
        std::io::stdout().flush().unwrap();
        if let Err(reason) = try_seal_spec(spec, &order.destination, order.replace) {
            println!("{FAILED}{reason}");
        }
    }
}
