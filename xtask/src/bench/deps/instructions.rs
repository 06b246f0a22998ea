//! How many instructions a command executes: what growth is when memory costs nothing.
//!
//! Times of large inputs also tell how much of them fits into the processor's caches, and whose
//! else memory is in there. Valgrind's `cachegrind` counts what does not depend on either.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::process;

/// Whether they can be counted here.
pub(super) fn can_be_counted() -> bool {
    let mut asking = Command::new("valgrind");
    asking.arg("--version").stdout(Stdio::null());
    asking.status().is_ok_and(|status| status.success())
}

/// Runs a command once, some fifty times slower than by itself.
///
/// # Errors
/// When it fails, or valgrind says no number.
pub(super) fn count(command: &[String], folder: &Path) -> Result<f64, Failure> {
    let log = folder.join("instructions.log");
    let mut counting = Command::new("valgrind");
    counting
        .args(["--tool=cachegrind", "--cache-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(format!("--log-file={}", log.display()))
        .args(command)
        .stdout(Stdio::null());
    process::run_silently(&mut counting)?;
    let text = std::fs::read_to_string(&log).map_err(|source| Failure::io("read", &log, source))?;
    number(&text).ok_or_else(|| Failure::Unexpected(format!("valgrind counted nothing: {text}")))
}

/// Reads `==123== I   refs:      1,261,066,048`.
fn number(log: &str) -> Option<f64> {
    let line = log.lines().find(|line| line.contains("refs:"))?;
    let (_, number) = line.split_once("refs:")?;
    number.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_number_that_valgrind_says() {
        let log = "==7== Command: envelope\n==7== \n==7== I   refs:      1,261,066\n";
        assert_eq!(number(log), Some(1_261_066.0));
        assert_eq!(number("==7== Command: envelope\n"), None);
    }
}
