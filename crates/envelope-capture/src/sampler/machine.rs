//! What the machine as a whole uses, as psutil counts it for MLflow. Processes are not known here.

use super::{megabytes, one_decimal};
use sysinfo::{MemoryRefreshKind, Networks, System};

pub(super) struct Machine {
    system: System,
    networks: Networks,
    /// Bytes that came and went before sampling began.
    before: (u64, u64),
}

impl Machine {
    pub(super) fn new() -> Self {
        let mut system = System::new();
        system.refresh_cpu_usage();
        let networks = Networks::new_with_refreshed_list();
        let before = traffic(&networks);
        Self {
            system,
            networks,
            before,
        }
    }

    /// Gives each number to `put`. Utilization relates to the last call, so there is none at first.
    pub(super) fn measure(&mut self, again: bool, put: &mut dyn FnMut(&str, f64)) {
        self.system.refresh_cpu_usage();
        if again {
            let busy = f64::from(self.system.global_cpu_usage());
            put("cpu_utilization_percentage", one_decimal(busy));
        }
        let memory = MemoryRefreshKind::nothing().with_ram();
        self.system.refresh_memory_specifics(memory);
        let (used, total) = (self.system.used_memory(), self.system.total_memory());
        put(
            "system_memory_usage_megabytes",
            one_decimal(megabytes(used)),
        );
        put("system_memory_usage_percentage", percentage(used, total));
        measure_disk(put);
        self.networks.refresh(true);
        let (received, sent) = traffic(&self.networks);
        let since = |now: u64, before: u64| megabytes(now.saturating_sub(before));
        put("network_receive_megabytes", since(received, self.before.0));
        put("network_transmit_megabytes", since(sent, self.before.1));
    }
}

/// Of the file system at `/`, the one that MLflow asks about. Root's reserve counts as used only in
/// that it is not available, as in `df`.
#[cfg(unix)]
fn measure_disk(put: &mut dyn FnMut(&str, f64)) {
    let Ok(disk) = rustix::fs::statvfs("/") else {
        return;
    };
    let used = disk.f_blocks.saturating_sub(disk.f_bfree) * disk.f_frsize;
    let available = disk.f_bavail * disk.f_frsize;
    put("disk_usage_percentage", percentage(used, used + available));
    put("disk_usage_megabytes", one_decimal(megabytes(used)));
    put(
        "disk_available_megabytes",
        one_decimal(megabytes(available)),
    );
}

/// There is no `/` to ask about.
#[cfg(not(unix))]
fn measure_disk(_put: &mut dyn FnMut(&str, f64)) {}

/// Bytes received and sent by all interfaces, the loopback included, since the machine started.
fn traffic(networks: &Networks) -> (u64, u64) {
    let sum = |count: fn(&sysinfo::NetworkData) -> u64| networks.values().map(count).sum();
    (
        sum(sysinfo::NetworkData::total_received),
        sum(sysinfo::NetworkData::total_transmitted),
    )
}

fn percentage(part: u64, whole: u64) -> f64 {
    one_decimal(part as f64 / whole as f64 * 100.0)
}
