//! Samples what a tree of processes and its machine use, under the names that MLflow gives them.
//!
//! # Metrics
//!
//! `system/…` is about the machine, and means what MLflow's own monitor means by it (MLflow 3.17.2,
//! `mlflow/system_metrics`): megabytes are 10⁶ bytes, percentages run to 100, and all but the network's
//! are rounded to one decimal.
//!
//! | name | what it is |
//! |---|---|
//! | `system/cpu_utilization_percentage` | of all processors, since the last sample |
//! | `system/system_memory_usage_megabytes`, `…_percentage` | memory that is not available to anyone new |
//! | `system/disk_usage_megabytes`, `…_percentage`, `system/disk_available_megabytes` | of the file system at `/` |
//! | `system/network_receive_megabytes`, `system/network_transmit_megabytes` | of all interfaces, since sampling began |
//! | `system/gpu_N_memory_usage_megabytes`, `…_percentage` | of GPU number N: NVIDIA's, or where there are none AMD's |
//! | `system/gpu_N_utilization_percentage` | of its last sampling period, as the driver has it |
//! | `system/gpu_N_power_usage_watts`, `…_percentage` | the latter of the limit that is in force |
//!
//! `process/…` is about the tree alone: the command, its children and all of theirs.
//!
//! | name | what it is |
//! |---|---|
//! | `process/cpu_utilization_percentage` | since the last sample; 100 is one processor, as in `top` |
//! | `process/cpu_time_seconds` | user and system time from the beginning, of ended processes too |
//! | `process/memory_usage_megabytes` | resident memory, summed; what processes share counts for each |
//! | `process/count`, `process/thread_count` | how many there are now |
//! | `process/disk_read_megabytes`, `process/disk_write_megabytes` | what reached the disk, from the beginning |
//! | `process/gpu_N_memory_usage_megabytes` | of the tree, where the driver says whose memory it is |
//!
//! What cannot be measured is absent from the sample. A percentage that needs a time to relate to is
//! absent from the first.

mod amd;
mod gpu;
mod machine;
#[cfg_attr(target_os = "linux", path = "sampler/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "sampler/portable.rs")]
mod processes;
mod tree;

pub(crate) use processes::children_of;
#[cfg(unix)]
pub(crate) use processes::peak_of;
pub(crate) use tree::{Cpu, Ledger, Reading, Scope, Tree};

use crate::metrics::Sample;
use gpu::Gpus;
use machine::Machine;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How to sample.
#[derive(Debug, Clone)]
pub struct Sampling {
    /// The time from one sample to the next.
    pub interval: Duration,
    /// Stands between `system/` and the rest of a name, where several machines train together:
    /// MLflow's `MLFLOW_SYSTEM_METRICS_NODE_ID`.
    pub node: Option<String>,
}

impl Default for Sampling {
    /// Five seconds, and no node.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            node: None,
        }
    }
}

/// Measures whenever it is asked to; it has no clock and no thread of its own.
///
/// ```
/// use envelope_capture::sampler::Sampler;
///
/// let mut sampler = Sampler::of_process(std::process::id(), None);
/// let sample = sampler.sample();
/// assert_eq!(sample.step, 0);
/// ```
pub struct Sampler {
    machine: Machine,
    gpus: Gpus,
    tree: Tree,
    prefixes: Prefixes,
    last: Option<(Instant, Duration)>,
    next_step: u64,
}

struct Prefixes {
    system: String,
    process: String,
}

impl Sampler {
    /// Samples a process that runs, and all that comes from it. A descendant whose parents have
    /// ended still counts, if one sample saw it before that.
    pub fn of_process(pid: u32, node: Option<&str>) -> Self {
        Self::new(Tree::new(Scope::Process(pid)), node)
    }

    pub(crate) fn new(tree: Tree, node: Option<&str>) -> Self {
        let node = node.map(|node| format!("{node}/")).unwrap_or_default();
        Self {
            machine: Machine::new(),
            gpus: Gpus::load(),
            tree,
            prefixes: Prefixes {
                system: format!("system/{node}"),
                process: format!("process/{node}"),
            },
            last: None,
            next_step: 0,
        }
    }

    /// Measures everything once.
    pub fn sample(&mut self) -> Sample {
        self.sample_with(&Ledger::default()).0
    }

    /// Measures the tree alone, which costs less.
    pub(crate) fn look(&mut self, ledger: &Ledger) -> Reading {
        self.tree.read(ledger)
    }

    /// Measures everything; beside the sample it gives how many bytes of the tree are resident.
    pub(crate) fn sample_with(&mut self, ledger: &Ledger) -> (Sample, u64) {
        let now = Instant::now();
        let reading = self.tree.read(ledger);
        let mut values = BTreeMap::new();
        let mut put = |prefix: &str, name: &str, value: f64| {
            if value.is_finite() {
                values.insert(format!("{prefix}{name}"), value);
            }
        };
        self.machine
            .measure(self.last.is_some(), &mut |name, value| {
                put(&self.prefixes.system, name, value);
            });
        self.gpus.measure(&mut |name, value| {
            put(&self.prefixes.system, name, value);
        });
        let mut put_process = |name: &str, value: f64| put(&self.prefixes.process, name, value);
        self.gpus.measure_processes(&reading.pids, &mut put_process);
        reading.measure(&mut put_process);
        let busy = reading.cpu.total();
        if let Some((then, busy_then)) = self.last {
            let passed = now.duration_since(then).as_secs_f64();
            let used = busy.saturating_sub(busy_then).as_secs_f64();
            put_process(
                "cpu_utilization_percentage",
                one_decimal(used / passed * 100.0),
            );
        }
        self.last = Some((now, busy));
        self.next_step += 1;
        let sample = Sample {
            timestamp_ms: now_ms(),
            step: self.next_step - 1,
            values,
        };
        (sample, reading.resident_bytes)
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_under_the_names_that_mlflow_gives() {
        let mut sampler = Sampler::of_process(std::process::id(), None);
        let first = sampler.sample();
        std::thread::sleep(Duration::from_millis(250));
        let second = sampler.sample();
        let names = [
            "system/cpu_utilization_percentage",
            "system/system_memory_usage_megabytes",
            "system/system_memory_usage_percentage",
            "system/network_receive_megabytes",
            "system/network_transmit_megabytes",
            #[cfg(unix)]
            "system/disk_usage_percentage",
            #[cfg(unix)]
            "system/disk_usage_megabytes",
            #[cfg(unix)]
            "system/disk_available_megabytes",
            "process/cpu_utilization_percentage",
            "process/cpu_time_seconds",
            "process/memory_usage_megabytes",
            "process/count",
        ];
        for name in names {
            let value = second.values.get(name);
            assert!(
                value.is_some_and(|value| *value >= 0.0),
                "{name}: {value:?}"
            );
        }
        let percentages = second
            .values
            .iter()
            .filter(|(name, _)| name.ends_with("percentage"));
        for (name, &value) in percentages.filter(|(name, _)| name.starts_with("system/")) {
            assert!((0.0..=100.0).contains(&value), "{name} is {value}");
        }
        assert_eq!((first.step, second.step), (0, 1));
        assert!(first.timestamp_ms < second.timestamp_ms);
        assert!(
            !first
                .values
                .contains_key("system/cpu_utilization_percentage")
        );
        assert!(
            !first
                .values
                .contains_key("process/cpu_utilization_percentage")
        );
    }

    #[test]
    fn a_node_stands_in_the_name() {
        let sample = Sampler::of_process(std::process::id(), Some("node_0")).sample();
        assert!(sample.values.contains_key("process/node_0/count"));
        assert!(
            sample
                .values
                .contains_key("system/node_0/system_memory_usage_megabytes")
        );
    }

    #[test]
    fn a_process_that_is_gone_leaves_the_machine() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .arg("--list")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        child.wait().unwrap();
        let sample = Sampler::of_process(child.id(), None).sample();
        assert!(sample.values["process/count"].abs() < 0.5);
        assert!(!sample.values.contains_key("process/memory_usage_megabytes"));
        assert!(
            sample
                .values
                .contains_key("system/system_memory_usage_megabytes")
        );
    }
}
