//! What a metric is, as its name says: which plot it is, beside which others it stands, and what its
//! numbers count. The names are those of [`crate::sampler`]; any other stands for itself.

use super::number::Unit;

/// Plots that stand together, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Process,
    Cpu,
    Memory,
    Gpu,
    Disk,
    Network,
    Other,
}

impl Group {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Process => "The command and its children",
            Self::Cpu => "Processors of the machine",
            Self::Memory => "Memory of the machine",
            Self::Gpu => "GPUs",
            Self::Disk => "Disk",
            Self::Network => "Network of the machine",
            Self::Other => "Others",
        }
    }

    /// Its colour, as the style calls it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Gpu => "gpu",
            Self::Disk => "disk",
            Self::Network => "network",
            Self::Other => "other",
        }
    }
}

/// What is known of a metric. In order of its fields: as the plots are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Metric {
    pub(super) group: Group,
    /// Metrics of several GPUs or machines that are alike have the same, and one scale.
    pub(super) family: (usize, String),
    node: String,
    gpu: Option<u32>,
    pub(super) title: String,
}

/// The ends of names, where they belong, and what people call them.
const SYSTEM: [(&str, Group, &str); 8] = [
    ("cpu_utilization_percentage", Group::Cpu, "CPU utilization"),
    (
        "system_memory_usage_megabytes",
        Group::Memory,
        "Memory in use",
    ),
    (
        "system_memory_usage_percentage",
        Group::Memory,
        "Memory in use, share",
    ),
    ("disk_usage_megabytes", Group::Disk, "Disk in use"),
    ("disk_usage_percentage", Group::Disk, "Disk in use, share"),
    ("disk_available_megabytes", Group::Disk, "Disk available"),
    ("network_receive_megabytes", Group::Network, "Received"),
    ("network_transmit_megabytes", Group::Network, "Sent"),
];
const PROCESS: [(&str, Group, &str); 8] = [
    (
        "cpu_utilization_percentage",
        Group::Process,
        "CPU utilization",
    ),
    ("memory_usage_megabytes", Group::Process, "Memory"),
    ("gpu_memory_usage_megabytes", Group::Process, "memory"),
    ("cpu_time_seconds", Group::Process, "CPU time"),
    ("count", Group::Process, "Processes"),
    ("thread_count", Group::Process, "Threads"),
    ("disk_read_megabytes", Group::Process, "Read from disk"),
    ("disk_write_megabytes", Group::Process, "Written to disk"),
];
const GPU: [(&str, Group, &str); 5] = [
    ("gpu_utilization_percentage", Group::Gpu, "utilization"),
    ("gpu_memory_usage_megabytes", Group::Gpu, "memory in use"),
    (
        "gpu_memory_usage_percentage",
        Group::Gpu,
        "memory in use, share",
    ),
    ("gpu_power_usage_watts", Group::Gpu, "power"),
    (
        "gpu_power_usage_percentage",
        Group::Gpu,
        "power, share of the limit",
    ),
];

impl Metric {
    /// Reads a name: `system/[node/]…`, `process/[node/]…`.
    pub(super) fn of(name: &str) -> Self {
        let (scope, rest) = name.split_once('/').unwrap_or(("", name));
        let (node, leaf) = rest.rsplit_once('/').unwrap_or(("", rest));
        let (gpu, leaf) = without_gpu(leaf);
        let table: &[(&str, Group, &str)] = match (scope, gpu) {
            ("system", None) => &SYSTEM,
            ("system", Some(_)) => &GPU,
            ("process", _) => &PROCESS,
            _ => &[],
        };
        let Some(at) = table.iter().position(|(end, ..)| *end == leaf) else {
            return Self {
                group: Group::Other,
                family: (0, name.to_owned()),
                node: String::new(),
                gpu: None,
                title: name.to_owned(),
            };
        };
        let (_, group, words) = table[at];
        let of_gpu = gpu.map_or(words.to_owned(), |gpu| format!("GPU {gpu} {words}"));
        let title = match node {
            "" => of_gpu,
            node => format!("{of_gpu} · {node}"),
        };
        Self {
            group,
            family: (at, leaf),
            node: node.to_owned(),
            gpu,
            title,
        }
    }

    /// Whether it is a part of something whole, which is shown as a whole.
    pub(super) fn is_share(&self, unit: Unit) -> bool {
        unit == Unit::Percent && !matches!(self.group, Group::Process | Group::Other)
    }
}

/// `gpu_3_power_usage_watts` without its number, and the number.
fn without_gpu(leaf: &str) -> (Option<u32>, String) {
    let found = leaf.strip_prefix("gpu_").and_then(|rest| {
        let (number, end) = rest.split_once('_')?;
        Some((number.parse().ok()?, format!("gpu_{end}")))
    });
    found.map_or_else(
        || (None, leaf.to_owned()),
        |(number, leaf)| (Some(number), leaf),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_say_them() {
        let cases = [
            (
                "system/cpu_utilization_percentage",
                Group::Cpu,
                "CPU utilization",
            ),
            ("process/node_1/count", Group::Process, "Processes · node_1"),
            (
                "system/gpu_11_power_usage_watts",
                Group::Gpu,
                "GPU 11 power",
            ),
            (
                "process/gpu_0_memory_usage_megabytes",
                Group::Process,
                "GPU 0 memory",
            ),
            (
                "system/gpu_x_power_usage_watts",
                Group::Other,
                "system/gpu_x_power_usage_watts",
            ),
            ("loss", Group::Other, "loss"),
        ];
        for (name, group, title) in cases {
            let metric = Metric::of(name);
            assert_eq!((metric.group, metric.title.as_str()), (group, title));
        }
    }

    #[test]
    fn gpus_stand_in_order_of_their_numbers_metric_by_metric() {
        let mut names = [
            "system/gpu_10_utilization_percentage",
            "system/gpu_2_power_usage_watts",
            "process/count",
            "system/gpu_2_utilization_percentage",
        ];
        names.sort_by_key(|name| Metric::of(name));
        assert_eq!(
            names,
            [
                "process/count",
                "system/gpu_2_utilization_percentage",
                "system/gpu_10_utilization_percentage",
                "system/gpu_2_power_usage_watts",
            ]
        );
    }
}
